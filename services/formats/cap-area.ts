import type { Grid, MultiPolygon } from '../core/grid.ts'
import { boundsOf, type Position, type Ring } from '../core/grid-shape.ts'
import { incidentOutline } from '../core/incident-outline.ts'

/** Bounds of one message: receivers reject what they cannot hold. */
const MOST_POINTS = 200
const MOST_POLYGONS = 20
const MOST_GEOCODES = 100
/** Corners of all areas that are merged into one outline; beyond, as with coasts drawn to the metre, each area is its hull. */
const MOST_CORNERS = 10_000

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

/** The smallest convex ring around positions, closed and counter-clockwise; the box around them where that has too many corners. */
function hullOf(positions: readonly Position[]): Ring {
  const sorted = positions.toSorted(([ax, ay], [bx, by]) => ax - bx || ay - by)
  const hull = [...chain(sorted), ...chain(sorted.toReversed())]
  if (hull.length < MOST_POINTS) return close(hull)
  const [west, south, east, north] = boundsOf([[hull]])
  return close([
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ])
}

const close = (open: readonly Position[]): Ring => [...open, ...open.slice(0, 1)]

/**
 * Rings around areas, without their holes. One of too many points becomes its convex hull, too many rings one hull around all:
 * larger than the truth, so that nobody inside is left out.
 */
function ringsOf(shape: MultiPolygon): readonly Ring[] {
  const outer = shape.map(([ring = []]) => ring)
  const rings = outer.length > MOST_POLYGONS ? [hullOf(outer.flat())] : outer
  return rings
    .map((ring) => (ring.length > MOST_POINTS ? hullOf(ring) : ring))
    .filter(({ length }) => length >= 4)
}

/** A tenth of a metre. */
const degrees = (value: number) => String(Math.round(value * 1e6) / 1e6)

/** Polygons of areas as CAP writes them (3.2.4): `lat,lon` pairs, closed, at least four of them. */
export function capPolygons(grid: Grid, areas: readonly number[]): string[] {
  const shapes = areas.map((area) => grid.polygon(area))
  const corners = shapes.reduce((sum, shape) => sum + shape.reduce((n, part) => n + part.flat().length, 0), 0)
  const outline =
    corners > MOST_CORNERS
      ? shapes.map((shape) => [hullOf(shape.flat(2)).map(([lon, lat]): [number, number] => [lon, lat])])
      : incidentOutline(areas, (area) => grid.polygon(area))
  return ringsOf(outline).map((ring) => ring.map(([lon, lat]) => `${degrees(lat)},${degrees(lon)}`).join(' '))
}

/** Official codes of areas, or of those above them where they are too many, each under its level, as `CELL`. */
export function capGeocodes(grid: Grid, areas: readonly number[]): (readonly [string, string])[] {
  let found = [...areas]
  while (found.length > MOST_GEOCODES)
    found = [...new Set(found.map((area) => Math.max(0, grid.parents[area] ?? 0)))]
  return found.map((area) => {
    const level = grid.levels[grid.depths[area] ?? 0]?.id ?? 'area'
    return [level.toUpperCase(), grid.codes[area] ?? ''] as const
  })
}
