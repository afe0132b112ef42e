import { outlineOf } from '../services/core/grid-outline.ts'
import type { City } from './city.ts'
import { around, type Point } from './shape.ts'

/** How far outside its areas an incident's line runs, as a share of a cell's side. */
const OUTSIDE = 0.45

/** Soft closed lines around a set of areas, one for each piece, the longest first; holes are not drawn. Rate: once an incident that moved. */
export function linesAround(city: City, areas: readonly number[]): readonly (readonly Point[])[] {
  const { shape } = outlineOf(areas.map((area) => city.doc.polygons[area] ?? []))
  return shape
    .flatMap(([outer]) => (outer === undefined ? [] : [around(outer, city.cellSize * OUTSIDE)]))
    .sort((a, b) => b.length - a.length)
}
