import { describe, expect, it } from 'vitest'
import { waitBefore } from './backoff.ts'
import { ServerClock, freshness, staleAfter } from './freshness.ts'

const open = { link: 'open', now: 100_000, heard: 99_000, lostAt: 0, tickMs: 1000 } as const

describe('freshness', () => {
  it('[WA3] claims live while ticks come', () => {
    expect(freshness(open)).toBe('live')
  })

  it('[WA3] says stopped within ten seconds of silence', () => {
    expect(freshness({ ...open, heard: 100_000 - 10_000 })).toBe('stopped')
    expect(staleAfter(1000)).toBeLessThanOrEqual(10_000)
  })

  it('[WA3] allows a slow city three of its ticks', () => {
    expect(freshness({ ...open, tickMs: 60_000, heard: 100_000 - 90_000 })).toBe('live')
    expect(freshness({ ...open, now: 300_001, tickMs: 60_000, heard: 100_000 })).toBe('stopped')
  })

  it('[WA3] says cut off once a reconnect is overdue', () => {
    expect(freshness({ ...open, link: 'lost', lostAt: 99_500 })).toBe('live')
    expect(freshness({ ...open, link: 'lost', lostAt: 98_000 })).toBe('cut')
    expect(freshness({ ...open, link: 'connecting', lostAt: 98_000 })).toBe('cut')
  })

  it('[WA3] waits before anything was heard', () => {
    expect(freshness({ ...open, link: 'connecting', heard: 0, now: Number.NaN })).toBe('waiting')
    expect(freshness({ ...open, link: 'lost', heard: 0, now: Number.NaN })).toBe('cut')
  })

  it('[WA4] counts delivery that falls behind as age', () => {
    const clock = new ServerClock()
    clock.hear(1_000_000, 0)
    clock.hear(1_001_000, 9000)
    expect(clock.now(9000) - 1_001_000).toBeGreaterThan(7900)
  })

  it('[WA4] follows a server clock that was set back', () => {
    const clock = new ServerClock()
    clock.hear(10_000_000, 0)
    clock.hear(1_000_000, 1000)
    expect(clock.now(2000)).toBe(1_001_000)
  })

  it('[WA4] knows no time before the first reading', () => {
    expect(new ServerClock().now(5)).toBeNaN()
  })
})

describe('backoff', () => {
  it('[WA5] doubles its wait up to a cap', () => {
    expect([0, 1, 2, 3, 10, 500].map((n) => waitBefore(n, 0.5))).toEqual([
      500, 1000, 2000, 4000, 15_000, 15_000,
    ])
  })

  it('[WA5] spreads waits at the cap by half', () => {
    expect([0, 0.999].map((random) => waitBefore(30, random))).toEqual([7500, 22_485])
  })
})
