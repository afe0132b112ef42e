/** When a rule is in force: local time of day and weekdays in an IANA zone. Ends after midnight when `to` < `from`. */
export interface Schedule {
  /** 0 = Sunday … 6 = Saturday. */
  readonly days: readonly number[]
  /** Minutes after local midnight. */
  readonly from: number
  readonly to: number
  readonly zone: string
}

const MINUTE = 60_000
const DAY = 86_400_000
/** Zones change their offset only on quarters of an hour, so one look-up serves a quarter. */
const QUARTER = 15 * MINUTE
/** Offsets remembered per zone, six weeks of quarters: what a roster looks at; then all are forgotten. */
const MOST_REMEMBERED = 4096

interface Zone {
  readonly format: Intl.DateTimeFormat
  readonly offsets: Map<number, number>
}

const zones = new Map<string, Zone>()

function zoneOf(name: string): Zone {
  let zone = zones.get(name)
  if (!zone) {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    zones.set(name, (zone = { format, offsets: new Map() }))
  }
  return zone
}

/** Local time minus UTC of an IANA zone at `at`, ms; right across changes to and from summer time. */
export function zoneOffset(name: string, at: number): number {
  const zone = zoneOf(name)
  const quarter = Math.floor(at / QUARTER)
  const known = zone.offsets.get(quarter)
  if (known !== undefined) return known
  const parts = new Map(zone.format.formatToParts(quarter * QUARTER).map((part) => [part.type, part.value]))
  const field = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type) ?? 0)
  const local = Date.UTC(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour'),
    field('minute'),
    field('second'),
  )
  const offset = local - quarter * QUARTER
  if (zone.offsets.size >= MOST_REMEMBERED) zone.offsets.clear()
  zone.offsets.set(quarter, offset)
  return offset
}

/** Whether a schedule is in force at `at`: [from, to) on its days, after midnight when `to` < `from`, all day when equal. */
export function inForce(schedule: Schedule, at: number): boolean {
  const local = at + zoneOffset(schedule.zone, at)
  const minute = Math.floor((((local % DAY) + DAY) % DAY) / MINUTE)
  // 1970-01-01 was a Thursday.
  const day = (((Math.floor(local / DAY) + 4) % 7) + 7) % 7
  const { days, from, to } = schedule
  if (from === to) return days.includes(day)
  if (from < to) return days.includes(day) && minute >= from && minute < to
  return (days.includes(day) && minute >= from) || (days.includes((day + 6) % 7) && minute < to)
}
