import { describe, expect, it } from 'vitest'
import { CityRun } from '../testdata/city-run.ts'
import { indicatorWith, planWith, ruleWith } from '../testdata/watched-city.ts'
import { encodeTickRecord, type RuleVerdict } from './change.ts'
import type { Plan } from './plan.ts'
import type { Rule } from './rule.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const START = Date.UTC(2026, 10, 22, 0, 0, 0)
const CELL = 3

function plan(rules: readonly Rule[], version = 'v1'): Plan {
  const call = indicatorWith('call', { kind: 'occurrence', resolution: 1, fold: 'count', intervalMs: 0 })
  const whole = planWith([indicatorWith('air'), call], rules, { partitions: 2 })
  return { ...whole, rules: { ...whole.rules, version } }
}

const air = (value: number, time: number, area = CELL) => ({
  area,
  indicator: 'air',
  value,
  time,
  source: 's',
})

/** Verdicts of the last tick, over all partitions. */
function verdicts(run: CityRun): RuleVerdict[] {
  const last = run.records.at(-1)?.at
  return run.records.flatMap((record) => (record.at === last ? (record.verdicts ?? []) : []))
}

describe('verdicts of rules', () => {
  it('[IC60] tell each rule whose rank in an area moved, also when another decides its level', () => {
    const run = new CityRun(plan([ruleWith('mean', 'air'), ruleWith('max', 'air', { fold: 'max' })]))
    run.observe(air(35, START))
    run.tick(START)
    expect(verdicts(run)).toEqual([
      { area: CELL, rule: 'max', rank: 3, value: 35, limit: 30 },
      { area: CELL, rule: 'mean', rank: 3, value: 35, limit: 30 },
    ])
    run.observe(air(15, START + 1000))
    run.tick(START + 1000)
    expect(run.level(CELL)).toMatchObject({ rank: 3, rule: 'max' })
    expect(verdicts(run)).toEqual([{ area: CELL, rule: 'mean', rank: 2, value: 25, limit: 20 }])
  })

  it('[IC60] leave the record as it was where none moved', () => {
    const run = new CityRun(plan([ruleWith('mean', 'air')]))
    run.observe(air(5, START))
    run.tick(START)
    run.observe(air(7, START + 1000))
    run.tick(START + 1000)
    const [record] = run.records
    expect(run.records.some((one) => 'verdicts' in one)).toBe(false)
    expect(record && new TextDecoder().decode(encodeTickRecord(record))).not.toContain('verdicts')
  })

  it('[IC60] tell a rule that falls silent and one that its schedule ends', () => {
    const evening = { days: [0, 1, 2, 3, 4, 5, 6], from: 8 * 60, to: 8 * 60 + 2, zone: 'Asia/Shanghai' }
    const rules = [
      ruleWith('timed', 'air', { schedule: evening }),
      ruleWith('quick', 'air', { noDataAfterMs: MINUTE }),
    ]
    const run = new CityRun(plan(rules))
    run.observe(air(35, START))
    run.tick(START)
    expect(verdicts(run).map(({ rule, rank }) => [rule, rank])).toEqual([
      ['quick', 3],
      ['timed', 3],
    ])
    run.tick(START + MINUTE + 1000)
    expect(verdicts(run)).toMatchObject([{ rule: 'quick', rank: 0 }])
    run.tick(START + 2 * MINUTE)
    expect(verdicts(run)).toMatchObject([{ rule: 'timed', rank: 0 }])
  })

  it('[IC61] tell after a change of rules all that warn, and those that no longer do', () => {
    const rules = [ruleWith('a', 'air'), ruleWith('b', 'air'), ruleWith('c', 'air'), ruleWith('d', 'air')]
    const run = new CityRun(plan(rules))
    run.observe(air(35, START))
    run.tick(START)
    const off = new Map([['3201', { off: true }]])
    const changed = [
      ruleWith('a', 'air'),
      ruleWith('b', 'air', { overrides: off }),
      ruleWith('c', 'call', { fold: 'count' }),
      ruleWith('d', 'air', { limits: [null, 50, 60, 70, 80] }),
    ]
    run.restart(plan(changed, 'v2'))
    run.tick(START + 1000)
    expect(verdicts(run).map(({ area, rule, rank }) => [area, rule, rank])).toEqual([
      [CELL, 'a', 3],
      [CELL, 'b', 0],
      [CELL, 'c', 0],
      [CELL, 'd', 0],
    ])
    run.restart(plan(changed, 'v2'))
    run.tick(START + 2000)
    expect(verdicts(run)).toEqual([])
  })

  it('[IC61] tell a rule once that has moved to another indicator', () => {
    const run = new CityRun(
      plan([ruleWith('a', 'air'), ruleWith('b', 'call', { fold: 'count', limits: [null, 1, 2, 3, 4] })]),
    )
    run.observe(air(35, START), { area: CELL, indicator: 'call', time: START })
    run.tick(START)
    run.restart(plan([ruleWith('a', 'call', { fold: 'count', limits: [null, 1, 2, 3, 4] })], 'v2'))
    run.tick(START + 1000)
    expect(verdicts(run)).toMatchObject([
      { rule: 'a', rank: 1, value: 1 },
      { rule: 'b', rank: 0 },
    ])
  })

  it('[IC60] tell of areas above the partition level, too, and of what is forgotten', () => {
    const run = new CityRun(plan([ruleWith('city', 'air', { level: 'city' })]))
    run.observe(air(35, START))
    run.tick(START)
    expect(verdicts(run)).toEqual([{ area: 0, rule: 'city', rank: 3, value: 35, limit: 30 }])
    run.tick(START + HOUR)
    expect(verdicts(run)).toMatchObject([{ area: 0, rule: 'city', rank: 0 }])
  })
})
