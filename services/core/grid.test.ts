import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { area, box, cityOf, irregular, UNIT } from '../testdata/grid-pieces.ts'
import { toAreasDocument } from './areas.ts'
import { QingyuError } from './errors.ts'
import { createGrid, levelIndex, partitionOf, type AreaSpec } from './grid.ts'
import { shapeArea } from './grid-shape.ts'

/** Two streets of two cells each, in a row. */
const row: AreaSpec[] = [
  area('C', null, null),
  area('C1', 'C', null, 1),
  area('C2', 'C', null, 1),
  area('C101', 'C1', [[box(0, 0, 1, 1)]], 2),
  area('C102', 'C1', [[box(1, 0, 2, 1)]], 2),
  area('C201', 'C2', [[box(2, 0, 3, 1)]], 2),
  area('C202', 'C2', [[box(3, 0, 4, 1)]], 2),
]

describe('grid', () => {
  it('[GR1] numbers areas by level, then by code', () => {
    const grid = createGrid(cityOf([...row].reverse()))
    expect(grid.codes).toEqual(['C', 'C1', 'C2', 'C101', 'C102', 'C201', 'C202'])
    expect([...grid.parents]).toEqual([-1, 0, 0, 1, 1, 2, 2])
    expect([...grid.depths]).toEqual([0, 1, 1, 2, 2, 2, 2])
    expect(grid.codes.map((code) => grid.indexOf(code))).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(grid.indexOf('C9')).toBeUndefined()
  })

  it('[GR2] keeps one version for one city in any order', () => {
    const { version } = createGrid(cityOf(row))
    expect(version).toMatch(/^[0-9a-f]{16}$/)
    fc.assert(
      fc.property(fc.shuffledSubarray(row, { minLength: row.length }), (areas) => {
        expect(createGrid(cityOf(areas)).version).toBe(version)
      }),
      { numRuns: 20 },
    )
    expect(createGrid(cityOf(row)).version).toBe('1cf1db9a7c00b8a9')
  })

  it('[GR2] changes the version with codes, parents and shapes', () => {
    const last = row.length - 1
    const variants = [
      row,
      row.with(last, area('C203', 'C2', [[box(3, 0, 4, 1)]], 2)),
      row.with(last, area('C202', 'C1', [[box(3, 0, 4, 1)]], 2)),
      row.with(last, area('C202', 'C2', [[box(3, 0, 4, 2)]], 2)),
      row.slice(0, last),
    ]
    expect(new Set(variants.map((areas) => createGrid(cityOf(areas)).version)).size).toBe(variants.length)
    const renamed = row.map((each) => ({ ...each, name: { zh: '新', en: 'New' }, unit: 'u' }))
    expect(createGrid(cityOf(renamed)).version).toBe(createGrid(cityOf(row)).version)
  })

  it('[GR3] refuses double codes and missing parents', () => {
    const codeOf = (areas: AreaSpec[]): string => {
      try {
        createGrid(cityOf(areas))
        return 'none'
      } catch (error) {
        return error instanceof QingyuError ? error.code : String(error)
      }
    }
    expect(codeOf([...row, area('C202', 'C1', [[box(5, 0, 6, 1)]], 2)])).toBe('GR-duplicate')
    expect(codeOf([...row, area('C901', 'C9', [[box(5, 0, 6, 1)]], 2)])).toBe('GR-parent')
    expect(codeOf([...row, area('C203', 'C101', [[box(5, 0, 6, 1)]], 2)])).toBe('GR-parent')
    expect(codeOf([...row, area('C3', 'C', null, 1)])).toBe('GR-geometry')
  })

  it('[GR4] outlines an area without shape by its children', () => {
    const grid = createGrid(cityOf(row))
    const street = grid.polygon(1)
    expect(street).toHaveLength(1)
    expect(new Set(street[0]?.[0]?.map(String))).toEqual(new Set(box(0, 0, 2, 1).map(String)))
    expect(grid.polygon(0)[0]?.[0]).toHaveLength(5)
    expect(grid.bounds).toEqual([118.9, 32.1, 118.904, 32.101])
  })

  it('[GR4] keeps the area of any irregular city in its outline', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.nat(1e6), (cells, seed) => {
        const grid = createGrid(irregular(cells, seed))
        const leaves = Array.from({ length: cells }, (_, nth) => shapeArea(grid.polygon(nth + 1)))
        const sum = leaves.reduce((all, each) => all + each, 0)
        expect(shapeArea(grid.polygon(0)) / sum).toBeCloseTo(1, 4)
      }),
      { numRuns: 40 },
    )
  })

  it('[GR5] puts each centre inside its own area', () => {
    const bent: [number, number][] = [
      ...box(0, 0, 9, 9).slice(0, 2),
      ...box(8, 8, 9, 9).slice(2, 3),
      ...box(8, 1, 9, 9).slice(0, 1),
      ...box(0, 1, 1, 1).slice(0, 1),
      ...box(0, 0, 9, 9).slice(0, 1),
    ]
    const grid = createGrid(cityOf([area('C', null, null), area('C1', 'C', [[bent]])]))
    expect(grid.locate(grid.centres[2] ?? 0, grid.centres[3] ?? 0)).toBe(1)
  })

  it('[GR6] knows levels by their id, city and cell', () => {
    const levels = ['street', 'grid1', 'block'].map((id) => ({ id, name: { zh: id, en: id } }))
    expect(levelIndex({ levels }, 'grid1')).toBe(1)
    expect(levelIndex({ levels }, 'city')).toBe(0)
    expect(levelIndex({ levels }, 'cell')).toBe(2)
    expect(levelIndex({ levels }, 'village')).toBeUndefined()
  })

  it('[GR7] keeps an area and all below in one partition', () => {
    const grid = createGrid(cityOf(row))
    for (const partitions of [1, 4, 16]) {
      expect(partitionOf(grid, 0, partitions)).toBe(partitions)
      for (let at = 3; at < grid.size; at++)
        expect(partitionOf(grid, at, partitions)).toBe(partitionOf(grid, grid.parents[at] ?? -1, partitions))
    }
  })

  it('[GR8] documents a grid by columns, rounded to 0.1 m', () => {
    const grid = createGrid(cityOf(row))
    const document = toAreasDocument(grid)
    expect(document.grid).toBe(grid.version)
    expect(document.parents).toEqual([-1, 0, 0, 1, 1, 2, 2])
    for (const column of [
      document.codes,
      document.names,
      document.units,
      document.depths,
      document.centres,
      document.polygons,
    ])
      expect(column).toHaveLength(grid.size)
    expect(document.centres[3]).toEqual(
      [118.9 + UNIT / 2, 32.1 + UNIT / 2].map((each) => Math.round(each * 1e6) / 1e6),
    )
    const again: unknown = JSON.parse(JSON.stringify(document))
    expect(again).toEqual(document)
  })
})
