import type { MultiPolygon } from './grid.ts'

/** A corner in WGS 84 degrees, lon before lat. */
export type Position = readonly [number, number]
/** A closed ring: the last position repeats the first. */
export type Ring = readonly Position[]

const RADIANS = Math.PI / 180

/** Metres in a degree of longitude and of latitude at a latitude, on the WGS 84 ellipsoid (series, good to a centimetre). */
export function metresPerDegree(lat: number): readonly [number, number] {
  const phi = lat * RADIANS
  const east = 111_412.84 * Math.cos(phi) - 93.5 * Math.cos(3 * phi) + 0.118 * Math.cos(5 * phi)
  const north = 111_132.92 - 559.82 * Math.cos(2 * phi) + 1.175 * Math.cos(4 * phi)
  return [east, north]
}

/** Signed area of a ring in square degrees; positive when counter-clockwise. */
export function ringArea(ring: Ring): number {
  const origin = ring[0]
  if (origin === undefined) return 0
  let twice = 0
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = ring[i - 1] ?? origin
    const [bx, by] = ring[i] ?? origin
    // Taken from the first corner: products of raw degrees would lose the last four digits.
    twice += (ax - origin[0]) * (by - origin[1]) - (bx - origin[0]) * (ay - origin[1])
  }
  return twice / 2
}

/** Area within a ring in m², scaled at its middle latitude. */
export function ringSize(ring: Ring): number {
  const [, south, , north] = boundsOf([[ring]])
  const [east, up] = metresPerDegree((south + north) / 2)
  return Math.abs(ringArea(ring)) * east * up
}

/** Area of a shape in m²; holes are taken off. */
export function shapeArea(shape: MultiPolygon): number {
  let area = 0
  for (const part of shape)
    for (const [nth, ring] of part.entries()) area += (nth === 0 ? 1 : -1) * ringSize(ring)
  return area
}

/** West, south, east, north of a shape; infinite and inverted when it has no corners. */
export function boundsOf(shape: MultiPolygon): [number, number, number, number] {
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const part of shape)
    for (const [x, y] of part[0] ?? []) {
      if (x < bounds[0]) bounds[0] = x
      if (y < bounds[1]) bounds[1] = y
      if (x > bounds[2]) bounds[2] = x
      if (y > bounds[3]) bounds[3] = y
    }
  return bounds
}

/** True when a point lies inside a part, even-odd; points on an edge may fall either way. */
export function partHolds(part: readonly Ring[], x: number, y: number): boolean {
  let inside = false
  for (const ring of part)
    for (let i = 1; i < ring.length; i++) {
      const [ax, ay] = ring[i - 1] ?? [0, 0]
      const [bx, by] = ring[i] ?? [0, 0]
      if (ay > y !== by > y && x < ax + ((bx - ax) * (y - ay)) / (by - ay)) inside = !inside
    }
  return inside
}

/** Centre of mass; for a flat ring its first corner. */
function centroid(ring: Ring): [number, number] {
  const [ox, oy] = ring[0] ?? [0, 0]
  let [x, y, twice] = [0, 0, 0]
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = [(ring[i - 1]?.[0] ?? ox) - ox, (ring[i - 1]?.[1] ?? oy) - oy]
    const [bx, by] = [(ring[i]?.[0] ?? ox) - ox, (ring[i]?.[1] ?? oy) - oy]
    const cross = ax * by - bx * ay
    twice += cross
    x += (ax + bx) * cross
    y += (ay + by) * cross
  }
  return twice === 0 ? [ox, oy] : [ox + x / (3 * twice), oy + y / (3 * twice)]
}

/** Middle of the widest run of a part along a parallel. */
function widest(part: readonly Ring[], y: number): [number, number] | null {
  const xs: number[] = []
  for (const ring of part)
    for (let i = 1; i < ring.length; i++) {
      const [ax, ay] = ring[i - 1] ?? [0, 0]
      const [bx, by] = ring[i] ?? [0, 0]
      if (ay > y !== by > y) xs.push(ax + ((bx - ax) * (y - ay)) / (by - ay))
    }
  xs.sort((a, b) => a - b)
  let best: [number, number] | null = null
  let width = 0
  for (let i = 1; i < xs.length; i += 2) {
    const [from, to] = [xs[i - 1] ?? 0, xs[i] ?? 0]
    if (to - from > width) [width, best] = [to - from, [(from + to) / 2, y]]
  }
  return best
}

/** A point well inside the largest part: its centroid, or where that falls outside, the middle of its widest run beside it. */
export function centreOf(shape: MultiPolygon): [number, number] {
  let largest: readonly Ring[] = []
  let size = -1
  for (const part of shape) {
    const area = Math.abs(ringArea(part[0] ?? []))
    if (area > size) [size, largest] = [area, part]
  }
  const centre = centroid(largest[0] ?? [])
  return partHolds(largest, centre[0], centre[1]) ? centre : (widest(largest, centre[1]) ?? centre)
}
