import { describe, expect, it } from 'vitest'
import { channelSet } from './channel-set.ts'
import { MOST_IN_DIGEST, RateLimit } from './rate-limit.ts'

const MINUTE = 60_000
const push = channelSet(['push'])
const limitOf = (most = 2) => new RateLimit({ rate: { most, perMs: 10 * MINUTE } })

describe('rate limit', () => {
  it('[NT42] counts from the first message of a period', () => {
    const limit = limitOf()
    const admitted = [5, 6, 7, 14, 15].map((minute) => {
      limit.advance(minute * MINUTE)
      return limit.admit(minute * MINUTE, 'li', false)
    })
    expect(admitted).toEqual([true, true, false, false, true])
    expect(limit.admit(7 * MINUTE, 'wang', false)).toBe(true)
  })

  it('[NT42] begins the next period with the digest', () => {
    const limit = limitOf()
    for (const id of ['a1', 'a2', 'a3']) if (!limit.admit(0, 'li', false)) limit.hold('li', id, 2, push)
    expect(limit.advance(10 * MINUTE)).toEqual([{ person: 'li', alerts: ['a3'], channels: push }])
    expect(limit.admit(11 * MINUTE, 'li', false)).toBe(true)
    expect(limit.admit(12 * MINUTE, 'li', false)).toBe(false)
    expect(limit.advance(20 * MINUTE)).toEqual([])
  })

  it('[NT43] lets pressing messages pass, and counts them', () => {
    const limit = limitOf()
    for (let nth = 0; nth < 5; nth++) expect(limit.admit(0, 'li', true)).toBe(true)
    expect(limit.admit(0, 'li', false)).toBe(false)
  })

  it('[NT44] lists the hundred gravest of what it held, each once', () => {
    const limit = limitOf(1)
    limit.admit(0, 'li', false)
    for (let nth = 0; nth < 150; nth++) limit.hold('li', `a${nth}`, nth === 149 ? 3 : 2, push)
    limit.hold('li', 'a5', 4, channelSet(['mail']))
    limit.hold('li', 'a5', 1, push)
    const [digest] = limit.advance(10 * MINUTE)
    expect(digest?.alerts.length).toBe(MOST_IN_DIGEST)
    expect(digest?.alerts.slice(0, 4)).toEqual(['a5', 'a149', 'a0', 'a1'])
    expect(digest?.channels).toBe(channelSet(['push', 'mail']))
  })

  it('[NT42] has digests in order of people, and none without anything held', () => {
    const limit = limitOf(1)
    for (const person of ['wang', 'chen', 'li']) {
      limit.admit(0, person, false)
      if (person !== 'chen') limit.hold(person, 'a1', 2, push)
    }
    expect(limit.advance(10 * MINUTE).map(({ person }) => person)).toEqual(['li', 'wang'])
    expect(limit.take().map(({ key, value }) => [key, value === null])).toEqual([
      ['b/wang', false],
      ['b/chen', true],
      ['b/li', false],
    ])
  })

  it('[NT42] sets no limit where the period is zero', () => {
    const limit = new RateLimit({ rate: { most: 1, perMs: 0 } })
    expect([1, 2, 3].map((at) => limit.admit(at, 'li', false))).toEqual([true, true, true])
    expect(limit.take()).toEqual([])
  })
})
