import { indicatorWith, planWith, ruleWith } from '../testdata/watched-city.ts'
import { smallGrid } from '../testdata/small-city.ts'
import { Fold } from './fold.ts'
import { PartitionState } from './partition.ts'
import { RecordWriter } from './record-writer.ts'
import { encodeTick } from './record.ts'
import { PaneRing, firstPane, windowShapeOf } from './window.ts'

/** What a bench did: how many times, in how long. */
export interface Measured {
  readonly operations: number
  readonly ms: number
}

const START = Date.UTC(2026, 10, 22, 0, 0, 0)
const CELLS = 1156
/** Observations of one record, as a group commit makes them. */
const ROWS = 2000

/** Two indicators with a rule each on cells and on streets: every observation folds into two series. */
function benchPlan() {
  const air = indicatorWith('air')
  const call = indicatorWith('call', { kind: 'occurrence', fold: 'count', resolution: 1, intervalMs: 0 })
  return planWith(
    [air, call],
    [
      ruleWith('air', 'air', { deadband: 2, noDataAfterMs: 120_000 }),
      ruleWith('air-street', 'air', { level: 'street' }),
      ruleWith('calls', 'call', { fold: 'count' }),
    ],
    { partitions: 1 },
    smallGrid(34, 34),
  )
}

/** Log records of `ticks` seconds with `perTick` observations each, from 500 sources, each with a key of its own. */
function benchLog(ticks: number, perTick: number, random: () => number): Uint8Array[] {
  const log: Uint8Array[] = []
  const writer = new RecordWriter(['air', 'call'])
  const names = Array.from({ length: 500 }, (_, i) => new TextEncoder().encode(`vendor/sensor-${i}`))
  let id = 0
  for (let tick = 0; tick < ticks; tick++) {
    const at = START + tick * 1000
    for (let left = perTick; left > 0; left -= ROWS) {
      const sources = names.map((name) => writer.source(name))
      for (let row = 0; row < Math.min(ROWS, left); row++) {
        const source = random() % 500
        const area = 35 + ((source * 7 + (random() % 3)) % CELLS)
        writer.add(
          at - (random() % 900),
          random() % 400,
          1,
          id++,
          area,
          sources[source] ?? 0,
          +(row % 50 === 0),
        )
      }
      log.push(writer.finish())
    }
    log.push(encodeTick({ at: at + 1000 }))
  }
  return log
}

/** Applies observations to one partition of 1,156 cells; ticks (evaluation and encoding) are timed apart. `random` gives integers. */
export function measureApply(
  ticks: number,
  perTick: number,
  random: () => number,
  now: () => number,
): { readonly apply: Measured; readonly tick: Measured } {
  const log = benchLog(ticks, perTick, random)
  const state = new PartitionState(benchPlan(), 0, { offset: 0, at: 0, entries: new Map() })
  let applied = 0
  let ticked = 0
  for (const [offset, record] of log.entries()) {
    const before = now()
    const commit = state.apply(record, offset)
    if (commit === null) applied += now() - before
    else ticked += now() - before
  }
  return {
    apply: { operations: ticks * perTick, ms: applied },
    tick: { operations: ticks, ms: ticked },
  }
}

/** Folds a full window of 60 panes, again and again. */
export function measureFold(times: number, now: () => number): Measured {
  const plan = planWith([indicatorWith('air')], [ruleWith('air', 'air', { windowMs: 3_600_000 })])
  const indicator = plan.indicators.list[0] ?? indicatorWith('air')
  const shape = windowShapeOf(plan, indicator)
  const ring = new PaneRing(shape)
  const first = firstPane(shape, START)
  const last = Math.floor(START / shape.paneMs)
  for (let pane = first; pane <= last; pane++) ring.add(first, pane, pane % 40, pane * shape.paneMs, 1)
  const into = new Fold(shape)
  const before = now()
  for (let i = 0; i < times; i++) {
    into.clear()
    ring.foldInto(into, last - 59, last)
  }
  return { operations: times * 60, ms: now() - before }
}
