import { describe, expect, it } from 'vitest'
import { UNKNOWN } from './level.ts'
import { CityRun } from '../testdata/city-run.ts'
import { smallPlan } from '../testdata/small-city.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 10, 22, 0, 0, 0)

describe('partition', () => {
  it('[WN1] folds panes that start inside the window', () => {
    const run = new CityRun(smallPlan())
    run.observe({ area: 3, indicator: 'pm25', value: 100, time: START + 1000 })
    run.tick(START + MINUTE)
    expect(run.level(3)).toMatchObject({ rank: 1, value: 100, samples: 1, reason: 'above-limit', limit: 75 })
    expect(run.level(1)).toMatchObject({ rank: 1, reason: 'worst-child' })
    expect(run.level(0)).toMatchObject({ rank: 1, reason: 'worst-child' })
    expect(run.level(4)).toMatchObject({ rank: 0, reason: 'within-limits', rule: 'noise-calls' })
    run.tick(START + 4 * MINUTE)
    expect(run.level(3).rank).toBe(UNKNOWN)
    expect(run.level(3).reason).toBe('no-data')
  })
})
