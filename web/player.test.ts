import { describe, expect, it } from 'vitest'
import { playback } from './freshness.ts'
import { PLAYER_WORDS } from './player-words.ts'
import { pageAround, queued, rateBeside } from './player-time.ts'

const HOUR = 3_600_000

describe('player', () => {
  it('[WA52] goes from rate to rate, and no further than the ends', () => {
    expect(rateBeside(1, 1)).toBe(2)
    expect(rateBeside(1, -1)).toBe(1)
    expect(rateBeside(45, 1)).toBe(60)
    expect(rateBeside(45, -1)).toBe(30)
    expect(rateBeside(3600, 1)).toBe('max')
    expect(rateBeside('max', 1)).toBe('max')
    expect(rateBeside('max', -1)).toBe(3600)
  })

  it('[WA52] adds steps up and lets the later of two seeks count', () => {
    const step = (ticks: number) => ({ verb: 'step', body: { ticks } }) as const
    const seek = (at: number) => ({ verb: 'seek', body: { at } }) as const
    expect(queued(queued([], step(1)), step(10))).toEqual([step(11)])
    expect(queued(queued(queued([], seek(1)), seek(2)), step(1))).toEqual([seek(2), step(1)])
    const many = [...Array(40).keys()].reduce<ReturnType<typeof queued>>(
      (waiting, nth) => queued(waiting, nth % 2 === 0 ? step(1) : seek(nth)),
      [],
    )
    expect(many.length).toBe(8)
  })

  it('[WA55] shows all of a short session, and of a long one the page by the clock of the city', () => {
    const from = Date.UTC(2026, 10, 20, 16)
    const short = { from, to: from + 2 * HOUR }
    expect(pageAround(short, from, 1000, 'Asia/Shanghai')).toEqual([short.from, short.to])
    const long = { from, to: from + 72 * HOUR }
    // Ticks of ten seconds: six hours a page, from midnight in Shanghai.
    expect(pageAround(long, from + 7 * HOUR, 10_000, 'Asia/Shanghai')).toEqual([
      from + 6 * HOUR,
      from + 12 * HOUR,
    ])
    // The last page ends where the session does.
    expect(pageAround({ from, to: from + 20 * HOUR }, from + 19 * HOUR, 10_000, 'Asia/Shanghai')).toEqual([
      from + 18 * HOUR,
      from + 20 * HOUR,
    ])
  })

  it('[WA53] calls a session that stands as fresh as ever, and one that plays by its rate', () => {
    const at = { link: 'open', now: 100_000, heard: 20_000, lostAt: 0, tickMs: 60_000, gone: false } as const
    expect(playback({ ...at, session: { state: 'paused', rate: 60 } })).toBe('live')
    expect(playback({ ...at, session: { state: 'ended', rate: 60 } })).toBe('live')
    expect(playback({ ...at, session: { state: 'playing', rate: 1 } })).toBe('live')
    expect(playback({ ...at, session: { state: 'playing', rate: 60 } })).toBe('stopped')
    expect(playback({ ...at, session: { state: 'playing', rate: 'max' } })).toBe('stopped')
    expect(playback({ ...at, heard: 0, session: { state: 'opening', rate: 1 } })).toBe('waiting')
    expect(playback({ ...at, link: 'lost', session: { state: 'paused', rate: 1 } })).toBe('cut')
    expect(playback({ ...at, gone: true, session: { state: 'playing', rate: 1 } })).toBe('cut')
  })

  it('[WA7] has every sentence about a session in both languages alike', () => {
    const parts = (text: string): string => (text.match(/\{\w+\}/g) ?? []).sort().join()
    const words: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = PLAYER_WORDS
    const bad = Object.entries(words).filter(
      ([, { zh, en }]) => zh === '' || en === '' || parts(zh) !== parts(en) || /[\u4e00-\u9fff]/.test(en),
    )
    expect(bad).toEqual([])
  })
})
