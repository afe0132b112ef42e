import { zoneOffset } from './schedule.ts'

const DAY = 86_400_000

/**
 * Local wall time (ms as if it were UTC) → UTC in a zone. A time that stands twice (clocks put back) is taken the first
 * time; a time that never was (clocks put forward) is read with the offset from before the change.
 */
function localToUtc(offsetAt: (utc: number) => number): (local: number) => number {
  return (local) => {
    // A day either side lies beyond any change of clocks, so one of the two offsets is in force.
    const before = local - offsetAt(local - DAY)
    const after = local - offsetAt(local + DAY)
    if (before === after) return before
    const beforeHolds = offsetAt(before) === local - before
    const afterHolds = offsetAt(after) === local - after
    if (beforeHolds && afterHolds) return Math.min(before, after)
    return afterHolds ? after : before
  }
}

/** A zone's clock. Local times are ms as if they were UTC. */
export interface Zone {
  readonly toUtc: (local: number) => number
  readonly toLocal: (utc: number) => number
}

/** The clock behind offsets from UTC, ms. */
export function zoneOf(offsetAt: (utc: number) => number): Zone {
  return { toUtc: localToUtc(offsetAt), toLocal: (utc) => utc + offsetAt(utc) }
}

/** Universal time, which has no offset. */
export const UTC: Zone = zoneOf(() => 0)

/** The clock of an IANA zone; null where there is no such zone. */
export function zoneNamed(name: string): Zone | null {
  try {
    zoneOffset(name, 0)
  } catch {
    // Intl says so with a RangeError, and has no other way to ask.
    return null
  }
  return zoneOf((utc) => zoneOffset(name, utc))
}

/** Number of the day since 1970-01-01 that a local time lies in. */
export const dayOf = (local: number): number => Math.floor(local / DAY)
/** Local midnight that begins a day. */
export const midnight = (day: number): number => day * DAY
/** 0 = Sunday … 6 = Saturday; 1970-01-01 was a Thursday. */
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7

/** Year, month (1–12) and day of the month of a day. */
export function civilOf(day: number): {
  readonly year: number
  readonly month: number
  readonly date: number
} {
  const at = new Date(day * DAY)
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, date: at.getUTCDate() }
}

/** The day of a year, month (1–12) and day of the month; undefined for one that is none, as 30 February. */
export function dayOfCivil(year: number, month: number, date: number): number | undefined {
  const day = dayOf(Date.UTC(year, month - 1, date))
  const back = civilOf(day)
  return back.year === year && back.month === month && back.date === date ? day : undefined
}
