import { computed, signal } from '@preact/signals'
import type { Rank } from '../services/core/level.ts'
import type { History, Serious, Summary, Welcome } from '../services/core/wire.ts'
import { readAddress } from './address.ts'
import type { City } from './city.ts'
import { freshness } from './freshness.ts'
import type { Link } from './freshness.ts'
import { Picture } from './picture.ts'
import { outlook } from './sentence.ts'
import type { Tidings } from './tidings.ts'
import { fill, say } from './words.ts'
import type { Word } from './words.ts'

const start = readAddress(location.search, navigator.languages)

export const lang = signal(start.lang)
export const theme = signal(start.theme)
export const kiosk = signal(start.kiosk)
/** The table stands in for the map: chosen, or for want of WebGL. */
export const table = signal<'' | 'chosen' | 'forced'>(start.table ? 'chosen' : '')
export const area = signal(start.area)
export const view = signal(start.view)
/** Code of the chosen area; '' for none. */
export const chosenCode = signal(start.cell)

/** One CSS unit in pixels: viewport width ÷ 1920 up to 16:9, height ÷ 1080 beyond. */
export const unit = signal(1)
/** The server's clock, ms; NaN until heard. Moves four times a second. */
export const now = signal(Number.NaN)

export const link = signal<{ readonly state: Link; readonly tries: number; readonly why: string }>({
  state: 'connecting',
  tries: 0,
  why: '',
})
/** Server's time of the last summary or frame, and at which the connection was lost. */
export const heard = signal(0)
export const lostAt = signal(0)

export const welcome = signal<Welcome | null>(null)
export const city = signal<City | null>(null)
/** Why the grid cannot be had; '' while it can. */
export const gridFault = signal('')
export const summary = signal<Summary | null>(null)
export const history = signal<History | null>(null)
export const tidings = signal<readonly Tidings[]>([])

/** The picture changes in place; its number says when. */
export const picture = new Picture()
export const drawing = signal(0)

export const overlay = signal<'' | 'help' | 'find'>('')
export const legend = signal(false)
export const mapFault = signal(false)

export const scheme = computed(() => welcome.value?.scheme ?? null)
export const zone = computed(() => welcome.value?.zone ?? 'Asia/Shanghai')

/** What the wall may claim about itself right now. */
export const fresh = computed(() =>
  freshness({
    link: link.value.state,
    now: now.value,
    heard: heard.value,
    lostAt: lostAt.value,
    tickMs: welcome.value?.tickMs ?? 1000,
  }),
)

/** Index of the chosen area; -1 for none. */
export const chosen = computed(() => city.value?.indexOf.get(chosenCode.value) ?? -1)

/** The place whose reason is shown: the chosen one, else the worst. */
export const subject = computed((): { code: string; worst: Serious | null } | null => {
  if (chosen.value >= 0)
    return {
      code: chosenCode.value,
      worst: summary.value?.serious.find((row) => row.code === chosenCode.value) ?? null,
    }
  const worst = summary.value?.serious[0]
  return worst === undefined ? null : { code: worst.code, worst }
})

/** The state of the whole, from the cells on the wall. */
export const whole = computed(() => {
  const [known, levels] = [city.value, scheme.value?.levels.length ?? 5]
  if (known === null || drawing.value === 0) return null
  return outlook(picture.ranks, known.cells, known.doc.centres, known.bounds, levels - 1)
})

/** Rank of an area in the picture as it is now. */
export function rankNow(index: number): Rank {
  return drawing.value < 0 ? 0 : (picture.ranks[index] ?? 0)
}

/** A word in the language of the wall. */
export function t(word: Word, parts: Readonly<Record<string, string | number>> = {}): string {
  return say(word, lang.value, parts)
}

/** A pair of names in the language of the wall; the other one where it is empty. */
export function named(names: { readonly zh: string; readonly en: string } | undefined): string {
  if (names === undefined) return ''
  return lang.value === 'zh' ? names.zh || names.en : names.en || names.zh
}

/** A sentence with parts, from a pair. */
export function told(
  pair: { readonly zh: string; readonly en: string },
  parts: Readonly<Record<string, string | number>> = {},
): string {
  return fill(pair[lang.value], parts)
}
