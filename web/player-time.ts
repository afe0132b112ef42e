import { zoneNamed } from '../services/core/local-time.ts'
import { RATES } from '../services/core/replay-wire.ts'
import type { Rate, ReplayVerb, ReplayVerbs, ReplayView } from '../services/core/replay-wire.ts'

const HOUR = 3_600_000
/** Verbs that wait for their turn; more are let go. */
const MOST_WAITING = 8
/** Lengths of a page of the line, and ticks that it has at least. */
const PAGES = [HOUR, 6 * HOUR, 24 * HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR] as const
const LEAST_TICKS = 2000

/** All rates that brackets step through, slowest first. */
export const ALL_RATES: readonly Rate[] = [...RATES, 'max']

/** The rate next to one, faster or slower; the same at the ends. */
export function rateBeside(rate: Rate, by: 1 | -1): Rate {
  const size = (one: Rate): number => (one === 'max' ? Infinity : one)
  const rest = ALL_RATES.filter((one) => (by > 0 ? size(one) > size(rate) : size(one) < size(rate)))
  return (by > 0 ? rest[0] : rest.at(-1)) ?? rate
}

/** A verb with what it needs. */
export type Wanted = {
  readonly [Verb in ReplayVerb]: { readonly verb: Verb; readonly body: ReplayVerbs[Verb] }
}[ReplayVerb]

/** What has to be done, with one more thing behind it: steps add up, and of two of a kind the later counts. */
export function queued(waiting: readonly Wanted[], next: Wanted): readonly Wanted[] {
  const last = waiting.at(-1)
  if (last?.verb === 'step' && next.verb === 'step')
    return [...waiting.slice(0, -1), { verb: 'step', body: { ticks: last.body.ticks + next.body.ticks } }]
  if (last?.verb === next.verb) return [...waiting.slice(0, -1), next]
  return waiting.length < MOST_WAITING ? [...waiting, next] : waiting
}

/** A session as it will be once a verb is done; where it then is, only the session knows. */
export function foreseen(view: ReplayView, { verb, body }: Wanted): ReplayView {
  if (verb === 'play') return { ...view, state: 'playing' }
  if (verb === 'pause') return { ...view, state: 'paused' }
  if (verb === 'rate') return { ...view, rate: body.rate }
  if (verb === 'loop') return { ...view, loop: body.from === null ? null : body }
  return view
}

/**
 * The stretch of a session that the line shows: all of it, or where that is too long for a finger the page around `at`, by the
 * city's clock. Times are ms.
 */
export function pageAround(
  { from, to }: { readonly from: number; readonly to: number },
  at: number,
  tickMs: number,
  zoneName: string,
): readonly [number, number] {
  const size = PAGES.find((one) => one >= LEAST_TICKS * tickMs) ?? to - from
  if (to - from <= 2 * size) return [from, to]
  const { toLocal, toUtc } = zoneNamed(zoneName) ?? { toLocal: (ms: number) => ms, toUtc: (ms: number) => ms }
  const start = Math.floor(toLocal(at) / size) * size
  return [Math.max(from, toUtc(start)), Math.min(to, toUtc(start + size))]
}
