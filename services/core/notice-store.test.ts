import { describe, expect, it } from 'vitest'
import { alertOf } from '../testdata/sample-alert.ts'
import { PEOPLE } from '../testdata/people.ts'
import { toldPlan, toldPolicy } from '../testdata/told-city.ts'
import { MOST_KEPT, MOST_QUEUED, NoticeStore, type Draft } from './notice-store.ts'
import { NoticeTeller } from './notice-teller.ts'
import { RateLimit } from './rate-limit.ts'
import { SubscriptionBook } from './subscription-book.ts'

const draft = (part: Partial<Draft> = {}): Draft => ({
  person: 'li',
  channel: 'push',
  occasion: 'raised',
  alerts: ['a1'],
  state: 'queued',
  by: '',
  why: 'duty',
  ...part,
})

describe('notice store', () => {
  it('[NT17] numbers notices by tick', () => {
    const store = new NoticeStore()
    expect([store.add(36, draft()).id, store.add(36, draft()).id, store.add(37, draft()).id]).toEqual([
      'n10-1',
      'n10-2',
      'n11-1',
    ])
  })

  it('[NT51] keeps 5,000 settled notices of an alert, the newest, and all that wait', () => {
    const store = new NoticeStore()
    const waiting = store.add(1, draft())
    for (let nth = 0; nth < MOST_KEPT; nth++) store.add(2, draft({ channel: 'desk', state: 'sent' }))
    expect(store.take(2).entries.length).toBe(MOST_KEPT + 1)
    const one = store.add(3, draft({ channel: 'desk', state: 'sent' }))
    const { notices, entries } = store.take(3)
    expect(notices).toEqual([one])
    expect(entries.map(({ key, value }) => [key, value === null])).toEqual([
      ['n/n3-1', false],
      ['n/n2-1', true],
    ])
    expect(store.get(waiting.id)).toEqual(waiting)
  })

  it('[NT51] counts those settled later', () => {
    const store = new NoticeStore()
    const waiting = store.add(1, draft())
    for (let nth = 0; nth < MOST_KEPT; nth++) store.add(2, draft({ channel: 'desk', state: 'sent' }))
    store.take(2)
    store.settle(3, waiting, 'sent', 'duty', () => true)
    const { notices, entries } = store.take(3)
    expect(notices).toMatchObject([{ id: waiting.id, state: 'sent' }])
    expect(entries).toEqual([{ key: `n/${waiting.id}`, value: null }])
  })

  it('[NT45] suppresses what would wait behind 100,000 others', () => {
    const store = new NoticeStore(100)
    const policy = toldPolicy({
      people: PEOPLE,
      defaults: new Map([['officer', { rank: 1, channels: ['push'] }]]),
    })
    const subscriptions = new SubscriptionBook(toldPlan(), policy)
    const teller = new NoticeTeller(toldPlan(), policy, {
      subscriptions,
      limit: new RateLimit(policy),
      store,
    })
    for (let nth = 1; nth < 100; nth++) store.add(1, draft())
    store.take(1)
    const to = [{ person: 'li', why: 'duty' }] as const
    for (const at of [2, 3])
      teller.tell(at, [{ occasion: 'raised', alert: alertOf({ id: 'a2' }), to, subscribers: false }], '')
    expect(MOST_QUEUED).toBe(100_000)
    expect(store.take(3).notices.map(({ channel, state, by }) => [channel, state, by])).toEqual([
      ['desk', 'sent', ''],
      ['push', 'queued', ''],
      ['desk', 'sent', ''],
      ['push', 'suppressed', 'bound'],
    ])
  })
})
