import { describe, expect, it } from 'vitest'
import { CityRun } from '../testdata/city-run.ts'
import { busyPlan, indicatorWith, planWith, ruleWith } from '../testdata/watched-city.ts'
import { UNKNOWN } from './level.ts'
import { MOST_AHEAD, readSeries, seriesKey } from './series.ts'
import { MOST_LATE, MOST_OCCURRENCES } from './tally.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.UTC(2026, 10, 22, 0, 0, 0)
const CELL = 3

/** One measurement with a window of five minutes and two of lateness, in one partition. */
const airPlan = (rule = {}, indicator = {}) =>
  planWith([indicatorWith('air', indicator)], [ruleWith('air', 'air', rule)], { partitions: 1 })
const callPlan = () =>
  planWith(
    [indicatorWith('call', { kind: 'occurrence', resolution: 1, fold: 'count', intervalMs: 0 })],
    [
      ruleWith('calls', 'call', { fold: 'count' }),
      ruleWith('street', 'call', { fold: 'count', level: 'street' }),
    ],
    { partitions: 1 },
  )
const air = (time: number, part = {}) => ({ area: CELL, indicator: 'air', value: 25, time, ...part })

describe('partition', () => {
  it('[WN1] folds panes that start in the window', () => {
    const run = new CityRun(airPlan())
    run.observe(air(START), air(START + MINUTE, { value: 15 }))
    run.tick(START + MINUTE)
    expect(run.level(CELL)).toMatchObject({ rank: 2, value: 20, samples: 2 })
    run.tick(START + 5 * MINUTE)
    expect(run.level(CELL)).toMatchObject({ rank: 1, value: 15, samples: 1 })
    expect(run.tick(START + 6 * MINUTE)).toMatchObject([
      { area: 0, rank: UNKNOWN },
      { area: 1, rank: UNKNOWN },
      { area: CELL, rank: UNKNOWN, reason: 'insufficient-samples' },
    ])
  })

  it('[WN4] keeps an observation that comes late inside lateness', () => {
    const run = new CityRun(airPlan())
    run.tick(START + 7 * MINUTE)
    run.observe(air(START + MINUTE), air(START + MINUTE - 1, { id: 1 }), air(START + 3 * MINUTE, { id: 2 }))
    run.tick(START + 7 * MINUTE + 1000)
    expect(run.counts()).toMatchObject({ received: 3, applied: 2, late: 1 })
    expect(run.records.at(-2)?.late).toEqual([{ source: 'v/s1', indicator: 'air', time: START + MINUTE - 1 }])
    expect(run.level(CELL)).toMatchObject({ rank: 2, samples: 1 })
  })

  it('[WN4] judges lateness by ticks alone', () => {
    const run = new CityRun(airPlan())
    run.observe(air(START + HOUR), air(START))
    run.tick(START + HOUR)
    expect(run.counts()).toMatchObject({ applied: 2, late: 0 })
    run.tick(START + HOUR)
    run.tick(START)
    expect(run.records.filter((record) => record.partition === 0)).toHaveLength(1)
  })

  it('[WN6] applies a repeated observation once', () => {
    const run = new CityRun(airPlan())
    run.observe(air(START, { id: 9 }), air(START, { id: 9 }))
    run.tick(START)
    run.restart()
    run.observe(air(START, { id: 9 }), air(START + 5), air(START + 5), air(START + 5, { source: 's2' }))
    run.tick(START + 1000)
    expect(run.counts()).toMatchObject({ received: 6, applied: 3, duplicate: 3 })
    expect(run.level(CELL)).toMatchObject({ rank: 2 })
  })

  it('[WN7] holds repetitions of forgotten keys for late', () => {
    const run = new CityRun(airPlan({ windowMs: HOUR }), { keys: 10 })
    for (let i = 0; i < 8; i++) run.observe(air(START + i), air(START + 30 * MINUTE + i))
    run.tick(START + 31 * MINUTE)
    run.observe(air(START + 3))
    run.tick(START + 32 * MINUTE)
    expect(run.counts()).toMatchObject({ applied: 16, duplicate: 0, late: 1 })
  })

  it('[WN9] tells repetitions of sources beyond the bound', () => {
    const run = new CityRun(airPlan(), { sources: 1 })
    for (const source of ['a', 'b', 'c', 'b', 'a']) run.observe(air(START, { source }))
    run.tick(START)
    expect(run.counts()).toMatchObject({ applied: 3, duplicate: 2 })
    expect(run.records[0]?.sources).toEqual({ alive: 1, known: 1 })
    expect(run.level(CELL)).toMatchObject({ sources: 3 })
  })

  it('[WN15] waits with panes ahead until their tick', () => {
    const run = new CityRun(airPlan())
    run.tick(START)
    run.observe(air(START + HOUR, { value: 45 }), air(START + 30_000, { value: 25 }))
    run.tick(START + MINUTE)
    expect(run.level(CELL)).toMatchObject({ rank: 2, samples: 1 })
    run.restart()
    run.tick(START + HOUR)
    expect(run.level(CELL)).toMatchObject({ rank: 4, samples: 1, value: 45 })
  })

  it('[WN15] quarantines panes ahead beyond the bound', () => {
    const run = new CityRun(airPlan())
    for (let pane = 0; pane < MOST_AHEAD + 3; pane++) run.observe(air(START + pane * MINUTE))
    run.tick(START)
    expect(run.counts()).toMatchObject({ applied: MOST_AHEAD, quarantined: 3 })
  })

  it('[WN16] writes a line for each closed pane', () => {
    const run = new CityRun(airPlan())
    run.observe(air(START), air(START + 500, { value: 35 }), air(START + MINUTE))
    run.tick(START + 30_000)
    expect(run.readings).toEqual([])
    run.tick(START + MINUTE)
    expect(run.readings).toEqual([{ area: CELL, indicator: 'air', pane: START, value: 30, samples: 2 }])
    run.observe(air(START + 700, { value: 45 }))
    run.tick(START + MINUTE + 1000)
    expect(run.readings.slice(1)).toEqual([
      { area: CELL, indicator: 'air', pane: START, value: 35, samples: 3 },
    ])
    run.tick(START + DAY)
    expect(run.readings.slice(2)).toMatchObject([{ pane: START + MINUTE, samples: 1 }])
  })

  it('[WN17] frees series that can matter no more', () => {
    const run = new CityRun(callPlan())
    run.observe({ area: CELL, indicator: 'call', time: START })
    run.tick(START)
    expect(run.states[0]?.series).toBe(2)
    run.tick(START + 5 * MINUTE)
    expect(run.states[0]?.series).toBe(2)
    run.tick(START + 7 * MINUTE)
    expect(run.states[0]?.series).toBe(0)
    expect([...(run.kept[0]?.entries.keys() ?? [])].filter((key) => key.startsWith('s/'))).toEqual([])
    expect(run.level(CELL)).toMatchObject({ rank: 0 })
  })

  it('[WN17] forgets a measurement after a week of silence', () => {
    const run = new CityRun(airPlan({ noDataAfterMs: MINUTE }))
    run.observe(air(START))
    run.tick(START)
    for (let hour = 1; hour <= 7 * 24; hour++) run.tick(START + hour * HOUR)
    expect(run.states[0]?.series).toBe(1)
    run.tick(START + 7 * DAY + HOUR)
    expect(run.states[0]?.series).toBe(0)
    expect(run.level(CELL)).toMatchObject({ rank: UNKNOWN, reason: 'no-data' })
  })

  it('[WN18] shows the newest occurrences and first late ones', () => {
    const run = new CityRun(callPlan())
    run.tick(START + HOUR)
    for (let i = 0; i < 1500; i++) {
      run.observe({ area: CELL, indicator: 'call', time: START + HOUR + i })
      run.observe({ area: CELL, indicator: 'call', time: START + i })
    }
    run.tick(START + HOUR + MINUTE)
    const record = run.records.findLast(({ partition }) => partition === 0)
    expect(record?.occurrences).toHaveLength(MOST_OCCURRENCES)
    expect(record?.occurrences.at(-1)?.time).toBe(START + HOUR + 1499)
    expect(record?.late).toHaveLength(MOST_LATE)
    expect(run.counts()).toMatchObject({ applied: 1500, late: 1500 })
  })

  it('[WN19] adds what ingest refused and what nobody knows', () => {
    const run = new CityRun(airPlan())
    const ingest = { received: 7, refused: 2, quarantined: 1, refusedBy: { 'OB-json': 2 } }
    run.observe(air(START), air(START, { area: 4_000_000 }))
    run.tick(START, ingest)
    run.tick(START, ingest)
    run.tick(START + 1000)
    expect(run.counts()).toEqual({
      received: 8,
      applied: 1,
      duplicate: 0,
      late: 0,
      quarantined: 2,
      refused: 5,
    })
    const record = run.records.findLast(({ partition }) => partition === 0)
    expect(record?.refusedBy).toEqual({ 'OB-area': 1, 'OB-json': 4 })
    expect(record?.newest).toBe(START)
  })

  it('[WN24] answers readings of an area from its entry', () => {
    const run = new CityRun(airPlan())
    run.observe(air(START), air(START + MINUTE, { value: 15, source: 's2' }))
    run.tick(START + MINUTE)
    const bytes = run.kept[0]?.entries.get(seriesKey(CELL, 'air')) ?? new Uint8Array(0)
    const at = (time: number) => readSeries(run.plan, CELL, 'air', bytes, time)
    const reading = { rule: 'air', fold: 'mean', windowMs: 5 * MINUTE, newest: START + MINUTE }
    expect(at(START + MINUTE)).toEqual([{ ...reading, value: 20, samples: 2, sources: 2 }])
    expect(at(START + 5 * MINUTE)).toEqual([{ ...reading, value: 15, samples: 1, sources: 1 }])
    expect(at(START + HOUR)).toEqual([{ ...reading, value: null, samples: 0, sources: 0 }])
  })

  it('[WN25] measures lag from tick to event time', () => {
    const run = new CityRun(airPlan())
    for (let i = 1; i <= 100; i++) run.observe(air(START + MINUTE - i * 100))
    run.tick(START + MINUTE)
    expect(run.records[0]?.lag).toEqual({ p50: 5100, p99: 10_000 })
    run.tick(START + 2 * MINUTE)
    expect(run.records.findLast(({ partition }) => partition === 0)?.lag).toBeNull()
  })

  it('[RU13] judges every area again under new rules', () => {
    const run = new CityRun(airPlan())
    run.observe(air(START))
    run.tick(START)
    const plan = airPlan({ limits: [null, 50, 60, 70, 80] })
    run.restart({ ...plan, rules: { ...plan.rules, version: 'v2' } })
    expect(run.tick(START + 1000)).toMatchObject([
      { area: 0 },
      { area: 1 },
      { area: CELL, from: 2, rank: 0, limit: 50 },
    ])
  })

  it('[RU14] passes over entries that the plan lost', () => {
    const run = new CityRun(busyPlan(1))
    run.kept[0]?.entries.set('s/99999/air', Uint8Array.of(1))
    run.kept[0]?.entries.set('s/3/gone', Uint8Array.of(1))
    run.tick(START)
    run.restart()
    run.tick(START + 1000)
    expect(run.states[0]?.at).toBe(START + 1000)
  })
})
