import type { Alert } from '../core/alert.ts'
import type { AlertRecord } from '../core/alert-record.ts'
import { messageOf, type ErrorCode } from '../core/errors.ts'
import type { Notice } from '../core/notice.ts'
import { colourOf } from './duty-words.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE
/** Names of the streets 3201, 3202 and 3203. */
export const STREETS = ['A', 'B', 'C']

/** Names that people use for ids, codes and times. */
export interface Names {
  clock(at: number): string
  /** Of an area by its code. */
  place(code: string): string
  /** Of an alert by its id. */
  name(id: string): string
}

/** All that a tick said of one kind: what people were told, what was kept back, a refusal, lines of the audit log, notes for the next shift. */
export function said(kind: string, record: AlertRecord, names: Names): readonly string[] {
  const { at, notices, audit, handovers, outcomes } = record
  if (kind === 'told' || kind === 'kept back')
    return notices
      .filter((notice) => notice.at === at && (notice.state === 'suppressed') === (kind === 'kept back'))
      .map((notice) => noticeSaid(notice, names))
      .toSorted()
  if (kind === 'audit')
    return audit.map(({ person, verb, subject, code }) =>
      [person, verb, names.name(subject), code ?? 'done'].join(' '),
    )
  if (kind === 'notes')
    return handovers.map(({ area, person, text }) => `${names.place(area)} ${person} ${text}`)
  return outcomes.flatMap(({ code, parameters }) =>
    code === null ? [] : [code, plain(messageOf(code as ErrorCode, parameters), names)],
  )
}

/** Facts of an alert, those that are `wanted`; or the end of its record, as long as that. */
export function alertSaid(
  kind: 'alert' | 'record',
  alert: Alert | undefined,
  wanted: readonly string[],
  names: Names,
): readonly string[] {
  if (alert === undefined) return ['no such alert']
  if (kind === 'record') return linesOf(alert, names).slice(-wanted.length)
  const facts = factsOf(alert, names)
  return wanted.every((fact) => facts.includes(fact)) ? wanted : facts
}

/** Open alerts by name. */
export function openSaid(alerts: ReadonlyMap<string, Alert>, names: Names): string {
  const open = [...alerts.values()].filter(({ state }) => state !== 'closed')
  return (
    open
      .map(({ id }) => names.name(id))
      .toSorted()
      .join(' ') || 'none'
  )
}

/** A message with alerts by their names and times by the clock. */
function plain(message: string, names: Names): string {
  return message
    .replace(/[am][0-9a-z]+-\d+/g, (id) => names.name(id))
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => names.clock(Date.parse(time)))
}

/** Time of day, counted from a midnight. */
export function clockOf(at: number, midnight: number): string {
  const minutes = Math.floor(((((at - midnight) % DAY) + DAY) % DAY) / MINUTE)
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

/** Name of an area by its code: `A`, `A1`, `city`. */
export function placeOf(code: string): string {
  if (code === '32') return 'city'
  const street = STREETS[Number(code.slice(2, 4)) - 1] ?? code
  return street + (code.length > 4 ? String(Number(code.slice(4))) : '')
}

/** All that can be said of an alert in a few words each. */
function factsOf(alert: Alert, names: Names): readonly string[] {
  const clock = (at: number) => names.clock(at)
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
function linesOf({ record }: Alert, names: Names): readonly string[] {
  return record.map(({ what, person, unit, comment, rank }) => {
    if (what === 'severity') return `${what} ${colourOf(rank)}`
    const said = comment.replace(/[am][0-9a-z]+-\d+/g, (id) => names.name(id)).replace(/^inhibited:/, 'by ')
    const [place = '', ...told] = said.split(':')
    const isLadder = what === 'escalate'
    const units = SENT.has(what) ? [unit.replaceAll(',', '+')] : []
    const comments = isLadder ? ladderSaid(place, told.join(':'), names) : said.replaceAll(',', '+')
    const words = [...units, comments].filter((each) => each !== '').join(' ')
    const by = person === '' ? '' : ` by ${person}`
    return words === '' ? what + by : `${what}${by} ${words}`
  })
}

/** Entries that name the units concerned. */
const SENT = new Set(['dispatch', 'whistle', 'report-in'])

function ladderSaid(place: string, told: string, names: Names): string {
  const where = ['empty', 'default', 'nobody'].includes(place) ? place : names.place(place)
  const whom = place === 'empty' ? names.place(told) : told.replaceAll(',', '+')
  return `${where} ${whom}`
}

/** A notice as `chen raised 1`; with the channel where it is not the desk, and with what kept it back. */
function noticeSaid({ person, channel, occasion, alerts, by }: Notice, names: Names): string {
  const way = channel === 'desk' ? '' : ` by ${channel}`
  const kept = by === '' ? '' : ` (${by.split(':')[0] ?? ''})`
  return `${person} ${occasion} ${alerts.map((id) => names.name(id)).join('+')}${way}${kept}`
}
