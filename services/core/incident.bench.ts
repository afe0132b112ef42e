import { simplePolicy } from '../testdata/sample-alert.ts'
import { indicatorWith, planWith, ruleWith } from '../testdata/watched-city.ts'
import type { RuleVerdict } from './change.ts'
import type { Grid } from './grid.ts'
import { IncidentTracker } from './incident-tracker.ts'
import { irregularCity } from './locate.bench.ts'

const CELLS = 20_000
/** Storms of about fifty cells each make about 2,000 active ones. */
const STORMS = 40
const RADIUS = 4
const START = Date.UTC(2026, 10, 22, 0, 0, 0)
const TICKS = 60
/** Cells that a storm goes in a second: 5 m, fast for weather, so that its edge moves at nearly every tick. */
const SPEED = 0.05

/** Cost of ticks, and how much there was to do in them. */
export interface TickCosts {
  readonly ticks: number
  readonly ms: number
  readonly active: number
  readonly incidents: number
}

/** Storms that go across a city of 20,000 irregular cells, by ticks of a second. */
export class StormBench {
  readonly #grid: Grid = irregularCity(CELLS, 1)
  readonly #moves: RuleVerdict[][] = []
  readonly #all: RuleVerdict[][] = []

  constructor() {
    let before = new Set<number>()
    for (let tick = 0; tick <= TICKS; tick++) {
      const now = this.#stormy(tick)
      const all = Array.from({ length: CELLS }, (_, nth) => verdictOf(nth + 1, now.has(nth + 1)))
      this.#all.push(all)
      this.#moves.push(all.filter(({ area }) => before.has(area) !== now.has(area)))
      before = now
    }
  }

  /** Incidents followed by what moved; the first tick, in which all storms are born, does not count. */
  byMoves(now: () => number): TickCosts {
    return this.#follow(now, this.#moves)
  }

  /** The same incidents where each tick tells of all cells, as it would to a stage that looks at levels and not at changes. */
  byScan(now: () => number): TickCosts {
    return this.#follow(now, this.#all)
  }

  #follow(now: () => number, ticks: readonly (readonly RuleVerdict[])[]): TickCosts {
    const { incidents } = simplePolicy()
    const plan = planWith([indicatorWith('air')], [ruleWith('rain', 'air')], {}, this.#grid)
    const policy = simplePolicy({
      incidents: { ...incidents, rank: 1 },
      categoryOf: new Map([['rain', 'water']]),
    })
    const tracker = new IncidentTracker(plan, policy)
    const [first = [], ...rest] = ticks
    tracker.tick(START, first)
    const active = [...tracker.living.values()].reduce((sum, { areas }) => sum + areas.length, 0)
    const before = now()
    for (const [nth, verdicts] of rest.entries()) tracker.tick(START + (nth + 1) * 1000, verdicts)
    return { ticks: rest.length, ms: now() - before, active, incidents: tracker.living.size }
  }

  #stormy(tick: number): Set<number> {
    const { bounds, centres, size } = this.#grid
    const across = Math.sqrt(size)
    const active = new Set<number>()
    const columns = Math.ceil(Math.sqrt(STORMS))
    for (let area = 1; area < size; area++) {
      const x = (((centres[2 * area] ?? 0) - bounds[0]) / (bounds[2] - bounds[0])) * across
      const y = (((centres[2 * area + 1] ?? 0) - bounds[1]) / (bounds[3] - bounds[1])) * across
      const side = across / columns
      const [column, row] = [Math.floor(x / side), Math.floor(y / side)]
      const [sx, sy] = [(column + 0.3) * side + tick * SPEED, (row + 0.5) * side]
      if (row * columns + column < STORMS && Math.hypot(x - sx, y - sy) < RADIUS) active.add(area)
    }
    return active
  }
}

function verdictOf(area: number, stormy: boolean): RuleVerdict {
  return { area, rule: 'rain', rank: stormy ? 2 : 0, value: 25, limit: 20 }
}
