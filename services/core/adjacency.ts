import Flatbush from 'flatbush'
import type { MultiPolygon } from './grid.ts'
import { boundsOf, metresPerDegree, type Position } from './grid-shape.ts'

/** Borders nearer than this are one, metres: coordinates that pass through files are rounded to 0.1 m. */
const TOUCH_METRES = 0.2
/** Neighbours run along each other for at least so long, metres: areas that meet in a corner are none. */
const LEAST_METRES = 1

/** What neighbours are found from: a grid, or the columns that pages have of it. */
export interface Shapes {
  readonly size: number
  readonly depths: ArrayLike<number>
  polygon(area: number): MultiPolygon
}

/** Which areas of one depth lie beside each other. Lists are computed when first asked for and kept: at most one for each area. */
export interface Adjacency {
  /** Areas that run along an area's border within the gap, ascending, without itself. */
  beside(area: number): Int32Array
  /** Areas within so many steps from neighbour to neighbour, ascending, without itself. `steps` is at least 1. */
  within(area: number, steps: number): Int32Array
}

const known = new WeakMap<Shapes, Map<number, Adjacency>>()

/** Neighbours in a grid where areas whose borders lie at most `gapMetres` apart touch; one for each grid and gap. */
export function adjacencyOf(grid: Shapes, gapMetres: number): Adjacency {
  let byGap = known.get(grid)
  if (!byGap) known.set(grid, (byGap = new Map<number, Adjacency>()))
  let adjacency = byGap.get(gapMetres)
  if (!adjacency) byGap.set(gapMetres, (adjacency = new Neighbourhood(grid, gapMetres)))
  return adjacency
}

/** A straight piece of border in metres from a place near it. */
type Edge = readonly [ax: number, ay: number, bx: number, by: number]

/** Boxes of the areas of one depth. */
interface Layer {
  readonly tree: Flatbush
  readonly areas: readonly number[]
}

class Neighbourhood implements Adjacency {
  readonly #grid: Shapes
  readonly #gap: number
  readonly #layers = new Map<number, Layer | null>()
  /** Lists by steps, then area; each is read many times a tick, so arrays and not maps. */
  readonly #lists: (Int32Array | undefined)[][] = []

  constructor(grid: Shapes, gapMetres: number) {
    this.#grid = grid
    this.#gap = Math.max(gapMetres, TOUCH_METRES)
  }

  beside(area: number): Int32Array {
    return this.within(area, 1)
  }

  within(area: number, steps: number): Int32Array {
    const lists = (this.#lists[steps] ??= Array.from<Int32Array | undefined>({ length: this.#grid.size }))
    return (lists[area] ??= steps <= 1 ? this.#find(area) : this.#walk(area, steps))
  }

  #walk(area: number, steps: number): Int32Array {
    const reached = new Set([area])
    let rim: Iterable<number> = [area]
    for (let step = 0; step < steps; step++) {
      const next: number[] = []
      for (const at of rim)
        for (const other of this.beside(at))
          if (!reached.has(other)) {
            reached.add(other)
            next.push(other)
          }
      rim = next
    }
    reached.delete(area)
    return Int32Array.from(reached).sort()
  }

  #find(area: number): Int32Array {
    const layer = this.#layer(this.#grid.depths[area] ?? 0)
    const shape = this.#grid.polygon(area)
    if (layer === null || shape.length === 0) return new Int32Array(0)
    const [west, south, east, north] = boundsOf(shape)
    const scale = scaleAt((south + north) / 2)
    const [dx, dy] = [this.#gap / scale[0], this.#gap / scale[1]]
    const found: number[] = []
    for (const nth of layer.tree.search(west - dx, south - dy, east + dx, north + dy)) {
      const other = layer.areas[nth] ?? area
      // The smaller one asks, so that both answer the same.
      const pair = area < other ? ([area, other] as const) : ([other, area] as const)
      if (other !== area && this.#touch(pair[0], pair[1])) found.push(other)
    }
    return Int32Array.from(found).sort()
  }

  #layer(depth: number): Layer | null {
    const made = this.#layers.get(depth)
    if (made !== undefined) return made
    const areas: number[] = []
    const { size, depths } = this.#grid
    for (let area = 0; area < size; area++)
      if (depths[area] === depth && this.#grid.polygon(area).length > 0) areas.push(area)
    const tree = areas.length === 0 ? null : new Flatbush(areas.length)
    for (const area of areas) tree?.add(...boundsOf(this.#grid.polygon(area)))
    tree?.finish()
    const layer = tree && { tree, areas }
    this.#layers.set(depth, layer)
    return layer
  }

  /** Whether borders of two areas run along each other within the gap. */
  #touch(a: number, b: number): boolean {
    const [one, two] = [this.#grid.polygon(a), this.#grid.polygon(b)]
    const [from, to] = [boundsOf(one), boundsOf(two)]
    const scale = scaleAt((from[1] + from[3] + to[1] + to[3]) / 4)
    const origin: Position = [from[0], from[1]]
    const here = edgesNear(one, to, origin, scale, this.#gap)
    const there = edgesNear(two, from, origin, scale, this.#gap)
    let length = 0
    for (const edge of here)
      for (const other of there) {
        length += along(edge, other, this.#gap)
        if (length >= LEAST_METRES) return true
      }
    return false
  }
}

/** Rounded to nine digits: cosines differ in the last one between engines. */
function scaleAt(lat: number): readonly [number, number] {
  const [east, north] = metresPerDegree(lat)
  return [Number(east.toPrecision(9)), Number(north.toPrecision(9))]
}

/** Edges of a shape that come within `gap` metres of a box of degrees, in metres from `origin`. */
function edgesNear(
  shape: MultiPolygon,
  box: readonly [number, number, number, number],
  origin: Position,
  scale: Position,
  gap: number,
): Edge[] {
  const x = (lon: number): number => (lon - origin[0]) * scale[0]
  const y = (lat: number): number => (lat - origin[1]) * scale[1]
  const [west, south, east, north] = [x(box[0]) - gap, y(box[1]) - gap, x(box[2]) + gap, y(box[3]) + gap]
  const edges: Edge[] = []
  for (const part of shape)
    for (const ring of part)
      for (let i = 1; i < ring.length; i++) {
        const [from, to] = [ring[i - 1] ?? origin, ring[i] ?? origin]
        const [ax, ay, bx, by] = [x(from[0]), y(from[1]), x(to[0]), y(to[1])]
        const outside =
          (ax < west && bx < west) ||
          (ax > east && bx > east) ||
          (ay < south && by < south) ||
          (ay > north && by > north)
        if (!outside) edges.push([ax, ay, bx, by])
      }
  return edges
}

/** Length of the part of an edge beside which another runs within `gap`, metres. */
function along([ax, ay, bx, by]: Edge, [cx, cy, dx, dy]: Edge, gap: number): number {
  const length = Math.hypot(bx - ax, by - ay)
  if (length === 0) return 0
  const [ux, uy] = [(bx - ax) / length, (by - ay) / length]
  // The other edge in the frame of this one: `s` along it, `t` beside it.
  let [s, t] = [(cx - ax) * ux + (cy - ay) * uy, (cy - ay) * ux - (cx - ax) * uy]
  let [s2, t2] = [(dx - ax) * ux + (dy - ay) * uy, (dy - ay) * ux - (dx - ax) * uy]
  if (t > t2) [s, t, s2, t2] = [s2, t2, s, t]
  if (t > gap || t2 < -gap) return 0
  const at = (level: number): number => (t2 === t ? s : s + ((s2 - s) * (level - t)) / (t2 - t))
  const from = t < -gap ? at(-gap) : s
  const to = t2 > gap ? at(gap) : s2
  return Math.max(0, Math.min(Math.max(from, to), length) - Math.max(Math.min(from, to), 0))
}
