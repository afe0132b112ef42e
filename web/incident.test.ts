import { describe, expect, it } from 'vitest'
import { cityOf } from './city.ts'
import { countdown } from './format.ts'
import { linesAround, spotFor } from './incident-shape.ts'
import { holds } from './shape.ts'
import { blobCity } from './testdata/blob-city.ts'
import { boardOf } from './testdata/board.ts'
import { ranksOf } from './testdata/scenes.ts'

const city = cityOf(blobCity())
const board = boardOf(city.doc, 'storm', ranksOf(city.doc, 'storm', 0), 1_795_340_000_000)

describe('incidents on the wall', () => {
  it('[WA40] draws one closed line around all areas of an incident and none of those further off', () => {
    for (const { areas } of board.incidents) {
      const lines = linesAround(city, areas)
      const inside = (cell: number): boolean => {
        const [lon, lat] = city.doc.centres[cell] ?? [0, 0]
        return lines.some((line) => holds([[line]], lon, lat))
      }
      expect(areas.length).toBeGreaterThan(4)
      expect(areas.filter((cell) => !inside(cell))).toEqual([])
      const own = new Set(areas)
      const others = city.cells.filter((cell) => !own.has(cell) && inside(cell))
      // Cells that the storm surrounds or reaches across, or in the bend of its line, lie within it.
      expect(others.length).toBeLessThanOrEqual(areas.length / 3)
    }
    expect(linesAround(city, [])).toEqual([])
  })

  it('[WA40] draws a line for each piece of an incident', () => {
    const [first, last] = [city.cells[0] ?? 0, city.cells.at(-1) ?? 0]
    expect(linesAround(city, [first, last]).length).toBe(2)
  })

  it('[WA43] puts numbers at the first side where they stand clear of one another', () => {
    const square = [
      [0, 0],
      [100, 0],
      [100, 100],
      [0, 100],
    ] as const
    expect(spotFor(square, [], [30, 20])).toEqual([0, 0])
    expect(spotFor(square, [[10, 10]], [30, 20])).toEqual([0, 100])
    expect(spotFor(square, [[30, 10]], [30, 20])).toEqual([0, 0])
    expect(spotFor(square, [[29, 19]], [30, 20])).toEqual([0, 100])
    expect(spotFor(square, square, [30, 20])).toEqual([0, 0])
  })

  it.each([
    [252_000, '04:12'],
    [-151_000, '02:31'],
    [3_852_000, '1:04:12'],
    [259_200_000, '3 d'],
    [Number.NaN, '--:--'],
  ])('[WA41] writes %d ms as %s', (ms, text) => expect(countdown(ms, 'en')).toBe(text))
})
