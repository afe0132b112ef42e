import { setTimeout as pause } from 'node:timers/promises'
import { framesInCommon, Wall } from './wall.ts'

/** A wall is up to date while its tick is younger than this, ms. */
const FRESH_MS = 3000
const LOOK_MS = 50
/** Between two questions for the pictures of both gateways at one tick. */
const ASK_MS = 100
const MOST_ASKED = 100

/** Walls on both gateways: one that stays with each, and one that turns to the other when it loses one. */
export class Watch {
  readonly #walls: readonly Wall[]
  readonly #gateways: readonly string[]
  readonly #now: () => number

  constructor(gateways: readonly string[], now: () => number) {
    const own = gateways.map((gateway, i) => new Wall(`wall-${i + 1}`, [gateway], now))
    this.#walls = [...own, new Wall('wall-roaming', gateways, now)]
    this.#gateways = gateways
    this.#now = now
  }

  /** ms until every wall shows a tick younger than 3 s, nothing missing and at least `goal` applied; null after `patience` ms. */
  async recovered(goal: number, patience: number): Promise<number | null> {
    const begun = this.#now()
    while (!this.#walls.every((wall) => this.#isWell(wall, goal))) {
      if (this.#now() - begun >= patience) return null
      await pause(LOOK_MS)
    }
    return this.#now() - begun
  }

  /** Longest time between two frames on any wall since it was last asked for, ms. */
  takeGap(): number {
    return Math.max(...this.#walls.map((wall) => wall.takeGap()))
  }

  /** Where each wall stands, for people. */
  standing(): string {
    return this.#walls
      .map(({ name, tick, summary }) => {
        const age = ((this.#now() - tick) / 1000).toFixed(1)
        return `${name} ${age} s old, ${summary?.counts.applied ?? 0} applied, ${summary?.behind?.length ?? 0} behind`
      })
      .join('; ')
  }

  /** What the gateways said to their walls, compared. */
  frames(): { common: number; differing: readonly string[]; connections: number; resumed: number } {
    const [one, two] = this.#walls
    const sum = (of: (wall: Wall) => number) => this.#walls.reduce((total, wall) => total + of(wall), 0)
    const compared =
      one === undefined || two === undefined ? { common: 0, differing: [] } : framesInCommon(one, two)
    return {
      ...compared,
      connections: sum((wall) => wall.connections),
      resumed: sum((wall) => wall.resumed),
    }
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

  #isWell({ tick, summary }: Wall, goal: number): boolean {
    if (summary === null || this.#now() - tick >= FRESH_MS) return false
    return summary.behind === undefined && summary.parts === undefined && summary.counts.applied >= goal
  }
}
