import { describe, expect, it } from 'vitest'
import { UNIT, area, box, cityOf, irregular } from '../testdata/grid-pieces.ts'
import { smallGrid } from '../testdata/small-city.ts'
import { adjacencyOf } from './adjacency.ts'
import { layLattice } from './city-lattice.ts'
import { seeded } from './city-random.ts'
import { createGrid, type MultiPolygon } from './grid.ts'

/** Cells A, B, … of these shapes; answers by letter which are beside which. */
function beside(shapes: readonly MultiPolygon[], gapMetres = 0): Record<string, string> {
  const letters = shapes.map((_, nth) => String.fromCharCode(65 + nth))
  const grid = createGrid(
    cityOf([
      area('0', null, [[box(-9, -9, 99, 99)]]),
      ...shapes.map((shape, nth) => area(letters[nth] ?? '', '0', shape)),
    ]),
  )
  const adjacency = adjacencyOf(grid, gapMetres)
  return Object.fromEntries(
    letters.map((letter) => [
      letter,
      [...adjacency.beside(grid.indexOf(letter) ?? 0)].map((other) => grid.codes[other] ?? '').join(''),
    ]),
  )
}

const piece = (...sides: [number, number, number, number]): MultiPolygon => [[box(...sides)]]

describe('adjacency', () => {
  it('[IC40] finds neighbours along edges, not in corners', () => {
    expect(beside([piece(0, 0, 1, 1), piece(1, 0, 2, 1), piece(1, 1, 2, 2)])).toEqual({
      A: 'B',
      B: 'AC',
      C: 'B',
    })
  })

  it('[IC40] finds those beyond a part of a long edge', () => {
    const shapes = [piece(0, 0, 1, 3), piece(1, -1, 2, 1), piece(1, 1, 2, 2), piece(1, 3, 2, 4)]
    expect(beside(shapes)).toEqual({ A: 'BC', B: 'AC', C: 'AB', D: '' })
  })

  it('[IC40] finds the hole of a ring and both parts of what lies in two', () => {
    const outer = [...box(0, 0, 9, 9)]
    const hole = [...box(3, 3, 6, 6)].reverse()
    const ring: MultiPolygon = [[outer, hole]]
    const parted: MultiPolygon = [[box(3, 3, 6, 6)], [box(20, 0, 21, 1)]]
    expect(beside([ring, parted, piece(21, 0, 22, 1)])).toEqual({ A: 'B', B: 'AC', C: 'B' })
  })

  it('[IC41] lets areas touch across a street that is narrow enough', () => {
    // A unit of 0.001° is 111 m from south to north, 94 m from west to east.
    const shapes = [piece(0, 0, 1, 1), piece(0, 1.2, 1, 2), piece(1.25, 1.2, 2, 2)]
    expect(beside(shapes, 20)).toEqual({ A: '', B: '', C: '' })
    expect(beside(shapes, 25)).toEqual({ A: 'B', B: 'AC', C: 'B' })
  })

  it('[IC41] forgives corners that do not quite meet', () => {
    const shifted: MultiPolygon = [[box(1, 0, 2, 1).map(([x, y]): [number, number] => [x + 1e-6, y])]]
    expect(beside([piece(0, 0, 1, 1), shifted])).toEqual({ A: 'B', B: 'A' })
    expect(UNIT).toBe(0.001)
  })

  it('[IC42] agrees with the way a lattice was laid', () => {
    const plots = layLattice({
      centre: [118.9, 32.1],
      cells: 400,
      cell: [100, 87],
      form: 'hexagon',
      stray: 0.13,
      hills: [{ at: [0, 0], radius: [600, 600], height: 1 }],
      random: seeded(5),
    })
    const grid = createGrid(irregular(400, 5))
    const adjacency = adjacencyOf(grid, 0)
    for (const [nth, { neighbours }] of plots.entries())
      expect([...adjacency.beside(nth + 1)]).toEqual(
        [...neighbours].map((other) => other + 1).sort((a, b) => a - b),
      )
  })

  it('[IC42] keeps to areas of one depth and steps from neighbour to neighbour', () => {
    const grid = smallGrid(5, 5)
    const adjacency = adjacencyOf(grid, 0)
    const middle = 6 + 12
    expect([...adjacency.beside(middle)]).toEqual([middle - 5, middle - 1, middle + 1, middle + 5])
    expect(adjacency.within(middle, 2)).toHaveLength(12)
    expect(adjacency.within(middle, 9)).toHaveLength(24)
    expect(adjacencyOf(grid, 0)).toBe(adjacency)
    expect([...adjacency.beside(0)]).toEqual([])
  })
})
