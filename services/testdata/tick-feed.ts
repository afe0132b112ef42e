import type { Ticks } from '../core/align.ts'
import { evenScore, type Score } from '../core/score.ts'
import type { AlignedTick, LevelHistory } from '../ports.ts'

/** Aligned ticks pushed by a test, and what was in force before them. */
export class TickFeed implements Ticks {
  private readonly pushed: AlignedTick[] = []
  private wake: () => void = () => undefined
  private taken = 0
  private idle: () => void = () => undefined
  private broken: Error | undefined
  readonly lines: LevelHistory[] = []
  /** Newest tick before the gateway started. */
  goal = 0

  /** Resolves once the follower has taken the tick and asks for the next. */
  push(tick: AlignedTick): Promise<void> {
    this.pushed.push(tick)
    this.wake()
    return this.drained()
  }

  /** Resolves once everything pushed was taken. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.taken === this.pushed.length && this.asking) resolve()
      else this.idle = resolve
    })
  }

  private asking = false

  /** The feed breaks at the next tick. */
  breakOff(fault: Error): void {
    this.broken = fault
    this.wake()
  }

  newest = (): Promise<number> => Promise.resolve(this.goal)

  begin(from: number): Promise<Score> {
    return Promise.resolve(evenScore(2, Math.min(from, this.goal)))
  }

  async *after(base: Score, signal: AbortSignal): AsyncGenerator<AlignedTick> {
    signal.addEventListener('abort', () => this.wake())
    while (!signal.aborted) {
      if (this.broken !== undefined) throw this.broken
      const tick = this.pushed[this.taken]
      if (tick === undefined) {
        this.asking = true
        const changed = new Promise<void>((resolve) => (this.wake = resolve))
        this.idle()
        await changed
        this.asking = false
        continue
      }
      this.taken++
      if (tick.at > base.at) yield tick
    }
  }

  /** The questions that a gateway asks of the state. */
  readonly state = {
    levelAt: (area: number, at: number) =>
      Promise.resolve(this.lines.filter((line) => line.area === area && line.at <= at).at(-1)),
    entry: () => Promise.resolve(undefined),
    levels: (area: number, from: number, to: number, most: number) =>
      Promise.resolve(
        this.lines.filter((line) => line.area === area && line.at >= from && line.at <= to).slice(0, most),
      ),
  }
}
