import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { Span } from './analyst-axis.ts'
import { alertTitle, incidentName } from './analyst-names.ts'
import { a, bounds, span } from './analyst-store.ts'
import { levelIds } from './analyst-timeline-sheet.ts'
import type { Sheet, Under } from './analyst-timeline-sheet.ts'
import { Chip } from './chip.tsx'
import { DONE, VERB } from './desk-terms.ts'
import { clockSeconds, count, day, duration } from './format.ts'
import { lang, named, zone } from './store.ts'

/** What the pointer is over; null: it is elsewhere. */
export const tip = signal<Under | null>(null)
/** The stretch that is being brushed. */
export const brushed = signal<Span | null>(null)

/** Acts named in a tip. */
const ACTS = 4

function verbName(verb: string): string {
  const pair = Object.entries({ ...DONE, ...VERB }).find(([name]) => name === verb)?.[1]
  return pair === undefined ? verb : named(pair).replace(/\{\w+\}/g, '')
}

function Column({ sheet, at }: { readonly sheet: Sheet; readonly at: number }): JSX.Element | null {
  const seen = span.value
  const stack = seen === null ? null : sheet.stack(seen)
  if (stack === null) return null
  const i = stack.times.findIndex((end) => end >= at)
  const ranks = levelIds()
    .map((id, nth) => ({ rank: nth + 1, cells: stack.levels[id]?.[i] ?? 0 }))
    .filter(({ cells }) => cells > 0)
    .reverse()
  return (
    <p class="column">
      {ranks.map(({ rank, cells }) => (
        <span key={rank}>
          <Chip rank={rank} size={22} /> {count(cells, lang.value)}
        </span>
      ))}
      {ranks.length === 0 && a('tipCalm')}
    </p>
  )
}

function Subject({ of }: { readonly of: Under }): JSX.Element | null {
  const { incident, alert, acts } = of
  if (incident !== undefined) {
    const lasts = duration((incident.over ?? bounds.value?.to ?? incident.born) - incident.born, lang.value)
    return (
      <p class="subject">
        <Chip rank={incident.peak} size={26} />
        <b>{a('tipIncident', { n: incident.number, name: incidentName(incident) })}</b>
        <span>
          {a('tipLasts', { d: lasts, n: count(incident.count, lang.value) })}
          {incident.over === null && ` · ${a('tipLives')}`}
        </span>
      </p>
    )
  }
  if (alert === undefined && acts === undefined) return null
  const list = [...new Set(acts?.map(({ verb }) => verbName(verb)))].slice(0, ACTS).join(' · ')
  return (
    <p class="subject">
      {alert !== undefined && <Chip rank={alert.peak} size={26} />}
      {alert !== undefined && <b>{a('tipAlert', { n: alert.number, what: alertTitle(alert) })}</b>}
      {acts !== undefined && <span>{a('tipActs', { n: acts.length, list })}</span>}
    </p>
  )
}

/** What lies under the pointer, beside it. */
export function Tip({ sheet }: { readonly sheet: Sheet | null }): JSX.Element | null {
  const under = tip.value
  if (under === null || sheet === null || brushed.value !== null) return null
  const left = under.x > sheet.width / 2
  return (
    <>
      <div class="hair" style={{ left: `${under.x}px` }} />
      <div class={left ? 'tip left' : 'tip'} style={{ left: `${under.x}px` }} role="tooltip">
        <time>{`${day(under.at, zone.value, lang.value)} ${clockSeconds(under.at, zone.value, lang.value)}`}</time>
        <Subject of={under} />
        <Column sheet={sheet} at={under.at} />
      </div>
    </>
  )
}
