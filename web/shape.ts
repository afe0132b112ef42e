import type { MultiPolygon } from '../services/core/grid.ts'

/** A point, lon and lat in degrees. */
export type Point = readonly [number, number]

/** Gap between neighbouring cells and radius of their corners, as shares of the cell's size. */
const GAP = 0.035
const RADIUS = 0.11

function corner(points: readonly Point[], i: number): readonly [Point, Point, Point] | null {
  const n = points.length
  const [a, b, c] = [points[(i + n - 1) % n], points[i], points[(i + 1) % n]]
  return a && b && c ? [a, b, c] : null
}

function unit(from: Point, to: Point): Point {
  const [x, y] = [to[0] - from[0], to[1] - from[1]]
  const length = Math.hypot(x, y) || 1
  return [x / length, y / length]
}

/** Twice the signed area of an open ring; positive when it runs anticlockwise. */
function doubleArea(points: readonly Point[]): number {
  let sum = 0
  for (let i = 0; i < points.length; i++) {
    const [a, b] = [points[i], points[(i + 1) % points.length]]
    if (a && b) sum += a[0] * b[1] - b[0] * a[1]
  }
  return sum
}

function inset(points: readonly Point[], by: number): Point[] {
  return points.map((point, i) => {
    const found = corner(points, i)
    if (found === null) return point
    const [a, b, c] = found
    const [u, v] = [unit(a, b), unit(b, c)]
    // The inward normals of the two edges; where the corner is sharp, the mitre is cut at twice the gap.
    const [nx, ny] = [-u[1] - v[1], u[0] + v[0]]
    const length = Math.hypot(nx, ny)
    if (length < 1e-9) return point
    const reach = Math.sign(by) * Math.min((2 * Math.abs(by)) / length, 2 * Math.abs(by))
    return [b[0] + (nx / length) * reach, b[1] + (ny / length) * reach]
  })
}

function rounded(points: readonly Point[], radius: number): Point[] {
  const out: Point[] = []
  for (let i = 0; i < points.length; i++) {
    const found = corner(points, i)
    if (found === null) continue
    const [a, b, c] = found
    const before = Math.hypot(b[0] - a[0], b[1] - a[1])
    const after = Math.hypot(c[0] - b[0], c[1] - b[1])
    const r = Math.min(radius, 0.4 * before, 0.4 * after)
    const [u, v] = [unit(b, a), unit(b, c)]
    // Nearly straight: there is no corner to round.
    if (u[0] * v[0] + u[1] * v[1] < -0.94) {
      out.push(b)
      continue
    }
    const [p, q] = [
      [b[0] + u[0] * r, b[1] + u[1] * r],
      [b[0] + v[0] * r, b[1] + v[1] * r],
    ] as const
    out.push([p[0], p[1]], [(p[0] + 2 * b[0] + q[0]) / 4, (p[1] + 2 * b[1] + q[1]) / 4], [q[0], q[1]])
  }
  return out
}

/**
 * One ring of a cell as it is drawn: drawn in by half the gap and rounded at its corners. `ring` is closed, in degrees; a ring
 * too thin for it comes back as it was.
 */
export function tile(ring: readonly Point[], size: number): Point[] {
  const squeeze = Math.cos(((ring[0]?.[1] ?? 0) * Math.PI) / 180)
  const flat = ring.slice(0, -1).map(([lon, lat]): Point => [lon * squeeze, lat])
  if (flat.length < 3) return [...ring]
  if (doubleArea(flat) < 0) flat.reverse()
  const inner = inset(flat, size * GAP)
  const kept = doubleArea(inner) / doubleArea(flat)
  const drawn = rounded(kept > 0.4 && kept < 1 ? inner : flat, size * RADIUS)
  const first = drawn[0]
  return [...drawn, ...(first ? [first] : [])].map(([x, y]) => [x / squeeze, y])
}

/** One corner cutting (Chaikin): each edge keeps its middle half. */
function cut(points: readonly Point[]): Point[] {
  return points.flatMap((a, i): Point[] => {
    const b = points[(i + 1) % points.length] ?? a
    return [
      [(3 * a[0] + b[0]) / 4, (3 * a[1] + b[1]) / 4],
      [(a[0] + 3 * b[0]) / 4, (a[1] + 3 * b[1]) / 4],
    ]
  })
}

/** A closed ring as a soft line around what it held: `by` degrees of latitude outside of it, its corners cut three times. */
export function around(ring: readonly Point[], by: number): Point[] {
  const squeeze = Math.cos(((ring[0]?.[1] ?? 0) * Math.PI) / 180)
  const flat = ring.slice(0, -1).map(([lon, lat]): Point => [lon * squeeze, lat])
  if (flat.length < 3) return [...ring]
  if (doubleArea(flat) < 0) flat.reverse()
  return cut(cut(cut(inset(flat, -by)))).map(([x, y]) => [x / squeeze, y])
}

/** Side of the square with the area of a polygon's outer rings, in degrees of latitude. */
export function sizeOf(polygon: MultiPolygon): number {
  let sum = 0
  for (const part of polygon) {
    const ring = part[0] ?? []
    sum += Math.abs(doubleArea(ring)) * Math.cos(((ring[0]?.[1] ?? 0) * Math.PI) / 180)
  }
  return Math.sqrt(sum / 2)
}

function inRing(ring: readonly Point[], lon: number, lat: number): boolean {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [a, b] = [ring[i], ring[j]]
    if (!a || !b) continue
    if (a[1] > lat !== b[1] > lat && lon < ((b[0] - a[0]) * (lat - a[1])) / (b[1] - a[1]) + a[0])
      inside = !inside
  }
  return inside
}

/** Whether a point lies in a polygon, holes excepted. */
export function holds(polygon: MultiPolygon, lon: number, lat: number): boolean {
  return polygon.some((part) => {
    const [outer, ...holes] = part
    return outer !== undefined && inRing(outer, lon, lat) && !holes.some((hole) => inRing(hole, lon, lat))
  })
}
