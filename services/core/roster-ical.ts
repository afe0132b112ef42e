import { QingyuError } from './errors.ts'
import { lineOf, readCalendar, type CalendarComponent } from './ical-lines.ts'
import { zonesOf } from './ical-zone.ts'
import { dayOf, midnight, UTC, zoneNamed } from './local-time.ts'
import { eventOf, replace, type DutyEvent, type Reading } from './roster-event.ts'
import { byRoster, MOST_EVENTS, type Roster, type RosterWorld, type Shift } from './roster-shift.ts'

const DAY = 86_400_000
/** Days that rules with COUNT are walked in all, lest a calendar stops the watch over the city. */
const MOST_WALKED = 100_000

/** Local starts of an event within [from, to], with the length of each. */
function startsOf(event: DutyEvent, from: number, to: number): Map<number, number> {
  const { start, length, rules, dates } = event
  const starts = new Map<number, number>()
  if (rules.length === 0) starts.set(start, length)
  const time = start - midnight(dayOf(start))
  for (const { holds, until } of rules)
    for (let day = dayOf(from); day <= dayOf(to); day++) {
      const local = midnight(day) + time
      if (local <= until && holds(day)) starts.set(local, length)
    }
  for (const date of dates) starts.set(date.start, date.length)
  return starts
}

function shiftsOf(event: DutyEvent, from: number, to: number): Shift[] {
  const { zone, people, line, except, exceptDays } = event
  const longest = Math.max(event.length, ...event.dates.map(({ length }) => length))
  const starts = startsOf(event, zone.toLocal(from) - longest - DAY, zone.toLocal(to) + DAY)
  const shifts: Shift[] = []
  for (const [local, length] of starts) {
    const begun = zone.toUtc(local)
    const end = zone.toUtc(local + length)
    if (except.has(begun) || exceptDays.has(dayOf(local)) || begun >= to || end <= from || end <= begun)
      continue
    for (const [place, person] of people.entries()) shifts.push({ person, from: begun, to: end, line, place })
  }
  return shifts
}

/** Events, with everybody of each and each further date, are bounded, and so are the shifts that follow from them. */
function checkSize({ roster }: RosterWorld, value: number): void {
  if (value > MOST_EVENTS)
    throw new QingyuError('RO-size', { roster, value, what: 'events', most: MOST_EVENTS })
}

/**
 * The roster of an iCalendar (RFC 5545): each VEVENT a shift, SUMMARY the ids of who has it, LOCATION the code of its area.
 * Floating times and whole days are the city's. Throws RO-text, RO-field or RO-size naming the line.
 */
export function rosterOfCalendar(calendar: CalendarComponent, world: RosterWorld): Roster {
  const components = calendar.components.filter(({ name }) => name === 'vevent')
  const size = components.reduce(
    (sum, { lines }) => sum + lines.filter(({ name }) => name === 'rdate' || name === 'exdate').length,
    components.length,
  )
  checkSize(world, size)
  const city = zoneNamed(world.grid.zone) ?? UTC
  const reading: Reading = {
    world,
    city,
    zones: zonesOf(calendar, world.roster),
    budget: { days: MOST_WALKED },
  }
  const cancelled = (component: CalendarComponent) =>
    /^STATUS(;[^:]*)?:\s*CANCELLED\s*$/i.test(lineOf(component, 'status')?.text ?? '')
  const isPart = (component: CalendarComponent) => lineOf(component, 'recurrence-id') !== undefined
  const kept = components.filter((component) => !cancelled(component))
  const series = kept
    .filter((component) => !isPart(component))
    .map((component) => eventOf(reading, component))
  checkSize(
    world,
    series.reduce((sum, { people, dates }) => sum + people.length * (1 + dates.length), 0),
  )
  for (const component of components) replace(reading, component, series)
  const parts = kept
    .filter(isPart)
    .map((component) => ({ ...eventOf(reading, component), rules: [], dates: [] }))
  const byArea = new Map<number, DutyEvent[]>()
  for (const event of [...series, ...parts].sort((a, b) => a.line - b.line))
    if (byArea.get(event.area)?.push(event) === undefined) byArea.set(event.area, [event])
  return {
    areas: [...byArea.keys()].sort((a, b) => a - b),
    shifts: (area, from, to) =>
      (byArea.get(area) ?? []).flatMap((event) => shiftsOf(event, from, to)).sort(byRoster),
    covers: () => [],
  }
}

/** Reads a roster from iCalendar as {@link rosterOfCalendar}. */
export function readIcalRoster(text: string, world: RosterWorld): Roster {
  return rosterOfCalendar(readCalendar(text, world.roster), world)
}
