import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cityCommand } from './city.ts'
import { CITIES } from './core/city-list.ts'
import { partitionOf, type Grid } from './core/grid.ts'
import { readGrid } from './core/grid-file.ts'
import { shapeArea } from './core/grid-shape.ts'

const NAMES = [...CITIES.keys()]

const cityOf = (name: string): Grid => {
  const { grid, findings } = readGrid(readFileSync(resolve(`config/cities/${name}.geojson`), 'utf8'), name)
  expect(findings).toEqual([])
  if (grid === null) throw new TypeError(`${name} has no grid`)
  return grid
}
const counts = (grid: Grid): number[] =>
  grid.levels.map((_, depth) => grid.depths.filter((each) => each === depth).length)
const cellsOf = (grid: Grid): number[] =>
  [...grid.depths.keys()].filter((area) => grid.depths[area] === grid.levels.length - 1)

describe('demo cities', () => {
  it.each([
    ['xianlin', [1, 6, 46, 1156], 9 + 2 + 2 + 3],
    ['longgang', [1, 9, 103, 384, 3229], 6 + 3 + 2 + 2 + 2],
    ['dongcheng', [1, 10, 126, 1539], 6 + 3 + 3 + 3],
  ])('[GR60] gives %s its number of areas, without gap or overlap', (name, sizes, digits) => {
    const grid = cityOf(name)
    expect(counts(grid)).toEqual(sizes)
    expect(grid.codes.at(-1)).toMatch(new RegExp(`^\\d{${digits}}$`))
    expect(grid.levels.at(-1)?.id).toBe('cell')
    for (const { zh, en } of grid.names) expect(zh !== '' && en !== '' && !/[一-鿿]/.test(en)).toBe(true)
    expect(grid.units.every((unit) => unit !== '')).toBe(true)
    // One connected outline: no part of the city lies apart.
    for (let area = 0; area < grid.size; area++) expect(grid.polygon(area)).toHaveLength(1)
  })

  it.each(NAMES)('[GR61] makes %s again, byte for byte', (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'qingyu-city-'))
    try {
      cityCommand([name, '--out', join(folder, 'new', 'city.geojson')])
      const made = readFileSync(join(folder, 'new', 'city.geojson'), 'utf8')
      expect(made === readFileSync(resolve(`config/cities/${name}.geojson`), 'utf8')).toBe(true)
      expect(made.length).toBeLessThan(1.5e6)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.each(NAMES)('[GR62] spreads %s over sixteen partitions', (name) => {
    const grid = cityOf(name)
    const cells = cellsOf(grid)
    const load = new Map<number, number>()
    for (const cell of cells) {
      const partition = partitionOf(grid, cell, 16)
      load.set(partition, (load.get(partition) ?? 0) + 1)
    }
    expect(load.size).toBeGreaterThanOrEqual(14)
    expect(Math.max(...load.values())).toBeLessThan((cells.length / 16) * 2.5)
  })

  it('[GR63] keeps cells of Dongcheng near 10,000 m², coded as DB11', () => {
    const grid = cityOf('dongcheng')
    const cells = cellsOf(grid)
    const sizes = cells.map((cell) => shapeArea(grid.polygon(cell)))
    expect(sizes.reduce((sum, size) => sum + size, 0) / sizes.length / 10_000).toBeCloseTo(1, 2)
    expect(Math.min(...sizes)).toBeGreaterThan(7_500)
    expect(Math.max(...sizes)).toBeLessThan(12_500)
    for (const cell of cells) {
      const community = grid.parents[cell] ?? -1
      expect(grid.codes[cell]?.slice(0, 12)).toBe(grid.codes[community])
      const before = cell - 1
      if (grid.parents[before] !== community) continue
      const [dx, dy] = [0, 1].map(
        (axis) => (grid.centres[cell * 2 + axis] ?? 0) - (grid.centres[before * 2 + axis] ?? 0),
      )
      // East in the same row, or a row further south.
      expect((dx ?? 0) > 0 || (dy ?? 0) < 0).toBe(true)
    }
  })

  it('[GR64] refuses an unknown city and bad options', () => {
    expect(() => cityCommand(['atlantis'])).toThrow(/city atlantis is not understood/)
    expect(() => cityCommand([])).toThrow(/city is not understood/)
    expect(() => cityCommand(['xianlin', '--output', 'x'])).toThrow(/not understood/)
    expect(() => cityCommand(['xianlin', '--out', '/dev/null/x.geojson'])).toThrow(
      /cannot be read|cannot be written/,
    )
  })
})
