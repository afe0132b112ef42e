import type { JSX } from 'preact'
import type { RehearsalResult } from '../services/core/replay-wire.ts'
import { areaByCode } from './analyst-names.ts'
import { momentsOf, orangeOf } from './analyst-result-moment.ts'
import { a } from './analyst-store.ts'
import { levelIds } from './analyst-timeline-sheet.ts'
import { Chip } from './chip.tsx'
import { clock, count, day, duration, figure } from './format.ts'
import { lang, zone } from './store.ts'

const HOUR = 3_600_000
/** Areas named among those that reached orange, beside the city; and shifts with a bar of their own. */
const AREAS = 6
const SHIFTS = 42

/** When the city, and each large area, first reached the second gravest level: then, and with the other rules. */
export function Firsts({ result }: { readonly result: RehearsalResult }): JSX.Element | null {
  const rank = orangeOf(result)
  const rows = result.first
    .filter(({ was, would }) => (was[rank] ?? null) !== (would[rank] ?? null))
    .slice(0, AREAS + 1)
  if (rows.length === 0) return null
  const by = (was: number | null, would: number | null): string => {
    if (was === null || would === null || was === would) return ''
    return `${was > would ? '+' : '−'}${duration(Math.abs(was - would), lang.value)}`
  }
  return (
    <section>
      <h2>
        <span>{a('firstTitle')}</span>
        <Chip rank={rank} size={22} />
      </h2>
      <table class="firsts">
        <tbody>
          {rows.map(({ area, code, was, would }) => {
            const [then, now] = momentsOf(was[rank], would[rank], result.from, a('neverAt'))
            return (
              <tr key={area}>
                <td class="clip">{area === 0 ? a('cityWide') : areaByCode(code)}</td>
                <td>{then}</td>
                <td>→ {now}</td>
                <td class="by">{by(was[rank] ?? null, would[rank] ?? null)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

/** Alerts of each shift, was beside would. */
export function Load({ result }: { readonly result: RehearsalResult }): JSX.Element | null {
  const shifts = result.load.slice(-SHIFTS)
  if (shifts.length === 0) return null
  const most = Math.max(1, ...shifts.flatMap(({ was, would }) => [was.alerts, would.alerts]))
  const sum = (side: 'was' | 'would'): number => shifts.reduce((all, one) => all + one[side].notices, 0)
  const named = Math.ceil(shifts.length / 7)
  return (
    <section>
      <h2>
        <span>{a('loadTitle')}</span>
        <span>
          {a('loadNotices', { a: count(sum('was'), lang.value), b: count(sum('would'), lang.value) })}
        </span>
      </h2>
      <div class="load">
        {shifts.map(({ from, to, was, would }, i) => {
          const time = `${day(from, zone.value, lang.value)} ${clock(from, zone.value, lang.value)}–${clock(to, zone.value, lang.value)}`
          return (
            <div key={from} class="shift" title={`${time}: ${was.alerts} → ${would.alerts}`}>
              <p>
                <i class="was" style={{ height: `${(was.alerts / most) * 100}%` }}>
                  {shifts.length <= 9 && <b>{was.alerts}</b>}
                </i>
                <i class="would" style={{ height: `${(would.alerts / most) * 100}%` }}>
                  {shifts.length <= 9 && <b>{would.alerts}</b>}
                </i>
              </p>
              <time>{i % named === 0 ? clock(from, zone.value, lang.value) : ''}</time>
            </div>
          )
        })}
      </div>
      <p class="load-legend">
        <i class="was" /> {a('rowWas')} <i class="would" /> {a('rowWould')}
      </p>
    </section>
  )
}

/** Time of cells in each colour, was over would. */
export function Times({ result }: { readonly result: RehearsalResult }): JSX.Element {
  const ids = [...levelIds().entries()].reverse()
  const most = Math.max(1, ...ids.flatMap(([, id]) => [result.time.was[id] ?? 0, result.time.would[id] ?? 0]))
  const hours = (ms: number): string => figure(ms / HOUR, lang.value)
  return (
    <section>
      <h2>
        <span>{a('timeTitle')}</span>
        <span>{a('side')}</span>
      </h2>
      <ul class="times">
        {ids.map(([i, id]) => {
          const [was, would] = [result.time.was[id] ?? 0, result.time.would[id] ?? 0]
          return (
            <li key={id}>
              <Chip rank={i + 1} size={26} />
              <p>
                <i class="was" style={{ width: `${(was / most) * 100}%` }} />
                <i class="would" style={{ width: `${(would / most) * 100}%` }} />
              </p>
              <b>{`${hours(was)} → ${hours(would)}`}</b>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
