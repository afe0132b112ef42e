import type { Position } from './grid-shape.ts'

/** An edge with the inside of its area to its left; `layer` 0 for cells, 1 for the area around them. */
export interface SweepEdge {
  readonly from: Position
  readonly to: Position
  readonly layer: 0 | 1
}

/** An edge written lower end first, for sweeping northward. */
interface Upright {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  /** What crossing it from west to east adds to the cover of its layer. */
  readonly step: number
  readonly layer: 0 | 1
}

/** A trapezoid between two edges; `cells` and `around` say how many of each layer cover it. */
export interface Trapezoid {
  readonly south: number
  readonly north: number
  /** West and east at the southern and at the northern side. */
  readonly low: readonly [number, number]
  readonly high: readonly [number, number]
  readonly cells: number
  readonly around: number
}

function upright({ from, to, layer }: SweepEdge): Upright {
  const up = from[1] < to[1]
  const [low, high] = up ? [from, to] : [to, from]
  return { x1: low[0], y1: low[1], x2: high[0], y2: high[1], step: up ? -1 : 1, layer }
}

const along = (edge: Upright, y: number): number =>
  edge.x1 + ((edge.x2 - edge.x1) * (y - edge.y1)) / (edge.y2 - edge.y1)

const side = (edge: Upright, x: number, y: number): number =>
  (edge.x2 - edge.x1) * (y - edge.y1) - (x - edge.x1) * (edge.y2 - edge.y1)

/** True when two edges cross in a point inside both; ends nearer than `slit` (degrees) to the other edge only touch it. */
function cross(a: Upright, b: Upright, slit: number): boolean {
  const least = slit * Math.hypot(a.x2 - a.x1, a.y2 - a.y1)
  const [a1, a2] = [side(a, b.x1, b.y1), side(a, b.x2, b.y2)]
  if (!((a1 > least && a2 < -least) || (a1 < -least && a2 > least))) return false
  const most = slit * Math.hypot(b.x2 - b.x1, b.y2 - b.y1)
  const [b1, b2] = [side(b, a.x1, a.y1), side(b, a.x2, a.y2)]
  return (b1 > most && b2 < -most) || (b1 < -most && b2 > most)
}

function crossingY(a: Upright, b: Upright): number {
  const s1 = side(a, b.x1, b.y1)
  const s2 = side(a, b.x2, b.y2)
  return b.y1 + ((b.y2 - b.y1) * s1) / (s1 - s2)
}

/** Calls `found` for each two edges that cross; `edges` from south to north. Cost: edges × edges at one height. */
function eachCrossing(
  edges: readonly Upright[],
  slit: number,
  found: (a: Upright, b: Upright) => void,
): void {
  const active: Upright[] = []
  for (const edge of edges) {
    keep(active, (other) => other.y2 >= edge.y1)
    const [west, east] = [Math.min(edge.x1, edge.x2), Math.max(edge.x1, edge.x2)]
    for (const other of active)
      if (
        Math.max(other.x1, other.x2) >= west &&
        Math.min(other.x1, other.x2) <= east &&
        cross(edge, other, slit)
      )
        found(edge, other)
    active.push(edge)
  }
}

function keep(list: Upright[], wanted: (edge: Upright) => boolean): void {
  let kept = 0
  for (const edge of list) if (wanted(edge)) list[kept++] = edge
  list.length = kept
}

const bySouth = (a: Upright, b: Upright): number => a.y1 - b.y1

/** A place where two edges cross; null when none do. Edges that touch within `slit` degrees do not cross. */
export function crossingOf(edges: readonly SweepEdge[], slit: number): Position | null {
  let first: Position | null = null
  eachCrossing(edges.map(upright).sort(bySouth), slit, (a, b) => {
    const y = crossingY(a, b)
    first ??= [along(b.y1 === b.y2 ? a : b, y), y]
  })
  return first
}

/**
 * Cuts the plane into trapezoids between edges and tells those whose cover is `wanted`, from south to north, west to east. Exact
 * up to rounding: inside a strip no two edges cross. Cost: strips × edges at one height, so callers leave shared edges out.
 */
export function sweep(
  edges: readonly SweepEdge[],
  wanted: (cells: number, around: number) => boolean,
  visit: (piece: Trapezoid) => void,
): void {
  // A level edge bounds strips, not trapezoids: it counts by its height alone.
  const list = edges.map(upright).sort(bySouth)
  const heights = new Set<number>()
  for (const edge of list) heights.add(edge.y1).add(edge.y2)
  eachCrossing(list, 0, (a, b) => heights.add(crossingY(a, b)))
  const cuts = Float64Array.from(heights).sort()
  const active: Upright[] = []
  let next = 0
  for (let i = 1; i < cuts.length; i++) {
    const [south, north] = [cuts[i - 1] ?? 0, cuts[i] ?? 0]
    keep(active, (edge) => edge.y2 > south)
    for (let edge = list[next]; edge !== undefined && edge.y1 <= south; edge = list[++next])
      if (edge.y2 > south) active.push(edge)
    westToEast(active, (south + north) / 2)
    strip(active, south, north, wanted, visit)
  }
}

/** Insertion sort: from strip to strip little changes its place. */
function westToEast(active: Upright[], y: number): void {
  const xs = active.map((edge) => along(edge, y))
  for (const [i, edge] of active.entries()) {
    const x = xs[i] ?? 0
    let at = i
    for (; at > 0 && (xs[at - 1] ?? 0) > x; at--) {
      xs[at] = xs[at - 1] ?? 0
      active[at] = active[at - 1] ?? edge
    }
    xs[at] = x
    active[at] = edge
  }
}

function strip(
  active: readonly Upright[],
  south: number,
  north: number,
  wanted: (cells: number, around: number) => boolean,
  visit: (piece: Trapezoid) => void,
): void {
  let cells = 0
  let around = 0
  for (let i = 1; i < active.length; i++) {
    const [west, east] = [active[i - 1], active[i]]
    if (west === undefined || east === undefined) return
    if (west.layer === 0) cells += west.step
    else around += west.step
    if (!wanted(cells, around)) continue
    visit({
      south,
      north,
      low: [along(west, south), along(east, south)],
      high: [along(west, north), along(east, north)],
      cells,
      around,
    })
  }
}
