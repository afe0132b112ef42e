import { computed, signal } from '@preact/signals'
import { UNKNOWN } from '../services/core/level.ts'
import type { Rank } from '../services/core/level.ts'
import type { Board, History, Missing, Serious, Summary, Welcome } from '../services/core/wire.ts'
import { readAddress } from './address.ts'
import type { City } from './city.ts'
import type { Explanation } from './explanation.ts'
import { freshness, playback } from './freshness.ts'
import type { Link } from './freshness.ts'
import { lookOf } from './look.ts'
import { Picture } from './picture.ts'
import { player } from './player.ts'
import { outlook } from './sentence.ts'
import type { Tidings } from './tidings.ts'
import { veilOf } from './veil.ts'
import type { Veil } from './veil.ts'
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
/** The server's clock, ms; NaN until heard. Moves four times a second. Of a session's page its own clock, for spans of time alone. */
export const now = signal(Number.NaN)

export const link = signal<{ readonly state: Link; readonly tries: number }>({
  state: 'connecting',
  tries: 0,
})
/** Address of the gateway that this wall is with, or was last; with a slash at its end. */
export const server = signal(new URL(import.meta.env.BASE_URL, location.href).href)
/** Why the server lets this wall see nothing, in its words; '' while it does. */
export const problem = signal('')
/** Server's time of the last summary or frame, and at which the connection was lost. */
export const heard = signal(0)
export const lostAt = signal(0)

export const welcome = signal<Welcome | null>(null)
export const city = signal<City | null>(null)
/** Why the grid cannot be had; '' while it can. */
export const gridFault = signal('')
export const summary = signal<Summary | null>(null)
export const history = signal<History | null>(null)
/** Incidents and alerts; null where this server follows none, and before the first. */
export const board = signal<Board | null>(null)
export const tidings = signal<readonly Tidings[]>([])

/** The picture changes in place; its number says when. */
export const picture = new Picture()
export const drawing = signal(0)

export const overlay = signal<'' | 'help' | 'find'>('')
export const legend = signal(false)
export const mapFault = signal(false)

export const scheme = computed(() => welcome.value?.scheme ?? null)
export const zone = computed(() => welcome.value?.zone ?? 'Asia/Shanghai')

/** The city's time, ms: the server's, or that of the tick shown in a session and where history is brought in. */
export const cityNow = computed(() => {
  if (player !== null) return summary.value?.tick ?? (player.at.value || Number.NaN)
  return welcome.value?.past === true ? (summary.value?.tick ?? now.value) : now.value
})

/** What the wall may claim about itself right now. */
export const fresh = computed(() => {
  const state = {
    link: link.value.state,
    now: now.value,
    heard: heard.value,
    lostAt: lostAt.value,
    tickMs: welcome.value?.tickMs ?? 1000,
  }
  if (player === null) return freshness(state)
  return playback({ ...state, session: player.view.value, gone: player.gone.value !== '' })
})

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

/** The last explanation: of which place, and why it could not be had. */
export const answer = signal<{
  readonly code: string
  readonly got: Explanation | null
  readonly fault: string
}>({
  code: '',
  got: null,
  fault: '',
})

/** What the course of values is drawn for. */
export interface Watched {
  readonly code: string
  readonly name: string
  readonly indicator: string
  readonly indicatorName: string
  readonly rank: Rank
  readonly reason: string
  readonly limit: number | null
}

/** The value behind the place whose reason is shown; null where no rule reads one. */
export const watched = computed((): Watched | null => {
  const { code, worst } = subject.value ?? { code: '', worst: null }
  if (worst !== null) return { ...worst, name: named(worst.name), indicatorName: named(worst.indicatorName) }
  const got = answer.value.code === code ? answer.value.got : null
  const reading = got?.reading ?? got?.readings[0]
  if (got === null || reading === undefined) return null
  const name = named(city.value?.doc.names[chosen.value])
  const rank = rankNow(chosen.value)
  const indicatorName = got.rule === null ? reading.indicator : named(got.rule.name)
  return {
    code,
    name,
    indicator: reading.indicator,
    indicatorName,
    rank,
    reason: got.reason,
    limit: reading.limit,
  }
})

/** What is missing, as text: it stays the same for as long as nothing changes, so that nothing is worked out anew. */
const missing = computed(() => JSON.stringify(summary.value?.behind ?? []))

/** What of this wall is missing; null when nothing is. */
export const veil = computed((): Veil | null => {
  const behind = JSON.parse(missing.value) as readonly Missing[]
  return city.value === null || behind.length === 0 ? null : veilOf(city.value, behind)
})

/** The state of the whole, from the cells on the wall that are not under the veil; null without any. */
export const whole = computed(() => {
  const [known, levels] = [city.value, scheme.value?.levels.length ?? 5]
  if (known === null || drawing.value === 0) return null
  const mask = veil.value?.mask
  const cells = mask === undefined ? known.cells : known.cells.filter((cell) => mask[cell] !== 1)
  if (cells.length === 0) return null
  return outlook(picture.ranks, cells, known.doc.centres, known.bounds, levels - 1)
})

/** Cells of this wall at each rank that are not under the veil, by level id; undefined before the first summary. */
export const tally = computed((): Readonly<Record<string, number>> | undefined => {
  const levels = summary.value?.levels
  const mask = veil.value?.mask
  if (levels === undefined || mask === undefined || drawing.value === 0) return levels
  const live = { ...levels }
  for (const cell of city.value?.cells ?? [])
    if (mask[cell] === 1) {
      const { id } = lookOf(scheme.value, picture.ranks[cell] ?? UNKNOWN)
      live[id] = (live[id] ?? 0) - 1
    }
  return live
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
