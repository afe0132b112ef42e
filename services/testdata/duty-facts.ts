import type { Alert } from '../core/alert.ts'
import type { Notice } from '../core/notice.ts'
import { colourOf } from './duty-words.ts'

/** Names that people use for ids, codes and times. */
export interface Names {
  clock(at: number): string
  /** Of an area by its code. */
  place(code: string): string
  /** Of an alert by its id. */
  name(id: string): string
}

/** All that can be said of an alert in a few words each. */
export function factsOf(alert: Alert, { clock }: Names): readonly string[] {
  const { state, rank, ended, shelved, byDefault, exercise, whistle, mutedBy } = alert
  const facts = [
    state,
    colourOf(rank),
    `peak ${colourOf(alert.peak)}`,
    ended === null ? 'goes on' : 'ended',
    shelved === null ? 'not shelved' : `shelved until ${clock(shelved.until)}`,
    byDefault ? 'by default' : 'by roster',
    exercise ? 'drill' : 'real',
    mutedBy === '' ? 'heard' : `muted by ${mutedBy.split(':')[0] ?? ''}`,
    `told ${alert.onDuty.join(' ') || 'nobody'}`,
    `step ${alert.step}`,
    `${alert.areas.length} cells`,
    `acknowledged by ${alert.acknowledgedBy || 'nobody'}`,
    `handled by ${alert.handledBy || 'nobody'}`,
    `sent to ${[alert.unit, alert.person].filter((each) => each !== '').join('/') || 'nobody'}`,
    `missed ${alert.missed.join(' ') || 'nothing'}`,
    alert.deadlines.length === 0 ? 'no clock runs' : 'a clock runs',
    alert.stepDue === null ? 'climbs no more' : `climbs at ${clock(alert.stepDue)}`,
  ]
  for (const { duty, due, overdue } of alert.deadlines)
    facts.push(overdue ? `${duty} overdue` : `${duty} by ${clock(due)}`)
  for (const { unit, came, due, person } of whistle?.called ?? [])
    facts.push(
      came === null ? `${unit} awaited by ${clock(due)}` : `${unit} came ${clock(came)} with ${person}`,
    )
  return facts
}

/** The record of an alert, a line an entry: `escalate A chen+lin`, `acknowledge by chen`, `severity red`. */
export function linesOf({ record }: Alert, names: Names): readonly string[] {
  return record.map(({ what, person, comment, rank }) => {
    if (what === 'severity') return `${what} ${colourOf(rank)}`
    const said = comment.replace(/[am][0-9a-z]+-\d+/g, (id) => names.name(id)).replace(/^inhibited:/, 'by ')
    const [place = '', ...told] = said.split(':')
    const isLadder = what === 'escalate'
    const words = isLadder ? ladderSaid(place, told.join(':'), names) : said.replaceAll(',', '+')
    const by = person === '' ? '' : ` by ${person}`
    return words === '' ? what + by : `${what}${by} ${words}`
  })
}

function ladderSaid(place: string, told: string, names: Names): string {
  const where = place === 'empty' || place === 'default' ? place : names.place(place)
  const whom = place === 'empty' ? names.place(told) : told.replaceAll(',', '+')
  return `${where} ${whom}`
}

/** A notice as `chen raised 1`; with the channel where it is not the desk, and with what kept it back. */
export function noticeSaid({ person, channel, occasion, alerts, by }: Notice, { name }: Names): string {
  const way = channel === 'desk' ? '' : ` by ${channel}`
  const kept = by === '' ? '' : ` (${by.split(':')[0] ?? ''})`
  return `${person} ${occasion} ${alerts.map((id) => name(id)).join('+')}${way}${kept}`
}
