import fc from 'fast-check'
import ICAL from 'ical.js'
import { describe, expect, it } from 'vitest'
import { dayRule } from './ical-rule.ts'
import { civilOf, dayOf } from './local-time.ts'

const refuse = (value: string, expected: string) => new Error(`${value}: ${expected}`)
const ruleOf = (text: string, start: string, days = 100_000) =>
  dayRule(ICAL.Recur.fromString(text), {
    start: Date.parse(`${start}Z`),
    toLocal: (utc) => utc,
    refuse,
    budget: { days },
  })
const iso = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10)
const day = (text: string) => dayOf(Date.parse(`${text}T00:00Z`))

/** Days of a rule from its start, at most `most`. */
function daysOf(text: string, start: string, most: number, to = 40 * 366): string[] {
  const { holds, until } = ruleOf(text, start)
  const first = dayOf(Date.parse(`${start}Z`))
  const days: string[] = []
  for (let at = first; at < first + to && days.length < most; at++)
    if (holds(at) && at * 86_400_000 <= until) days.push(iso(at))
  return days
}

describe('a recurrence rule', () => {
  it.each([
    ['FREQ=DAILY;INTERVAL=3', ['2026-01-30', '2026-02-02', '2026-02-05']],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR', ['2026-01-30', '2026-02-09', '2026-02-13']],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,FR;WKST=SU', ['2026-01-30', '2026-02-08', '2026-02-13']],
    ['FREQ=MONTHLY', ['2026-01-30', '2026-03-30', '2026-04-30']],
    ['FREQ=MONTHLY;BYDAY=-1FR', ['2026-01-30', '2026-02-27', '2026-03-27']],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', ['2026-01-31', '2026-02-28', '2026-03-31']],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', ['2026-01-30', '2026-02-27', '2026-03-31']],
    ['FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1', ['2026-10-01', '2027-10-01', '2028-10-01']],
    ['FREQ=YEARLY;BYDAY=2MO;BYMONTH=5', ['2026-05-11', '2027-05-10', '2028-05-08']],
    ['FREQ=YEARLY;BYDAY=-1SU', ['2026-12-27', '2027-12-26', '2028-12-31']],
  ])('[RO1] names the days of %s', (text, days) => {
    expect(daysOf(text, '2026-01-30T08:00', 3)).toEqual(days)
  })

  it('[RO1] has 29 February in leap years only', () => {
    expect(daysOf('FREQ=YEARLY', '2024-02-29T08:00', 3)).toEqual(['2024-02-29', '2028-02-29', '2032-02-29'])
    expect(daysOf('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', '2024-02-29T08:00', 1)).toEqual([])
  })

  it('[RO1] ends with UNTIL, its own moment included, or after COUNT', () => {
    expect(daysOf('FREQ=DAILY;UNTIL=20260201T080000', '2026-01-30T08:00', 9).at(-1)).toBe('2026-02-01')
    expect(daysOf('FREQ=DAILY;UNTIL=20260201', '2026-01-30T08:00', 9).at(-1)).toBe('2026-02-01')
    expect(daysOf('FREQ=WEEKLY;COUNT=3', '2026-01-30T08:00', 9)).toEqual([
      '2026-01-30',
      '2026-02-06',
      '2026-02-13',
    ])
  })

  it('[RO2] names the days that ical.js walks to', () => {
    const weekday = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')
    const part = fc.oneof(
      fc.record({ freq: fc.constant('DAILY'), by: fc.constant('') }),
      fc.record({
        freq: fc.constant('WEEKLY'),
        by: fc.uniqueArray(weekday, { minLength: 1 }).map((days) => `;BYDAY=${days.join()}`),
      }),
      fc.record({
        freq: fc.constant('MONTHLY'),
        by: fc.tuple(fc.constantFrom(1, 2, 3, 4, -1), weekday).map(([nth, name]) => `;BYDAY=${nth}${name}`),
      }),
      fc.record({
        freq: fc.constant('MONTHLY'),
        by: fc.integer({ min: 1, max: 28 }).map((n) => `;BYMONTHDAY=${n}`),
      }),
    )
    fc.assert(
      fc.property(
        part,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: day('2020-01-01'), max: day('2029-12-31') }),
        ({ freq, by }, interval, start) => {
          const text = `FREQ=${freq};INTERVAL=${interval}${by}`
          const { year, month, date } = civilOf(start)
          const time = ICAL.Time.fromData({ year, month, day: date, hour: 8, minute: 0, second: 0 })
          const walk = ICAL.Recur.fromString(text).iterator(time)
          const walked: string[] = []
          for (let at = walk.next(); at && walked.length < 12; at = walk.next()) {
            const found = at.toString().slice(0, 10)
            // ical.js also names a DTSTART that does not fulfil its own rule.
            if (ruleOf(text, `${iso(start)}T08:00`).holds(day(found)) || found !== iso(start))
              walked.push(found)
          }
          expect(daysOf(text, `${iso(start)}T08:00`, walked.length)).toEqual(walked)
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each([
    ['FREQ=HOURLY', 'FREQ=HOURLY: FREQ=DAILY'],
    ['FREQ=DAILY;BYHOUR=8,20', 'BYHOUR: only BYDAY'],
    ['FREQ=YEARLY;BYWEEKNO=20', 'BYWEEKNO: only BYDAY'],
    ['FREQ=YEARLY;BYDAY=MO;BYSETPOS=1', 'BYSETPOS: BYDAY with a number'],
    ['FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1', 'COUNT=1: UNTIL instead'],
  ])('[RO3] refuses %s, which no shift needs or nobody can count', (text, sentence) => {
    expect(() => ruleOf(text, '2026-01-30T08:00')).toThrow(sentence)
  })
})
