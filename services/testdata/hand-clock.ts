import type { Clock } from '../ports.ts'

/** A clock that stands still until it is moved; timers run in order of their time. */
export class HandClock implements Clock {
  private time: number
  private timers: { at: number; run: () => void }[] = []

  constructor(time: number) {
    this.time = time
  }

  now(): number {
    return this.time
  }

  at(at: number, run: () => void): () => void {
    const timer = { at, run }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  /** Moves on and runs what became due, each at its own time. */
  advance(ms: number): void {
    const goal = this.time + ms
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= goal).toSorted((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.timers = this.timers.filter((timer) => timer !== due)
      this.time = Math.max(this.time, due.at)
      due.run()
    }
    this.time = goal
  }
}
