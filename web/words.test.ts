import { describe, expect, it } from 'vitest'
import { clock, clockSeconds, day, duration, figure, lapse, onset, since, sinceBoth } from './format.ts'
import { unitAfter } from '../services/core/unit.ts'
import { REASON, SECTOR, SKY, WORDS, fill, say } from './words.ts'

const placeholders = (text: string): string => (text.match(/\{\w+\}/g) ?? []).sort().join()

describe('words', () => {
  it('[WA7] has every sentence in both languages alike', () => {
    const all = [WORDS, REASON, SECTOR, ...Object.values(SKY)].flatMap((set) => Object.entries(set))
    expect(all.length).toBeGreaterThan(90)
    const bad = all.filter(
      ([, { zh, en }]) =>
        zh.trim() === '' ||
        en.trim() === '' ||
        placeholders(en) !== placeholders(zh) ||
        /[\u4e00-\u9fff]/.test(en.replace('演示', '')),
    )
    expect(bad).toEqual([])
  })

  it('[WA7] fills in its parts', () => {
    expect(say('limit', 'en', { v: '0.3' })).toBe('limit 0.3')
    expect(fill('{a} {b}', { a: 1 })).toBe('1 {b}')
  })
})

describe('figures', () => {
  const at = Date.UTC(2026, 10, 22, 10, 42, 7)

  it('[WA8] writes values with three figures and units', () => {
    expect([0.4249, 0.4, 3.6, 71.24, 2140.4, null, Number.NaN].map((value) => figure(value, 'zh'))).toEqual([
      '0.42',
      '0.40',
      '3.6',
      '71.2',
      '2,140',
      '—',
      '—',
    ])
    expect([
      unitAfter('dB', 'zh'),
      unitAfter('%', 'zh'),
      unitAfter('people', 'zh'),
      unitAfter('people', 'en'),
    ]).toEqual([' dB', '%', ' 人', ' people'])
  })

  it('[WA8] tells time in the zone of the city', () => {
    expect(clockSeconds(at, 'Asia/Shanghai', 'zh')).toBe('18:42:07')
    expect(clock(at, 'America/New_York', 'en')).toBe('05:42')
    expect(day(at, 'Asia/Shanghai', 'zh')).toBe('11月22日 周日')
    expect(day(at, 'Asia/Shanghai', 'en')).toBe('Sun 22 Nov')
    expect(clockSeconds(Number.NaN, 'Asia/Shanghai', 'zh')).toBe('--:--:--')
  })

  it('[WA8] dates what began on another day', () => {
    expect(since(at - 3_600_000, at, 'Asia/Shanghai', 'zh')).toBe('17:42')
    expect(since(at - 86_400_000, at, 'Asia/Shanghai', 'zh')).toBe('11/21 18:42')
  })

  it('[WA8] tells an onset in one word, over midnight too', () => {
    const night = Date.parse('2026-11-22T00:08:00+08:00')
    expect(onset(night - 720_000, night, 'Asia/Shanghai', 'en')).toBe('23:56')
    expect(onset(at - 3_600_000, at, 'Asia/Shanghai', 'zh')).toBe('17:42')
    expect(onset(at - 14 * 3_600_000, at, 'Asia/Shanghai', 'zh')).toBe('04:42')
    expect(onset(at - 86_400_000, at, 'Asia/Shanghai', 'zh')).toBe('11/21')
    expect(onset(at, Number.NaN, 'Asia/Shanghai', 'zh')).toBe('18:42')
  })

  it('[AN16] tells the second where two times are of one minute, and the date of another day', () => {
    const from = Date.parse('2026-11-22T08:00:00+08:00')
    const time = (text: string): number => Date.parse(`2026-11-${text}+08:00`)
    const both = (a: number | null, b: number) => sinceBoth([a, b], from, 'Asia/Shanghai', 'zh')
    expect(both(time('22T09:10:00'), time('22T09:08:59'))).toEqual(['09:10', '09:08'])
    expect(both(time('22T09:10:07'), time('22T09:10:02'))).toEqual(['09:10:07', '09:10:02'])
    expect(both(time('23T09:10:07'), time('23T09:10:02'))).toEqual(['11/23 09:10:07', '11/23 09:10:02'])
    expect(both(time('22T09:10:07'), time('22T09:10:07'))).toEqual(['09:10', '09:10'])
    expect(both(null, time('23T00:10:00'))).toEqual(['', '11/23 00:10'])
  })

  it('[WA8] gives each length of time one unit', () => {
    expect([4000, 150_000, 8_000_000, 200_000_000].map((ms) => duration(ms, 'en'))).toEqual([
      '4 s',
      '2 min',
      '2 h',
      '2 d',
    ])
    expect([
      lapse(640, 'en', 'ms'),
      lapse(640, 'en', 's'),
      lapse(null, 'zh', 's'),
      lapse(61_000, 'zh', 's'),
    ]).toEqual(['640 ms', '0.6 s', '—', '61 秒'])
  })
})
