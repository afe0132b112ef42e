import { setTimeout as pause } from 'node:timers/promises'
import type { AlertWatch } from './alert-watch.ts'
import { inCommon, Wall, type Common } from './wall.ts'

/** A wall is up to date while its tick is younger than this, ms. */
const FRESH_MS = 3000
/** The alert stage while its newest commit is: it commits every 3 s though nothing happens. */
const ALERTS_FRESH_MS = 6000
const LOOK_MS = 50
/** Between two questions for the pictures of both gateways at one tick. */
const ASK_MS = 100
const MOST_ASKED = 100

/** Walls on both gateways: one that stays with each, and one that turns to the other when it loses one. */
export class Watch {
  readonly #walls: readonly Wall[]
  readonly #gateways: readonly string[]
  readonly #alerts: Pick<AlertWatch, 'age'>
  readonly #now: () => number

  constructor(gateways: readonly string[], alerts: Pick<AlertWatch, 'age'>, now: () => number) {
    const own = gateways.map((gateway, i) => new Wall(`wall-${i + 1}`, [gateway], now))
    this.#walls = [...own, new Wall('wall-roaming', gateways, now)]
    this.#gateways = gateways
    this.#alerts = alerts
    this.#now = now
  }

  /**
   * ms until every wall shows, from then on for `hold` ms, a tick younger than 3 s, nothing missing, and at least as many applied
   * as `due` says for its tick, and the alert stage keeps up; null after `patience` ms.
   */
  async recovered(due: (tick: number) => number, hold: number, patience: number): Promise<number | null> {
    const begun = this.#now()
    let since = begun
    while (this.#now() - since < hold || !this.#isWell(due)) {
      await pause(LOOK_MS)
      if (!this.#isWell(due)) since = this.#now()
      if (since - begun >= patience) return null
    }
    return since - begun
  }

  /** Longest time between two frames on any wall since it was last asked for, ms. */
  takeGap(): number {
    return Math.max(...this.#walls.map((wall) => wall.takeGap()))
  }

  /** Where each wall and the alert stage stand, for people. */
  standing(): string {
    const age = (tick: number) => `${((this.#now() - tick) / 1000).toFixed(1)} s old`
    const walls = this.#walls.map(({ name, tick, summary }) => {
      const behind = summary?.behind?.map(({ areas, at }) => `areas ${areas.join(' ')} ${age(at)}`) ?? []
      return [`${name} ${age(tick)}`, `${summary?.counts.applied ?? 0} applied`, ...behind].join(', ')
    })
    return [...walls, `alerts ${(this.#alerts.age / 1000).toFixed(1)} s old`].join('; ')
  }

  /** What both gateways said to their own walls, compared. */
  compared(of: 'frames' | 'boards'): Common {
    const [one, two] = this.#walls
    return inCommon(one?.[of] ?? new Map(), two?.[of] ?? new Map())
  }

  /** Connections of all walls, and those of them that went on by deltas. */
  connections(): { readonly all: number; readonly resumed: number } {
    const sum = (of: (wall: Wall) => number) => this.#walls.reduce((total, wall) => total + of(wall), 0)
    return { all: sum((wall) => wall.connections), resumed: sum((wall) => wall.resumed) }
  }

  /** Whether all gateways answer the same picture of the city at one tick; false when they never answered the same tick. */
  async pictures(): Promise<boolean> {
    for (let asked = 0; asked < MOST_ASKED; asked++) {
      const answers = await Promise.all(
        this.#gateways.map(async (gateway) => {
          const response = await fetch(`${gateway}/api/v1/levels?depth=cell`)
          const text = await response.text()
          return { text, tick: (JSON.parse(text) as { tick: number }).tick }
        }),
      )
      if (new Set(answers.map(({ tick }) => tick)).size === 1)
        return new Set(answers.map(({ text }) => text)).size === 1
      await pause(ASK_MS)
    }
    return false
  }

  close(): void {
    for (const wall of this.#walls) wall.close()
  }

  #isWell(due: (tick: number) => number): boolean {
    if (this.#alerts.age >= ALERTS_FRESH_MS) return false
    return this.#walls.every(({ tick, summary }) => {
      if (summary === null || this.#now() - tick >= FRESH_MS) return false
      if (summary.behind !== undefined || summary.parts !== undefined) return false
      return summary.counts.applied >= due(summary.tick)
    })
  }
}
