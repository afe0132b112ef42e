import type { Commit } from './core/commit.ts'
import { partitionOf } from './core/grid.ts'
import { PartitionState } from './core/partition.ts'
import type { Plan } from './core/plan.ts'
import { RecordWriter } from './core/record-writer.ts'
import { encodeTick } from './core/record.ts'
import { windowShapeOf } from './core/window.ts'
import type { Offset } from './ports.ts'
import { smallGrid } from './testdata/small-city.ts'
import { indicatorWith, planWith, ruleWith } from './testdata/watched-city.ts'

/** What one partition has to commit at a tick, and the offset that it follows. */
export interface TickCommit {
  readonly partition: number
  readonly expected: Offset
  readonly commit: Commit
}

/** Cells of the benches' city. */
export const CELLS = 10_000
/** Partitions of its log. */
export const PARTITIONS = 16
/** Cells of one street; a street stays in one partition. */
const STREET = 100
const TICK_MS = 1000
const START = Date.UTC(2026, 10, 22)
/** Ticks by which windows are filled, this far apart, ms. */
const STRIDE_MS = 60_000
const encoder = new TextEncoder()

/** One indicator with one rule: the mean of five panes of a minute, two minutes of lateness. */
export function cellsPlan(): Plan {
  const rules = [ruleWith('air', 'air', { deadband: 2, noDataAfterMs: 120_000 })]
  return planWith(
    [indicatorWith('air')],
    rules,
    { partitions: PARTITIONS },
    smallGrid(CELLS / STREET, STREET),
  )
}

/** The state of one partition of the city, fed with events of its own cells. */
class Feeder {
  readonly #partition: number
  readonly #areas: readonly number[]
  readonly #state: PartitionState
  readonly #writer = new RecordWriter(['air'])
  #offset = 0
  #events = 0

  constructor(plan: Plan, partition: number) {
    const { grid } = plan
    const cells = Array.from({ length: CELLS }, (_, i) => grid.size - CELLS + i)
    this.#partition = partition
    this.#areas = cells.filter((area) => partitionOf(grid, area, PARTITIONS) === partition)
    this.#state = new PartitionState(plan, partition, { offset: 0, at: 0, entries: new Map() })
  }

  /** Each cell is observed `perCell` times in the second before `at`; one cell in ten by values that warn. */
  tick(at: number, perCell: number): TickCommit {
    const expected = this.#state.offset
    const writer = this.#writer
    for (const area of this.#areas)
      for (let i = 0; i < perCell; i++) {
        const source = writer.source(encoder.encode(`vendor/sensor-${area}-${i}`))
        const value = (this.#events++ * 7) % (area % 10 === 0 ? 400 : 90)
        writer.add(at - 1 - i * 50, value, area, this.#events, area, source, 0)
        if (writer.full) this.#apply(writer.finish())
      }
    if (writer.rows > 0) this.#apply(writer.finish())
    const commit = this.#apply(encodeTick({ at }))
    if (commit === null) throw new RangeError(`no commit at ${at}`)
    return { partition: this.#partition, expected, commit }
  }

  #apply(record: Uint8Array): Commit | null {
    return this.#state.apply(record, this.#offset++)
  }
}

/** A city all of whose cells change at every tick, and what its partitions then commit: made by what the aggregate stage runs. */
export class ChangedCells {
  readonly plan = cellsPlan()
  readonly #feeders = Array.from({ length: PARTITIONS }, (_, partition) => new Feeder(this.plan, partition))
  #at = START

  /** Commits of the ticks after which all windows are full. */
  fill(perCell: number): TickCommit[] {
    const indicator = this.plan.indicators.list[0] ?? indicatorWith('air')
    const ticks = Math.ceil(windowShapeOf(this.plan, indicator).heldMs / STRIDE_MS)
    return Array.from({ length: ticks }, () => this.#next(STRIDE_MS, perCell)).flat()
  }

  /** Commits of the next tick, one a partition. */
  tick(perCell: number): TickCommit[] {
    return this.#next(TICK_MS, perCell)
  }

  #next(step: number, perCell: number): TickCommit[] {
    this.#at += step
    return this.#feeders.map((feeder) => feeder.tick(this.#at, perCell))
  }
}
