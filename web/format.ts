/** The two languages of the wall. */
export type Lang = 'zh' | 'en'

const LOCALE = { zh: 'zh-CN', en: 'en-GB' } as const
const numbers = new Map<string, Intl.NumberFormat>()
const dates = new Map<string, Intl.DateTimeFormat>()

function numberFormat(lang: Lang, digits: number, least = 0): Intl.NumberFormat {
  const key = `${lang}${digits}${least}`
  let made = numbers.get(key)
  if (made === undefined) {
    made = new Intl.NumberFormat(LOCALE[lang], {
      maximumFractionDigits: digits,
      minimumFractionDigits: least,
    })
    numbers.set(key, made)
  }
  return made
}

function dateFormat(lang: Lang, zone: string, shape: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = lang + zone + JSON.stringify(shape)
  let made = dates.get(key)
  if (made === undefined) {
    made = new Intl.DateTimeFormat(LOCALE[lang], { timeZone: zone, hourCycle: 'h23', ...shape })
    dates.set(key, made)
  }
  return made
}

/** A measured value at a readable precision: three figures, never more than two decimals; a dash for none. */
export function figure(value: number | null, lang: Lang): string {
  if (value === null || !Number.isFinite(value)) return '—'
  const size = Math.abs(value)
  // Below one both decimals stand, so that 0.40 and its limit 0.30 are read alike.
  if (size > 0 && size < 1) return numberFormat(lang, 2, 2).format(value)
  return numberFormat(lang, size >= 100 ? 0 : size >= 10 ? 1 : 2).format(value)
}

/** A count with its thousands set apart. */
export function count(value: number, lang: Lang): string {
  return numberFormat(lang, 0).format(value)
}

/** `18:42` in the city's zone, from ms since 1970. */
export function clock(ms: number, zone: string, lang: Lang): string {
  return dateFormat(lang, zone, { hour: '2-digit', minute: '2-digit' }).format(ms)
}

/** `18:42:07` in the city's zone; dashes before the time is known. */
export function clockSeconds(ms: number, zone: string, lang: Lang): string {
  if (!Number.isFinite(ms)) return '--:--:--'
  return dateFormat(lang, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(ms)
}

/** `11月22日 周日` or `Sun 22 Nov`. */
export function day(ms: number, zone: string, lang: Lang): string {
  if (!Number.isFinite(ms)) return ''
  const month = lang === 'zh' ? 'long' : 'short'
  const text = dateFormat(lang, zone, { month, day: 'numeric', weekday: 'short' }).format(ms)
  return lang === 'zh' ? text.replace(/日(?=[周星])/, '日 ') : text.replace(',', '')
}

/** `2026年11月22日 周日` or `Sun 22 Nov 2026`. */
export function dayOfYear(ms: number, zone: string, lang: Lang): string {
  if (!Number.isFinite(ms)) return ''
  const year = dateFormat(lang, zone, { year: 'numeric' }).format(ms)
  return lang === 'zh' ? `${year}${day(ms, zone, lang)}` : `${day(ms, zone, lang)} ${year}`
}

/** `11/22` or `22/11`, in the city's zone. */
export function date(ms: number, zone: string, lang: Lang): string {
  if (!Number.isFinite(ms)) return ''
  return dateFormat(lang, zone, { month: 'numeric', day: 'numeric' }).format(ms)
}

function sameDay(ms: number, now: number, zone: string, lang: Lang): boolean {
  return !Number.isFinite(now) || date(ms, zone, lang) === date(now, zone, lang)
}

/** The time of something past: the clock alone on the same local day, else with its date. */
export function since(ms: number, now: number, zone: string, lang: Lang): string {
  const time = clock(ms, zone, lang)
  return sameDay(ms, now, zone, lang) ? time : `${date(ms, zone, lang)} ${time}`
}

/** A time, ms since 1970; none where it never came. */
export type Moment = number | null | undefined

/** Two times beside each other, each as {@link since} tells it, but to the second where both are of one minute; '' for none. */
export function sinceBoth(
  [a, b]: readonly [Moment, Moment],
  now: number,
  zone: string,
  lang: Lang,
): [string, string] {
  const toMinute = (at: Moment): string => (at == null ? '' : since(at, now, zone, lang))
  const toSecond = (at: number): string =>
    toMinute(at).replace(clock(at, zone, lang), clockSeconds(at, zone, lang))
  const [one, other] = [toMinute(a), toMinute(b)]
  if (a == null || b == null || a === b || one !== other) return [one, other]
  return [toSecond(a), toSecond(b)]
}

/** Nearer than this a time of day means one moment only, ms. */
const HALF_A_DAY = 43_200_000

/** The time of something past in one word: the clock for half a day, over midnight too; of an earlier day its date alone. */
export function onset(ms: number, now: number, zone: string, lang: Lang): string {
  const today = now - ms < HALF_A_DAY || sameDay(ms, now, zone, lang)
  return today ? clock(ms, zone, lang) : date(ms, zone, lang)
}

const UNITS = {
  zh: { s: '秒', min: '分钟', h: '小时', d: '天' },
  en: { s: 's', min: 'min', h: 'h', d: 'd' },
} as const

/** A length of time of a second or more in one unit, as it stands in a sentence: `12 min`, `3 h`, `9 d`. */
export function duration(ms: number, lang: Lang): string {
  const unit = UNITS[lang]
  const size = Math.max(0, ms)
  if (size < 120_000) return `${Math.floor(size / 1000)} ${unit.s}`
  if (size < 7_200_000) return `${Math.floor(size / 60_000)} ${unit.min}`
  if (size < 172_800_000) return `${Math.floor(size / 3_600_000)} ${unit.h}`
  return `${Math.floor(size / 86_400_000)} ${unit.d}`
}

/** Time left or over as a clock: `04:12`, `1:04:12`; whole days beyond two. */
export function countdown(ms: number, lang: Lang): string {
  if (!Number.isFinite(ms)) return '--:--'
  const seconds = Math.floor(Math.abs(ms) / 1000)
  if (seconds >= 172_800) return duration(Math.abs(ms), lang)
  const two = (n: number): string => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`
}

/** A short length of time as a figure of the bottom bar, `640 ms` or `2.4 s`; a dash for none. `least` is its finest unit. */
export function lapse(ms: number | null, lang: Lang, least: 'ms' | 's'): string {
  if (ms === null || !Number.isFinite(ms)) return '—'
  const size = Math.max(0, ms)
  if (size < 1000 && least === 'ms') return `${Math.round(size)} ms`
  if (size < 10_000) return `${(Math.floor(size / 100) / 10).toFixed(1)} s`
  return duration(size, lang)
}
