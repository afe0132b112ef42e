import ICAL from 'ical.js'
import { lineOf, propertyOf, type CalendarComponent, type ContentLine } from './ical-lines.ts'
import { dayRule, type DayRule, type RuleWorld } from './ical-rule.ts'
import { localMs } from './ical-zone.ts'
import { dayOf, UTC, type Zone } from './local-time.ts'
import { dutyPerson, MOST_SHIFT, rosterArea, rosterFault, type RosterWorld } from './roster-shift.ts'

const DAY = 86_400_000
/** A shift that repeats is at most a month long, ms: more would overlap themselves without end. */
const MOST_REPEATED = 31 * DAY

/** A VEVENT as shifts are made from it. Local times are ms as if UTC, in the event's zone. */
export interface DutyEvent {
  readonly uid: string
  readonly line: number
  readonly area: number
  readonly people: readonly string[]
  readonly zone: Zone
  readonly start: number
  readonly length: number
  readonly rules: readonly DayRule[]
  readonly dates: readonly { readonly start: number; readonly length: number }[]
  /** Instants (UTC) and local days on which it does not take place. */
  readonly except: Set<number>
  readonly exceptDays: Set<number>
}

/** What one calendar is read with. */
export interface Reading {
  readonly world: RosterWorld
  readonly city: Zone
  readonly zones: (tzid: string) => Zone | null
  readonly budget: RuleWorld['budget']
}

interface Moment {
  readonly local: number
  readonly isDate: boolean
  readonly zone: Zone
}

/** A time in its zone: UTC, TZID, or, floating and all day, the city's. Throws RO-field for a date that is none, as 31 February. */
function momentOf(
  { world, city, zones }: Reading,
  line: ContentLine,
  property: ICAL.Property,
  time: ICAL.Time,
): Moment {
  const field = line.name.toUpperCase()
  // ical.js rolls a date that is none over into the next month.
  if (!line.text.includes(time.toICALString()))
    throw rosterFault(world, line.line, field, line.text.slice(field.length + 1), 'a date of the calendar')
  if (time.zone === ICAL.Timezone.utcTimezone) return { local: localMs(time), isDate: false, zone: UTC }
  const tzid = property.getFirstParameter('tzid')
  if (time.isDate || !tzid) return { local: localMs(time), isDate: time.isDate, zone: city }
  const zone = zones(tzid)
  if (zone === null)
    throw rosterFault(world, line.line, 'TZID', tzid, 'an IANA zone, or one with a VTIMEZONE in the calendar')
  return { local: localMs(time), isDate: false, zone }
}

function momentsOf(reading: Reading, line: ContentLine): { moment: Moment; length: number | null }[] {
  const property = propertyOf(line, reading.world.roster)
  return property.getValues().map((value: unknown) => {
    if (value instanceof ICAL.Period) {
      const moment = momentOf(reading, line, property, value.start)
      return { moment, length: value.getDuration().toSeconds() * 1000 }
    }
    if (!(value instanceof ICAL.Time))
      throw rosterFault(reading.world, line.line, line.name.toUpperCase(), String(value), 'a date or time')
    return { moment: momentOf(reading, line, property, value), length: null }
  })
}

function firstMoment(reading: Reading, component: CalendarComponent, name: string): Moment | null {
  const line = lineOf(component, name)
  return line === undefined ? null : (momentsOf(reading, line)[0]?.moment ?? null)
}

/**
 * Length by the wall clock. RFC 5545 (3.8.5.3) would keep the exact length of the first shift on nights when clocks change; people
 * hand over when the clock says so, and shifts that meet on other days must meet then, too.
 */
function lengthOf(reading: Reading, component: CalendarComponent, start: Moment): number {
  const { world } = reading
  const duration = lineOf(component, 'duration')
  const end = firstMoment(reading, component, 'dtend')
  let length = start.isDate ? DAY : 0
  if (end !== null)
    length =
      (end.zone === start.zone ? end.local : start.zone.toLocal(end.zone.toUtc(end.local))) - start.local
  else if (duration !== undefined) {
    const value = propertyOf(duration, world.roster).getFirstValue()
    length = value instanceof ICAL.Duration ? value.toSeconds() * 1000 : 0
  }
  const most = lineOf(component, 'rrule') === undefined ? MOST_SHIFT : MOST_REPEATED
  if (length > 0 && length <= most) return length
  const line = (lineOf(component, 'dtend') ?? duration)?.line ?? component.line
  throw rosterFault(
    world,
    line,
    'length',
    `${length / 60_000} min`,
    `DTEND or DURATION up to ${most / DAY} days on`,
  )
}

function peopleOf(world: RosterWorld, component: CalendarComponent): readonly string[] {
  const line = lineOf(component, 'summary')
  const text = line === undefined ? '' : String(propertyOf(line, world.roster).getFirstValue())
  const ids = text.split(/[\s,]+/).filter((id) => id !== '')
  if (line === undefined || ids.length === 0)
    throw rosterFault(world, line?.line ?? component.line, 'SUMMARY', text, 'ids of people, comma-separated')
  return [...new Set(ids.map((id) => dutyPerson(world, line.line, 'SUMMARY', id)))]
}

function areaOf(world: RosterWorld, component: CalendarComponent): number {
  const line = lineOf(component, 'location')
  const code = line === undefined ? '' : String(propertyOf(line, world.roster).getFirstValue()).trim()
  return rosterArea(world, line?.line ?? component.line, 'LOCATION', code)
}

function rulesOf(
  { world, budget }: Reading,
  component: CalendarComponent,
  { local, zone }: Moment,
): DayRule[] {
  return component.lines
    .filter(({ name }) => name === 'rrule')
    .map((line) => {
      const rule = propertyOf(line, world.roster).getFirstValue()
      if (!(rule instanceof ICAL.Recur))
        throw rosterFault(world, line.line, 'RRULE', line.text, 'a recurrence rule')
      return dayRule(rule, {
        start: local,
        toLocal: zone.toLocal,
        refuse: (value, expected) => rosterFault(world, line.line, 'RRULE', value, expected),
        budget,
      })
    })
}

/** The shift of a VEVENT. Throws RO-text or RO-field with the line. */
export function eventOf(reading: Reading, component: CalendarComponent): DutyEvent {
  const { world } = reading
  const start = firstMoment(reading, component, 'dtstart')
  if (start === null) throw rosterFault(world, component.line, 'DTSTART', 'missing', 'a date or time')
  const length = lengthOf(reading, component, start)
  const named = (name: string) => component.lines.filter((line) => line.name === name)
  const excepted = named('exdate').flatMap((line) => momentsOf(reading, line))
  const exact = excepted.filter(({ moment }) => !moment.isDate || start.isDate)
  return {
    uid: lineOf(component, 'uid')?.text ?? '',
    line: component.line,
    area: areaOf(world, component),
    people: peopleOf(world, component),
    zone: start.zone,
    start: start.local,
    length,
    rules: rulesOf(reading, component, start),
    dates: named('rdate')
      .flatMap((line) => momentsOf(reading, line))
      .map(({ moment, length: own }) => ({
        start: start.zone.toLocal(moment.zone.toUtc(moment.local)),
        length: own ?? length,
      })),
    except: new Set(exact.map(({ moment }) => moment.zone.toUtc(moment.local))),
    exceptDays: new Set(
      excepted.filter((one) => !exact.includes(one)).map(({ moment }) => dayOf(moment.local)),
    ),
  }
}

/** Takes what a RECURRENCE-ID replaces out of the series it belongs to (RFC 5545, 3.8.4.4). */
export function replace(reading: Reading, component: CalendarComponent, series: readonly DutyEvent[]): void {
  const line = lineOf(component, 'recurrence-id')
  if (line === undefined) return
  const property = propertyOf(line, reading.world.roster)
  if (property.getFirstParameter('range'))
    throw rosterFault(
      reading.world,
      line.line,
      'RANGE',
      property.getFirstParameter('range'),
      'no RANGE: end the series with UNTIL and begin another',
    )
  const moment = firstMoment(reading, component, 'recurrence-id')
  const uid = lineOf(component, 'uid')?.text ?? ''
  for (const event of series)
    if (moment !== null && event.uid === uid) {
      if (moment.isDate) event.exceptDays.add(dayOf(moment.local))
      else event.except.add(moment.zone.toUtc(moment.local))
    }
}
