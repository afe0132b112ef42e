import type { Ticks } from './core/align.ts'
import type { AlignedTick } from './core/commit.ts'
import { evenScore, type Score } from './core/score.ts'

/** Ticks that are told to a gateway by whoever plays them, from one keyframe on. */
export class ReplayTicks implements Ticks {
  readonly #base: Score
  #queue: AlignedTick[] = []
  #wake: () => void = () => undefined
  #heard: () => void = () => undefined

  /** `at`: tick of the keyframe, ms; 0 where the log begins. */
  constructor(partitions: number, at: number) {
    this.#base = evenScore(partitions, at)
  }

  newest(): Promise<number> {
    return Promise.resolve(this.#base.at)
  }

  begin(): Promise<Score> {
    return Promise.resolve(this.#base)
  }

  /** Resolves once the gateway has taken them all; walls are told of the last. One call at a time. */
  tell(ticks: readonly AlignedTick[]): Promise<void> {
    if (ticks.length === 0) return Promise.resolve()
    const last = ticks.length - 1
    this.#queue = ticks.map((tick, i) => (i === last ? tick : { ...tick, more: true }))
    return new Promise((resolve) => {
      this.#heard = resolve
      this.#wake()
    })
  }

  async *after(_base: Score, signal: AbortSignal): AsyncGenerator<AlignedTick> {
    const end = (): void => this.#wake()
    signal.addEventListener('abort', end)
    try {
      while (!signal.aborted) {
        const queue = this.#queue
        this.#queue = []
        yield* queue
        this.#heard()
        if (this.#queue.length === 0 && !signal.aborted)
          await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      signal.removeEventListener('abort', end)
      this.#heard()
    }
  }
}
