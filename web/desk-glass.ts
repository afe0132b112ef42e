import type { Camera } from './labels.ts'

type Point = readonly [number, number]
/** West, south, east, north in degrees. */
export type Bounds = readonly [number, number, number, number]

/** Where a small map looks: its middle in degrees and how many pixels one degree of latitude takes. */
export interface Look {
  readonly lon: number
  readonly lat: number
  readonly scale: number
}

/** Pixels of a degree at most and at least: a street corner, a province. */
const CLOSEST = 4e6
const FARTHEST = 50

/**
 * A flat map for one city: degrees to pixels by one scale, longitudes squeezed at the middle latitude. Over a city this is off
 * by less than a pixel, and it needs no tiles, no workers and no graphics card.
 */
export class Glass implements Camera {
  readonly width: number
  readonly height: number
  readonly look: Look
  readonly #squeeze: number

  constructor(width: number, height: number, look: Look) {
    this.width = width
    this.height = height
    this.look = look
    this.#squeeze = Math.cos((look.lat * Math.PI) / 180)
  }

  /** A glass on which `bounds` lie whole, `margin` pixels inside; at least `roomy` degrees of latitude are seen either way. */
  static around(bounds: Bounds, width: number, height: number, margin: number, roomy = 0): Glass {
    const [west, south, east, north] = bounds
    const [lon, lat] = [(west + east) / 2, (south + north) / 2]
    const squeeze = Math.cos((lat * Math.PI) / 180)
    const across = Math.max((east - west) * squeeze, roomy, 1e-6)
    const [room, rise] = [Math.max(width - 2 * margin, 40), Math.max(height - 2 * margin, 40)]
    const scale = Math.min(room / across, rise / Math.max(north - south, roomy, 1e-6))
    return new Glass(width, height, { lon, lat, scale })
  }

  project(lon: number, lat: number): Point {
    const { look, width, height } = this
    return [
      width / 2 + (lon - look.lon) * this.#squeeze * look.scale,
      height / 2 - (lat - look.lat) * look.scale,
    ]
  }

  /** Lon and lat under a pixel. */
  place(x: number, y: number): Point {
    const { look, width, height } = this
    return [
      look.lon + (x - width / 2) / (this.#squeeze * look.scale),
      look.lat - (y - height / 2) / look.scale,
    ]
  }

  /** What is seen. */
  get bounds(): Bounds {
    const [west, north] = this.place(0, 0)
    const [east, south] = this.place(this.width, this.height)
    return [west, south, east, north]
  }

  /** Moved by so many pixels. */
  panned(dx: number, dy: number): Glass {
    const [lon, lat] = this.place(this.width / 2 - dx, this.height / 2 - dy)
    return new Glass(this.width, this.height, { ...this.look, lon, lat })
  }

  /** Nearer (above 1) or farther, with what lies under the pixel staying there. */
  zoomed(factor: number, x = this.width / 2, y = this.height / 2): Glass {
    const scale = Math.min(CLOSEST, Math.max(FARTHEST, this.look.scale * factor))
    const next = new Glass(this.width, this.height, { ...this.look, scale })
    const [px, py] = next.project(...this.place(x, y))
    return next.panned(x - px, y - py)
  }

  /** The same look on a glass of another size. */
  sized(width: number, height: number): Glass {
    return new Glass(width, height, this.look)
  }
}

/** Points that a drawn line may have at most, its closing one counted; as many as a silence takes. */
export const MOST_CORNERS = 200

/** Distance of a point from the line through two others, in their units. */
function offLine([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay]
  const length = Math.hypot(dx, dy)
  return length === 0 ? Math.hypot(x - ax, y - ay) : Math.abs(dx * (ay - y) - dy * (ax - x)) / length
}

/** Douglas and Peucker: leaves out points that lie nearer than `by` to the line between those that stay. */
function thinned(points: readonly Point[], by: number): readonly Point[] {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || points.length < 3) return points
  let [worst, most] = [0, 0]
  for (let i = 1; i < points.length - 1; i++) {
    const off = offLine(points[i] ?? first, first, last)
    if (off > most) [worst, most] = [i, off]
  }
  if (most <= by) return [first, last]
  return [...thinned(points.slice(0, worst + 1), by).slice(0, -1), ...thinned(points.slice(worst), by)]
}

/**
 * The ring that a finger meant: the way it went over the glass (pixels), closed, with as few corners as tell the same. Null for
 * a way that holds no ground: a tap, or a line there and back.
 */
export function ringOf(way: readonly Point[]): readonly Point[] | null {
  const [first] = way
  if (first === undefined) return null
  let by = 1.5
  let ring: readonly Point[] = []
  do {
    // From the farthest point on, so that the closed line has two ends to be thinned between.
    const far = way.reduce((best, p, i) => {
      const at = way[best] ?? first
      return Math.hypot(p[0] - first[0], p[1] - first[1]) > Math.hypot(at[0] - first[0], at[1] - first[1])
        ? i
        : best
    }, 0)
    const there = thinned(way.slice(0, far + 1), by)
    const back = thinned([...way.slice(far), first], by)
    ring = [...there.slice(0, -1), ...back]
    by *= 1.5
  } while (ring.length > MOST_CORNERS)
  let twice = 0
  for (let i = 1; i < ring.length; i++) {
    const [a, b] = [ring[i - 1] ?? first, ring[i] ?? first]
    twice += a[0] * b[1] - b[0] * a[1]
  }
  return Math.abs(twice) / 2 < 100 ? null : ring
}
