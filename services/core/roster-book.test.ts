import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calendarOf, DutyRoom, ms } from '../testdata/duty-room.ts'
import { PEOPLE } from '../testdata/people.ts'

const roster = (lines: string, area = '32') => `areas:\n  '${area}':\n${lines.replaceAll(/^/gm, '    ')}\n`
const ROUND = roster(`shifts:
  - { from: '08:00', to: '20:00', people: [li, chen] }
  - { from: '20:00', to: '08:00', people: [wang] }`)
const room = (zone = 'UTC') => {
  const made = new DutyRoom(zone)
  expect(made.read(ROUND)).toBe('')
  return made
}
const DAY = ['2026-01-05T08:00Z', '2026-01-05T20:00Z'] as const

describe('the book of duties', () => {
  it('[RO16] says who is on duty for any time, in order', () => {
    const duty = room()
    expect(duty.who('2026-01-05T08:00Z')).toBe('li chen')
    expect(duty.who('2026-01-05T19:59:59.999Z')).toBe('li chen')
    expect(duty.who('2026-01-05T20:00Z')).toBe('wang')
    expect(duty.who('1999-12-31T23:59Z')).toBe('wang')
    expect(duty.who('2100-02-28T12:00Z')).toBe('li chen')
    expect(duty.book.onDuty(0, ms('2026-01-05T09:00Z'))[0]).toEqual({
      person: 'li',
      order: 0,
      until: ms('2026-01-05T20:00Z'),
      source: 'shift',
    })
  })

  it('[RO16] answers for an area itself only, and for one without a roster nobody', () => {
    const duty = room()
    expect([duty.book.hasRoster(0), duty.book.hasRoster(1)]).toEqual([true, false])
    expect([duty.who('2026-01-05T09:00Z', '3201'), duty.book.nextChange(1, 0)]).toEqual(['', Infinity])
    duty.read(roster(`shifts: [{ days: [sun], people: [li] }]`, '3201'), 'two')
    expect([duty.book.hasRoster(1), duty.who('2026-01-05T09:00Z', '3201')]).toEqual([true, ''])
  })

  it('[RO17] has everybody of overlapping shifts in the order of the roster, and says so', () => {
    const duty = new DutyRoom('UTC')
    duty.read(
      roster(`shifts:
  - { from: '08:00', to: '21:00', people: [wang] }
  - { from: '20:00', to: '08:00', people: [li, wang] }`),
    )
    expect(duty.who('2026-01-05T20:30Z')).toBe('wang li')
    expect(duty.book.warnings(ms('2026-01-05T00:00Z'))).toEqual([
      {
        code: 'RO-overlap',
        parameters: { roster: 'street', line: 4, other: 5, area: '32', from: '2026-01-05T20:00:00.000Z' },
      },
    ])
  })

  it('[RO17] tells 50 oddities of a roster at most', () => {
    const duty = new DutyRoom('UTC')
    duty.read(
      roster(`shifts: [${Array.from({ length: 1000 }, () => '\n  { people: [li, wang] }').join(',')}]`),
    )
    expect(duty.book.warnings(ms('2026-01-05T00:00Z'))).toHaveLength(50)
  })

  it('[RO17] warns of times at which nobody is on duty', () => {
    const duty = new DutyRoom('UTC')
    duty.read(roster(`shifts: [{ days: [mon], from: '08:00', to: '20:00', people: [li] }]`))
    duty.read(roster('{}', '3201'), 'later')
    expect(
      duty.book.warnings(ms('2026-01-05T08:00Z')).map(({ code, parameters }) => [code, parameters]),
    ).toEqual([
      [
        'RO-gap',
        { roster: 'later', area: '3201', from: '2026-01-05T08:00:00.000Z', to: '2026-02-02T08:00:00.000Z' },
      ],
      [
        'RO-gap',
        { roster: 'street', area: '32', from: '2026-01-05T20:00:00.000Z', to: '2026-01-12T08:00:00.000Z' },
      ],
    ])
    expect(room().book.warnings(ms('2026-01-05T00:00Z'))).toEqual([])
  })

  it('[RO18] keeps the old roster where a new one is refused', () => {
    const duty = room()
    expect(duty.read(roster('shifts: [{ people: [nobody] }]'))).toContain('RO-field street, line 3')
    expect(duty.who('2026-01-05T09:00Z')).toBe('li chen')
    expect(duty.read(roster('shifts: [{ people: [sun] }]'))).toBe('')
    expect(duty.who('2026-01-05T09:00Z')).toBe('sun')
    expect(duty.read('')).toBe('')
    expect([duty.who('2026-01-05T09:00Z'), duty.book.hasRoster(0), duty.state.size]).toEqual(['', false, 0])
  })

  it('[RO18] takes rosters from the program and admins only', () => {
    const duty = room()
    const deed = { verb: 'roster', name: 'street', format: 'yaml', text: ROUND } as const
    const by = { person: 'li', role: 'officer', area: '32', unit: '' } as const
    expect(duty.act('2026-01-01T00:00Z', deed, by)?.code).toBe('AL-role')
    expect(duty.act('2026-01-01T00:00Z', { ...deed, name: 'Street 1' })?.code).toBe('AL-field')
    expect(duty.book.act(0, { id: 'a', time: 0, by, deed: { verb: 'see', alert: 'a1' } })).toBeNull()
  })

  it('[RO19] puts the override of a roster in place of all, of one, or swaps two', () => {
    const duty = new DutyRoom('UTC')
    duty.read(`${ROUND}
    overrides:
      - { from: 2026-01-05T10:00, to: 2026-01-05T11:00, person: sun }
      - { from: 2026-01-05T12:00, to: 2026-01-05T13:00, person: sun, instead: li }
    swaps:
      - { from: 2026-01-06T00:00, to: 2026-01-07T00:00, people: [li, wang] }
`)
    expect(duty.who('2026-01-05T09:59Z')).toBe('li chen')
    expect(duty.who('2026-01-05T10:00Z')).toBe('sun*')
    expect(duty.who('2026-01-05T11:00Z')).toBe('li chen')
    expect(duty.who('2026-01-05T12:30Z')).toBe('sun* chen')
    expect(duty.who('2026-01-06T09:00Z')).toBe('wang* chen')
    expect(duty.who('2026-01-06T21:00Z')).toBe('li*')
    expect(duty.who('2026-01-06T07:59Z')).toBe('li*')
    expect(duty.who('2026-01-07T00:00Z')).toBe('wang')
  })

  it('[RO20] lets people stand in for each other, the later cover over the earlier', () => {
    const duty = room()
    expect(duty.cover('2026-01-05T07:00Z', DAY, { person: 'sun', instead: 'li' })).toBe('')
    expect(duty.who('2026-01-05T09:00Z')).toBe('sun* chen')
    expect(
      duty.cover('2026-01-05T07:01Z', ['2026-01-05T10:00Z', '2026-01-05T12:00Z'], {
        person: 'wang',
        instead: 'sun',
      }),
    ).toBe('')
    expect(duty.who('2026-01-05T11:00Z')).toBe('wang* chen')
    expect(duty.book.onDuty(0, ms('2026-01-05T09:00Z'))[0]?.until).toBe(ms('2026-01-05T10:00Z'))
    // Who stands in for somebody already there is there once.
    expect(duty.cover('2026-01-05T07:02Z', DAY, { person: 'chen', instead: 'wang' })).toBe('')
    expect(duty.who('2026-01-05T11:00Z')).toBe('chen*')
  })

  it('[RO20] gives an area without a roster to those who take it over', () => {
    const duty = room()
    duty.cover('2026-01-05T07:00Z', DAY, { area: '3201', person: 'li' })
    duty.cover('2026-01-05T07:01Z', DAY, { area: '3201', person: 'wang' })
    expect([duty.who('2026-01-05T09:00Z', '3201'), duty.book.hasRoster(1)]).toEqual(['li* wang*', false])
    expect(duty.who('2026-01-05T20:00Z', '3201')).toBe('')
  })

  it('[RO20] leaves the past as it was', () => {
    const duty = room()
    expect(duty.cover('2026-01-05T10:00Z', DAY, { person: 'sun', instead: 'li' })).toBe('')
    expect([duty.who('2026-01-05T09:59Z'), duty.who('2026-01-05T10:00Z')]).toEqual(['li chen', 'sun* chen'])
    expect(duty.cover('2026-01-05T20:00Z', DAY, { person: 'sun' })).toContain('AL-field to is')
  })

  it.each([
    ['AL-field area is 99, expected an area code of grid 32', { area: '99' }, 'sun'],
    ['AL-field person is lee, expected somebody who may act, perhaps li', { person: 'lee' }, 'sun'],
    ['AL-field person is gast, expected somebody who may act', { person: 'gast' }, 'sun'],
    ['AL-field instead is sun, expected somebody else', { person: 'sun', instead: 'sun' }, 'sun'],
    [
      'AL-role Role officer of li does not permit cover for others',
      { person: 'wang', instead: 'chen' },
      'li',
    ],
    ['AL-role Role officer of li does not permit cover for others', { person: 'li' }, 'li'],
    ['AL-area 32 is outside 3201, which li answers for', { person: 'li', instead: 'chen' }, 'li'],
    ['AL-role Role viewer of gast', { person: 'sun', instead: 'li' }, 'gast'],
    ['AL-area 32 is outside 3201, which chen answers for', { person: 'sun', instead: 'li' }, 'chen'],
  ])('[RO21] refuses a cover: %s', (sentence, cover, who) => {
    expect(room().cover('2026-01-05T07:00Z', DAY, cover, who)).toContain(sentence)
  })

  it.each([
    [{ person: 'li', area: '3201', instead: 'chen' }, 'li'],
    [{ person: 'wang', instead: 'li' }, 'li'],
    [{ person: 'li', area: '3201' }, 'chen'],
    [{ person: 'li' }, 'zhao'],
  ])('[RO21] permits the cover %j to %s', (cover, who) => {
    expect(room().cover('2026-01-05T07:00Z', DAY, cover, who)).toBe('')
  })

  it('[RO22] goes on after a restart as if it had not been', () => {
    const duty = room('America/New_York')
    duty.cover('2026-01-05T07:00Z', DAY, { person: 'sun', instead: 'li' })
    duty.cover('2026-01-05T07:00Z', DAY, { person: 'zhao', instead: 'sun' })
    const before = [...Array(96).keys()].map((hour) => duty.book.onDuty(0, ms(DAY[0]) + hour * 1_800_000))
    duty.restart()
    expect([...Array(96).keys()].map((hour) => duty.book.onDuty(0, ms(DAY[0]) + hour * 1_800_000))).toEqual(
      before,
    )
  })

  it('[RO22] outlives people and areas that the configuration no longer has', () => {
    const duty = room()
    duty.read(
      calendarOf(['SUMMARY:li,sun', 'DTSTART:20260105T080000', 'DURATION:PT8H', 'LOCATION:3202']),
      'two',
    )
    const people = new Map([...PEOPLE].filter(([id]) => id !== 'li'))
    duty.restart({ people })
    expect(duty.who('2026-01-05T09:00Z')).toBe('chen')
    expect(duty.who('2026-01-05T09:00Z', '3202')).toBe('sun')
  })

  it('[RO22] forgets covers once nobody asks for them any more', () => {
    const duty = room()
    duty.cover('2026-01-05T07:00Z', DAY, { person: 'sun', instead: 'li' })
    expect([...duty.state.keys()].filter((key) => key.startsWith('c/'))).toEqual(['c/0mk0vegw0/32/sun/li'])
    duty.cover('2026-05-05T07:00Z', ['2026-05-05T08:00Z', '2026-05-05T09:00Z'], {
      person: 'sun',
      instead: 'li',
    })
    expect([...duty.state.keys()].filter((key) => key.startsWith('c/'))).toHaveLength(1)
  })

  it('[RO23] names the next change, before which the answer stays', () => {
    const duty = new DutyRoom('Europe/London')
    duty.read(ROUND)
    duty.read(
      calendarOf([
        'SUMMARY:sun',
        'DTSTART;TZID=America/New_York:20260101T013000',
        'DURATION:PT3H',
        'RRULE:FREQ=WEEKLY;BYDAY=SU,WE',
        'LOCATION:32',
      ]),
      'watch',
    )
    const at = fc.integer({ min: ms('2025-12-30T00:00Z'), max: ms('2027-01-05T00:00Z') })
    fc.assert(
      fc.property(at, fc.double({ min: 0, max: 1, noNaN: true }), (now, share) => {
        const answer = duty.book.onDuty(0, now)
        const next = duty.book.nextChange(0, now)
        expect(next).toBeGreaterThan(now)
        expect(duty.book.onDuty(0, now + Math.floor((next - now - 1) * share))).toEqual(answer)
        for (const { until } of answer) expect(until).toBeGreaterThanOrEqual(next)
        expect(answer.length).toBeGreaterThan(0)
      }),
    )
  })

  it('[RO24] keeps no more rosters than it says', () => {
    const duty = new DutyRoom('UTC')
    for (let i = 0; i < 256; i++) duty.read(ROUND, `r${i}`)
    expect(duty.read(ROUND, 'one-more')).toBe(
      'RO-size The book of duties has 257 rosters, at most 256 are taken',
    )
    expect(duty.read(ROUND, 'r7')).toBe('')
  })
})
