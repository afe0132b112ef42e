import ICAL from 'ical.js'
import { QingyuError } from './errors.ts'
import { lineOf, propertyOf, type CalendarComponent, type ContentLine } from './ical-lines.ts'
import { dayRule, type DayRule } from './ical-rule.ts'
import { dayOf, midnight, zoneNamed, zoneOf, type Zone } from './local-time.ts'

const MINUTE = 60_000
/** A yearly rule has had an onset within so many days. */
const LOOK_BACK = 400
/** Days that the rules of a zone with COUNT are walked: a century. */
const MOST_WALKED = 36_525
/** Offsets remembered per zone, by quarter of an hour; then all are forgotten. */
const MOST_REMEMBERED = 4096

/** One STANDARD or DAYLIGHT of a VTIMEZONE (RFC 5545, 3.6.5): from each onset on, `to` is in force. */
interface Observance {
  readonly start: number
  readonly rules: readonly DayRule[]
  readonly dates: readonly number[]
  readonly from: number
  readonly to: number
}

/** Local ms of a time as ical.js read it, whatever its zone. */
export function localMs({ year, month, day, hour, minute, second }: ICAL.Time): number {
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

function observanceOf(component: CalendarComponent, roster: string): Observance {
  const refuse = (line: number, why: string) => new QingyuError('RO-text', { roster, line, why })
  const need = (name: string): ICAL.Property => {
    const line = lineOf(component, name)
    if (line === undefined)
      throw refuse(component.line, `${component.name.toUpperCase()} without ${name.toUpperCase()}`)
    return propertyOf(line, roster)
  }
  const offset = (name: string): number => {
    const value = need(name).getFirstValue()
    if (!(value instanceof ICAL.UtcOffset)) throw refuse(component.line, `${name.toUpperCase()} is no offset`)
    return value.toSeconds() * 1000
  }
  const began = need('dtstart').getFirstValue()
  if (!(began instanceof ICAL.Time)) throw refuse(component.line, 'DTSTART is no time')
  const start = localMs(began)
  const from = offset('tzoffsetfrom')
  const ruleOf = (line: ContentLine): DayRule => {
    const rule = propertyOf(line, roster).getFirstValue()
    if (!(rule instanceof ICAL.Recur)) throw refuse(line.line, 'no rule')
    return dayRule(rule, {
      start,
      toLocal: (utc) => utc + from,
      refuse: (value, expected) => refuse(line.line, `RRULE has ${value}, expected ${expected}`),
      budget: { days: MOST_WALKED },
    })
  }
  const dates = component.lines
    .filter(({ name }) => name === 'rdate')
    .flatMap((line): unknown[] => propertyOf(line, roster).getValues())
    .filter((value): value is ICAL.Time => value instanceof ICAL.Time)
    .map(localMs)
  const rules = component.lines.filter(({ name }) => name === 'rrule').map(ruleOf)
  return { start, rules, dates: [start, ...dates], from, to: offset('tzoffsetto') }
}

/** The newest onset of an observance at or before `utc`; -Infinity before the first. */
function onsetOf({ start, rules, dates, from }: Observance, utc: number): number {
  let newest = -Infinity
  for (const date of dates) if (date - from <= utc) newest = Math.max(newest, date - from)
  const time = start - midnight(dayOf(start))
  for (const { holds, until } of rules)
    for (let day = dayOf(utc + from); day > dayOf(utc + from) - LOOK_BACK; day--) {
      const local = midnight(day) + time
      if (local - from > utc || local > until || !holds(day)) continue
      newest = Math.max(newest, local - from)
      break
    }
  return newest
}

/** The clock that a VTIMEZONE describes. Throws RO-text. */
function zoneOfComponent(component: CalendarComponent, roster: string): Zone {
  const observances = component.components.map((part) => observanceOf(part, roster))
  if (observances.length === 0)
    throw new QingyuError('RO-text', { roster, line: component.line, why: 'VTIMEZONE without STANDARD' })
  const known = new Map<number, number>()
  const offsetAt = (utc: number): number => {
    const quarter = Math.floor(utc / (15 * MINUTE))
    const before = known.get(quarter)
    if (before !== undefined) return before
    const at = quarter * 15 * MINUTE
    let inForce = { onset: -Infinity, offset: observances[0]?.from ?? 0 }
    for (const observance of observances) {
      const onset = onsetOf(observance, at)
      if (onset > inForce.onset) inForce = { onset, offset: observance.to }
    }
    if (known.size >= MOST_REMEMBERED) known.clear()
    known.set(quarter, inForce.offset)
    return inForce.offset
  }
  return zoneOf(offsetAt)
}

/**
 * Clocks by TZID. A name of the IANA database is taken from there, also with a prefix as some programs write it, since theirs
 * may be old; any other must be described by a VTIMEZONE of the calendar.
 */
export function zonesOf(calendar: CalendarComponent, roster: string): (tzid: string) => Zone | null {
  const made = new Map<string, Zone | null>()
  const find = (tzid: string): Zone | null => {
    const parts = tzid.split('/')
    for (const count of [parts.length, 3, 2]) {
      const named = zoneNamed(parts.slice(-count).join('/'))
      if (named !== null) return named
    }
    const own = calendar.components.find(
      (component) =>
        component.name === 'vtimezone' &&
        component.lines.some(({ name, text }) => name === 'tzid' && text.slice(5).trim() === tzid),
    )
    return own === undefined ? null : zoneOfComponent(own, roster)
  }
  return (tzid) => {
    const before = made.get(tzid)
    if (before !== undefined) return before
    const zone = find(tzid)
    made.set(tzid, zone)
    return zone
  }
}
