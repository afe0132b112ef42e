import { describe, expect, it } from 'vitest'
import { Fingerprint, seedOf } from './idempotency.ts'

const utf8 = new TextEncoder()

function ofId(text: string): string {
  const fingerprint = new Fingerprint()
  const bytes = utf8.encode(text)
  fingerprint.ofId(bytes, 0, bytes.length)
  return `${fingerprint.high.toString(16)}.${fingerprint.low.toString(16)}`
}

function ofTime(code: string, time: number): string {
  const fingerprint = new Fingerprint()
  fingerprint.ofTime(seedOf(code), time)
  return `${fingerprint.high.toString(16)}.${fingerprint.low.toString(16)}`
}

describe('idempotency', () => {
  it('[OB30] keeps its hashes from version to version', () => {
    // Hashes live in logs and in the duplicate filter: a change here makes a retry count twice across an upgrade.
    expect([ofId('evt-000001'), ofId('事件'), ofTime('pm25', 1_700_000_000_000)]).toMatchInlineSnapshot(`
      [
        "3066da62.88ae8dbd",
        "cadeb43e.2061c0ce",
        "8ab11428.5c4790cc",
      ]
    `)
  })

  it('[OB30] gives a hundred thousand neighbours different hashes', () => {
    const ids = new Set<string>()
    for (let i = 0; i < 50_000; i++) {
      ids.add(ofId(`evt-${i}`))
      ids.add(ofTime('pm25', 1_700_000_000_000 + i))
    }
    expect(ids.size).toBe(100_000)
  })

  it('[OB30] spreads both halves evenly', () => {
    const fingerprint = new Fingerprint()
    const seed = seedOf('pm25')
    const counts = { high: new Uint32Array(256), low: new Uint32Array(256) }
    for (let i = 0; i < 65_536; i++) {
      fingerprint.ofTime(seed, 1_700_000_000_000 + i * 1000)
      const high = fingerprint.high & 255
      const low = fingerprint.low >>> 24
      counts.high[high] = (counts.high[high] ?? 0) + 1
      counts.low[low] = (counts.low[low] ?? 0) + 1
    }
    for (const column of [counts.high, counts.low]) {
      expect(Math.min(...column)).toBeGreaterThan(150)
      expect(Math.max(...column)).toBeLessThan(370)
    }
  })

  it('[OB30] tells indicators and instants apart', () => {
    expect(ofTime('pm25', 1)).not.toBe(ofTime('pm10', 1))
    expect(ofTime('pm25', 1)).not.toBe(ofTime('pm25', 1 + 2 ** 32))
  })
})
