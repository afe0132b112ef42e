import type { Grid } from '../core/grid.ts'
import { indicatorsOf, type Indicator } from '../core/indicator.ts'
import type { Plan } from '../core/plan.ts'
import type { Rule } from '../core/rule.ts'
import { smallGrid, smallPlan } from './small-city.ts'

const words = { zh: '试', en: 'Test' }

/** An indicator with what a test does not say: a measurement each minute in steps of 0.1, mean. */
export function indicatorWith(code: string, part: Partial<Indicator> = {}): Indicator {
  return {
    code,
    name: words,
    unit: 'u',
    kind: 'measurement',
    resolution: 0.1,
    range: [-1000, 1000],
    paneMs: 60_000,
    fold: 'mean',
    intervalMs: 60_000,
    category: 'test',
    latenessMs: 120_000,
    ...part,
  }
}

/** A rule with what a test does not say: cells, five minutes, mean above 10, 20, 30, 40, no delays. */
export function ruleWith(id: string, indicator: string, part: Partial<Rule> = {}): Rule {
  return {
    id,
    version: 'v1',
    name: words,
    indicator,
    level: 'cell',
    windowMs: 300_000,
    fold: 'mean',
    direction: 'above',
    limits: [null, 10, 20, 30, 40],
    deadband: 0,
    onDelayMs: 0,
    offDelayMs: 0,
    minSamples: 1,
    minSources: 1,
    singleSourceMax: 4,
    panes: null,
    schedule: null,
    overrides: new Map(),
    noDataAfterMs: 0,
    ...part,
  }
}

/** A plan over a small grid with these indicators and rules, and parents by their worst child. */
export function planWith(
  indicators: readonly Indicator[],
  rules: readonly Rule[],
  part: Partial<Plan> = {},
  grid: Grid = smallGrid(),
): Plan {
  const plan = smallPlan(grid)
  return {
    ...plan,
    indicators: indicatorsOf(indicators),
    rules: { version: 'v1', rules, parents: plan.rules.parents },
    ...part,
  }
}

/** A plan that uses every part of the machinery: delays, panes, quantiles, sources, all levels, schedule and overrides. */
export function busyPlan(partitions: number): Plan {
  const zone = 'Asia/Shanghai'
  const indicators = [
    indicatorWith('air'),
    indicatorWith('speed', { fold: 'p50', latenessMs: 0, resolution: 0.5 }),
    indicatorWith('call', { kind: 'occurrence', resolution: 1, fold: 'count', intervalMs: 0, range: [0, 9] }),
    indicatorWith('crowd', { fold: 'last', resolution: 1, paneMs: 30_000, range: [0, 5000] }),
  ]
  const rules = [
    ruleWith('air-cell', 'air', {
      deadband: 3,
      onDelayMs: 60_000,
      offDelayMs: 90_000,
      noDataAfterMs: 150_000,
    }),
    ruleWith('air-city', 'air', { level: 'city', minSources: 2, limits: [null, 8, 16, null, 24] }),
    ruleWith('speed-slow', 'speed', {
      direction: 'below',
      limits: [null, 20, 10, 5, 2],
      fold: 'p95',
      minSamples: 2,
    }),
    ruleWith('speed-street', 'speed', { level: 'street', fold: 'p50', windowMs: 120_000 }),
    ruleWith('calls', 'call', {
      fold: 'count',
      limits: [null, 1, 2, 3, 4],
      singleSourceMax: 2,
      offDelayMs: 60_000,
    }),
    ruleWith('calls-street', 'call', {
      fold: 'sources',
      level: 'street',
      limits: [null, 2, 3, 4, null],
      schedule: { days: [0, 1, 2, 3, 4, 5, 6], from: 485, to: 495, zone },
    }),
    ruleWith('crowd', 'crowd', {
      fold: 'max',
      windowMs: 120_000,
      limits: [null, 100, 200, 300, 400],
      panes: { n: 2, m: 4 },
      overrides: new Map([['3201', { limits: [null, 50, 150, 250, 350] }]]),
    }),
  ]
  const plan = planWith(indicators, rules, { partitions }, smallGrid(5, 3))
  const parents = [
    { level: 'street', kind: 'worst' },
    { level: 'city', kind: 'share', share: [null, 0.2, 0.4, 0.6, 0.8] },
  ] as const
  return { ...plan, rules: { ...plan.rules, parents } }
}
