import type { Clock } from '../ports.ts'

interface Timer {
  readonly at: number
  readonly run: () => void
  off: boolean
}

/** A clock that only its owner moves. Timers run by their time, those of one time in the order they were set. */
export class VirtualClock implements Clock {
  #time: number
  /** Sorted; the next to run is first. */
  readonly #timers: Timer[] = []

  constructor(time: number) {
    this.#time = time
  }

  now(): number {
    return this.#time
  }

  at(at: number, run: () => void): () => void {
    const timer: Timer = { at, run, off: false }
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#timers[middle]?.at ?? Infinity) <= at) low = middle + 1
      else high = middle
    }
    this.#timers.splice(low, 0, timer)
    return () => {
      timer.off = true
    }
  }

  /** Time of the next timer, ms; undefined when none is set. */
  get next(): number | undefined {
    while (this.#timers[0]?.off === true) this.#timers.shift()
    return this.#timers[0]?.at
  }

  /** Moves to the next timer, at most to `limit`, and runs it; false when there is none till then. */
  step(limit = Infinity): boolean {
    const next = this.next
    if (next === undefined || next > limit) return false
    const timer = this.#timers.shift()
    this.#time = Math.max(this.#time, next)
    timer?.run()
    return true
  }

  /** Moves on by `ms` and runs what becomes due on the way, each at its own time. */
  advance(ms: number): void {
    const goal = this.#time + ms
    while (this.step(goal));
    this.#time = Math.max(this.#time, goal)
  }

  /** Puts the clock elsewhere without running anything, as a wrong or corrected machine clock would be. */
  jump(time: number): void {
    this.#time = time
  }
}
