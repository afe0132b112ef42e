import type { Rate } from './core/replay-wire.ts'

/** What is missing between two ticks is passed within so long, ms of the clock. */
const GAP_MS = 2_000
/** A replay that cannot keep up lets go of what it lags behind, ms: afterwards it plays no faster than it was told. */
const MOST_BEHIND = 1_000

/** When ticks are due, by the clock. */
export class Pace {
  readonly #tickMs: number
  #rate: Rate
  #tick = 0
  #at = 0

  constructor(tickMs: number, rate: Rate) {
    this.#tickMs = tickMs
    this.#rate = rate
  }

  get rate(): Rate {
    return this.#rate
  }

  /** Goes on from a tick that is shown now. */
  begin(tick: number, now: number, rate = this.#rate): void {
    this.#tick = tick
    this.#at = now
    this.#rate = rate
  }

  /** When the next tick is due, ms of the clock. */
  due(tick: number): number {
    if (this.#rate === 'max') return this.#at
    const step = Math.min(tick - this.#tick, this.#tickMs + GAP_MS * this.#rate)
    return this.#at + step / this.#rate
  }

  /** A tick that was due is shown. */
  passed(tick: number, now: number): void {
    this.#at = Math.max(this.due(tick), now - MOST_BEHIND)
    this.#tick = tick
  }
}
