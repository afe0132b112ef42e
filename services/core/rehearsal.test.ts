import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import '../testdata/properties.ts'
import {
  keyframeAt,
  MIDNIGHT,
  MINUTE,
  minutesOf,
  policyOf,
  rehearsed,
  rulesWith,
} from '../testdata/rehearsed-city.ts'
import { slicesOf } from '../testdata/slices.ts'
import { indicatorWith, planWith, ruleWith } from '../testdata/watched-city.ts'
import { Rehearsal } from './rehearsal.ts'
import { warmMs } from './rehearsal-warm.ts'

/** Two streets of four cells (areas 3 to 10); the last reading decides, blue from 10, yellow 20, orange 30, red 40. */
const RULE = ruleWith('air-cell', 'air', { windowMs: MINUTE, fold: 'last' })
const PLAN = planWith([indicatorWith('air')], [RULE], { tickMs: MINUTE })
const at = (minute: number): number => MIDNIGHT + minute * MINUTE
const flat = (value: number, minutes: number): number[] => Array.from({ length: minutes }, () => value)

/** Cell 3 climbs by one a minute from 0 to 50, stays ten minutes, and falls to 0. */
const HILL = [...Array.from({ length: 51 }, (_, i) => i), ...flat(50, 9), ...flat(0, 60)]

/** Shrinking walks takes minutes and says little. */
const QUICK = { numRuns: 30, endOnFailure: true }

const limits = (blue: number, yellow: number, orange: number, red: number) => [
  null,
  blue,
  yellow,
  orange,
  red,
]

describe('Rehearsal', { timeout: 180_000 }, () => {
  it('[RH1] tells how many minutes earlier an alert is raised, and each level reached', () => {
    const { logs } = minutesOf(PLAN, new Map([[3, HILL]]), 120)
    const rules = rulesWith(PLAN, () => ({ limits: limits(10, 15, 30, 36) }))
    const result = rehearsed(PLAN, logs, { rules, from: at(0), to: at(119) })
    expect(result.counts).toEqual({ same: 0, earlier: 1, later: 0, new: 0, gone: 0 })
    expect(result.alerts).toMatchObject([
      {
        rule: 'air-cell',
        category: 'test',
        area: 3,
        code: '3201001',
        peak: 4,
        verdict: 'earlier',
        early: 5 * MINUTE,
        joined: false,
        was: { from: at(20), to: at(60), peak: 4 },
        would: { from: at(15), to: at(60), peak: 4 },
        wasAt: [null, at(20), at(20), at(30), at(40)],
        wouldAt: [null, at(15), at(15), at(30), at(36)],
      },
    ])
  })

  it('[RH1] goes by the first level reached at another time where both are raised at once', () => {
    const { logs } = minutesOf(PLAN, new Map([[3, HILL]]), 120)
    const graver = rulesWith(PLAN, () => ({ limits: limits(10, 20, 33, 40) }))
    const later = rehearsed(PLAN, logs, { rules: graver, from: at(0), to: at(119) })
    expect(later.alerts).toMatchObject([{ verdict: 'later', early: -3 * MINUTE }])
    const never = rulesWith(PLAN, () => ({ limits: limits(10, 20, 30, 99) }))
    const milder = rehearsed(PLAN, logs, { rules: never, from: at(0), to: at(119) })
    expect(milder.alerts).toMatchObject([
      {
        verdict: 'later',
        early: 0,
        was: { peak: 4 },
        would: { peak: 3 },
        wouldAt: [null, at(20), at(20), at(30), null],
      },
    ])
  })

  it('[RH2] tells which alerts would be new and which gone', () => {
    const values = new Map([
      [3, [...flat(0, 10), ...flat(25, 20), ...flat(0, 30)]],
      [9, [...flat(0, 30), ...flat(18, 10), ...flat(0, 20)]],
    ])
    const { logs } = minutesOf(PLAN, values, 60)
    const lower = rulesWith(PLAN, () => ({ limits: limits(5, 18, 30, 40) }))
    const more = rehearsed(PLAN, logs, { rules: lower, from: at(0), to: at(59) })
    expect(more.counts).toMatchObject({ same: 1, new: 1, gone: 0 })
    expect(more.alerts.find(({ verdict }) => verdict === 'new')).toMatchObject({
      area: 9,
      was: null,
      would: { from: at(30), to: at(40) },
    })
    const higher = rulesWith(PLAN, () => ({ limits: limits(5, 28, 30, 40) }))
    const fewer = rehearsed(PLAN, logs, { rules: higher, from: at(0), to: at(59) })
    expect(fewer.counts).toMatchObject({ same: 0, new: 0, gone: 1 })
    expect(fewer.alerts).toMatchObject([
      { verdict: 'gone', area: 3, was: { from: at(10), to: at(30) }, would: null },
    ])
  })

  it('[RH3] calls several alerts joined where the other rules raise one', () => {
    const values = new Map([
      [3, [...flat(0, 10), ...flat(25, 30), ...flat(0, 20)]],
      [4, [...flat(0, 5), ...flat(18, 40), ...flat(0, 15)]],
      [5, [...flat(0, 20), ...flat(25, 20), ...flat(0, 20)]],
    ])
    const { logs } = minutesOf(PLAN, values, 60)
    const rules = rulesWith(PLAN, () => ({ limits: limits(5, 15, 30, 40) }))
    const { alerts, counts } = rehearsed(PLAN, logs, { rules, from: at(0), to: at(59) })
    expect(counts).toEqual({ same: 1, earlier: 1, later: 0, new: 0, gone: 0 })
    // The one that is part of it is compared where it lies: there nothing is earlier.
    expect(alerts.map(({ verdict, joined, early }) => [verdict, joined, early])).toEqual([
      ['earlier', false, 5 * MINUTE],
      ['same', true, 0],
    ])
    expect(new Set(alerts.map(({ would }) => would?.id)).size).toBe(1)
  })

  it('[RH4] counts the time of cells and of the city in each level exactly, and where it differs', () => {
    const { logs } = minutesOf(PLAN, new Map([[3, HILL]]), 120)
    const rules = rulesWith(PLAN, () => ({ limits: limits(10, 20, 25, 45) }))
    const { time, city, map, first } = rehearsed(PLAN, logs, { rules, from: at(0), to: at(119) })
    const of = (minutes: Readonly<Record<string, number>>) =>
      Object.fromEntries(Object.entries(minutes).map(([level, count]) => [level, count * MINUTE]))
    expect(time.was).toEqual(
      of({ normal: 10 + 59, blue: 10, yellow: 10, orange: 10, red: 20, unknown: 7 * 119 }),
    )
    expect(time.would).toEqual(
      of({ normal: 10 + 59, blue: 10, yellow: 5, orange: 20, red: 15, unknown: 7 * 119 }),
    )
    expect(city.was).toMatchObject(of({ orange: 10, red: 20 }))
    expect(city.would).toMatchObject(of({ orange: 20, red: 15 }))
    expect(map).toEqual([{ area: 3, graver: 5 * MINUTE, milder: 5 * MINUTE }])
    expect(first).toMatchObject([
      {
        area: 0,
        code: '32',
        was: [null, at(10), at(20), at(30), at(40)],
        would: [null, at(10), at(20), at(25), at(45)],
      },
      { area: 1, code: '3201', would: [null, at(10), at(20), at(25), at(45)] },
    ])
  })

  it('[RH5] shows both sides in columns, each as it stands at its end', () => {
    const { logs } = minutesOf(PLAN, new Map([[3, HILL]]), 120)
    const rules = rulesWith(PLAN, () => ({ limits: limits(10, 20, 25, 45) }))
    const { columnMs, times, was, would } = rehearsed(PLAN, logs, { rules, from: at(0), to: at(119) })
    expect(columnMs).toBe(MINUTE)
    const column = times.indexOf(at(27))
    expect([was['yellow']?.[column], was['orange']?.[column]]).toEqual([1, 0])
    expect([would['yellow']?.[column], would['orange']?.[column]]).toEqual([0, 1])
    expect(times).toHaveLength(119)
    expect(was['unknown']).toEqual(times.map(() => 7))
  })

  it('[RH6] finds nothing that differs under the same rules', () => {
    fc.assert(
      fc.property(courses(), (walks) => {
        const logs = logsOf(walks)
        const rules = rulesWith(PLAN, () => ({}))
        const { counts, map, time, load, first, sentence } = rehearsed(PLAN, logs, {
          rules,
          from: at(5),
          to: at(79),
        })
        expect(counts).toMatchObject({ earlier: 0, later: 0, new: 0, gone: 0 })
        expect(map).toEqual([])
        expect(time.would).toEqual(time.was)
        for (const shift of load) expect(shift.would).toEqual(shift.was)
        for (const line of first) expect(line.would).toEqual(line.was)
        expect(sentence.en).toBe('Nothing would change.')
      }),
      QUICK,
    )
  })

  it('[RH7] never raises an alert later or loses one when all limits are lower', () => {
    fc.assert(
      fc.property(courses(), fc.integer({ min: 1, max: 6 }), (walks, by) => {
        const logs = logsOf(walks)
        const rules = rulesWith(PLAN, (rule) => ({ limits: rule.limits.map((limit) => limit && limit - by) }))
        const { alerts, counts, map } = rehearsed(PLAN, logs, { rules, from: at(5), to: at(79) })
        expect(alerts.filter(({ verdict }) => verdict === 'later' || verdict === 'gone')).toEqual([])
        expect(counts.later + counts.gone).toBe(0)
        expect(map.filter(({ milder }) => milder > 0)).toEqual([])
      }),
      QUICK,
    )
  })

  it('[RH8] comes to the same from a keyframe before its time as from the beginning of the log', () => {
    const rules = rulesWith(PLAN, () => ({
      windowMs: 5 * MINUTE,
      fold: 'mean',
      limits: limits(8, 16, 24, 36),
    }))
    const policy = policyOf(PLAN)
    const from = at(30)
    const keyframe = from - warmMs(PLAN, rules, policy)
    fc.assert(
      fc.property(courses(), fc.boolean(), (walks, isCalm) => {
        const logs = logsOf(walks, isCalm ? 20 : 0)
        const [whole, short] = [undefined, keyframe].map((tick) =>
          rehearsed(PLAN, logs, { rules, from, to: at(79), policy, ...(tick && { keyframe: tick }) }),
        )
        const { time, city, map, first, was, would } = whole ?? {}
        expect(short).toMatchObject({ time, city, map, first, was, would })
        // What stood before has its shape from the rules that it stood under.
        expect(isCalm ? short : null).toEqual(isCalm ? whole : null)
      }),
      QUICK,
    )
    const { logs } = minutesOf(PLAN, new Map(), 80)
    expect(keyframeAt(PLAN, policy, slicesOf(logs), keyframe)?.at).toBe(keyframe)
  })

  it('[RH9] compares nothing where nothing is kept, and goes on behind it', () => {
    const { logs } = minutesOf(PLAN, new Map([[3, HILL]]), 120)
    const slices = slicesOf(logs)
    const rules = rulesWith(PLAN, () => ({ limits: limits(10, 15, 30, 40) }))
    const policy = policyOf(PLAN)
    const rehearsal = new Rehearsal({ plan: PLAN, policy, rules, from: at(0), to: at(119) })
    rehearsal.begin(null, at(0))
    for (const slice of slices) if (slice.at <= at(17)) rehearsal.play(slice)
    rehearsal.gap(at(17), at(50))
    rehearsal.begin(keyframeAt(PLAN, policy, slices, at(45)), at(50))
    for (const slice of slices) if (slice.at > at(45)) rehearsal.play(slice)
    rehearsal.end()
    const { gaps, time, alerts } = rehearsal.result()
    expect(gaps).toEqual([[at(17), at(50)]])
    const total = Object.values(time.was).reduce((sum, ms) => sum + ms, 0)
    expect(total).toBe(8 * (119 - 33) * MINUTE)
    expect(alerts).toMatchObject([
      { verdict: 'new', would: { from: at(15) } },
      { verdict: 'same', was: { from: at(50) }, would: { from: at(50) } },
    ])
  })
})

/** Walks of eight cells' values over 80 minutes. */
function courses() {
  const step = fc.integer({ min: -12, max: 12 })
  const walk = fc.array(step, { minLength: 80, maxLength: 80 })
  return fc.array(walk, { minLength: 8, maxLength: 8 })
}

/** The log of such walks; nothing is the matter in the `calm` minutes before minute 30. */
function logsOf(walks: readonly (readonly number[])[], calm = 0) {
  const values = walks.map((steps, i) => {
    let value = 15
    const course = steps.map((by, minute) => {
      value = Math.max(0, Math.min(50, value + by))
      return minute >= 30 - calm && minute <= 30 ? 0 : value
    })
    return [3 + i, course] as const
  })
  return minutesOf(PLAN, new Map(values), 80).logs
}
