import { describe, expect, it } from 'vitest'
import type { CityRun } from '../testdata/city-run.ts'
import { PEOPLE } from '../testdata/people.ts'
import { MIDNIGHT, MINUTE, minutesOf, policyOf, rehearsed, rulesWith } from '../testdata/rehearsed-city.ts'
import { indicatorWith, planWith, ruleWith } from '../testdata/watched-city.ts'
import type { Deed } from './action.ts'
import { SYSTEM } from './person.ts'
import { encodeAction } from './record.ts'

const RULE = ruleWith('air-cell', 'air', { windowMs: MINUTE, fold: 'last' })
const PLAN = planWith([indicatorWith('air')], [RULE], { tickMs: MINUTE })
const HOUR = 60 * MINUTE
const at = (minute: number): number => MIDNIGHT + minute * MINUTE
const POLICY = policyOf(PLAN, {
  people: PEOPLE,
  defaults: new Map([['officer', { rank: 2, channels: ['desk'] }]]),
})

/** Somebody does something just before a minute's tick. */
function acts(run: CityRun, minute: number, id: number, deed: Deed): void {
  const action = { id: id.toString(16).padStart(16, '0'), time: at(minute), by: SYSTEM, deed }
  const log = run.logs[0] ?? []
  const before = log.findIndex((bytes) => String(Buffer.from(bytes)).includes(`"at":${at(minute)}`))
  log.splice(before, 0, encodeAction(action))
}

/** Two days in which cell 3 is yellow by one rule and calm by the other, twice a day for an hour from 01:00 and 13:00. */
function days(): CityRun {
  const course = Array.from({ length: 48 * 60 }, (_, minute) => (Math.floor(minute / 60) % 12 === 1 ? 18 : 0))
  return minutesOf(PLAN, new Map([[3, course]]), course.length)
}

const LOWER = rulesWith(PLAN, () => ({ limits: [null, 5, 15, 30, 40] }))

describe('load of a rehearsal', () => {
  it('[RH10] counts alerts of shifts of eight hours of the city where no roster says otherwise', () => {
    const { load, sentence } = rehearsed(PLAN, days().logs, {
      rules: LOWER,
      from: at(0),
      to: at(48 * 60 - 1),
      policy: POLICY,
    })
    expect(load.map(({ from }) => (from - MIDNIGHT) / HOUR)).toEqual([0, 8, 16, 24, 32, 40])
    expect(load.map(({ was, would }) => [was.alerts, would.alerts])).toEqual([
      [0, 1],
      [0, 1],
      [0, 0],
      [0, 1],
      [0, 1],
      [0, 0],
    ])
    expect(sentence).toEqual({
      zh: '全市将于11月22日出现黄色，新增预警 4 起，每班预警 +0.7 起。',
      en: 'City would reach yellow on 22 Nov, 4 alerts new, +0.7 alerts per shift.',
    })
  })

  it('[RH11] counts by the shifts of the roster, and notices to whom it names', () => {
    const run = days()
    const text = `areas:
  '32':
    shifts:
      - { from: '06:00', to: '18:00', people: [li] }
      - { from: '18:00', to: '06:00', people: [wang] }`
    acts(run, 0, 1, { verb: 'roster', name: 'city', format: 'yaml', text })
    const { load } = rehearsed(PLAN, run.logs, {
      rules: LOWER,
      from: at(0),
      to: at(48 * 60 - 1),
      policy: POLICY,
    })
    expect(load.map(({ from }) => (from - MIDNIGHT) / HOUR)).toEqual([0, 6, 18, 30, 42])
    expect(load.map(({ would }) => would.alerts)).toEqual([1, 1, 1, 1, 0])
    expect(load[1]?.would.notices).toBeGreaterThan(0)
    expect(load.map(({ was }) => was.notices)).toEqual([0, 0, 0, 0, 0])
  })

  it('[RH12] leaves out what people did about alerts, on both sides', () => {
    const [plain, acted] = [days(), days()]
    acts(acted, 70, 2, {
      verb: 'raise',
      areas: ['3201001'],
      category: 'test',
      rank: 3,
      headline: 'by hand',
      exercise: false,
    })
    acts(acted, 75, 3, { verb: 'handover', area: '32', comment: 'quiet' })
    const of = ({ logs }: CityRun) =>
      rehearsed(PLAN, logs, { rules: LOWER, from: at(0), to: at(48 * 60 - 1), policy: POLICY })
    expect(of(acted)).toEqual(of(plain))
  })
})
