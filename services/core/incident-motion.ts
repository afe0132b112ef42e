import type { PathPoint, Trend } from './incident.ts'
import { metresPerDegree } from './grid-shape.ts'

/** A path has its first point and then one for each minute since. */
export const STEP_MS = 60_000
const MOST_POINTS = 60
/** The trend looks back so far, the projection so far, and ahead as far. */
const TREND_MS = 10 * STEP_MS
const PROJECTION_MS = 15 * STEP_MS
/** It grows or shrinks when its area changes by more than this share of its mean over the look back. */
const GROWTH = 0.25
/** It moves when its centre goes further than this share of its radius, watched for at least three minutes. */
const SHIFT = 0.5
const LEAST_MOVING_MS = 3 * STEP_MS
/** A projection needs so many points over so long, and a straight line that explains so much of where they lie (R²). */
const LEAST_POINTS = 5
const LEAST_PROJECTED_MS = 5 * STEP_MS
const LEAST_FIT = 0.8
const MILLION = 1e6

/** Degrees to a millionth (0.1 m), so that the last digits, in which machines differ, stay out of the state. */
export function rounded(degrees: number): number {
  return Math.round(degrees * MILLION) / MILLION
}

/** Number of the minute since birth that a time falls in. */
export function minuteOf(born: number, at: number): number {
  return Math.floor((at - born) / STEP_MS)
}

/** The path with a point more; the minutes since its last one were spent where that lies. */
export function extended(path: readonly PathPoint[], born: number, point: PathPoint): PathPoint[] {
  const last = path.at(-1)
  if (last === undefined) return [point]
  const [from, to] = [minuteOf(born, last.at), minuteOf(born, point.at)]
  // The first point stays: without it nothing is known of the first minute.
  if (from === to && path.length > 1) return [...path.slice(0, -1), point]
  const longer = [...path]
  for (let minute = Math.max(from + 1, to - MOST_POINTS); minute < to; minute++)
    longer.push({ ...last, at: born + minute * STEP_MS })
  longer.push(point)
  return longer.slice(-MOST_POINTS)
}

/** Straight lines through a path by least squares. */
interface Fit {
  readonly points: number
  readonly spanMs: number
  /** Centre at the last point, in metres from it. */
  readonly x: number
  readonly y: number
  /** Metres a ms. */
  readonly vx: number
  readonly vy: number
  /** Share of the scatter of the centres that the line explains, 0–1. */
  readonly r2: number
  /** Mean area, m², and its growth, m² a ms. */
  readonly m2: number
  readonly growth: number
}

function fitOf(path: readonly PathPoint[], from: number): Fit | null {
  const points = path.filter(({ at }) => at >= from)
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last || first === last) return null
  const [east, north] = metresPerDegree(last.lat)
  const rows = points.map(({ at, lon, lat, m2 }) => ({
    t: at - last.at,
    x: (lon - last.lon) * east,
    y: (lat - last.lat) * north,
    m2,
  }))
  const mean = (value: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((sum, row) => sum + value(row), 0) / rows.length
  const [t, x, y, m2] = [
    mean((row) => row.t),
    mean((row) => row.x),
    mean((row) => row.y),
    mean((row) => row.m2),
  ]
  const spread = mean((row) => (row.t - t) ** 2)
  const slope = (value: (row: (typeof rows)[number]) => number): number =>
    mean((row) => (row.t - t) * value(row)) / spread
  const [vx, vy] = [slope((row) => row.x), slope((row) => row.y)]
  const all = mean((row) => (row.x - x) ** 2 + (row.y - y) ** 2)
  return {
    points: rows.length,
    spanMs: last.at - first.at,
    x: x - vx * t,
    y: y - vy * t,
    vx,
    vy,
    r2: all === 0 ? 0 : ((vx ** 2 + vy ** 2) * spread) / all,
    m2,
    growth: slope((row) => row.m2),
  }
}

/** How far its centre goes in the time of the fit, in radii of a disc of its area. */
function shiftOf({ vx, vy, spanMs, m2 }: Fit): number {
  return (Math.hypot(vx, vy) * spanMs) / Math.sqrt(Math.max(m2, 1) / Math.PI)
}

/** What became of it over the last ten minutes of its path: growth before movement. */
export function trendOf(path: readonly PathPoint[]): Trend {
  const fit = fitOf(path, (path.at(-1)?.at ?? 0) - TREND_MS)
  if (fit === null) return 'steady'
  const growth = (fit.growth * fit.spanMs) / Math.max(fit.m2, 1)
  if (growth > GROWTH) return 'growing'
  if (growth < -GROWTH) return 'shrinking'
  return fit.spanMs >= LEAST_MOVING_MS && shiftOf(fit) > SHIFT ? 'moving' : 'steady'
}

/**
 * Where its centre will be in 15 minutes by a straight line through those of the last 15; null where that means nothing: it
 * stands, it has not been watched long enough, or it wanders. What lies before `settled`, when it last merged or split, is
 * left out: then its centre jumped without moving.
 */
export function projectionOf(
  path: readonly PathPoint[],
  settled: number,
): { at: number; lon: number; lat: number } | null {
  const last = path.at(-1)
  const fit = last && fitOf(path, Math.max(settled, last.at - PROJECTION_MS))
  if (!fit || fit.points < LEAST_POINTS || fit.spanMs < LEAST_PROJECTED_MS) return null
  if (fit.r2 < LEAST_FIT || shiftOf(fit) <= SHIFT) return null
  const [east, north] = metresPerDegree(last.lat)
  return {
    at: last.at + PROJECTION_MS,
    lon: rounded(last.lon + (fit.x + fit.vx * PROJECTION_MS) / east),
    lat: rounded(last.lat + (fit.y + fit.vy * PROJECTION_MS) / north),
  }
}
