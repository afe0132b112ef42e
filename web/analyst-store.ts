import { computed, signal } from '@preact/signals'
import type { DigestIncident } from '../services/core/archive.ts'
import type {
  Rate,
  RehearsalView,
  ReplaysAnswer,
  ReplayView,
  Timeline,
} from '../services/core/replay-wire.ts'
import { readMoment } from './analyst-address.ts'
import type { Panel } from './analyst-address.ts'
import type { Span } from './analyst-axis.ts'
import { Scene } from './analyst-scene.ts'
import { ANALYST_WORDS } from './analyst-words.ts'
import { RULE_WORDS } from './analyst-rule-words.ts'
import type { Player } from './player.ts'
import { home } from './player-api.ts'
import { lang } from './store.ts'
import { fill } from './words.ts'

const start = readMoment(location.search)

/** The city as it is, and as it was. */
export const live = new Scene()
export const past = new Scene()

/** Moment asked for, ms; null: live. While a replay plays, where it was sent last. */
export const wanted = signal<number | null>(start.t)
export const rate = signal<Rate>(start.rate)
/** Live and replay side by side. */
export const compare = signal(start.compare)
export const panel = signal<Panel>(start.panel)
/** Stretch of the timeline that is seen; null until it is known. */
export const span = signal<Span | null>(
  start.from !== null && start.to !== null ? { from: start.from, to: start.to } : null,
)
export const incidentId = signal(start.incident)
export const rehearsalId = signal(start.rehearsal)
export const againstId = signal(start.against)
export const version = signal(start.version)
export const bundle = signal(start.bundle)

/** What happened in the stretch that is seen; and in all that is held, coarser. */
export const timeline = signal<Timeline | null>(null)
export const whole = signal<Timeline | null>(null)
export const timelineFault = signal('')

/** The session of this page, and how it stands; null: none is open. */
export const player = signal<Player | null>(null)
export const replay = computed(() => player.value?.view.value ?? null)
/** Why there is none, in words; '' while there is one or none is wanted. */
export const replayFault = signal('')
/** The sessions that are open, where one more is not allowed; null while that is not so. */
export const crowd = signal<ReplaysAnswer | null>(null)
export const opening = signal(false)

export const rehearsal = signal<RehearsalView | null>(null)
export const against = signal<RehearsalView | null>(null)

export const overlay = signal<'' | 'help' | 'sign-in'>('')

/** Tick of the replay that is on the glass; where it was sent while nothing is drawn yet; null: live. */
export const head = computed(() => {
  if (wanted.value === null) return null
  return player.value === null || player.value.shown.value === 0 ? wanted.value : player.value.shown.value
})
/** A jump is on its way: the head stands where it was sent. */
export const seeking = computed(() => player.value !== null && player.value.aim.value !== null)

/** All that can be looked at, from the first tick held to live; null while nothing is held. */
export const bounds = computed((): Span | null => {
  const known = whole.value
  if (known === null) return null
  const from = known.held[0]?.from
  const to = Math.max(known.live, known.held.at(-1)?.to ?? 0)
  return from === undefined ? null : { from, to: Math.max(to, from + 60_000) }
})

/** What a replay can show: up to the end of the archive, which follows live within a minute. */
export const playable = computed((): Span | null => {
  const known = whole.value
  const [from, to] = [known?.held[0]?.from, known?.held.at(-1)?.to]
  return from === undefined || to === undefined ? null : { from, to }
})

/** The stretch that is seen, as far as it is written: what is run, looped and kept. */
export const chosen = computed((): Span | null => {
  const [seen, all] = [span.value, playable.value]
  if (seen === null || all === null) return null
  const [from, to] = [Math.max(seen.from, all.from), Math.min(seen.to, all.to)]
  return from < to ? { from, to } : null
})

/** Incidents of all that is held: the stretch's own first, since they are newer. */
export const incidents = computed((): readonly DigestIncident[] => {
  const known = new Map((whole.value?.incidents ?? []).map((one) => [one.id, one]))
  for (const one of timeline.value?.incidents ?? []) known.set(one.id, one)
  return [...known.values()]
})

/** The incident that is looked at. */
export const incident = computed(() => incidents.value.find(({ id }) => id === incidentId.value) ?? null)

/** Results of the rehearsal that is shown; null while none is, or it runs. */
export const result = computed(() => (panel.value === 'rehearsal' ? (rehearsal.value?.result ?? null) : null))

/** Address that a session's pages and API lie below. */
export function baseOf({ path }: ReplayView): string {
  return new URL(path.replace(/^\//, ''), home).href
}

/** A sentence about what was just done or failed; it goes after a while unless it is grave. */
export const said = signal<{ readonly text: string; readonly grave: boolean } | null>(null)
let hushing = 0
const STAY = 5000

/** Tells something at the foot of the map. */
export function speak(text: string, grave = false): void {
  clearTimeout(hushing)
  said.value = { text, grave }
  if (!grave) hushing = window.setTimeout(() => (said.value = null), STAY)
}

const WORDS = { ...ANALYST_WORDS, ...RULE_WORDS }
/** A key of the page's sentences. */
export type AnalystWord = keyof typeof WORDS

/** A sentence of the page in its language. */
export function a(word: AnalystWord, parts: Readonly<Record<string, string | number>> = {}): string {
  return fill(WORDS[word][lang.value], parts)
}
