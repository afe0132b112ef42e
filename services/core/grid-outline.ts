import Flatbush from 'flatbush'
import type { MultiPolygon } from './grid.ts'
import { partHolds, ringArea, ringSize, type Position, type Ring } from './grid-shape.ts'

/** Rings of less than this many m² come from corners that do not quite meet and are left out of an outline. */
const SMALLEST_RING = 0.5
/** A corner this near to an edge lies on it, degrees (0.1 mm). */
const TOUCH = 1e-9
/** Corners one grid may have: two of their numbers make one exact double. */
const MOST_CORNERS = 2 ** 26

/** Numbers corners, so that an edge is one number. A table of its own: a Map would need a text for each of 100,000 corners. */
class Corners {
  readonly positions: Position[] = []
  /** Corner number + 1 by hash, 0 where empty; at most half full. */
  private slots = new Int32Array(1024)
  private readonly pair = new Float64Array(2)
  private readonly words = new Int32Array(this.pair.buffer)

  number(position: Position): number {
    if (this.positions.length * 2 >= this.slots.length) this.grow()
    const slot = this.slotOf(position)
    const known = (this.slots[slot] ?? 0) - 1
    if (known >= 0) return known
    if (this.positions.length >= MOST_CORNERS) throw new RangeError(`more than ${MOST_CORNERS} corners`)
    this.slots[slot] = this.positions.push(position)
    return this.positions.length - 1
  }

  private slotOf([x, y]: Position): number {
    // + 0: −0 is the same corner as 0.
    this.pair[0] = x + 0
    this.pair[1] = y + 0
    let hash = 0
    for (const word of this.words) hash = Math.imul(hash ^ word ^ (hash >>> 15), 0x9e3779b1)
    const mask = this.slots.length - 1
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const at = (this.slots[slot] ?? 0) - 1
      if (at < 0) return slot
      const known = this.positions[at]
      if (known !== undefined && known[0] === x && known[1] === y) return slot
    }
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 2)
    for (const [at, position] of this.positions.entries()) this.slots[this.slotOf(position)] = at + 1
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

/** Cuts edges at corners of others that lie on them, so that a long side finds the two short ones beyond it. */
function cutAtCorners(border: Border, { positions }: Corners): void {
  const ends = new Set<number>()
  for (const edge of border.edges.keys()) ends.add(edge % MOST_CORNERS)
  if (ends.size === 0) return
  const list = [...ends]
  const tree = new Flatbush(list.length)
  for (const corner of list) {
    const [x, y] = positions[corner] ?? [0, 0]
    tree.add(x, y)
  }
  tree.finish()
  // A copy: pieces are not cut again, so that corners nearer than TOUCH to each other cannot go on for ever.
  for (const [edge, times] of Array.from(border.edges)) {
    const [from, to] = [Math.floor(edge / MOST_CORNERS), edge % MOST_CORNERS]
    const at = (corner: number): Position => positions[corner] ?? [0, 0]
    const [a, b] = [at(from), at(to)]
    const share = (corner: number | undefined): number => shareAlong(a, b, at(corner ?? from))
    const on = tree
      .search(
        Math.min(a[0], b[0]) - TOUCH,
        Math.min(a[1], b[1]) - TOUCH,
        Math.max(a[0], b[0]) + TOUCH,
        Math.max(a[1], b[1]) + TOUCH,
        (nth) => list[nth] !== from && list[nth] !== to && share(list[nth]) > 0 && share(list[nth]) < 1,
      )
      .map((nth) => list[nth] ?? from)
    // An edge may be gone since: its reverse came of another cut.
    if (on.length === 0 || !border.edges.has(edge)) continue
    border.edges.delete(edge)
    const stops = [from, ...on.sort((p, q) => share(p) - share(q)), to]
    for (let i = 1; i < stops.length; i++)
      for (let nth = 0; nth < times; nth++) border.add(stops[i - 1] ?? from, stops[i] ?? to)
  }
}

/** Where a point on the line from a to b lies: 0 at a, 1 at b; NaN when it is off the line. */
function shareAlong(a: Position, b: Position, point: Position): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]]
  const [px, py] = [point[0] - a[0], point[1] - a[1]]
  const length = Math.hypot(dx, dy)
  return Math.abs(dx * py - dy * px) <= TOUCH * length ? (px * dx + py * dy) / (length * length) : NaN
}

/** What is left of shapes when the edges shared by two of them are gone. */
function borderOf(shapes: Iterable<MultiPolygon>, corners: Corners): Border {
  const border = new Border()
  for (const shape of shapes) border.addShape(shape, corners)
  cutAtCorners(border, corners)
  return border
}

/** Edges of shapes that are not shared by two of them, as pairs of positions with the inside to the left. */
export function openEdges(shapes: Iterable<MultiPolygon>): (readonly [Position, Position])[] {
  const corners = new Corners()
  return pairsOf(borderOf(shapes, corners), corners)
}

function pairsOf(border: Border, corners: Corners): (readonly [Position, Position])[] {
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
  /** Edges not shared by two of the shapes, the inside to the left. */
  readonly open: readonly (readonly [Position, Position])[]
}

/** Joins neighbours into one outline by dropping the edges they share; holes stay in the shape and are listed too. */
export function outlineOf(shapes: Iterable<MultiPolygon>): Outline {
  const corners = new Corners()
  const border = borderOf(shapes, corners)
  const parts: [number, number][][][] = []
  const holes: Ring[] = []
  const sized = chain(border, corners).map((ring) => ({ ring, area: ringArea(ring) }))
  for (const { ring, area } of sized.sort((a, b) => Math.abs(b.area) - Math.abs(a.area))) {
    if (ringSize(ring) < SMALLEST_RING) continue
    const copy = ring.map(([x, y]): [number, number] => [x, y])
    const [x, y] = beside(ring)
    // Latest first: the smallest part around a hole is its own.
    const around = parts.findLast((part) => partHolds(part, x, y))
    if (area < 0) {
      holes.push(ring)
      around?.push(copy)
    } else if (around === undefined) parts.push([copy])
  }
  return { shape: parts, holes, open: pairsOf(border, corners) }
}

/** A point just inside the first edge that has a length; for either direction of the ring. */
export function beside(ring: Ring): [number, number] {
  const [ax, ay] = ring[0] ?? [0, 0]
  const [bx, by] = ring[1] ?? [0, 0]
  const step = ringArea(ring) > 0 ? 1e-4 : -1e-4
  return [(ax + bx) / 2 - (by - ay) * step, (ay + by) / 2 + (bx - ax) * step]
}
