import { adjacencyOf, type Shapes } from '../services/core/adjacency.ts'
import type { AreasDocument } from '../services/core/areas.ts'
import { incidentOutline } from '../services/core/incident-outline.ts'
import type { City } from './city.ts'
import { around, type Point } from './shape.ts'

/** How far outside its areas an incident's line runs, as a share of a cell's side. */
const OUTSIDE = 0.45

const known = new WeakMap<AreasDocument, Shapes>()

/** The document as that of which neighbours are found, one for each, so that they are found once. */
function shapesOf(doc: AreasDocument): Shapes {
  let shapes = known.get(doc)
  if (!shapes) {
    const { depths, polygons } = doc
    shapes = { size: depths.length, depths, polygon: (area) => polygons[area] ?? [] }
    known.set(doc, shapes)
  }
  return shapes
}

/**
 * Soft closed lines around a set of areas, one for each piece, the longest first; holes are not drawn, and single calm areas that
 * an incident reaches across are drawn in. Rate: once an incident that moved.
 */
export function linesAround(city: City, areas: readonly number[]): readonly (readonly Point[])[] {
  const shapes = shapesOf(city.doc)
  const adjacency = adjacencyOf(shapes, 0)
  return incidentOutline(
    areas,
    (area) => shapes.polygon(area),
    (area) => adjacency.beside(area),
  )
    .flatMap(([outer]) => (outer === undefined ? [] : [around(outer, city.cellSize * OUTSIDE)]))
    .sort((a, b) => b.length - a.length)
}

/** Sides of an incident at which its number may stand, the first that is free: north-west, south-west, north-east, south-east. */
const SIDES: readonly Point[] = [
  [-1, -1],
  [-1, 1],
  [1, -1],
  [1, 1],
]

/** Where on a line (pixels, y down) a mark of `size` stands clear of those `taken`; where none is free, at the first side. */
export function spotFor(line: readonly Point[], taken: readonly Point[], [wide, high]: Point): Point {
  const far = ([x, y]: Point, [dx, dy]: Point): number => x * dx + y * dy
  const at = (side: Point): Point =>
    line.reduce((best, point) => (far(point, side) > far(best, side) ? point : best), line[0] ?? [0, 0])
  const isFree = ([x, y]: Point): boolean =>
    taken.every(([tx, ty]) => Math.abs(tx - x) >= wide || Math.abs(ty - y) >= high)
  return SIDES.map(at).find(isFree) ?? at([-1, -1])
}
