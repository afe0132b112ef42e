import type { Grid, MultiPolygon } from '../core/grid.ts'
import { outlineOf, straightened } from '../core/grid-outline.ts'
import type { Position, Ring } from '../core/grid-shape.ts'

/** Bounds of one message: receivers reject what they cannot hold. */
const MOST_POINTS = 200
const MOST_POLYGONS = 20
const MOST_GEOCODES = 100

/** Twice the signed area of a triangle; positive when it turns left. */
const turn = ([ax, ay]: Position, [bx, by]: Position, [cx, cy]: Position): number =>
  (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)

function chain(points: readonly Position[]): Position[] {
  const kept: Position[] = []
  for (const point of points) {
    for (let [a, b] = kept.slice(-2); a && b && turn(a, b, point) <= 0; [a, b] = kept.slice(-2)) kept.pop()
    kept.push(point)
  }
  return kept.slice(0, -1)
}

/** The smallest convex ring around positions, closed and counter-clockwise. */
function hullOf(positions: readonly Position[]): Ring {
  const sorted = positions.toSorted(([ax, ay], [bx, by]) => ax - bx || ay - by)
  const hull = [...chain(sorted), ...chain(sorted.toReversed())]
  return hull[0] === undefined ? [] : [...hull, hull[0]]
}

/**
 * Rings around areas, without their holes. One of too many points becomes its convex hull, too many rings one hull around all:
 * larger than the truth, so that nobody inside is left out.
 */
function ringsOf(shape: MultiPolygon): readonly Ring[] {
  const outer = shape.map(([ring = []]) => straightened(ring))
  const rings = outer.length > MOST_POLYGONS ? [hullOf(outer.flat())] : outer
  return rings
    .map((ring) => (ring.length > MOST_POINTS ? hullOf(ring) : ring))
    .filter(({ length }) => length >= 4)
}

/** A tenth of a metre: what is drawn, and what corners of neighbours must agree in. */
const rounded = (degrees: number) => Math.round(degrees * 1e6) / 1e6
const shapeOf = (grid: Grid, area: number): MultiPolygon =>
  grid
    .polygon(area)
    .map((part) => part.map((ring) => ring.map(([lon, lat]) => [rounded(lon), rounded(lat)] as const)))

/** Polygons of areas as CAP writes them (3.2.4): `lat,lon` pairs, closed, at least four of them. */
export function capPolygons(grid: Grid, areas: readonly number[]): string[] {
  const { shape } = outlineOf(areas.map((area) => shapeOf(grid, area)))
  return ringsOf(shape).map((ring) => ring.map(([lon, lat]) => `${lat},${lon}`).join(' '))
}

/** Official codes of areas, or of those above them where they are too many, each under its level, as `CELL`. */
export function capGeocodes(grid: Grid, areas: readonly number[]): { name: string; code: string }[] {
  let found = [...areas]
  while (found.length > MOST_GEOCODES)
    found = [...new Set(found.map((area) => Math.max(0, grid.parents[area] ?? 0)))]
  return found.map((area) => ({
    name: (grid.levels[grid.depths[area] ?? 0]?.id ?? 'area').toUpperCase(),
    code: grid.codes[area] ?? '',
  }))
}
