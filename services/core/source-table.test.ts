import { describe, expect, it } from 'vitest'
import type { StateEntry } from './commit.ts'
import { NO_SOURCE, SourceTable, sourceHash } from './source-table.ts'

const apply = (store: Map<string, Uint8Array>, entries: readonly StateEntry[]) => {
  for (const { key, value } of entries) if (value) store.set(key, value)
}

describe('source table', () => {
  it('[WN8] counts a source alive for twice its interval', () => {
    const table = new SourceTable()
    table.hear(table.indexOf('v/a', 1000), 10_000)
    table.hear(table.indexOf('v/desk', 0), 10_000)
    table.tick(12_000)
    expect([table.alive, table.known]).toEqual([2, 2])
    table.tick(12_001)
    expect([table.alive, table.known]).toEqual([1, 2])
    table.hear(table.indexOf('v/a', 1000), 12_500)
    table.tick(13_000)
    expect(table.alive).toBe(2)
    table.tick(10_001 + 86_400_000)
    expect(table.alive).toBe(0)
  })

  it('[WN8] comes back from the state as it was', () => {
    const store = new Map<string, Uint8Array>()
    const table = new SourceTable()
    for (let i = 0; i < 300; i++) {
      const index = table.indexOf(`v/${i}`, 1000)
      if (i % 3 > 0) table.hear(index, 10_000 + i * 10)
      if (i % 50 === 0) apply(store, table.tick(11_000 + i))
    }
    apply(store, table.tick(13_500))
    const again = new SourceTable()
    again.restore(store)
    again.tick(13_500)
    expect([again.alive, again.known]).toEqual([table.alive, table.known])
    expect(again.indexOf('v/299', 1000)).toBe(299)
    expect(again.tick(14_000)).toEqual([])
  })

  it('[WN9] remembers no source beyond its bound', () => {
    const table = new SourceTable(2)
    expect(['a', 'b', 'c', 'a'].map((name) => table.indexOf(name, 0))).toEqual([0, 1, NO_SOURCE, 0])
    table.hear(NO_SOURCE, 5)
    expect([table.alive, table.known]).toEqual([0, 2])
  })

  it('[WN8] hashes a hundred thousand names apart', () => {
    const names = Array.from({ length: 100_000 }, (_, i) => sourceHash(`vendor-${i % 7}/sensor-${i}`))
    expect(new Set(names).size).toBe(names.length)
    expect(names.every((hash) => Number.isSafeInteger(hash) && hash >= 0 && hash < 2 ** 52)).toBe(true)
  })
})
