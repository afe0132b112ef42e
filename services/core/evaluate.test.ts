import { describe, expect, it } from 'vitest'
import { CityRun } from '../testdata/city-run.ts'
import { indicatorWith, planWith, ruleWith } from '../testdata/watched-city.ts'
import { UNKNOWN } from './level.ts'
import type { Plan } from './plan.ts'
import type { ParentRule, Rule } from './rule.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 10, 22, 0, 0, 0)

/** Two streets (1, 2) of four cells (3–6, 7–10); air is measured, calls occur. */
function plan(rules: readonly Rule[], parents?: readonly ParentRule[]): Plan {
  const call = indicatorWith('call', { kind: 'occurrence', resolution: 1, fold: 'count', intervalMs: 0 })
  const whole = planWith([indicatorWith('air'), call], rules, { partitions: 2 })
  return parents ? { ...whole, rules: { ...whole.rules, parents } } : whole
}
const air = (area: number, value: number, time: number, source = `s${area}`) => ({
  area,
  indicator: 'air',
  value,
  time,
  source,
})
const count = { fold: 'count', limits: [null, 1, 2, 3, 4] } as const

describe('levels', () => {
  it('[RU15] takes the gravest of its rules', () => {
    const run = new CityRun(
      plan([ruleWith('a', 'air'), ruleWith('b', 'air', { fold: 'max' }), ruleWith('c', 'call', count)]),
    )
    run.observe(air(3, 15, START), air(3, 35, START + 1))
    run.tick(START)
    expect(run.level(3)).toMatchObject({ rank: 3, rule: 'b', value: 35, limit: 30 })
    expect(run.level(4)).toMatchObject({ rank: 0, rule: 'c', value: 0 })
  })

  it('[RU15] names the first rule among equals', () => {
    const run = new CityRun(plan([ruleWith('a', 'air'), ruleWith('b', 'air', { fold: 'max' })]))
    run.observe(air(3, 25, START))
    run.tick(START)
    expect(run.level(3)).toMatchObject({ rank: 2, rule: 'a' })
  })

  it('[RU16] never calls a silent area calm', () => {
    const run = new CityRun(
      plan([ruleWith('a', 'air', { noDataAfterMs: MINUTE }), ruleWith('c', 'call', count)]),
    )
    run.observe(air(3, 5, START))
    run.tick(START)
    run.tick(START + 2 * MINUTE)
    expect(run.level(3)).toMatchObject({ rank: UNKNOWN, reason: 'no-data', rule: 'a' })
    run.observe({ area: 3, indicator: 'call', time: START + 2 * MINUTE })
    run.tick(START + 3 * MINUTE)
    expect(run.level(3)).toMatchObject({ rank: 1, rule: 'c' })
    expect(run.level(4)).toMatchObject({ rank: 0, rule: 'c' })
  })

  it('[RU16] says nothing of areas without a source', () => {
    const run = new CityRun(plan([ruleWith('a', 'air')]))
    expect(run.tick(START)).toEqual([])
    run.observe(air(3, 5, START))
    expect(run.tick(START + 1000).map(({ area, from }) => [area, from])).toEqual([
      [0, UNKNOWN],
      [1, UNKNOWN],
      [3, UNKNOWN],
    ])
  })

  it('[RU17] gives a parent its worst child', () => {
    const run = new CityRun(plan([ruleWith('a', 'air')]))
    run.observe(air(3, 15, START), air(4, 35, START), air(7, 25, START))
    run.tick(START)
    expect([1, 2, 0].map((area) => run.level(area).rank)).toEqual([3, 2, 3])
    expect(run.level(0)).toMatchObject({ reason: 'worst-child', samples: 1, sources: 2 })
    run.tick(START + 6 * MINUTE)
    expect(run.level(0)).toMatchObject({ rank: UNKNOWN, reason: 'no-data' })
  })

  it('[RU18] gives a parent the rank that a share has', () => {
    const share = [null, 0.25, 0.5, null, 1]
    const run = new CityRun(plan([ruleWith('a', 'air')], [{ level: 'street', kind: 'share', share }]))
    run.observe(air(3, 5, START), air(4, 15, START), air(5, 45, START), air(6, 25, START))
    run.tick(START)
    expect(run.level(1)).toMatchObject({
      rank: 2,
      reason: 'share-of-children',
      value: 0.5,
      limit: 0.5,
      sources: 4,
    })
    expect(run.level(0).rank).toBe(UNKNOWN)
  })

  it('[RU19] judges areas above from folds of all partitions', () => {
    const city = ruleWith('city', 'air', { level: 'city', minSources: 3 })
    const run = new CityRun(plan([city, ruleWith('a', 'air', { limits: [null, 90, null, null, null] })]))
    run.observe(air(3, 10, START), air(7, 20, START), air(8, 45, START + 5), air(0, 25, START))
    run.tick(START)
    expect(run.level(0)).toMatchObject({ rank: 2, rule: 'city', value: 25, samples: 4, sources: 4 })
    run.restart()
    run.observe(air(10, 150, START + 9))
    run.tick(START + 1000)
    expect(run.level(0)).toMatchObject({ rank: 4, value: 50, samples: 5 })
  })

  it('[RU20] keeps since while reasons change', () => {
    const run = new CityRun(plan([ruleWith('a', 'air', { fold: 'last', deadband: 5 })]))
    run.observe(air(3, 25, START))
    run.tick(START)
    run.observe(air(3, 18, START + MINUTE))
    const [change] = run.tick(START + MINUTE)
    expect(change).toMatchObject({ area: 3, from: 2, rank: 2, since: START, reason: 'held-by-deadband' })
    expect(run.levels.at(-1)).toMatchObject({ area: 3, at: START + MINUTE, since: START })
  })

  it('[RU21] tells moving values of warned areas only', () => {
    const run = new CityRun(plan([ruleWith('a', 'air', { fold: 'last' })]))
    run.observe(air(3, 25, START), air(4, 5, START))
    run.tick(START)
    run.observe(air(3, 27, START + 5), air(4, 6, START + 5))
    expect(run.tick(START + 1000)).toEqual([])
    expect(run.records.flatMap(({ readings }) => readings)).toEqual([{ area: 3, rule: 'a', value: 27 }])
    run.tick(START + 2000)
    expect(run.records.flatMap(({ readings }) => readings)).toHaveLength(1)
  })
})
