import { describe, expect, it } from 'vitest'
import { MIDNIGHT, MINUTE, minutesOf, rehearsed, rulesWith } from '../testdata/rehearsed-city.ts'
import { indicatorWith, planWith, ruleWith } from '../testdata/watched-city.ts'
import { rehearsalCsv } from './rehearsal-csv.ts'
import { isoOf } from './time.ts'

const RULE = ruleWith('air-cell', 'air', { windowMs: MINUTE, fold: 'last' })
const PLAN = planWith([indicatorWith('air')], [RULE], { tickMs: MINUTE })
const at = (minute: number): number => MIDNIGHT + minute * MINUTE
/** Cell 3 climbs by one every ten minutes from 0 to 47, and falls to 0. */
const SLOPE = [
  ...Array.from({ length: 480 }, (_, minute) => Math.floor(minute / 10)),
  ...Array.from({ length: 60 }, () => 0),
]
const { logs } = minutesOf(PLAN, new Map([[3, SLOPE]]), SLOPE.length)
const under = (blue: number, yellow: number, orange: number, red: number) =>
  rehearsed(PLAN, logs, {
    rules: rulesWith(PLAN, () => ({ limits: [null, blue, yellow, orange, red] })),
    from: at(0),
    to: at(SLOPE.length - 1),
  })

describe('the sentence of a rehearsal', () => {
  it.each([
    [
      [10, 20, 25, 40],
      '全市橙色于11月22日提前 50 分钟，累计多 50 分钟，提前 1 起。',
      'City orange 50 min earlier on 22 Nov and 50 min longer in all, 1 alert earlier.',
    ],
    [
      [10, 20, 30, 45],
      '全市红色于11月22日推迟 50 分钟，累计少 50 分钟，推迟 1 起。',
      'City red 50 min later on 22 Nov and 50 min shorter in all, 1 alert later.',
    ],
    [
      [10, 20, 30, 99],
      '全市不再出现红色（原为11月22日），推迟 1 起。',
      'City would not reach red, as on 22 Nov, 1 alert later.',
    ],
    [
      [10, 48, 50, 99],
      '全市不再出现红色（原为11月22日），不再预警 1 起，每班预警 −0.5 起。',
      'City would not reach red, as on 22 Nov, 1 alert gone, −0.5 alerts per shift.',
    ],
  ] as const)('[RH13] says under %j what would change, for city, alerts and load', (limits, zh, en) => {
    const [blue, yellow, orange, red] = limits
    expect(under(blue, yellow, orange, red).sentence).toEqual({ zh, en })
  })

  it('[RH14] stands beside all figures in one table', () => {
    const rows = rehearsalCsv(under(10, 20, 25, 40), PLAN)
      .replace('\uFEFF', '')
      .trim()
      .split('\r\n')
    expect(rows[0]).toBe('section,key,name_zh,name_en,measure,was,would,unit')
    expect(rows).toContain(`first,32,32区,32,orange,${isoOf(at(300))},${isoOf(at(250))},`)
    expect(rows).toContain('city,32,32区,32,orange,100,150,min')
    expect(rows).toContain('alert,1,3201001区,3201001,earlier,,50,min')
    expect(rows).toContain('map,3201001,3201001区,3201001,graver,,50,min')
    expect(new Set(rows.map((row) => row.split(',').length))).toEqual(new Set([8]))
  })
})
