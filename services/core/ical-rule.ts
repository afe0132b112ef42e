import ICAL from 'ical.js'
import { civilOf, dayOf, weekdayOf } from './local-time.ts'

/** A recurrence rule (RFC 5545, 3.3.10) that can be asked about any day without walking from its start. */
export interface DayRule {
  /** Whether an event of this rule begins on a day (number since 1970-01-01, local). */
  readonly holds: (day: number) => boolean
  /** Last local time at which it may begin, ms as if UTC; Infinity for ever. */
  readonly until: number
}

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']
const DAY = 86_400_000
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']
/** Shifts begin once a day at the time of DTSTART, and nobody counts weeks of the year for them. */
const PARTS = ['BYDAY', 'BYMONTHDAY', 'BYMONTH', 'BYSETPOS']

interface Parts {
  readonly freq: string
  readonly interval: number
  /** Day of the week that weeks begin with, 0 = Sunday. */
  readonly weekStart: number
  readonly months: readonly number[]
  readonly monthDays: readonly number[]
  /** Weekday, and which of the month or year: 0 every, -1 the last. */
  readonly days: readonly { readonly weekday: number; readonly nth: number }[]
  readonly positions: readonly number[]
}

/** How a part is refused. */
export type RuleFault = (value: string, expected: string) => Error

function partsOf(rule: ICAL.Recur, refuse: RuleFault): Parts {
  if (!FREQUENCIES.includes(rule.freq))
    throw refuse(`FREQ=${rule.freq}`, FREQUENCIES.map((freq) => `FREQ=${freq}`).join(', '))
  const odd = Object.keys(rule.parts).find((part) => !PARTS.includes(part))
  if (odd !== undefined)
    throw refuse(odd, `only ${PARTS.join(', ')} beside FREQ, INTERVAL, UNTIL, COUNT, WKST`)
  if (rule.freq === 'YEARLY' && rule.getComponent('BYSETPOS').length > 0)
    throw refuse('BYSETPOS', 'BYDAY with a number where FREQ is YEARLY')
  const numbers = (part: string) => rule.getComponent(part).map(Number)
  return {
    freq: rule.freq,
    interval: rule.interval,
    weekStart: rule.wkst - 1,
    months: numbers('BYMONTH'),
    monthDays: numbers('BYMONTHDAY'),
    days: rule.getComponent('BYDAY').map((text) => ({
      weekday: WEEKDAYS.indexOf(String(text).slice(-2)),
      nth: Number(String(text).slice(0, -2)),
    })),
    positions: numbers('BYSETPOS'),
  }
}

const among = (list: readonly number[], value: number) => list.length === 0 || list.includes(value)

/** Whether `day` is the nth of its weekday between the first and last day of its month or year. */
function isNth(day: number, nth: number, first: number, last: number): boolean {
  if (nth === 0) return true
  return nth > 0 ? Math.floor((day - first) / 7) + 1 === nth : Math.floor((last - day) / 7) + 1 === -nth
}

const firstOf = (year: number, month: number): number => dayOf(Date.UTC(year, month - 1, 1))

/** First and last day of the period that a day lies in. */
function periodOf(day: number, { freq, weekStart }: Parts): readonly [number, number] {
  const { year, month } = civilOf(day)
  if (freq === 'YEARLY') return [firstOf(year, 1), firstOf(year + 1, 1) - 1]
  if (freq === 'MONTHLY') return [firstOf(year, month), firstOf(year, month + 1) - 1]
  const first = freq === 'WEEKLY' ? day - ((weekdayOf(day) - weekStart + 7) % 7) : day
  return [first, freq === 'WEEKLY' ? first + 6 : day]
}

/** Number of the period that a day lies in, since 1970. */
function periodNumber(day: number, parts: Parts): number {
  const { year, month } = civilOf(day)
  if (parts.freq === 'YEARLY') return year
  if (parts.freq === 'MONTHLY') return year * 12 + month
  return parts.freq === 'WEEKLY' ? Math.floor(periodOf(day, parts)[0] / 7) : day
}

/** Whether a day is in the set that the parts other than BYSETPOS make of its period. */
function inSet(day: number, start: number, parts: Parts): boolean {
  const { freq, months, monthDays, days } = parts
  const { year, month, date } = civilOf(day)
  const began = civilOf(start)
  const plain = days.length === 0 && monthDays.length === 0
  if (!among(freq === 'YEARLY' && plain && months.length === 0 ? [began.month] : months, month)) return false
  if (plain) {
    if (freq === 'WEEKLY') return weekdayOf(day) === weekdayOf(start)
    return freq === 'DAILY' || date === began.date
  }
  const last = firstOf(year, month + 1) - 1
  const fromEnd = date - civilOf(last).date - 1
  if (monthDays.length > 0 && !monthDays.includes(date) && !monthDays.includes(fromEnd)) return false
  const whole = freq === 'YEARLY' && months.length === 0
  const [from, to] = whole ? [firstOf(year, 1), firstOf(year + 1, 1) - 1] : [firstOf(year, month), last]
  return (
    days.length === 0 ||
    days.some(({ weekday, nth }) => weekday === weekdayOf(day) && isNth(day, nth, from, to))
  )
}

function atPosition(day: number, start: number, parts: Parts): boolean {
  const [first, last] = periodOf(day, parts)
  let before = 0
  let all = 0
  for (let other = first; other <= last; other++)
    if (inSet(other, start, parts)) {
      all++
      if (other <= day) before++
    }
  return parts.positions.includes(before) || parts.positions.includes(before - all - 1)
}

/** Local ms of a bound that ical.js read; a date holds to its end. */
function untilOf(until: ICAL.Time | null, toLocal: (utc: number) => number): number {
  if (until === null) return Infinity
  const { year, month, day, hour, minute, second } = until
  const at = Date.UTC(year, month - 1, day, hour, minute, second)
  if (until.isDate) return at + DAY - 1
  return until.zone === ICAL.Timezone.utcTimezone ? toLocal(at) : at
}

/** What a rule belongs to. */
export interface RuleWorld {
  /** DTSTART, local ms as if UTC. */
  readonly start: number
  readonly toLocal: (utc: number) => number
  readonly refuse: RuleFault
  /** Days that rules with COUNT may still be walked, of a whole calendar. */
  readonly budget: { days: number }
}

/** Local time of the last of so many days; -Infinity for none. */
function lastOf(count: number, holds: DayRule['holds'], { start, refuse, budget }: RuleWorld): number {
  let left = count
  let last = -Infinity
  const first = dayOf(start)
  for (let day = first; left > 0; day++) {
    if (budget.days-- <= 0) throw refuse(`COUNT=${count}`, 'UNTIL instead: so far nobody counts')
    if (!holds(day)) continue
    left--
    last = start + (day - first) * DAY
  }
  return last
}

/**
 * A rule as days. ical.js reads it but does not walk it: its iterator begins at DTSTART, never ends where no day fulfils the rule,
 * and takes 29 February for 1 March in common years.
 */
export function dayRule(rule: ICAL.Recur, world: RuleWorld): DayRule {
  const parts = partsOf(rule, world.refuse)
  const first = dayOf(world.start)
  const number = periodNumber(first, parts)
  const holds = (day: number): boolean =>
    day >= first &&
    (periodNumber(day, parts) - number) % parts.interval === 0 &&
    inSet(day, first, parts) &&
    (parts.positions.length === 0 || atPosition(day, first, parts))
  const until = rule.count === null ? untilOf(rule.until, world.toLocal) : lastOf(rule.count, holds, world)
  return { holds, until }
}
