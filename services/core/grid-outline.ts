import type { MultiPolygon } from './grid.ts'
import { metresPerDegree, partHolds, ringArea, type Position, type Ring } from './grid-shape.ts'

/** Rings of less than this many m² come from corners that do not quite meet and are left out of an outline. */
const SMALLEST_RING = 0.5
/** Corners one grid may have: two of their numbers make one exact double. */
const MOST_CORNERS = 2 ** 26

/** Numbers corners, so that an edge is one number. */
class Corners {
  readonly positions: Position[] = []
  private readonly numbers = new Map<string, number>()

  number([x, y]: Position): number {
    const key = `${x} ${y}`
    const known = this.numbers.get(key)
    if (known !== undefined) return known
    if (this.positions.length >= MOST_CORNERS) throw new RangeError(`more than ${MOST_CORNERS} corners`)
    this.numbers.set(key, this.positions.length)
    return this.positions.push([x, y]) - 1
  }
}

/** Edges from corner to corner, each with how often it is there; an edge and its reverse cancel. */
class Border {
  readonly edges = new Map<number, number>()

  add(from: number, to: number): void {
    const reverse = this.edges.get(to * MOST_CORNERS + from)
    if (reverse === 1) this.edges.delete(to * MOST_CORNERS + from)
    else if (reverse !== undefined) this.edges.set(to * MOST_CORNERS + from, reverse - 1)
    else this.edges.set(from * MOST_CORNERS + to, (this.edges.get(from * MOST_CORNERS + to) ?? 0) + 1)
  }

  addShape(shape: MultiPolygon, corners: Corners): void {
    for (const part of shape)
      for (const [nth, ring] of part.entries()) {
        const forward = ringArea(ring) > 0 === (nth === 0)
        for (let i = 1; i < ring.length; i++) {
          const a = corners.number(ring[i - 1] ?? [0, 0])
          const b = corners.number(ring[i] ?? [0, 0])
          if (a !== b) this.add(forward ? a : b, forward ? b : a)
        }
      }
  }
}

/** Edges of shapes that are not shared by two of them, as pairs of positions with the inside to the left. */
export function openEdges(shapes: Iterable<MultiPolygon>): (readonly [Position, Position])[] {
  const corners = new Corners()
  const border = new Border()
  for (const shape of shapes) border.addShape(shape, corners)
  const open: (readonly [Position, Position])[] = []
  for (const [edge, times] of border.edges) {
    const from = corners.positions[Math.floor(edge / MOST_CORNERS)]
    const to = corners.positions[edge % MOST_CORNERS]
    if (from && to) for (let i = 0; i < times; i++) open.push([from, to])
  }
  return open
}

/** Counter-clockwise turn from one direction to another, (−π, π]. */
function turn(a: Position, b: Position, c: Position): number {
  const angle = Math.atan2(c[1] - b[1], c[0] - b[0]) - Math.atan2(b[1] - a[1], b[0] - a[0])
  return angle > Math.PI ? angle - 2 * Math.PI : angle <= -Math.PI ? angle + 2 * Math.PI : angle
}

/** Joins edges into closed rings; where two rings touch in a corner they stay apart. */
function chain(border: Border, { positions }: Corners): Ring[] {
  const next = new Map<number, number[]>()
  for (const [edge, times] of border.edges) {
    const from = Math.floor(edge / MOST_CORNERS)
    const list = next.get(from) ?? []
    for (let i = 0; i < times; i++) list.push(edge % MOST_CORNERS)
    next.set(from, list)
  }
  const at = (corner: number): Position => positions[corner] ?? [0, 0]
  const rings: Ring[] = []
  for (const [start, list] of next)
    while (list.length > 0) {
      const ring = [start]
      for (let to = list.pop(); to !== undefined; to = leftmost(next.get(to), ring, at)) {
        ring.push(to)
        if (to === start) break
      }
      rings.push(ring.map(at))
    }
  return rings
}

/** Takes out of `choices` the sharpest turn to the left of where `ring` arrives. */
function leftmost(
  choices: number[] | undefined,
  ring: readonly number[],
  at: (corner: number) => Position,
): number | undefined {
  if (choices === undefined || choices.length <= 1) return choices?.pop()
  const [a, b] = [at(ring.at(-2) ?? 0), at(ring.at(-1) ?? 0)]
  let best = 0
  for (let i = 1; i < choices.length; i++)
    if (turn(a, b, at(choices[i] ?? 0)) > turn(a, b, at(choices[best] ?? 0))) best = i
  return choices.splice(best, 1)[0]
}

/** A ring without the corners that lie on a line along an axis; squares alone have such, and they tell nothing. */
export function straightened(ring: Ring): Ring {
  const open = ring.slice(0, -1)
  const kept = open.filter((b, i) => {
    const a = open.at(i - 1) ?? b
    const c = open[(i + 1) % open.length] ?? b
    return !((a[0] === b[0] && b[0] === c[0]) || (a[1] === b[1] && b[1] === c[1]))
  })
  return kept[0] === undefined ? ring : [...kept, kept[0]]
}

/** The union of shapes that share their corners. */
export interface Outline {
  readonly shape: MultiPolygon
  /** Rings around what no shape covers. */
  readonly holes: readonly Ring[]
}

/** Joins neighbours into one outline by dropping the edges they share; holes stay in the shape and are listed too. */
export function outlineOf(shapes: Iterable<MultiPolygon>): Outline {
  const corners = new Corners()
  const border = new Border()
  for (const shape of shapes) border.addShape(shape, corners)
  const parts: [number, number][][][] = []
  const holes: Ring[] = []
  const sized = chain(border, corners).map((ring) => ({ ring, area: ringArea(ring) }))
  for (const { ring, area } of sized.sort((a, b) => Math.abs(b.area) - Math.abs(a.area))) {
    const [east, north] = metresPerDegree(ring[0]?.[1] ?? 0)
    if (Math.abs(area) * east * north < SMALLEST_RING) continue
    const copy = ring.map(([x, y]): [number, number] => [x, y])
    const [x, y] = beside(ring)
    // Latest first: the smallest part around a hole is its own.
    const around = parts.findLast((part) => partHolds(part, x, y))
    if (area < 0) {
      holes.push(ring)
      around?.push(copy)
    } else if (around === undefined) parts.push([copy])
  }
  return { shape: parts, holes }
}

/** A point just inside the first edge that has a length; for either direction of the ring. */
export function beside(ring: Ring): [number, number] {
  const [ax, ay] = ring[0] ?? [0, 0]
  const [bx, by] = ring[1] ?? [0, 0]
  const step = ringArea(ring) > 0 ? 1e-4 : -1e-4
  return [(ax + bx) / 2 - (by - ay) * step, (ay + by) / 2 + (bx - ax) * step]
}
