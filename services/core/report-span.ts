import { civilOf, dayOf, dayOfCivil, midnight, weekdayOf, type Zone } from './local-time.ts'

/** How much one report tells of. Weeks begin on Monday (ISO 8601). */
export type Per = 'day' | 'week' | 'month'

const HOUR = 3_600_000
/** Width of a column: 96, 168 and about 186 of them. */
const COLUMN: Readonly<Record<Per, number>> = { day: HOUR / 4, week: HOUR, month: 4 * HOUR }

/** Times of a report: [from, to) in ms, and the width of its columns. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly columnMs: number
  /** Local days, numbers since 1970-01-01: [first, last]. */
  readonly first: number
  readonly last: number
}

/** First day of the span that holds a day, and of the next one. */
function daysOf(per: Per, day: number): readonly [number, number] {
  if (per === 'day') return [day, day + 1]
  if (per === 'week') {
    const monday = day - ((weekdayOf(day) + 6) % 7)
    return [monday, monday + 7]
  }
  const { year, month } = civilOf(day)
  const first = dayOfCivil(year, month, 1) ?? day
  const next = month === 12 ? dayOfCivil(year + 1, 1, 1) : dayOfCivil(year, month + 1, 1)
  return [first, next ?? first + 31]
}

/** The local day, week or month that holds `at`; on days when clocks change it is as long as it was. */
export function spanOf(per: Per, at: number, zone: Zone): Span {
  const [first, next] = daysOf(per, dayOf(zone.toLocal(at)))
  const [from, to] = [zone.toUtc(midnight(first)), zone.toUtc(midnight(next))]
  return { from, to, columnMs: COLUMN[per], first, last: next - 1 }
}

/** Reads `2026-11-22` as the local midnight that begins that day, ms; undefined when it is no date. */
export function dateAt(text: string, zone: Zone): number | undefined {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  const day = dayOfCivil(Number(year), Number(month), Number(date))
  return day === undefined ? undefined : zone.toUtc(midnight(day))
}
