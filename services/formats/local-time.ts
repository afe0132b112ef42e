import { zoneNamed } from '../core/local-time.ts'

/** Reads a text as ms since 1970 UTC; undefined when it cannot. */
export type TimeReader = (text: string) => number | undefined

/** Civil time → ms as if UTC; undefined when a part is out of its range (31 February, hour 25). */
function civil(
  y: number,
  mo: number,
  d: number,
  h: number,
  mi: number,
  s: number,
  ms: number,
): number | undefined {
  const at = Date.UTC(y, mo - 1, d, h, mi, s, ms)
  const back = new Date(at)
  // Date.UTC rolls 31 February over into March; a recorded time that needs rolling is a fault.
  const sound = back.getUTCMonth() === mo - 1 && back.getUTCDate() === d && h < 24 && mi < 60 && s < 60
  return sound ? at : undefined
}

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/

function isoReader(toUtc: (local: number) => number): TimeReader {
  return (text) => {
    const match = ISO.exec(text)
    if (!match) return undefined
    const [, y, mo, d, h = 0, mi = 0, s = 0, fraction = '', zone] = match
    const ms = Math.trunc(Number(`0.${fraction || 0}`) * 1000)
    const local = civil(Number(y), Number(mo), Number(d), Number(h), Number(mi), Number(s), ms)
    if (local === undefined || zone === undefined) return local === undefined ? undefined : toUtc(local)
    if (zone === 'Z') return local
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
    return local - (zone.startsWith('-') ? -1 : 1) * minutes * 60_000
  }
}

/** What stands for which part in a pattern; all else is taken literally. */
const TOKENS: Readonly<Record<string, string>> = {
  yyyy: '(?<yyyy>\\d{4})',
  MM: '(?<MM>\\d{1,2})',
  dd: '(?<dd>\\d{1,2})',
  HH: '(?<HH>\\d{1,2})',
  hh: '(?<hh>\\d{1,2})',
  mm: '(?<mm>\\d{2})',
  ss: '(?<ss>\\d{2})',
  SSS: '(?<SSS>\\d{3})',
  a: '(?<a>[AaPp])\\.?[Mm]\\.?',
}

function patternReader(pattern: string, toUtc: (local: number) => number): TimeReader {
  const source = pattern.replace(
    /yyyy|MM|dd|HH|hh|mm|ss|SSS|a|[^A-Za-z0-9]/g,
    (part) => TOKENS[part] ?? `\\${part}`,
  )
  const shape = new RegExp(`^${source.replaceAll('\\ ', ' +')}$`)
  return (text) => {
    const parts = shape.exec(text)?.groups
    if (!parts) return undefined
    const number = (name: string, preset: number) => Number(parts[name] ?? preset)
    const twelve = number('hh', 0)
    const half = parts['a']?.toLowerCase() === 'p' ? 12 : 0
    const hour = parts['hh'] === undefined ? number('HH', 0) : (twelve % 12) + half
    if (parts['hh'] !== undefined && (twelve < 1 || twelve > 12)) return undefined
    const local = civil(
      number('yyyy', 1970),
      number('MM', 1),
      number('dd', 1),
      hour,
      number('mm', 0),
      number('ss', 0),
      number('SSS', 0),
    )
    return local === undefined ? undefined : toUtc(local)
  }
}

function oneReader(format: string, toUtc: (local: number) => number): TimeReader {
  const count =
    (factor: number): TimeReader =>
    (text) =>
      /^\d{1,13}(\.\d+)?$/.test(text) ? Math.trunc(Number(text) * factor) : undefined
  switch (format) {
    case 'iso':
      return isoReader(toUtc)
    case 'epoch':
      return count(1000)
    case 'epoch-ms':
      return count(1)
    default:
      return patternReader(format, toUtc)
  }
}

/**
 * Reader for one or several formats, tried in order: `iso` (with an offset, or local), `epoch`, `epoch-ms`, or a pattern of
 * yyyy MM dd HH hh mm ss SSS a as `MM/dd/yyyy hh:mm:ss a`. Throws RangeError for a zone that is none. Rate: per row.
 */
export function timeReader(formats: string | readonly string[], zone: string): TimeReader {
  const clock = zoneNamed(zone)
  if (clock === null) throw new RangeError(`${zone} is no time zone of the IANA database`)
  const { toUtc } = clock
  const readers = (typeof formats === 'string' ? [formats] : formats).map((format) =>
    oneReader(format, toUtc),
  )
  return (text) => {
    for (const read of readers) {
      const time = read(text)
      if (time !== undefined) return time
    }
    return undefined
  }
}
