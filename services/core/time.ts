/** Two digits at `at`; -1 when either is none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 48
  const ones = (bytes[at + 1] ?? 0) - 48
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones
}

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar. */
function daysTo(year: number, month: number, day: number): number {
  // Years begin in March here, so that the leap day is the last of its year and months have a regular rhythm.
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const ofEra = y - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const days = ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear
  return era * 146_097 + days - 719_468
}

function lengthOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Ms of `+08:00`, `+0800`, `+08` or `Z` that fills [at, to); NaN for anything else or more than 14:59. */
function offsetAt(bytes: Uint8Array, at: number, to: number): number {
  const sign = bytes[at]
  if (sign === 0x5a || sign === 0x7a) return at + 1 === to ? 0 : NaN
  if (sign !== 0x2b && sign !== 0x2d) return NaN
  const hours = pair(bytes, at + 1)
  const colon = bytes[at + 3] === 0x3a && at + 3 < to ? 1 : 0
  const length = to - at
  const minutes = length === 3 ? 0 : length === 5 + colon ? pair(bytes, at + 3 + colon) : -1
  if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return NaN
  return (sign === 0x2d ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

/**
 * Ms since 1970 of an ISO 8601 date and time with offset in bytes [from, to), NaN when it is none. Takes `T` or a space, seconds
 * or none, 1 to 9 decimals (cut to ms), the leap second 23:59:60 UTC as the second after it. Rate: per observation.
 */
export function parseInstant(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < 17 || to - from > 35 || to > bytes.length) return NaN
  const century = pair(bytes, from)
  const year = century * 100 + pair(bytes, from + 2)
  const month = pair(bytes, from + 5)
  const day = pair(bytes, from + 8)
  const hour = pair(bytes, from + 11)
  const minute = pair(bytes, from + 14)
  const between = bytes[from + 10]
  if (
    century < 0 ||
    pair(bytes, from + 2) < 0 ||
    bytes[from + 4] !== 0x2d ||
    bytes[from + 7] !== 0x2d ||
    (between !== 0x54 && between !== 0x74 && between !== 0x20) ||
    bytes[from + 13] !== 0x3a ||
    month < 1 ||
    month > 12 ||
    day < 1 ||
    day > lengthOf(year, month) ||
    hour < 0 ||
    hour > 23 ||
    minute < 0 ||
    minute > 59
  )
    return NaN
  return secondsOn((daysTo(year, month, day) * 24 + hour) * 3_600_000 + minute * 60_000, bytes, from + 16, to)
}

/** Adds `:ss`, decimals and the offset in [from, to) to a time cut to the minute. */
function secondsOn(minute: number, bytes: Uint8Array, from: number, to: number): number {
  let at = from
  let second = 0
  let ms = 0
  if (bytes[at] === 0x3a) {
    second = pair(bytes, at + 1)
    at += 3
    if (second < 0 || second > 60) return NaN
    if (bytes[at] === 0x2e || bytes[at] === 0x2c) {
      const first = ++at
      for (let digit = (bytes[at] ?? 0) - 48; at < to && digit >= 0 && digit <= 9;) {
        const place = at - first
        if (place < 3) ms += digit * (place === 0 ? 100 : place === 1 ? 10 : 1)
        digit = (bytes[++at] ?? 0) - 48
      }
      if (at === first || at - first > 9) return NaN
    }
  }
  const time = minute + second * 1000 + ms - offsetAt(bytes, at, to)
  return second === 60 && (((time - ms) % 86_400_000) + 86_400_000) % 86_400_000 !== 0 ? NaN : time
}

/** Earliest and latest number taken as ms since 1970 (1973 and 5138): outside, it counts other units. */
const EPOCH_MS = [1e11, 1e14] as const

/** Ms since 1970 that a number stands for, NaN when it counts seconds, microseconds or nothing at all. */
export function epochMs(value: number): number {
  return value >= EPOCH_MS[0] && value <= EPOCH_MS[1] ? Math.floor(value) : NaN
}

/** Name of the unit in which a number would be a time between 1973 and 5138; undefined when there is none. */
export function epochUnit(value: number): string | undefined {
  if (!Number.isNaN(epochMs(value * 1000))) return 'seconds'
  if (!Number.isNaN(epochMs(value / 1000))) return 'microseconds'
  return Number.isNaN(epochMs(value / 1e6)) ? undefined : 'nanoseconds'
}

/** A time in words of ISO 8601, UTC; the number itself where no calendar reaches. */
export function isoOf(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms)
}

/** A length of time in its two largest units that are not nought, as `2 h 5 min`. */
export function spell(ms: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
    [1, 'ms'],
  ] as const
  let left = Math.max(0, Math.round(ms))
  const parts: string[] = []
  for (const [size, name] of units) {
    const count = Math.floor(left / size)
    left -= count * size
    if (count > 0) parts.push(`${count} ${name}`)
    if (parts.length === 2) break
  }
  return parts.join(' ') || '0 ms'
}
