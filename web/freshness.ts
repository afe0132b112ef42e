import type { Rate, ReplayView } from '../services/core/replay-wire.ts'

/**
 * The server's clock as the wall knows it. Readings of it arrive late, never early, so the largest difference to the local
 * monotonic clock seen lately is the truest; it leaks by 1 ms a second so that a drifting clock cannot hold it for ever.
 */
export class ServerClock {
  #offset = Number.NEGATIVE_INFINITY
  #at = 0

  /** Takes a reading `server` (ms since 1970) that arrived at local monotonic time `local` (ms). */
  hear(server: number, local: number): void {
    const leaked = this.#offset - (local - this.#at) / 1000
    // A step of the server's clock backwards by more than a minute is a new clock, not a delay.
    this.#offset = leaked - (server - local) > 60_000 ? server - local : Math.max(server - local, leaked)
    this.#at = local
  }

  /** The server's time at local monotonic time `local`; NaN before the first reading. */
  now(local: number): number {
    return this.#offset === Number.NEGATIVE_INFINITY ? Number.NaN : local + this.#offset
  }
}

/** How the wall is joined to its server. */
export type Link = 'connecting' | 'open' | 'lost'

/** What the wall may claim: `live`; `stopped`: joined, but no tick comes; `cut`: no connection; `waiting`: nothing was ever drawn. */
export type Freshness = 'waiting' | 'live' | 'stopped' | 'cut'

/** Age after which data counts as stopped, ms: three ticks, at least 5 s; so a wall that ticks each second tells within 10 s. */
export function staleAfter(tickMs: number): number {
  return Math.max(5000, 3 * tickMs)
}

/** A lost connection is told at once, but a quick reconnect (under 1.5 s) does not flash. */
const GRACE = 1500

/**
 * What a page of a session may claim: paused or at its end it stays as true as it was; playing, a tick is due `rate` times as
 * often as in life. A session that is closed or does not answer is cut off, whatever the socket says.
 */
export function playback(state: {
  readonly link: Link
  readonly now: number
  readonly heard: number
  readonly lostAt: number
  readonly tickMs: number
  readonly session: Pick<ReplayView, 'state' | 'rate'> | null
  readonly gone: boolean
}): Freshness {
  if (state.gone) return 'cut'
  const { heard, now, session } = state
  const isPlaying = session?.state === 'playing'
  const tickMs = playedTick(state.tickMs, session?.rate ?? 1)
  return freshness({ ...state, heard: heard === 0 || isPlaying ? heard : now, tickMs })
}

/** Time between two ticks of a session that plays, ms. */
export function playedTick(tickMs: number, rate: Rate): number {
  return rate === 'max' ? 0 : tickMs / rate
}

/** Judges by times of the server's clock alone, all ms; `heard` 0: nothing yet. */
export function freshness(state: {
  readonly link: Link
  readonly now: number
  readonly heard: number
  readonly lostAt: number
  readonly tickMs: number
}): Freshness {
  if (state.heard === 0) return state.link === 'lost' ? 'cut' : 'waiting'
  if (state.link !== 'open' && state.now - state.lostAt > GRACE) return 'cut'
  return state.now - state.heard > staleAfter(state.tickMs) ? 'stopped' : 'live'
}
