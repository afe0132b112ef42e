import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { area, box, cityOf, irregular, UNIT } from '../testdata/grid-pieces.ts'
import { createGrid, type Grid } from './grid.ts'
import { locateBench } from './locate.bench.ts'
import { Finder } from './locate.ts'

const [WEST, SOUTH] = [118.9, 32.1]
const at = (x: number, y: number): [number, number] => [round(WEST + x * UNIT), round(SOUTH + y * UNIT)]
const round = (degrees: number): number => Math.round(degrees * 1e9) / 1e9

const irregularGrid = fc
  .tuple(fc.integer({ min: 2, max: 120 }), fc.nat(1e6))
  .map(([cells, seed]) => createGrid(irregular(cells, seed)))

/** Corners of an area's outer ring. */
const ringOf = (grid: Grid, cell: number): readonly (readonly [number, number])[] =>
  grid.polygon(cell)[0]?.[0] ?? []

describe('locate', () => {
  it('[GR10] finds the cell of every point inside it', () => {
    fc.assert(
      fc.property(
        irregularGrid,
        fc.nat(),
        fc.nat(),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (grid, nth, corner, share) => {
          const cell = 1 + (nth % (grid.size - 1))
          const ring = ringOf(grid, cell)
          const [x, y] = ring[corner % ring.length] ?? [0, 0]
          // Cells of the lattice are star-shaped about their centre.
          const [cx, cy] = [grid.centres[cell * 2] ?? 0, grid.centres[cell * 2 + 1] ?? 0]
          expect(grid.locate(cx + (x - cx) * share, cy + (y - cy) * share)).toBe(cell)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('[GR11] gives a shared corner to the smallest number', () => {
    fc.assert(
      fc.property(irregularGrid, (grid) => {
        const owners = new Map<string, number>()
        for (let cell = 1; cell < grid.size; cell++)
          for (const corner of ringOf(grid, cell)) {
            const key = corner.join()
            owners.set(key, Math.min(owners.get(key) ?? cell, cell))
          }
        for (const [key, owner] of owners) {
          const [x = 0, y = 0] = key.split(',').map(Number)
          expect(grid.locate(x, y)).toBe(owner)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('[GR11] gives a shared edge to the smaller number', () => {
    const grid = createGrid(
      cityOf([
        area('C', null, null),
        area('C1', 'C', [[box(0, 0, 1, 1)]]),
        area('C2', 'C', [[box(1, 0, 2, 2)]]),
      ]),
    )
    const [x, y] = at(1, 0.5)
    expect(grid.locate(x, y)).toBe(1)
    expect(grid.locate(x + 1e-9, y)).toBe(2)
    expect(grid.locate(...at(1, 1.5))).toBe(2)
  })

  it('[GR11] never loses a point beside a shared edge', () => {
    fc.assert(
      fc.property(
        irregularGrid,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
        (grid, shares) => {
          for (let cell = 1; cell < grid.size; cell++) {
            const ring = ringOf(grid, cell)
            for (const [nth, share] of shares.entries()) {
              const [a, b] = [ring[nth] ?? [0, 0], ring[nth + 1] ?? [0, 0]]
              // Rounding puts it a hair to either side; one of the neighbours has it all the same.
              expect(grid.locate(a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)).toBeGreaterThan(
                0,
              )
            }
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('[GR12] gives a gap to the deepest area around', () => {
    const ring = [box(0, 0, 1, 3), box(2, 0, 3, 3), box(1, 0, 2, 1), box(1, 2, 2, 3)]
    const cells = ring.map((each, nth) => area(`C10${nth}`, 'C1', [[each]], 2))
    const far = area('C201', 'C2', [[box(3, 0, 4, 3)]], 2)
    const grid = createGrid(
      cityOf([area('C', null, null), area('C1', 'C', null, 1), area('C2', 'C', null, 1), ...cells, far]),
    )
    expect(grid.codes[grid.locate(...at(1.5, 1.5))]).toBe('C1')
    const own = createGrid(
      cityOf([
        area('C', null, [[box(0, 0, 9, 9)]]),
        area('C1', 'C', [[box(0, 0, 5, 5)]], 1),
        area('C2', 'C', null, 1),
        ...cells,
        far,
      ]),
    )
    expect(own.codes[own.locate(...at(4.5, 4.5))]).toBe('C1')
    expect(own.codes[own.locate(...at(8, 8))]).toBe('C')
    expect(own.codes[own.locate(...at(3.5, 1))]).toBe('C201')
  })

  it('[GR12] closes slits of a tenth of a millimetre', () => {
    const left: [number, number][] = [at(0, 0), at(1, 0), at(1.3, 1), at(0, 1), at(0, 0)]
    const right: [number, number][] = [
      [at(1, 0)[0] + 5e-10, SOUTH],
      at(2, 0),
      at(2, 1),
      [at(1.3, 1)[0] + 5e-10, at(0, 1)[1]],
    ]
    const grid = createGrid(
      cityOf([
        area('C', null, null),
        area('C1', 'C', [[left]]),
        area('C2', 'C', [[[...right, right[0] ?? [0, 0]]]]),
      ]),
    )
    const [x, y] = at(1.15, 0.5)
    expect(grid.locate(x + 2.5e-10, y)).toBe(1)
  })

  it('[GR13] answers -1 outside and for what is no number', () => {
    for (const grid of [
      createGrid(irregular(20, 1)),
      createGrid(cityOf([area('C', null, null), area('C1', 'C', [[box(0, 0, 1, 1)]])])),
    ]) {
      expect(grid.locate(0, 0)).toBe(-1)
      expect(grid.locate(SOUTH, WEST)).toBe(-1)
      for (const odd of [NaN, Infinity, -Infinity]) {
        expect(grid.locate(odd, SOUTH)).toBe(-1)
        expect(grid.locate(WEST, odd)).toBe(-1)
        expect(grid.locate(odd, odd)).toBe(-1)
      }
    }
  })

  it('[GR14] leaves out holes and takes every part', () => {
    const lake = [...box(1, 1, 2, 2)].reverse()
    const shape = [[box(0, 0, 3, 3), lake], [box(5, 0, 6, 1)]]
    const grid = createGrid(
      cityOf([area('C', null, null), area('C1', 'C', shape), area('C2', 'C', [[box(1, 1, 2, 2)]])]),
    )
    expect(grid.locate(...at(0.5, 1.5))).toBe(1)
    expect(grid.locate(...at(1.5, 1.5))).toBe(2)
    expect(grid.locate(...at(5.5, 0.5))).toBe(1)
    expect(grid.locate(...at(4, 0.5))).toBe(-1)
  })

  it('[GR15] locates squares by arithmetic as by their edges', () => {
    const places = fc.uniqueArray(fc.tuple(fc.nat(7), fc.nat(7)), {
      minLength: 8,
      maxLength: 40,
      selector: String,
    })
    const on = fc.oneof(fc.integer({ min: -1, max: 9 }), fc.double({ min: -1, max: 9, noNaN: true }))
    fc.assert(
      fc.property(places, fc.array(fc.tuple(on, on), { minLength: 30, maxLength: 30 }), (cells, points) => {
        const grid = createGrid(
          cityOf([
            area('C', null, null),
            ...cells.map(([x, y], nth) => area(`C${100 + nth}`, 'C', [[box(x, y, x + 1, y + 1)]])),
          ]),
        )
        const numbers = cells.map((_, nth) => nth + 1)
        const shapes = [[], ...numbers.map((cell) => grid.polygon(cell))]
        const finder = new Finder(numbers, shapes)
        for (const [x, y] of points) {
          const corner = Number.isInteger(x) && Number.isInteger(y)
          const [lon, lat] = corner ? (box(x, y, x + 1, y + 1)[0] ?? at(x, y)) : at(x, y)
          const found = grid.locate(lon, lat)
          expect(found > 0 ? found : -1).toBe(finder.find(lon, lat))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('[GR16] measures points a second among irregular polygons', () => {
    const { pointsPerSecond, spread, polygons } = locateBench(500, 2_000)
    expect(polygons).toBe(500)
    expect(pointsPerSecond).toBeGreaterThan(0)
    expect(spread[0]).toBeLessThanOrEqual(spread[1])
  })
})
