import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DuplicateFilter } from './duplicate-filter.ts'

const SPAN = 1000

/** A store that takes what the filter writes. */
function storeOf(): Map<string, Uint8Array> & { take(filter: DuplicateFilter, now: number): void } {
  const entries = new Map<string, Uint8Array>()
  return Object.assign(entries, {
    take(filter: DuplicateFilter, now: number) {
      for (const { key, value } of filter.tick(now)) {
        if (value === null) entries.delete(key)
        else entries.set(key, value)
      }
    },
  })
}

describe('duplicate filter', () => {
  it('[WN6] tells a repetition from a new key', () => {
    const filter = new DuplicateFilter(SPAN)
    expect(filter.add(1, 2, 3, 5)).toBe(true)
    expect(filter.add(1, 2, 3, 5)).toBe(false)
    expect(filter.add(2, 2, 3, 5)).toBe(true)
    expect(filter.add(1, 2, 4, 6)).toBe(true)
    expect(filter.add(1, 2, 3, 9)).toBe(false)
  })

  it('[WN6] agrees with a set through growth and restarts', () => {
    const key = fc.tuple(fc.nat(3), fc.nat(40), fc.nat(40), fc.nat(5))
    fc.assert(
      fc.property(fc.array(fc.array(key, { maxLength: 400 }), { minLength: 5, maxLength: 12 }), (ticks) => {
        let filter = new DuplicateFilter(SPAN)
        const store = storeOf()
        const known = new Map<string, number>()
        for (const [tick, keys] of ticks.entries()) {
          for (const [source, high, low, ahead] of keys) {
            const name = `${source}/${high}/${low}`
            const isNew = (known.get(name) ?? -1) < tick
            expect(filter.add(source, high, low, tick + ahead)).toBe(isNew)
            if (isNew) known.set(name, tick + ahead)
          }
          store.take(filter, (tick + 1) * SPAN)
          const next = new DuplicateFilter(SPAN)
          next.forgotten = filter.forgotten
          for (const [name, bytes] of store) next.restore(name, bytes)
          expect(next.size).toBe(filter.size)
          filter = next
        }
      }),
      { numRuns: 20 },
    )
  })

  it('[WN6] forgets keys and their chunks in time', () => {
    const filter = new DuplicateFilter(SPAN)
    const store = storeOf()
    for (let low = 0; low < 2000; low++) filter.add(1, 0, low, 3 + (low % 2))
    store.take(filter, 2500)
    for (let low = 2000; low < 2400; low++) filter.add(1, 0, low, 3)
    store.take(filter, 2600)
    expect(filter.size).toBe(2400)
    store.take(filter, 4000)
    expect(filter.size).toBe(1000)
    expect([...store.keys()].every((key) => key.startsWith('d/4/'))).toBe(true)
    store.take(filter, 5000)
    expect(store.size).toBe(0)
    expect(filter.forgot(4)).toBe(true)
  })

  it('[WN6] restores from views at any address', () => {
    const store = storeOf()
    const filter = new DuplicateFilter(SPAN)
    for (let low = 0; low < 100; low++) filter.add(1, 0, low, 3)
    store.take(filter, 1000)
    for (const shift of [0, 1, 4]) {
      const next = new DuplicateFilter(SPAN)
      for (const [name, bytes] of store)
        next.restore(name, Buffer.concat([Buffer.alloc(shift, 7), bytes, Buffer.of(7)]).subarray(shift, -1))
      expect(next.size).toBe(100)
      expect(next.add(1, 0, 99, 3)).toBe(false)
    }
  })

  it('[WN7] gives up the oldest span at its bound', () => {
    const filter = new DuplicateFilter(SPAN, 100)
    for (let low = 0; low < 100; low++) filter.add(1, 0, low, 10 + Math.floor(low / 50))
    filter.tick(5000)
    expect(filter.size).toBe(100)
    filter.add(1, 0, 100, 12)
    filter.tick(5000)
    expect(filter.size).toBe(51)
    expect([10, 11, 12].map((span) => filter.forgot(span))).toEqual([true, false, false])
  })
})
