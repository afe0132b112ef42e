import { describe, expect, it } from 'vitest'
import { UNKNOWN } from '../services/core/level.ts'
import { ANALYST_WORDS } from './analyst-words.ts'
import { readMoment, timeIn, writeMoment } from './analyst-address.ts'
import { LEAST, marksOf, panned, stepFor, timeAt, within, xOf, zoomed } from './analyst-axis.ts'
import { differenceOf, GRAVER, SHADES } from './analyst-differences.ts'
import { barsOf, barUnder, deepest, nextIncident } from './analyst-lanes.ts'
import { rowsOf } from './analyst-rows.ts'
import { RULE_WORDS } from './analyst-rule-words.ts'
import { changesOf, durationIn, durationText, withValue } from './analyst-rule-text.ts'
import { cityOf } from './city.ts'
import { luminance } from './look.ts'
import { blobCity } from './testdata/blob-city.ts'
import { RULES } from './testdata/analyst-rules.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MONTH = { from: Date.UTC(2026, 9, 24), to: Date.UTC(2026, 10, 23) }

describe('address of a moment', () => {
  const all =
    '?lang=zh&t=2026-11-22T10:42:07Z&from=2026-11-22T06:00:00Z&to=2026-11-22T12:00:00Z&rate=600&incident=i-7&compare=1&panel=rules&rehearsal=r1&against=r2&version=c0ffee&bundle=00b1'

  it('[AN1] reads back all that it wrote', () => {
    const moment = readMoment(all)
    expect(moment).toMatchObject({
      t: Date.UTC(2026, 10, 22, 10, 42, 7),
      rate: 600,
      compare: true,
      panel: 'rules',
    })
    expect(`?lang=zh${writeMoment(moment)}`).toBe(all)
  })

  it('[AN1] takes times as ms or ISO 8601, and nothing that is neither', () => {
    expect(timeIn('1795344127000')).toBe(Date.UTC(2026, 10, 22, 10, 42, 7))
    expect(timeIn('2026-11-22T18:42:07+08:00')).toBe(Date.UTC(2026, 10, 22, 10, 42, 7))
    for (const text of ['', 'soon', '-5', '2026-11-22', '2026-11-22T18:42', null])
      expect(timeIn(text)).toBeNull()
  })

  it('[AN1] drops what cannot be read', () => {
    const broken = readMoment(
      '?t=x&from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z&rate=0&panel=secret&incident=<b>',
    )
    expect(broken).toEqual({ ...readMoment('') })
    expect(writeMoment(broken)).toBe('')
  })
})

describe('axis of time', () => {
  it('[AN2] keeps the time under the pointer where it is while it zooms', () => {
    const at = MONTH.from + 10 * DAY
    const next = zoomed(MONTH, at, 0.5, MONTH)
    expect(xOf(at, next, 1000)).toBeCloseTo(xOf(at, MONTH, 1000), 6)
    expect(next.to - next.from).toBe((MONTH.to - MONTH.from) / 2)
  })

  it('[AN2] stays within what is held, and shows half a minute at least', () => {
    expect(panned({ from: MONTH.to - HOUR, to: MONTH.to }, DAY, MONTH).to).toBe(MONTH.to)
    expect(zoomed(MONTH, MONTH.from, 3, MONTH)).toEqual(MONTH)
    const least = within({ from: MONTH.from, to: MONTH.from + 1 }, MONTH)
    expect(least.to - least.from).toBe(LEAST)
    expect(timeAt(xOf(MONTH.from + 7, MONTH, 800), MONTH, 800)).toBeCloseTo(MONTH.from + 7, 3)
  })

  it('[AN3] marks whole hours and days of the city’s own time, also where clocks are set on or back', () => {
    const day = { from: Date.UTC(2026, 10, 21, 12), to: Date.UTC(2026, 10, 22, 12) }
    const step = stepFor(day, 1200, 100)
    const marks = marksOf(day, step, 'Asia/Shanghai')
    expect(step).toBe(2 * HOUR)
    expect(marks.filter((mark) => mark.day).map(({ at }) => at)).toEqual([Date.UTC(2026, 10, 21, 16)])
    // Copenhagen: the last Sunday of October has 25 hours.
    const autumn = { from: Date.UTC(2026, 9, 24, 22), to: Date.UTC(2026, 9, 26, 23) }
    expect(marksOf(autumn, DAY, 'Europe/Copenhagen').map(({ at }) => at)).toEqual([
      Date.UTC(2026, 9, 24, 22),
      Date.UTC(2026, 9, 25, 23),
      Date.UTC(2026, 9, 26, 23),
    ])
  })
})

function incidentAt(number: number, born: number, over: number | null) {
  const base = { rule: 'flooding', category: 'water', rank: 2, peak: 2, count: 3, centre: [0, 0] as const }
  return { ...base, id: `i${number}`, number, born, over }
}

describe('lanes of incidents', () => {
  const view = { span: { from: 0, to: 1000 }, width: 1000, now: 1000, lanes: 3 }

  it('[AN4] gives incidents that overlap lanes of their own, and takes the first lane that is free', () => {
    const bars = barsOf([incidentAt(1, 0, 300), incidentAt(2, 100, 200), incidentAt(3, 400, null)], view, 20)
    expect(bars.map(({ lane, x, width }) => [lane, x, width])).toEqual([
      [0, 0, 300],
      [1, 100, 100],
      [0, 400, 600],
    ])
    expect(bars[0]?.room).toBe(100)
  })

  it('[AN4] draws what finds no room over the last lane, without a number', () => {
    const bars = barsOf(
      [1, 2, 3, 4, 5].map((n) => incidentAt(n, n, 500)),
      view,
      20,
    )
    expect(bars.map(({ lane, crowded }) => [lane, crowded])).toEqual([
      [0, false],
      [1, false],
      [2, false],
      [2, true],
      [2, true],
    ])
    expect(barUnder(bars, 250, 1, 5)?.incident.number).toBe(2)
    expect(barUnder(bars, 900, 1, 5)).toBeNull()
  })

  it('[AN4] places two thousand incidents of a month without dropping one', () => {
    const many = Array.from({ length: 2000 }, (_, n) =>
      incidentAt(n, MONTH.from + n * 1_200_000, MONTH.from + n * 1_200_000 + 3 * HOUR),
    )
    const month = { span: MONTH, width: 1700, now: MONTH.to, lanes: 5 }
    expect(barsOf(many, month, 20)).toHaveLength(2000)
  })

  it('[AN4] makes lanes thinner where more incidents lie over each other', () => {
    const many = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => incidentAt(n, n, n < 4 ? 100 : 500))
    expect(deepest(many, view.span, 1000)).toBe(9)
    expect(deepest(many, { from: 200, to: 1000 }, 1000)).toBe(6)
    expect(rowsOf(320, 1, 1, 9).count).toBe(9)
    expect(rowsOf(320, 1, 1, 900).count).toBeLessThan(20)
  })

  it('[AN5] goes to the incident that begins next, or last before', () => {
    const all = [incidentAt(1, 100, 200), incidentAt(2, 300, 400), incidentAt(3, 200, 900)]
    expect(nextIncident(all, 100, 1)?.number).toBe(3)
    expect(nextIncident(all, 250, -1)?.number).toBe(3)
    expect(nextIncident(all, 300, 1)).toBeNull()
  })

  it('[AN6] keeps room for was above would in a rehearsal', () => {
    const [one, two] = [rowsOf(320, 1, 1, 3), rowsOf(320, 1, 2, 3)]
    const bottom = ({ top, height }: { top: number; height: number }): number => top + height
    expect(two.stacks).toHaveLength(2)
    expect(two.stacks[1]?.top).toBeGreaterThan(bottom(two.stacks[0] ?? one.ruler))
    for (const rows of [one, two]) {
      expect(bottom(rows.lanes)).toBeLessThanOrEqual(rows.marks.top)
      expect(bottom(rows.marks)).toBeLessThanOrEqual(rows.whole.top)
      expect(bottom(rows.whole)).toBeLessThanOrEqual(320)
      expect(rows.count).toBeGreaterThan(2)
    }
  })
})

describe('rules as people edit them', () => {
  it('[AN7] reads and writes lengths of time in their largest unit', () => {
    expect([90_000, 300_000, 21_600_000, 604_800_000, 250, 0].map(durationText)).toEqual([
      '90s',
      '5m',
      '6h',
      '7d',
      '250ms',
      '0s',
    ])
    expect(durationText('5m')).toBe('5m')
    expect(['90s', '1.5h', ' 5 m ', 'soon', '5', ''].map(durationIn)).toEqual([
      90_000,
      5_400_000,
      300_000,
      null,
      null,
      null,
    ])
  })

  it('[AN7] tells each field that differs, with its old value, and a schedule as one', () => {
    const lower = withValue(RULES, 'flooding', ['limits', 'orange'], 0.12)
    const later = withValue(lower, 'noise-day', ['schedule'], { days: ['mon'], from: '08:00', to: '22:00' })
    expect(changesOf(RULES, later).map(({ rule, path }) => [rule, path.join('.')])).toEqual([
      ['flooding', 'limits.orange'],
      ['noise-day', 'schedule'],
    ])
    expect(changesOf(RULES, later)[0]).toMatchObject({ was: 0.15, is: 0.12 })
    expect(changesOf(RULES, withValue(lower, 'flooding', ['limits', 'orange'], 0.15))).toEqual([])
  })

  it('[AN7] takes a limit out, and leaves all else as it stood', () => {
    const without = withValue(RULES, 'crowd', ['limits', 'blue'], undefined)
    expect(without.rules.find(({ id }) => id === 'crowd')?.['limits']).toEqual({
      yellow: 350,
      orange: 500,
      red: 700,
    })
    expect(Object.keys(without.rules[1] ?? {})).toEqual(Object.keys(RULES.rules[1] ?? {}))
  })
})

describe('map of differences', () => {
  const city = cityOf(blobCity())
  const [first = 0, second = 0] = [city.cells[200], city.cells[900]]
  const found = differenceOf(city, {
    from: 0,
    to: 100 * HOUR,
    map: [
      { area: first, graver: 6 * HOUR, milder: HOUR },
      { area: second, graver: 0, milder: 60_000 },
    ],
  })

  it('[AN8] shades a cell by what prevails and for how much of the span, and outlines both sides apart', () => {
    expect([found.ranks[first], found.ranks[second]]).toEqual([GRAVER + 2, 1])
    expect(found.ranks.reduce((sum, rank) => sum + (rank > 0 ? 1 : 0), 0)).toBe(2)
    expect([found.graver.length, found.milder.length]).toEqual([1, 1])
  })

  it('[AN8] spends no colour of a level: greys with a sign and a pattern, each side of its own', () => {
    for (const { levels } of [SHADES.dark, SHADES.light]) {
      const [milder, graver] = [levels.slice(1, GRAVER), levels.slice(GRAVER)]
      expect(new Set(milder.map(({ numeral }) => numeral))).toEqual(new Set(['−']))
      expect(new Set(graver.map(({ numeral }) => numeral))).toEqual(new Set(['+']))
      for (const { colour } of [...milder, ...graver]) {
        const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
        expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThan(50)
      }
      const contrast = graver.map(({ colour }) => luminance(colour))
      expect(new Set(contrast).size).toBe(3)
    }
    expect(SHADES.dark.levels.length).toBeLessThan(UNKNOWN)
  })
})

describe('words of the page', () => {
  it('[AN9] stand in Chinese and in English, with the same parts', () => {
    const parts = (text: string): string[] =>
      [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).sort()
    for (const [word, { zh, en }] of Object.entries({ ...ANALYST_WORDS, ...RULE_WORDS })) {
      expect([word, zh.trim() !== '', parts(zh)]).toEqual([word, true, parts(en)])
    }
  })
})
