import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alertOf } from '../testdata/sample-alert.ts'
import { clock } from '../testdata/timeline.ts'
import { ToldCity } from '../testdata/told-city.ts'
import { smallestAround } from './alert-place.ts'
import type { AlertEvent } from './alert-event.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { AlertState } from './alert.ts'
import type { Deed } from './action.ts'
import type { Notice, Occasion } from './notice.ts'

const MINUTE = 60_000
const START = clock('08:00')

const area = fc.constantFrom('32', '3201', '3202', '3201001', '3202002')
const deed: fc.Arbitrary<readonly [string, Deed]> = fc.tuple(
  fc.constantFrom('li', 'wang', 'chen', 'sun', 'gast'),
  fc.oneof(
    fc.record({
      verb: fc.constant('subscribe' as const),
      subscription: fc.record({
        area,
        rank: fc.integer({ min: 1, max: 4 }),
        category: fc.constantFrom('', 'noise'),
        schedule: fc.constantFrom(null, { days: [0], from: 970, to: 980, zone: 'Asia/Shanghai' }),
        channels: fc.uniqueArray(fc.constantFrom('desk' as const, 'push' as const, 'mail' as const), {
          minLength: 1,
        }),
      }),
    }),
    fc.record({
      verb: fc.constant('silence' as const),
      silence: fc.record({
        reason: fc.constant('works'),
        from: fc.integer({ min: START, max: START + 20 * MINUTE }),
        until: fc.integer({ min: START + 10 * MINUTE, max: START + 40 * MINUTE }),
        area,
        ring: fc.constant([]),
        category: fc.constantFrom('', 'noise'),
        most: fc.integer({ min: 1, max: 4 }),
      }),
    }),
    fc.record({
      verb: fc.constant('unsilence' as const),
      silence: fc.nat(40).map((minute) => `q${(START + minute * MINUTE).toString(36)}-1`),
      comment: fc.constant(''),
    }),
    fc.record({
      verb: fc.constant('unsubscribe' as const),
      subscription: fc.nat(40).map((minute) => `s${(START + minute * MINUTE).toString(36)}-1`),
    }),
    fc.record({ verb: fc.constant('see' as const), alert: fc.constantFrom('a0', 'a1', 'a2') }),
  ),
)
const change = fc.record({
  nth: fc.nat(5),
  areas: fc.uniqueArray(fc.nat(15), { minLength: 1, maxLength: 3 }),
  rank: fc.integer({ min: 1, max: 4 }),
  state: fc.constantFrom<AlertState>('raised', 'raised', 'acknowledged', 'closed'),
  ended: fc.constantFrom(null, null, START),
  occasions: fc.array(
    fc.tuple(
      fc.constantFrom<Occasion>('raised', 'graver', 'escalated', 'dispatched', 'warning', 'closed'),
      fc.uniqueArray(fc.constantFrom('li', 'wang', 'nobody'), { maxLength: 2 }),
      fc.boolean(),
    ),
    { maxLength: 3 },
  ),
})
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never
const minute = fc.record({
  deeds: fc.array(deed, { maxLength: 2 }),
  changes: fc.uniqueArray(change, { maxLength: 3, selector: ({ nth }) => nth }),
  delivers: fc.boolean(),
})
type Minute = typeof minute extends fc.Arbitrary<infer Value> ? Value : never
const day = fc.array(minute, { minLength: 5, maxLength: 30 })

const policy: Partial<AlertPolicy> = {
  repeatMs: 5 * MINUTE,
  rate: { most: 3, perMs: 7 * MINUTE },
  defaults: new Map([['officer', { rank: 2, channels: ['desk', 'push'] }]]),
  maintenance: [
    {
      name: 'pump',
      area: '3202',
      category: '',
      schedule: { days: [0], from: 965, to: 972, zone: 'Asia/Shanghai' },
    },
  ],
}

/** Lets a minute happen; the answer is what was told of which alert to whom by office. */
function play(city: ToldCity, { deeds, changes, delivers }: Minute, at: number): AlertEvent[] {
  for (const [person, each] of deeds) city.act(person, each)
  if (delivers)
    for (const key of [...city.state.keys()].filter((each) => each.startsWith('n/')).slice(0, 3))
      city.act('', {
        verb: 'delivery',
        notice: key.slice(2),
        channel: 'push',
        state: 'sent',
        why: '',
        attempts: 1,
      })
  const events = changes.flatMap((each) => happen(city, each))
  city.at(at)
  return events
}

function happen(city: ToldCity, { nth, areas, rank, state, ended, occasions }: Change): AlertEvent[] {
  const sorted = [...areas].sort((a, b) => a - b)
  const part = { areas: sorted, area: smallestAround(city.plan.grid, sorted), rank, state, ended }
  const known = city.open.get(`a${nth}`)
  if (known === undefined && state === 'closed') return []
  city.alert(`a${nth}`, { ...part, onDuty: ['wang'], peak: Math.max(rank, known?.peak ?? 0) })
  return occasions.map(([occasion, persons, subscribers]) => {
    const to = persons.map((person) => ({ person, why: 'duty' as const }))
    const event = { to, subscribers }
    city.alert(`a${nth}`, {}, occasion, event)
    return { occasion, alert: alertOf({ ...part, id: `a${nth}` }), ...event }
  })
}

const keyOf = ({ person, channel, alerts, occasion }: Notice) =>
  [person, channel, occasion, ...alerts].join(' ')

describe('the law of telling', () => {
  it('[NT50] says and stores the same bytes with a restart before every tick', () => {
    fc.assert(
      fc.property(day, (minutes) => {
        const [whole, parts] = [new ToldCity(policy), new ToldCity(policy, true)]
        for (const [nth, each] of minutes.entries()) {
          for (const city of [whole, parts]) play(city, each, START + nth * MINUTE)
          const [one, other] = [whole, parts].map(({ last }) =>
            JSON.stringify({ ...last, muted: [...(last?.muted ?? [])], entries: last?.entries.map(String) }),
          )
          expect(other).toBe(one)
          expect([...parts.state].map(String)).toEqual([...whole.state].map(String))
        }
      }),
    )
  })

  it('[NT52] makes one notice a person, channel and event, and none twice', () => {
    fc.assert(
      fc.property(day, (minutes) => {
        const city = new ToldCity(policy)
        for (const [nth, each] of minutes.entries()) {
          const at = START + nth * MINUTE
          const events = play(city, each, at)
          const made = (city.last?.notices ?? []).filter((notice) => notice.at === at)
          const keys = made.map(keyOf)
          expect(new Set(keys).size).toBe(keys.length)
          for (const { occasion, alert, to } of events)
            for (const { person } of to) expect(keys).toContain(`${person} desk ${occasion} ${alert.id}`)
          for (const { state, by, settled } of made) {
            expect(by !== '').toBe(state === 'suppressed')
            expect(settled === null).toBe(state === 'queued')
          }
        }
      }),
    )
  })

  it('[NT52] forgets everything about alerts that are closed and told', () => {
    fc.assert(
      fc.property(day, (minutes) => {
        const city = new ToldCity(policy)
        for (const [nth, each] of minutes.entries()) play(city, each, START + nth * MINUTE)
        for (const id of city.open.keys()) city.alert(id, { state: 'closed' }, 'closed')
        city.at(START + 40 * MINUTE)
        city.at(START + 60 * MINUTE)
        for (const key of [...city.state.keys()].filter((each) => each.startsWith('n/')))
          city.act('', {
            verb: 'delivery',
            notice: key.slice(2),
            channel: 'push',
            state: 'sent',
            why: '',
            attempts: 1,
          })
        city.at(START + 80 * MINUTE)
        expect([...city.state.keys()].filter((key) => /^[nub]\//.test(key))).toEqual([])
      }),
    )
  })
})
