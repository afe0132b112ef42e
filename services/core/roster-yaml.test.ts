import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal, rosterOf, shiftLines } from '../testdata/duty-room.ts'

const two = (lines: string) => `areas:\n  '32':\n${lines.replaceAll(/^/gm, '    ')}`
const ROUND = two(
  `shifts:
  - { from: '08:00', to: '20:00', people: [li] }
  - { from: '20:00', to: '08:00', people: [wang] }`,
)

describe('a roster in YAML', () => {
  it('[RO4] has shifts by local time and weekday, over midnight too', () => {
    const roster = rosterOf(
      two(`shifts:
  - { days: [mon, tue, wed, thu, fri], from: '08:00', to: '20:00', people: [li, sun] }
  - { days: [fri], from: '20:00', to: '08:00', people: [wang] }`),
    )
    // Friday 9 January 2026; Shanghai is 8 h ahead.
    expect(shiftLines(roster, '2026-01-09T00:00Z', '2026-01-10T23:00Z')).toEqual([
      'li 01-09T00:00 - 01-09T12:00',
      'sun 01-09T00:00 - 01-09T12:00',
      'wang 01-09T12:00 - 01-10T00:00',
    ])
    expect(shiftLines(roster, '2026-01-10T00:00Z', '2026-01-11T23:00Z')).toEqual([])
  })

  it('[RO4] has a whole day where no hours are given', () => {
    const roster = rosterOf(two('shifts: [{ days: [sun], people: [li] }]'), 'UTC')
    expect(shiftLines(roster, '2026-01-11T12:00Z', '2026-01-11T13:00Z')).toEqual([
      'li 01-11T00:00 - 01-12T00:00',
    ])
  })

  it('[RO5] hands a rotation over on its day and time, turn by turn', () => {
    const roster = rosterOf(
      two(`rotations: [{ people: [li, wang, sun], start: '2026-01-05', every: 7, from: '09:00' }]`),
      'UTC',
    )
    expect(shiftLines(roster, '2026-01-05T00:00Z', '2026-01-26T09:00Z')).toEqual([
      'li 01-05T09:00 - 01-12T09:00',
      'wang 01-12T09:00 - 01-19T09:00',
      'sun 01-19T09:00 - 01-26T09:00',
    ])
    expect(shiftLines(roster, '2026-01-05T00:00Z', '2026-01-05T09:00Z')).toEqual([])
    // Asked for one moment it still tells the whole turn.
    expect(shiftLines(roster, '2026-01-15T00:00Z', '2026-01-15T00:01Z')).toEqual([
      'wang 01-12T09:00 - 01-19T09:00',
    ])
  })

  it('[RO5] gives a rotation of nights its nights only', () => {
    const roster = rosterOf(
      two(`rotations: [{ people: [li, wang], start: '2026-01-05', every: 2, from: '20:00', to: '06:00' }]`),
      'UTC',
    )
    expect(shiftLines(roster, '2026-01-05T00:00Z', '2026-01-08T00:00Z')).toEqual([
      'li 01-05T20:00 - 01-06T06:00',
      'li 01-06T20:00 - 01-07T06:00',
      'wang 01-07T20:00 - 01-08T06:00',
    ])
  })

  it('[RO6] gives holidays to their own people at the same hours', () => {
    const roster = rosterOf(`${ROUND}\n    holidays: [{ dates: ['2026-10-01'], people: [chen] }]`, 'UTC')
    expect(shiftLines(roster, '2026-10-01T00:00Z', '2026-10-02T09:00Z')).toEqual([
      'chen 10-01T08:00 - 10-01T20:00',
      'li 10-02T08:00 - 10-02T20:00',
      'wang 09-30T20:00 - 10-01T08:00',
      'chen 10-01T20:00 - 10-02T08:00',
    ])
  })

  it('[RO6] works a day like another weekday where it says so', () => {
    const roster = rosterOf(
      two(`shifts: [{ days: [thu], from: '08:00', to: '17:00', people: [li] }]
holidays: [{ dates: ['2026-10-10'], as: thu }, { dates: ['2026-10-08'], as: sun }]`),
      'UTC',
    )
    expect(shiftLines(roster, '2026-10-05T00:00Z', '2026-10-12T00:00Z')).toEqual([
      'li 10-10T08:00 - 10-10T17:00',
    ])
  })

  it.each([
    ['America/New_York', '2026-03-08', 11, '2026-11-01', 13],
    ['Europe/London', '2026-03-29', 11, '2026-10-25', 13],
    ['Australia/Lord_Howe', '2026-10-04', 11.5, '2026-04-05', 12.5],
    ['Asia/Shanghai', '2026-03-08', 12, '2026-11-01', 12],
  ])('[RO7] lets the clocks of %s change in the night shift', (zone, spring, short, autumn, long) => {
    const roster = rosterOf(ROUND, zone)
    const night = (morning: string) => {
      const at = Date.parse(`${morning}T00:00Z`)
      const shifts = roster.shifts(0, at - 86_400_000, at + 86_400_000)
      const hours = shifts
        .filter(({ person }) => person === 'wang')
        .map(({ from, to }) => (to - from) / 3_600_000)
      return hours.filter((length) => length !== 12)
    }
    expect(night(spring)).toEqual(short === 12 ? [] : [short])
    expect(night(autumn)).toEqual(long === 12 ? [] : [long])
  })

  it('[RO8] leaves neither gap nor overlap between shifts that meet, whenever clocks change', () => {
    const time = fc.integer({ min: 0, max: 95 }).map((quarter) => {
      const text = (n: number) => String(n).padStart(2, '0')
      return `${text(Math.floor(quarter / 4))}:${text((quarter % 4) * 15)}`
    })
    fc.assert(
      fc.property(
        fc.constantFrom('America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'Africa/Casablanca'),
        fc.uniqueArray(time, { minLength: 2, maxLength: 4 }),
        fc.integer({ min: 0, max: 365 * 6 }),
        (zone, unsorted, offset) => {
          const times = [...unsorted].sort()
          const lines = times.map((from, i) => {
            const to = times[(i + 1) % times.length] ?? from
            return `  - { from: '${from}', to: '${to}', people: [${i % 2 === 0 ? 'li' : 'wang'}] }`
          })
          const start = Date.parse('2024-01-01T00:00Z') + offset * 86_400_000
          const shifts = rosterOf(two(`shifts:\n${lines.join('\n')}`), zone)
            .shifts(0, start, start + 3 * 86_400_000)
            .toSorted((a, b) => a.from - b.from)
          for (const [i, shift] of shifts.entries()) expect(shifts[i + 1]?.from ?? shift.to).toBe(shift.to)
          expect(shifts[0]?.from).toBeLessThanOrEqual(start)
          expect(shifts.at(-1)?.to).toBeGreaterThanOrEqual(start + 3 * 86_400_000)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('[RO8] goes on over 29 February and the end of a year', () => {
    const roster = rosterOf(ROUND, 'UTC')
    expect(shiftLines(roster, '2028-02-28T21:00Z', '2028-03-01T07:00Z')).toEqual([
      'li 02-29T08:00 - 02-29T20:00',
      'wang 02-28T20:00 - 02-29T08:00',
      'wang 02-29T20:00 - 03-01T08:00',
    ])
    expect(shiftLines(roster, '2026-12-31T23:59Z', '2027-01-01T00:01Z')).toEqual([
      'wang 12-31T20:00 - 01-01T08:00',
    ])
  })

  it.each([
    ['line 3: areas.32.shift is shift, expected a field, perhaps shifts', two('shift: []')],
    ['line 2: areas.99 is 99, expected an area code of grid 32', "areas:\n  '99': {}"],
    [
      'line 4: areas.32.shifts.0.people.0 is lee, expected one of people, perhaps li',
      two('shifts:\n  - { people: [lee] }'),
    ],
    [
      'line 3: areas.32.shifts.0.people.0 is gast, expected somebody who may act, not a viewer',
      two('shifts: [{ people: [gast] }]'),
    ],
    ['line 3: areas.32.shifts.0.people is [], expected a list of people', two('shifts: [{ from: "08:00" }]')],
    [
      'line 3: areas.32.shifts.0.from is 8, expected a time of day as 08:00',
      two('shifts: [{ from: 8, people: [li] }]'),
    ],
    [
      'line 3: areas.32.shifts.0.days.0 is friday, expected sun, mon',
      two('shifts: [{ days: [friday], people: [li] }]'),
    ],
    [
      'line 3: areas.32.rotations.0.start is 2026-02-30, expected a date of the calendar',
      two("rotations: [{ people: [li], start: 2026-02-30, from: '08:00' }]"),
    ],
    [
      'line 3: areas.32.rotations.0.every is 100, expected days, 1 to 92',
      two("rotations: [{ people: [li], start: 2026-02-01, every: 100, from: '08:00' }]"),
    ],
    [
      'line 3: areas.32.holidays.0 is neither, expected people, or as',
      two("holidays: [{ dates: ['2026-10-01'] }]"),
    ],
    [
      'line 3: areas.32.swaps.0 is ["li"], expected two people that swap',
      two('swaps: [{ from: 2026-01-01T08:00, to: 2026-01-02T08:00, people: [li] }]'),
    ],
    [
      'line 3: areas.32.overrides.0.to is 2026-01-01T08:00, expected later than from',
      two('overrides: [{ from: 2026-01-01T08:00, to: 2026-01-01T08:00, person: li }]'),
    ],
    ['line 1: areas is something else, expected a map', 'areas: [1]'],
    ['line 3: areas.32.shifts is something else, expected a list', two('shifts: 7')],
  ])('[RO9] refuses the whole: %s', (sentence, text) => {
    expect(refusal(text)).toContain(`RO-field street, ${sentence}`)
  })

  it('[RO9] refuses what is no YAML, with its line', () => {
    expect(refusal("areas:\n  '32': {\n")).toMatch(/^RO-text street, line [23]: /)
    expect(refusal('areas: {}\nareas: {}\n')).toMatch(/^RO-text street, line 2: Map keys must be unique/)
  })

  it('[RO10] refuses more than it can keep', () => {
    expect(refusal(`# ${'x'.repeat(256 * 1024)}`)).toMatch(
      /^RO-size street has 262146 characters, at most 262144/,
    )
    const many = Array.from({ length: 5001 }, () => '{ people: [li] }').join(', ')
    expect(refusal(two(`shifts: [${many}]`))).toBe(
      'RO-size street has 5001 people, holidays and covers, at most 5000 are taken',
    )
  })
})
