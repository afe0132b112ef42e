import { describe, expect, it } from 'vitest'
import { irregular } from '../testdata/grid-pieces.ts'
import { smallGrid } from '../testdata/small-city.ts'
import { cellsIn, stageOf } from '../testdata/storms.ts'
import { adjacencyOf } from './adjacency.ts'
import { toAreasDocument } from './areas.ts'
import { createGrid, type MultiPolygon } from './grid.ts'
import { ringArea, shapeArea } from './grid-shape.ts'
import { incidentOutline } from './incident-outline.ts'

const SIDE = 6
const grid = smallGrid(SIDE, SIDE)
const polygonOf = (area: number) => grid.polygon(area)
const beside = (area: number) => adjacencyOf(grid, 0).beside(area)
const cell = (x: number, y: number): number => 1 + SIDE + y * SIDE + x
const sizeOf = (areas: readonly number[], of = polygonOf) =>
  areas.reduce((sum, area) => sum + shapeArea(of(area)), 0)
const rings = (outline: MultiPolygon) => outline.map((part) => part.length)

describe('outline of an incident', () => {
  it('[IC50] is one ring around areas that touch, without what lies between', () => {
    const block = [cell(0, 0), cell(1, 0), cell(0, 1), cell(1, 1)]
    const outline = incidentOutline(block, polygonOf)
    expect(outline).toHaveLength(1)
    expect(outline[0]?.[0]).toHaveLength(5)
    expect(ringArea(outline[0]?.[0] ?? [])).toBeGreaterThan(0)
    expect(shapeArea(outline) / sizeOf(block)).toBeCloseTo(1, 4)
  })

  it('[IC50] has a polygon for each part, and holes', () => {
    const ring = [0, 1, 2]
      .flatMap((y) => [0, 1, 2].map((x) => cell(x, y)))
      .filter((area) => area !== cell(1, 1))
    expect(rings(incidentOutline([...ring, cell(5, 5)], polygonOf))).toEqual([2, 1])
    expect(incidentOutline([], polygonOf)).toEqual([])
  })

  it('[IC51] draws in what closes a notch or joins two parts, and nothing else', () => {
    const notched = [0, 1, 2]
      .flatMap((y) => [0, 1, 2].map((x) => cell(x, y)))
      .filter((area) => area !== cell(1, 1))
    const filled = incidentOutline(notched, polygonOf, beside)
    expect(rings(filled)).toEqual([1])
    expect(shapeArea(filled) / sizeOf([...notched, cell(1, 1)])).toBeCloseTo(1, 4)
    const apart = [cell(0, 3), cell(1, 3), cell(3, 3), cell(4, 3)]
    expect(shapeArea(incidentOutline(apart, polygonOf, beside))).toBeCloseTo(
      sizeOf([...apart, cell(2, 3)]),
      3,
    )
    const corner = [cell(2, 2), cell(3, 2), cell(3, 3)]
    expect(shapeArea(incidentOutline(corner, polygonOf, beside)) / sizeOf(corner)).toBeCloseTo(1, 4)
  })

  it('[IC52] is whole from the rounded polygons that pages have', () => {
    const city = createGrid(irregular(400, 3))
    const { polygons } = toAreasDocument(city)
    const areas = cellsIn(stageOf(city), { x: 9, y: 9, r: 4 })
    const outline = incidentOutline(areas, (area) => polygons[area] ?? [])
    expect(rings(outline)).toEqual([1])
    expect(shapeArea(outline) / sizeOf(areas, (area) => city.polygon(area))).toBeCloseTo(1, 4)
  })
})
