import { describe, expect, it } from 'vitest'
import { clock } from '../testdata/timeline.ts'
import { PEOPLE } from '../testdata/people.ts'
import { ToldCity, toldPlan, toldPolicy } from '../testdata/told-city.ts'
import type { Deed } from './action.ts'
import { MOST_OWN, MOST_SUBSCRIPTIONS, SubscriptionBook } from './subscription-book.ts'

const spec = { area: '3201', rank: 2, category: '', schedule: null, channels: ['push'] }
const hours = { days: [1, 2], from: 480, to: 1080, zone: 'Asia/Shanghai' }
/** As it comes from the log: anything may stand in its fields. */
const subscribe = (subscription: unknown) => ({ verb: 'subscribe', subscription }) as Deed
const raised = { state: 'raised', rank: 2, peak: 2 } as const
const defaults = new Map([['officer', { rank: 2, channels: ['desk', 'cap', 'mail'] }]] as const)

function bookOf(most?: number): SubscriptionBook {
  const book = new SubscriptionBook(toldPlan(), toldPolicy(), most)
  book.restore(new Map())
  return book
}

function personCalled(id: string) {
  const person = PEOPLE.get(id)
  if (person === undefined) throw new RangeError(id)
  return person
}

describe('subscriptions', () => {
  it('[NT4] tells people by their role until they subscribe, and again when they have nothing left', () => {
    const city = new ToldCity({ defaults })
    expect(city.alert('a1', raised, 'raised').at('08:00')).toEqual(['li desk raised a1', 'li mail raised a1'])
    expect(city.last?.notices[0]).toMatchObject({ why: 'role' })
    city.act('li', subscribe({ ...spec, rank: 4 })).alert('a2', { ...raised, category: 'air' }, 'raised')
    expect(city.at('08:01')).toEqual([])
    const [own] = city.last?.subscriptions ?? []
    expect(own).toMatchObject({ person: 'li', default: false, id: `s${clock('08:01').toString(36)}-1` })
    city.act('li', { verb: 'unsubscribe', subscription: own?.id ?? '' })
    expect(city.alert('a2', {}, 'graver').at('08:02')).toEqual(['li desk graver a2', 'li mail graver a2'])
    expect(city.last?.unsubscribed).toEqual([own?.id])
    expect([...city.state.keys()].filter((key) => key.startsWith('s/'))).toEqual([])
  })

  it.each([
    ['area', { area: '99' }, '99', 'the code of an area of grid 00112233445566aa'],
    ['area', { area: undefined }, 'missing', 'the code of an area of grid 00112233445566aa'],
    ['rank', { rank: 0 }, 0, 'a rank from 1 to 4'],
    ['rank', { rank: 2.5 }, 2.5, 'a rank from 1 to 4'],
    ['category', { category: 'nois' }, 'nois', 'noise'],
    ['category', { category: 'x '.repeat(9) }, 'a text of 18 characters', 'a category, or empty for all'],
    ['channels', { channels: ['fax'] }, 'fax', 'desk, webhook, mail, push, mqtt'],
    ['channels', { channels: ['cap'] }, 'cap', 'desk, webhook, mail, push, mqtt'],
    ['channels', { channels: [] }, 'a list of 0', 'at least one of desk, webhook, mail, push, mqtt'],
    [
      'schedule.days',
      { schedule: { ...hours, days: [1, 1] } },
      'a list of 2',
      'days from 0 (Sunday) to 6, each once',
    ],
    ['schedule.zone', { schedule: { ...hours, zone: 'UTC' } }, 'UTC', 'Asia/Shanghai'],
    ['schedule.from', { schedule: { ...hours, from: 1440 } }, 1440, 'minutes after midnight, from 0 to 1439'],
    ['schedule.to', { schedule: { ...hours, to: '8' } }, '8', 'minutes after midnight, from 0 to 1439'],
  ])('[NT5] refuses a wrong %s with its value and the fix: %j', (field, part, value, expected) => {
    const city = new ToldCity()
    city.act('li', subscribe({ ...spec, ...part })).at('08:00')
    expect(city.last?.outcomes).toMatchObject([{ code: 'AL-field', parameters: { field, value, expected } }])
    expect(city.last?.audit).toMatchObject([{ verb: 'subscribe', person: 'li', code: 'AL-field' }])
    expect(city.last?.subscriptions).toEqual([])
  })

  it.each([[null], [7], ['all'], [[]], [{}]])('[NT5] refuses %j for a subscription', (nothing) => {
    const city = new ToldCity()
    city.act('li', subscribe(nothing)).at('08:00')
    expect(city.last?.outcomes).toMatchObject([{ code: 'AL-field', parameters: { field: 'area' } }])
  })

  it('[NT5] keeps what was asked in one order of fields, and the same only once', () => {
    const book = bookOf()
    const mixed = {
      channels: ['push', 'desk', 'push'],
      schedule: { zone: hours.zone, to: 1080, from: 480, days: [2, 1] },
    }
    const first = book.subscribe(8, personCalled('li'), {
      ...mixed,
      rank: 1,
      category: '',
      area: '3201',
      more: 1,
    })
    expect(
      book.subscribe(9, personCalled('li'), {
        ...spec,
        rank: 1,
        channels: ['desk', 'push'],
        schedule: hours,
      }),
    ).toBe(first)
    expect(JSON.stringify(book.take().subscriptions)).toBe(
      `[{"id":"s8-1","person":"li","default":false,"area":"3201","rank":1,"category":"","schedule":${JSON.stringify(hours)},"channels":["desk","push"]}]`,
    )
  })

  it('[NT5] takes 50 from one person and no more', () => {
    const book = bookOf()
    const codes = toldPlan().grid.codes
    const wishes = [1, 2, 3, 4].flatMap((rank) => codes.map((area) => ({ ...spec, area, rank })))
    for (const wish of wishes.slice(0, MOST_OWN)) book.subscribe(8, personCalled('li'), wish)
    expect(() => book.subscribe(9, personCalled('li'), wishes[MOST_OWN])).toThrow(
      'subscriptions is 51, expected at most 50 of one person: take one back',
    )
    book.subscribe(9, personCalled('wang'), wishes[MOST_OWN])
  })

  it('[NT5] takes so many from all', () => {
    const book = bookOf(2)
    const first = book.subscribe(8, personCalled('li'), spec)
    book.subscribe(8, personCalled('wang'), spec)
    expect(() => book.subscribe(9, personCalled('sun'), spec)).toThrow(
      'subscriptions is 3, expected at most 2 of all',
    )
    book.unsubscribe(personCalled('li'), first)
    book.subscribe(9, personCalled('sun'), spec)
    expect(MOST_SUBSCRIPTIONS).toBe(500_000)
  })

  it('[NT6] gives nobody a say in the subscriptions of others', () => {
    const city = new ToldCity().act('li', subscribe(spec))
    city.at('08:00')
    const [own] = city.last?.subscriptions ?? []
    city.act('wang', { verb: 'unsubscribe', subscription: own?.id ?? '' }).at('08:01')
    expect(city.last?.outcomes).toMatchObject([{ code: 'AL-unknown', parameters: { what: 'Subscription' } }])
    expect(city.last?.unsubscribed).toEqual([])
  })

  it.each([
    ['gast', subscribe(spec), 'AL-role'],
    ['acme-desk', subscribe(spec), 'AL-role'],
    ['acme-desk', { verb: 'see', alert: 'a1' } as const, 'AL-role'],
    ['gast', { verb: 'silence', silence: {} } as Deed, 'AL-role'],
    ['li', { verb: 'silence', silence: {} } as Deed, 'AL-role'],
    ['li', { verb: 'unsilence', silence: 'q1', comment: '' } as const, 'AL-role'],
  ])('[NT6] keeps to roles: %s, %j', (person, deed, code) => {
    const city = new ToldCity()
    city.act(person, deed).at('08:00')
    expect(city.last?.outcomes).toMatchObject([{ code }])
    expect(city.last?.audit).toMatchObject([{ person, code }])
  })

  it('[NT6] knows nobody who is not registered', () => {
    const city = new ToldCity()
    const stranger = { person: 'stranger', role: 'officer', area: '32', unit: '' } as const
    city.act(stranger, subscribe(spec)).at('08:00')
    expect(city.last?.outcomes).toMatchObject([{ code: 'AL-unknown', parameters: { what: 'Person' } }])
  })

  it('[NT4] tells nobody who has left the register', () => {
    const city = new ToldCity().act('li', subscribe(spec))
    city.at('08:00')
    const book = new SubscriptionBook(city.plan, toldPolicy({ people: new Map() }))
    book.restore(city.state)
    expect(book.match({ area: 4, areas: [4], category: 'noise', rank: 4 }, clock('08:01'))).toEqual([])
  })
})
