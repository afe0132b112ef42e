import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CityRun } from '../testdata/city-run.ts'
import { START, story, tell, TICK, type Story } from '../testdata/city-story.ts'
import { slicesOf } from '../testdata/slices.ts'
import { busyPlan, indicatorWith, planWith, ruleWith } from '../testdata/watched-city.ts'
import { CityMachine } from './city-machine.ts'
import type { Plan } from './plan.ts'
import { emptyTickRecord, type InForce } from './record.ts'
import type { Rule, RuleSet } from './rule.ts'
import { RollupState } from './rollup.ts'
import { plainRules, ruleSetOf } from './rule-set.ts'
import { keptRules, RULES_KEY } from './rules-of-log.ts'
import { readSeries, seriesKey } from './series.ts'

/** What a publication may change of a rule; limits, windows, folds, delays, evidence, panes, schedules and overrides. */
const change = fc.record({
  limits: fc.option(fc.integer({ min: -15, max: 15 }), { nil: undefined }),
  windowMs: fc.option(fc.constantFrom(60_000, 120_000, 600_000), { nil: undefined }),
  fold: fc.option(fc.constantFrom('mean', 'p50', 'p95', 'max', 'count', 'sources'), { nil: undefined }),
  onDelayMs: fc.option(fc.constantFrom(0, 45_000), { nil: undefined }),
  deadband: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  minSources: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
  off: fc.boolean(),
})
type Changed = typeof change extends fc.Arbitrary<infer Value> ? Value : never

/** Publications by the tick that they stand before; `ahead` ticks until they are wanted in force. */
const publication = fc.record({
  before: fc.integer({ min: 0, max: 40 }),
  ahead: fc.integer({ min: 0, max: 5 }),
  version: fc.integer({ min: 0, max: 3 }),
  file: fc.boolean(),
})
const versions = fc.array(fc.array(change, { minLength: 7, maxLength: 7 }), { minLength: 4, maxLength: 4 })
const published = fc.array(publication, { minLength: 1, maxLength: 6 })

function changed(rule: Rule, by: Changed | undefined, version: string): Rule {
  const { limits, off, ...rest } = by ?? { limits: undefined, off: false }
  const set = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  const moved = rule.limits.map((limit) => (limit === null ? null : limit + (limits ?? 0)))
  const overrides = off ? new Map([...rule.overrides, ['3202', { off: true }]]) : rule.overrides
  return { ...rule, ...set, limits: moved, overrides, version }
}

function rulesOf({ rules }: Plan, changes: readonly (readonly Changed[])[]): RuleSet[] {
  return changes.map((by, i) => {
    const version = `p${i}`
    return { ...rules, version, rules: rules.rules.map((rule, k) => changed(rule, by[k], version)) }
  })
}

const inForce = (rules: RuleSet): InForce => ({
  grid: '',
  rules: rules.version,
  program: '',
  book: plainRules(rules),
})

/** Tells a story with what is published in it; `between` hears of each tick. */
function play(
  plan: Plan,
  ticks: Story,
  sets: readonly RuleSet[],
  said: readonly { before: number; ahead: number; version: number; file: boolean }[],
  between: (run: CityRun, tick: number) => void = () => undefined,
): CityRun {
  const run = new CityRun(plan)
  run.say(inForce(plan.rules))
  const publish = (tick: number) => {
    for (const { before, ahead, version, file } of said) {
      const rules = sets[version]
      if (before !== tick || !rules) continue
      const from = START + (tick + ahead) * TICK
      run.say(file ? inForce(rules) : { ...inForce(rules), from, by: 'li', why: 'tried' })
    }
  }
  publish(0)
  tell(run, ticks, (tick) => {
    between(run, tick)
    publish(tick + 1)
  })
  return run
}

describe('law of rules in force', () => {
  it('[RV1] goes on byte for byte after stops, whatever is published when', () => {
    fc.assert(
      fc.property(
        story,
        versions,
        published,
        fc.infiniteStream(fc.boolean()),
        (ticks, changes, said, stops) => {
          const plan = busyPlan(3)
          const sets = rulesOf(plan, changes)
          const straight = play(plan, ticks, sets, said)
          const broken = play(plan, ticks, sets, said, (run) => {
            if (stops.next().value) run.restart()
          })
          expect(broken.records).toEqual(straight.records)
          expect(broken.kept).toEqual(straight.kept)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('[RV2] makes of a log what live made of it, rules and all, wherever a replay begins', () => {
    fc.assert(
      fc.property(story, versions, published, fc.nat(), (ticks, changes, said, cut) => {
        const plan = busyPlan(3)
        const live = play(plan, ticks, rulesOf(plan, changes), said)
        const slices = slicesOf(live.logs)
        const middle = cut % slices.length
        const whole = new CityMachine(plan, { policy: null }, null)
        const first = slices.slice(0, middle).flatMap((slice) => whole.play(slice))
        const rest = new CityMachine(plan, { policy: null }, whole.keyframe() ?? null)
        const second = slices.slice(middle).flatMap((slice) => rest.play(slice))
        const records = [...first, ...second].flatMap(({ tick }) => tick.records)
        expect(JSON.stringify(records)).toBe(JSON.stringify(live.records))
      }),
      { numRuns: 30 },
    )
  })

  it('[RV3] begins under the rules that a log says first, whatever the configuration says by now', () => {
    fc.assert(
      fc.property(story, versions, published, (ticks, changes, said) => {
        const plan = busyPlan(2)
        const sets = rulesOf(plan, changes)
        const live = play(plan, ticks, sets, said)
        const other = new CityMachine({ ...plan, rules: sets[3] ?? plan.rules }, { policy: null }, null)
        const records = slicesOf(live.logs).flatMap((slice) =>
          other.play(slice).flatMap(({ tick }) => tick.records),
        )
        expect(JSON.stringify(records)).toBe(JSON.stringify(live.records))
      }),
      { numRuns: 20 },
    )
  })

  it('[RV4] changes rules at one tick on 1, 4 and 16 partitions', () => {
    fc.assert(
      fc.property(story, versions, published, (ticks, changes, said) => {
        const [one, four, sixteen] = [1, 4, 16].map((count) => {
          const plan = busyPlan(count)
          return play(plan, ticks, rulesOf(plan, changes), said).changes
        })
        expect(four).toEqual(one)
        expect(sixteen).toEqual(one)
      }),
      { numRuns: 30 },
    )
  })

  it('[RV5] judges by the rules of a rehearsal, whatever the log says', () => {
    fc.assert(
      fc.property(story, versions, published, (ticks, changes, said) => {
        const plan = busyPlan(2)
        const [other = plan.rules, ...sets] = rulesOf(plan, changes)
        const live = play(
          plan,
          ticks,
          sets,
          said.map((one) => ({ ...one, version: one.version % 3 })),
        )
        const rehearsed = new CityMachine(plan, { policy: null, rules: other }, null)
        const records = slicesOf(live.logs)
          .flatMap((slice) => rehearsed.play(slice))
          .flatMap(({ tick }) => tick.records)
        const plain = tell(new CityRun({ ...plan, rules: other }), ticks)
        expect(records.flatMap((record) => record.changes)).toEqual(
          plain.records.flatMap((record) => record.changes),
        )
        expect(records.every((record) => record.inForce === undefined)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it('[RV6] gives rules the same bytes after they were read', () => {
    const { rules } = busyPlan(1)
    expect(JSON.stringify(plainRules(ruleSetOf(plainRules(rules))))).toBe(JSON.stringify(plainRules(rules)))
  })

  it('[RV44] tells the areas above the partitions what holds, where the tick that told of it is gone', () => {
    const plan = busyPlan(2)
    const sets = rulesOf(plan, [[]])
    const run = play(
      plan,
      Array.from({ length: 6 }, () => []),
      sets,
      [{ before: 2, ahead: 0, version: 0, file: false }],
    )
    const { inForce: told } = keptRules(run.kept[0]?.entries.get(RULES_KEY)) ?? { inForce: null }
    const rollup = new RollupState(plan, { offset: 0, at: 0, entries: new Map() })
    rollup.adopt([], told)
    const at = START + 100 * TICK
    // The tick that is still there may tell of it again.
    const again = told ? [{ ...emptyTickRecord(0, at), inForce: told }] : []
    const commit = rollup.apply({ at, records: again })
    const kept = commit?.entries.find(({ key }) => key === RULES_KEY)?.value ?? undefined
    expect([told?.rules, keptRules(kept)?.inForce?.rules, rollup.isDue]).toEqual(['p0', 'p0', true])
  })

  it('[RV45] comes, a window later, to where the published rules would have led from the beginning', () => {
    const indicators = [indicatorWith('air')]
    const mean = planWith(indicators, [ruleWith('air', 'air')], { partitions: 2 })
    const quantile = ruleWith('air', 'air', { fold: 'p95', windowMs: 600_000, version: 'p0', minSources: 2 })
    const rules = { ...mean.rules, version: 'p0', rules: [quantile] }
    const end = (plan: Plan, publishAt: number) => {
      const run = new CityRun(plan)
      for (let tick = 1; tick <= 120; tick++) {
        const time = START + tick * TICK
        for (let area = 4; area < 10; area++)
          run.observe({
            area,
            indicator: 'air',
            value: (area * 7 + tick * 3) % 45,
            time,
            source: `s${tick % 3}`,
          })
        if (tick === publishAt) run.say({ ...inForce(rules), from: time, by: 'li', why: '' })
        run.tick(time)
      }
      return Array.from({ length: 11 }, (_, area) => run.level(area)).map(({ rank, value }) => [rank, value])
    }
    expect(end(mean, 30)).toEqual(end({ ...mean, rules }, 0))
  })

  it('[RV46] reads series of the layout before, whose rules alone tell what their panes hold', () => {
    const plan = planWith([indicatorWith('air', { fold: 'p50' })], [ruleWith('air', 'air')], {
      partitions: 1,
    })
    const run = new CityRun(plan)
    run.observe({ area: 4, indicator: 'air', value: 12, time: START })
    run.tick(START)
    const bytes = run.kept[0]?.entries.get(seriesKey(4, 'air')) ?? new Uint8Array(0)
    const older = bytes.with(0, 1)
    expect(bytes[0]).toBe(3)
    expect(readSeries(plan, 4, 'air', older, START)).toEqual(readSeries(plan, 4, 'air', bytes, START))
    expect(readSeries(plan, 4, 'air', bytes.with(0, 9), START)).toEqual([])
  })
})
