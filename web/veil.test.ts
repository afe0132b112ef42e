import { describe, expect, it } from 'vitest'
import { ancestorAt, cityOf } from './city.ts'
import { KEPT, retell } from './tidings.ts'
import { blobCity } from './testdata/blob-city.ts'
import { veilOf } from './veil.ts'

// The blob's quarters (areas 1 to 6) are its partition level.
const city = cityOf(blobCity())
const cellsOf = (quarter: number) => city.cells.filter((cell) => ancestorAt(city, cell, 1) === quarter)
const masked = (mask: Uint8Array) => city.cells.filter((cell) => mask[cell] === 1)

describe('veil', () => {
  it('[WA27] covers what is named and all below', () => {
    const veil = veilOf(city, [{ areas: [2, 5], at: 7_000 }])
    const [two, five] = [cellsOf(2), cellsOf(5)]
    expect(masked(veil.mask)).toEqual([...two, ...five].sort((a, b) => a - b))
    expect([veil.cells, veil.mask[0], veil.mask[2], veil.mask[1]]).toEqual([
      two.length + five.length,
      0,
      1,
      0,
    ])
    expect([veil.since(two[0] ?? 0), veil.since(cellsOf(1)[0] ?? 0), veil.since(0)]).toEqual([
      7_000,
      null,
      null,
    ])
    expect(veil).toMatchObject({ oldest: 7_000, even: true, above: null })
    expect(veil.parts).toEqual(two.length >= five.length ? [2, 5] : [5, 2])
  })

  it('[WA27] leaves what lies below the areas above alone', () => {
    const veil = veilOf(city, [{ areas: [0], at: 5_000 }])
    expect(veil).toMatchObject({ cells: 0, parts: [], above: 5_000 })
    expect([veil.since(0), veil.since(1)]).toEqual([5_000, null])
  })

  it('[WA27] tells the oldest of several', () => {
    const veil = veilOf(city, [
      { areas: [1], at: 9_000 },
      { areas: [2], at: 4_000 },
      { areas: [0], at: 3_000 },
    ])
    expect(veil).toMatchObject({ oldest: 4_000, even: false, above: 3_000 })
    expect(veilOf(city, [{ areas: [1], at: 0 }]).since(cellsOf(1)[0] ?? 0)).toBe(0)
  })

  it('[WA27] covers a wall that lies below', () => {
    const part = ancestorAt(city, city.cells[0] ?? 0, 2)
    const below = cityOf(blobCity(), city.doc.codes[part])
    const veil = veilOf(below, [{ areas: [part], at: 1_000 }])
    expect([veil.cells, veil.parts]).toEqual([below.cells.length, [part]])
  })

  it('[WA13] takes nothing from under it for news', () => {
    const [veiled, open] = [cellsOf(2)[0] ?? 0, cellsOf(1)[0] ?? 0]
    const ranks = new Uint8Array(city.doc.codes.length)
    ranks[veiled] = ranks[open] = 4
    const stroke = { areas: Uint32Array.of(veiled, open), before: Uint8Array.of(0, 0), whole: false }
    const rows = retell([], stroke, ranks, city, 9, veilOf(city, [{ areas: [2], at: 1 }]))
    expect(rows.map(({ area }) => area)).toEqual([open])
    expect(rows.length).toBeLessThan(KEPT)
  })
})
