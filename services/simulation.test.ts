import { describe, expect, it } from 'vitest'
import { alignTicks } from './core/align.ts'
import type { TickRecord } from './core/change.ts'
import { Fingerprint } from './core/idempotency.ts'
import { UNKNOWN } from './core/level.ts'
import type { Plan } from './core/plan.ts'
import { KIND_OBSERVATIONS, KIND_TICK, decodeTick, kindOf, readObservations } from './core/record.ts'
import type { Rule } from './core/rule.ts'
import { truthOf, type Line } from './testdata/oracle.ts'
import { smallGrid, smallPlan } from './testdata/small-city.ts'
import { World } from './testdata/world.ts'

const STEPS = 200
const SEEDS =
  process.env['QINGYU_SEED'] === undefined
    ? Array.from({ length: 50 }, (_, i) => i + 1)
    : [Number(process.env['QINGYU_SEED'])]

/** Short windows and every kind of condition, so that a few virtual minutes see all of it. */
function plan(): Plan {
  const grid = smallGrid(3, 3)
  const base = smallPlan(grid)
  const [calls, dust] = base.rules.rules
  if (!calls || !dust) throw new Error('the small plan has two rules')
  const indicators = base.indicators.list.map((indicator) => ({
    ...indicator,
    paneMs: 5000,
    latenessMs: 10_000,
    intervalMs: indicator.intervalMs && 10_000,
    resolution: 0.5,
  }))
  const short = { windowMs: 20_000, offDelayMs: 4000, onDelayMs: 2000 }
  const rules: Rule[] = [
    { ...calls, ...short, limits: [null, 2, 4, 6, 8], fold: 'sum' },
    { ...dust, ...short, noDataAfterMs: 30_000, deadband: 20, limits: [null, 100, 150, 200, 250] },
    { ...dust, ...short, id: 'panes', fold: 'max', panes: { n: 2, m: 3 }, minSamples: 2, noDataAfterMs: 0 },
    {
      ...dust,
      ...short,
      id: 'low',
      direction: 'below',
      fold: 'min',
      limits: [null, 40, null, 20, 5],
      deadband: 10,
      onDelayMs: 0,
    },
    { ...dust, ...short, id: 'street', level: 'street', minSources: 2, singleSourceMax: 4 },
    { ...dust, ...short, id: 'city', level: 'city', windowMs: 30_000, minSources: 3, onDelayMs: 0 },
    { ...calls, ...short, id: 'city-calls', level: 'city', fold: 'sources', limits: [null, 3, null, 5, 7] },
  ]
  return {
    ...base,
    partitions: 4,
    indicators: { list: indicators, index: base.indicators.index },
    rules: {
      version: 'simulation',
      rules,
      parents: [
        { level: 'street', kind: 'worst' },
        { level: 'city', kind: 'share', share: [null, 0.3, 0.5, 0.7, 1] },
      ],
    },
  }
}

/** The log as the oracle reads it; ids are those of the log's own hash. */
async function linesOf(world: World): Promise<Line[][]> {
  const { log } = world
  const index = world.plan.indicators.index
  return Promise.all(
    Array.from({ length: log.partitions }, async (_, partition) => {
      const lines: Line[] = []
      const records = log.fetch(partition, 0)
      for (
        let at = 0, batch = records;
        batch.length > 0;
        at += batch.length, batch = log.fetch(partition, at)
      )
        for (const bytes of batch) {
          if (kindOf(bytes) === KIND_TICK) lines.push({ kind: 'tick', at: decodeTick(bytes).at })
          if (kindOf(bytes) !== KIND_OBSERVATIONS) continue
          const rows = readObservations(bytes)
          for (let i = 0; i < rows.rows; i++)
            lines.push({
              kind: 'said',
              source: rows.sources[rows.source(i)] ?? '',
              id: `${rows.idHigh(i)}-${rows.idLow(i)}`,
              area: rows.area(i),
              indicator: index.get(rows.indicators[rows.indicator(i)] ?? '') ?? -1,
              value: rows.value(i),
              time: rows.time(i),
            })
        }
      return lines
    }),
  )
}

async function recordsOf(world: World): Promise<{ at: number; records: readonly TickRecord[] }[]> {
  const ends = new AbortController()
  const last = await world.state.tick()
  const ticks: { at: number; records: readonly TickRecord[] }[] = []
  const units = Array.from({ length: world.plan.partitions + 1 }, (_, unit) => unit)
  const all = (async () => {
    for await (const tick of alignTicks(
      (partition, from, signal) => world.state.changes(partition, from, signal),
      units,
      0,
      ends.signal,
    )) {
      ticks.push(tick)
      if (tick.at >= last) ends.abort()
    }
  })()
  let done = false
  void all.then(() => (done = true))
  while (!done) await world.turn()
  return ticks
}

async function run(seed: number) {
  const world = new World(plan(), seed)
  await world.start()
  for (let i = 0; i < STEPS; i++) await world.step()
  await world.finish()
  return { world, truth: truthOf(world.plan, await linesOf(world)), ticks: await recordsOf(world) }
}

function sum(records: readonly TickRecord[], count: keyof TickRecord['counts']): number {
  return records.reduce((total, record) => total + record.counts[count], 0)
}

describe('simulation with crashes', () => {
  it.each(SEEDS)(
    '[SM1] [SM2] [SM3] [SM4] agrees with the oracle, seed %i',
    { timeout: 120_000 },
    async (seed) => {
      const { world, truth, ticks } = await run(seed)
      const applied = new Set(truth.applied.map(({ id }) => id))
      expect(applied.size).toBe(truth.applied.length)
      const ranks = Array.from({ length: world.plan.grid.size }, () => UNKNOWN)
      const counts = new Map<number, TickRecord>()
      for (const { at, records } of ticks) {
        for (const record of records) counts.set(record.partition, record)
        const now = [...counts.values()]
        const settled =
          sum(now, 'applied') +
          sum(now, 'duplicate') +
          sum(now, 'late') +
          sum(now, 'quarantined') +
          sum(now, 'refused')
        expect({ at, received: sum(now, 'received') }).toEqual({ at, received: settled })
        for (const change of records.flatMap((record) => record.changes)) ranks[change.area] = change.rank
        expect({ at, ranks }).toEqual({ at, ranks: truth.ranks.get(at) })
      }
      const final = [...counts.values()]
      expect([sum(final, 'applied'), sum(final, 'duplicate'), sum(final, 'late')]).toEqual([
        truth.applied.length,
        truth.duplicate,
        truth.late,
      ])
      const logged = new Set(
        (await linesOf(world)).flat().flatMap((line) => (line.kind === 'said' ? [line.id] : [])),
      )
      const lost = [...world.acknowledged].filter((id) => !logged.has(hashed(id)))
      expect(lost).toEqual([])
      expect(world.acknowledged.size).toBeGreaterThan(100)
    },
  )

  it('[SM5] gives the same bytes for the same seed', async () => {
    const [first, second] = [await run(7), await run(7)]
    expect(second.ticks).toEqual(first.ticks)
    expect(first.world.crashes).toBeGreaterThan(0)
  })
})

function hashed(id: string): string {
  const print = new Fingerprint()
  const bytes = new TextEncoder().encode(id)
  print.ofId(bytes, 0, bytes.length)
  return `${print.high}-${print.low}`
}
