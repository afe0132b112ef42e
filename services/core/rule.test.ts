import { describe, expect, it } from 'vitest'
import { Timeline } from '../testdata/timeline.ts'
import { indicatorWith, planWith, ruleWith } from '../testdata/watched-city.ts'
import type { Indicator } from './indicator.ts'
import { UNKNOWN } from './level.ts'
import { decide, freshRuleState, type Evidence, type Rule } from './rule.ts'

const MINUTE = 60_000
const CELL = 3

/** A day in one cell under one rule. */
function day(rule: Partial<Rule> = {}, indicator: Partial<Indicator> = {}, start = '08:00'): Timeline {
  const plan = planWith([indicatorWith('air', indicator)], [ruleWith('r', 'air', rule)])
  return new Timeline(plan, CELL, start)
}

const evidence = (part: Partial<Evidence> = {}): Evidence => ({
  value: 5,
  samples: 3,
  sources: 2,
  newest: 0,
  panes: [],
  ...part,
})

/** The verdict on evidence at minute 10, after the minutes before it said `before`. */
function verdict(
  rule: Partial<Rule>,
  now: Partial<Evidence>,
  before?: Partial<Evidence>,
  kind?: Indicator['kind'],
) {
  const whole = ruleWith('r', 'air', rule)
  const { limits, deadband, onDelayMs, offDelayMs } = whole
  const terms = { limits, deadband, onDelayMs, offDelayMs, off: false }
  const state = freshRuleState(5)
  if (before) decide(whole, terms, kind ?? 'measurement', evidence(before), state, 9 * MINUTE)
  const first = decide(whole, terms, kind ?? 'measurement', evidence(now), state, 10 * MINUTE)
  expect(decide(whole, terms, kind ?? 'measurement', evidence(now), state, 10 * MINUTE)).toEqual(first)
  return first
}

describe('rule', () => {
  it.each([
    ['within-limits', 0, 10, {}, {}, undefined],
    ['above-limit', 2, 20, {}, { value: 20 }, undefined],
    [
      'below-limit',
      1,
      -10,
      { direction: 'below', limits: [null, -10, -20, null, null] },
      { value: -10 },
      undefined,
    ],
    ['held-by-deadband', 2, 20, { deadband: 3 }, { value: 17.5 }, { value: 25 }],
    ['held-by-on-delay', 0, 10, { onDelayMs: 2 * MINUTE }, { value: 45 }, { value: 45 }],
    ['held-by-off-delay', 1, 10, { offDelayMs: 2 * MINUTE }, { value: 1 }, { value: 12 }],
    ['n-of-m-not-met', 0, 10, { panes: { n: 2, m: 3 } }, { value: 12, panes: [5, null, 30] }, undefined],
    ['insufficient-samples', UNKNOWN, 10, { minSamples: 4 }, {}, { value: 25, samples: 9 }],
    ['insufficient-sources', UNKNOWN, 10, { minSources: 3 }, {}, undefined],
    ['capped-single-source', 3, 30, { singleSourceMax: 3 }, { value: 99, sources: 1 }, undefined],
    ['no-data', UNKNOWN, 10, { noDataAfterMs: 9 * MINUTE }, {}, { newest: 0 }],
  ] as const)('[RU1] answers %s with rank and limit', (reason, rank, limit, rule, now, before) => {
    expect(verdict(rule, now, before)).toEqual({ rank, reason, limit })
  })

  it('[RU1] answers out-of-schedule outside its hours', () => {
    const schedule = { days: [4], from: 60, to: 120, zone: 'UTC' }
    expect(verdict({ schedule }, { value: 50 })).toEqual({ rank: 0, reason: 'out-of-schedule', limit: 10 })
  })

  it('[RU2] falls only when the deadband is left behind', () => {
    const air = day({ deadband: 3, windowMs: MINUTE })
    expect(air.at('08:01').observe(25).level().rank).toBe(2)
    expect(air.at('08:02').observe(17.1).level()).toMatchObject({ rank: 2, reason: 'held-by-deadband' })
    expect(air.at('08:03').observe(17).level()).toMatchObject({ rank: 1, reason: 'above-limit', limit: 10 })
    expect(air.at('08:04').observe(6.9).level()).toMatchObject({ rank: 0, reason: 'within-limits' })
  })

  it('[RU3] takes a graver level after its delay', () => {
    const air = day({ onDelayMs: 3 * MINUTE, windowMs: MINUTE })
    expect(air.at('08:01').observe(12).level()).toMatchObject({ rank: 0, reason: 'held-by-on-delay' })
    expect(air.at('08:02').observe(45).level().rank).toBe(0)
    expect(air.at('08:03').observe(45).level().rank).toBe(0)
    expect(air.at('08:04').observe(45).level()).toMatchObject({
      rank: 1,
      reason: 'held-by-on-delay',
      limit: 10,
    })
    expect(air.at('08:05').observe(45).level()).toMatchObject({ rank: 4, reason: 'above-limit', limit: 40 })
  })

  it('[RU3] starts the delay anew after a calm tick', () => {
    const air = day({ onDelayMs: 2 * MINUTE, windowMs: MINUTE })
    air.at('08:01').observe(45).at('08:02').observe(5).at('08:03').observe(45).at('08:04').observe(45)
    expect(air.level().rank).toBe(0)
    expect(air.at('08:05').observe(45).level().rank).toBe(4)
  })

  it('[RU4] gives a level up after its delay', () => {
    const air = day({ offDelayMs: 2 * MINUTE, windowMs: MINUTE })
    expect(air.at('08:01').observe(45).level().rank).toBe(4)
    expect(air.at('08:02').observe(25).level()).toMatchObject({ rank: 4, reason: 'held-by-off-delay' })
    expect(air.at('08:03').observe(5).level().rank).toBe(4)
    expect(air.at('08:04').observe(5).level()).toMatchObject({ rank: 2, reason: 'held-by-off-delay' })
    expect(air.at('08:05').observe(5).level()).toMatchObject({ rank: 0, reason: 'within-limits' })
  })

  it('[RU5] never lets one source pass its cap', () => {
    const air = day({ singleSourceMax: 3 })
    expect(air.at('08:01').observe(90).level()).toMatchObject({
      rank: 3,
      reason: 'capped-single-source',
      sources: 1,
    })
    expect(air.at('08:02').observe(90, { source: 's2' }).level()).toMatchObject({ rank: 4, sources: 2 })
    expect(air.at('08:06').observe(90, { source: 's2' }).level()).toMatchObject({ rank: 3, sources: 1 })
  })

  it('[RU6] wants the limit met by n of m panes', () => {
    const air = day({ panes: { n: 2, m: 3 }, windowMs: 3 * MINUTE })
    expect(air.at('08:01').observe(99).level()).toMatchObject({ rank: 0, reason: 'n-of-m-not-met' })
    expect(air.at('08:02').observe(1).level().rank).toBe(0)
    expect(air.at('08:03').observe(25).level()).toMatchObject({ rank: 2, reason: 'above-limit' })
  })

  it('[RU7] is unknown while evidence is too thin', () => {
    const air = day({ minSamples: 2, minSources: 2 })
    expect(air.at('08:01').observe(90).level()).toMatchObject({ rank: UNKNOWN })
    expect(air.at('08:02').observe(90).level().reason).toBeUndefined()
    expect(air.at('08:03').observe(90, { source: 's2' }).level()).toMatchObject({
      rank: 4,
      samples: 3,
      sources: 2,
    })
  })

  it('[RU8] turns unknown when its sources fall silent', () => {
    const air = day({ noDataAfterMs: 2 * MINUTE })
    expect(air.at('08:01').observe(5).level()).toMatchObject({ rank: 0, reason: 'within-limits' })
    expect(air.at('08:03').level().rank).toBe(0)
    expect(air.at('08:04').level()).toMatchObject({ rank: UNKNOWN, reason: 'no-data', from: 0 })
    expect(air.at('08:05').observe(5).level()).toMatchObject({ rank: 0, from: UNKNOWN })
  })

  it('[RU9] holds silence of occurrences for good news', () => {
    const calls = day(
      { fold: 'count', limits: [null, 2, 3, 4, 5], minSamples: 3 },
      { kind: 'occurrence', resolution: 1 },
    )
    expect(calls.at('08:01').level()).toMatchObject({
      rank: 0,
      reason: 'within-limits',
      value: 0,
      samples: 0,
    })
    expect(calls.observe(1, { id: 1 }).observe(1, { id: 2 }).at('08:02').level()).toMatchObject({
      rank: 0,
      reason: 'insufficient-samples',
    })
    expect(calls.at('08:03').observe(1, { id: 3 }).level()).toMatchObject({ rank: 2, value: 3 })
    expect(calls.at('08:20').level()).toMatchObject({ rank: 0, reason: 'within-limits' })
  })

  it('[RU10] rests outside its schedule', () => {
    const schedule = { days: [0], from: 16 * 60 + 2, to: 16 * 60 + 4, zone: 'Asia/Shanghai' }
    const air = day({ schedule })
    expect(air.at('08:01').observe(25).level()).toMatchObject({
      rank: 0,
      reason: 'out-of-schedule',
      value: 25,
    })
    expect(air.at('08:02').level()).toMatchObject({ rank: 2, reason: 'above-limit' })
    expect(air.at('08:04').level()).toMatchObject({ rank: 0, reason: 'out-of-schedule' })
  })

  it('[RU10] tells quiet areas when a schedule begins', () => {
    const schedule = { days: [0], from: 8 * 60 + 2, to: 9 * 60, zone: 'UTC' }
    const calls = day({ fold: 'count', schedule }, { kind: 'occurrence', resolution: 1 })
    expect(calls.at('08:01').level(5)).toMatchObject({ rank: 0, reason: 'out-of-schedule' })
    expect(calls.at('08:02').level(5)).toMatchObject({ rank: 0, reason: 'within-limits', from: 0 })
  })

  it('[RU11] lets the nearest override decide', () => {
    const overrides = new Map([
      ['3201', { limits: [null, 1, 2, 3, 4], deadband: 9 }],
      ['3201001', { limits: [null, 50, 60, 70, 80] }],
      ['3202', { off: true }],
    ])
    const air = day({ overrides, windowMs: MINUTE })
    air.at('08:01').observe(25).observe(25, { area: 4, id: 4 }).observe(25, { area: 7 })
    expect(air.level(3)).toMatchObject({ rank: 0, limit: 50 })
    expect(air.level(4)).toMatchObject({ rank: 4, limit: 4 })
    expect(air.level(7).rank).toBe(UNKNOWN)
  })

  it('[RU12] compares in exact steps of the resolution', () => {
    const air = day(
      { limits: [null, 0.7, null, null, null], fold: 'sum', windowMs: MINUTE },
      { resolution: 0.1 },
    )
    air.at('08:01')
    for (let id = 1; id <= 7; id++) air.observe(0.1, { id })
    expect(air.level()).toMatchObject({ rank: 1, value: 0.7 })
  })
})
