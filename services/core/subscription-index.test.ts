import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toldPlan } from '../testdata/told-city.ts'
import { holds } from './alert-place.ts'
import { channelSet, channelsOf } from './channel-set.ts'
import type { Channel } from './notice.ts'
import { inForce } from './schedule.ts'
import { SubscriptionIndex, type Concern, type Recipient } from './subscription-index.ts'
import type { Subscription } from './subscription.ts'

const { grid } = toldPlan()
const NOON = Date.UTC(2026, 10, 22, 4)
const hours = { days: [0], from: 0, to: 60, zone: 'Asia/Shanghai' }

function subscription(id: string, part: Partial<Subscription> = {}): Subscription {
  const all = { area: '32', rank: 1, category: '', schedule: null, channels: ['push'] as const }
  return { id, person: 'li', default: false, ...all, ...part }
}

function indexOf(subscriptions: readonly Subscription[]): SubscriptionIndex {
  const index = new SubscriptionIndex(grid)
  index.load(subscriptions)
  return index
}

const concern = (part: Partial<Concern> = {}): Concern => ({
  area: 4,
  areas: [4],
  category: 'noise',
  rank: 2,
  ...part,
})

/** Looks at every subscription. */
function scan(
  all: readonly Subscription[],
  { area, areas, category, rank }: Concern,
  at: number,
): Recipient[] {
  const found = new Map<string, { channels: number; resting: number }>()
  for (const each of all) {
    const top = grid.indexOf(each.area) ?? -1
    const concerned =
      each.rank <= rank &&
      (each.category === '' || each.category === category) &&
      [area, ...areas].some((one) => holds(grid, top, one))
    if (!concerned) continue
    const known = found.get(each.person) ?? { channels: 0, resting: 0 }
    const awake = each.schedule === null || inForce(each.schedule, at)
    const set = channelSet(each.channels)
    found.set(each.person, {
      channels: known.channels | (awake ? set : 0),
      resting: known.resting | (awake ? 0 : set),
    })
  }
  return [...found].map(([person, { channels, resting }]) => ({
    person,
    subscription: '',
    channels,
    resting: resting & ~channels,
  }))
}

const anything = fc.array(
  fc.record({
    person: fc.constantFrom('li', 'wang', 'chen', 'sun'),
    area: fc.constantFrom(...grid.codes),
    rank: fc.integer({ min: 1, max: 4 }),
    category: fc.constantFrom('', 'noise', 'air'),
    schedule: fc.constantFrom(null, hours),
    channels: fc.uniqueArray(fc.constantFrom<Channel>('desk', 'push', 'mail'), { minLength: 1 }),
  }),
  { maxLength: 40 },
)
const anyConcern = fc.record({
  area: fc.nat(grid.size - 1),
  areas: fc.uniqueArray(fc.nat(grid.size - 1), { maxLength: 6 }),
  category: fc.constantFrom('noise', 'air', 'water', ''),
  rank: fc.integer({ min: 1, max: 4 }),
})
const withIds = (specs: readonly Omit<Subscription, 'id' | 'default'>[]): Subscription[] =>
  specs.map((spec, nth) => ({ id: `s${nth}`, default: false, ...spec }))
const byPerson = (a: Recipient, b: Recipient): number => (a.person < b.person ? -1 : 1)

describe('subscription index', () => {
  it('[NT1] finds whose subtree holds any area of the alert', () => {
    const index = indexOf([
      subscription('s1', { person: 'li', area: '3201' }),
      subscription('s2', { person: 'wang', area: '3202' }),
      subscription('s3', { person: 'chen', area: '3203' }),
    ])
    const found = index.match(concern({ area: 0, areas: [7, 8] }), NOON)
    expect(found.map(({ person }) => person)).toEqual(['li', 'wang'])
  })

  it('[NT1] asks for rank and category', () => {
    const index = indexOf([
      subscription('s1', { person: 'li', rank: 3 }),
      subscription('s2', { person: 'wang', category: 'air' }),
      subscription('s3', { person: 'chen', category: 'noise', rank: 2 }),
    ])
    expect(index.match(concern(), NOON).map(({ person }) => person)).toEqual(['chen'])
  })

  it('[NT1] answers as a look at every subscription does', () => {
    fc.assert(
      fc.property(anything, anyConcern, fc.nat(1440), (specs, asked, minute) => {
        const all = withIds(specs)
        const at = NOON + minute * 60_000
        const found = indexOf(all)
          .match(asked, at)
          .map((each) => ({ ...each, subscription: '' }))
        expect(found.sort(byPerson)).toEqual(scan(all, asked, at).sort(byPerson))
      }),
    )
  })

  it('[NT2] names each person once, with the channels of all that match', () => {
    const index = indexOf([
      subscription('s1', { area: '32', channels: ['mail'] }),
      subscription('s2', { area: '3201', channels: ['push', 'desk'] }),
    ])
    const [found, ...others] = index.match(concern(), NOON)
    expect(others).toEqual([])
    expect(found?.subscription).toBe('s2')
    expect(channelsOf(found?.channels ?? 0)).toEqual(['desk', 'mail', 'push'])
  })

  it('[NT2] answers in one order, in whichever order they came and went', () => {
    fc.assert(
      fc.property(anything, anyConcern, fc.array(fc.nat()), (specs, asked, order) => {
        const all = withIds(specs)
        const index = new SubscriptionIndex(grid)
        const mixed = all
          .map((each, nth) => ({ each, key: order[nth] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each)
        const passing = subscription('passing', { person: 'sun' })
        index.add(passing)
        for (const each of mixed) index.add(each)
        index.remove(passing)
        expect(index.size).toBe(all.length)
        expect(index.match(asked, NOON)).toEqual(indexOf(all).match(asked, NOON))
      }),
    )
  })

  it('[NT3] tells channels apart that rest now', () => {
    const index = indexOf([
      subscription('s1', { schedule: hours, channels: ['mail', 'push'] }),
      subscription('s2', { channels: ['push'] }),
    ])
    const [found] = index.match(concern(), NOON)
    expect(found).toMatchObject({ subscription: 's2' })
    expect([channelsOf(found?.channels ?? 0), channelsOf(found?.resting ?? 0)]).toEqual([['push'], ['mail']])
  })

  it('[NT1] passes over areas that the grid no longer has', () => {
    const gone = subscription('s1', { area: '99' })
    const index = indexOf([gone])
    index.add(gone)
    index.remove(gone)
    expect(index.size).toBe(0)
    expect(index.match(concern(), NOON)).toEqual([])
  })
})
