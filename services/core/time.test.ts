import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { epochMs, epochUnit, isoOf, parseInstant, spell } from './time.ts'

const utf8 = new TextEncoder()
const parse = (text: string) => {
  const bytes = utf8.encode(`"${text}"`)
  return parseInstant(bytes, 1, bytes.length - 1)
}

describe('time', () => {
  it('[OB10] reads ISO 8601 with an offset', () => {
    const noon = Date.UTC(2026, 10, 22, 4, 0, 0)
    for (const text of [
      '2026-11-22T12:00:00+08:00',
      '2026-11-22T12:00:00+0800',
      '2026-11-22T12:00:00+08',
      '2026-11-22 12:00+08:00',
      '2026-11-22t04:00:00z',
      '2026-11-21T23:00:00.000000000-05:00',
      '2026-11-22T09:30:00+05:30',
    ])
      expect([text, parse(text)]).toEqual([text, noon])
    expect(parse('2026-11-22T04:00:00.129Z')).toBe(noon + 129)
    expect(parse('2026-11-22T04:00:00,1299Z')).toBe(noon + 129)
    expect(parse('2016-12-31T23:59:60Z')).toBe(Date.UTC(2017, 0, 1))
    expect(parse('2017-01-01T07:59:60+08:00')).toBe(Date.UTC(2017, 0, 1))
  })

  it('[OB10] refuses what is no instant', () => {
    for (const text of [
      '',
      '2026-11-22',
      '2026-11-22T12:00:00',
      '2026-11-22T12:00:00+15:00',
      '2026-11-22T12:00:00+08:60',
      '2026-11-22T12:00:00+08:0',
      '2026-11-22T12:00:00+8:00',
      '2026-11-22T24:00:00Z',
      '2026-11-22T12:60:00Z',
      '2026-11-22T12:30:60Z',
      '2026-11-22T12:30:61Z',
      '2026-11-31T12:00:00Z',
      '2026-02-29T12:00:00Z',
      '1900-02-29T12:00:00Z',
      '2026-13-01T12:00:00Z',
      '2026-00-01T12:00:00Z',
      '2026-11-00T12:00:00Z',
      '2026-11-22T12:00:00.Z',
      '2026-11-22T12:00:00.1234567890Z',
      '2026-11-22T12:00:00Zx',
      '2026/11/22T12:00:00Z',
      '２026-11-22T12:00:00Z',
      'yesterday at five o’clock',
    ])
      expect([text, parse(text)]).toEqual([text, NaN])
  })

  it('[OB10] agrees with the calendar on every instant', () => {
    const from = Date.UTC(1, 0, 1)
    const to = Date.UTC(9999, 11, 31)
    fc.assert(
      fc.property(fc.integer({ min: from, max: to }), fc.integer({ min: -840, max: 840 }), (ms, minutes) => {
        const local = new Date(ms + minutes * 60_000)
        fc.pre(local.getTime() >= from && local.getTime() <= to)
        const size = Math.abs(minutes)
        const two = (n: number) => String(n).padStart(2, '0')
        const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
        expect(parse(local.toISOString().slice(0, -1) + offset)).toBe(ms)
      }),
    )
  })

  it('[OB11] tells other units of epoch time apart', () => {
    expect(epochMs(1_700_000_000_000.9)).toBe(1_700_000_000_000)
    expect([epochMs(1_700_000_000), epochMs(-1), epochMs(0), epochMs(1e18)]).toEqual([NaN, NaN, NaN, NaN])
    expect([1.7e9, 1.7e15, 1.7e18, 5].map(epochUnit)).toEqual([
      'seconds',
      'microseconds',
      'nanoseconds',
      undefined,
    ])
  })

  it('[OB11] spells lengths of time in two units', () => {
    expect([0, 5, 61_000, 7 * 86_400_000, 3_725_000].map(spell)).toEqual([
      '0 ms',
      '5 ms',
      '1 min 1 s',
      '7 d',
      '1 h 2 min',
    ])
    expect(isoOf(9e15)).toBe('9000000000000000')
  })
})
