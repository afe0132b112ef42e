import type { MultiPolygon } from './grid.ts'

/** A lattice of more places than this many times its cells is too sparse to be held as a table. */
const MOST_PLACES_PER_CELL = 16

/** West, south, east, north of a shape that is one rectangle along the axes, else null. */
function boxOf(shape: MultiPolygon): readonly [number, number, number, number] | null {
  const ring = shape[0]?.[0]
  if (shape.length !== 1 || shape[0]?.length !== 1 || ring?.length !== 5) return null
  const xs = new Set(ring.map(([x]) => x))
  const ys = new Set(ring.map(([, y]) => y))
  if (xs.size !== 2 || ys.size !== 2) return null
  for (let i = 1; i < 5; i++)
    if ((ring[i]?.[0] === ring[i - 1]?.[0]) === (ring[i]?.[1] === ring[i - 1]?.[1])) return null
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}

function ascending(values: Iterable<number>): Float64Array {
  return Float64Array.from(new Set(values)).sort()
}

/** Column whose left line is the last at or before x; -1 and `lines.length` - 1 are outside. Even spacing makes the guess exact. */
function columnOf(lines: Float64Array, perUnit: number, x: number): number {
  const last = lines.length - 1
  let at = Math.floor((x - (lines[0] ?? 0)) * perUnit)
  if (!(at >= 0)) at = 0
  if (at > last) at = last
  while (at >= 0 && x < (lines[at] ?? 0)) at--
  while (at < last && x >= (lines[at + 1] ?? 0)) at++
  return at
}

/**
 * Locates by arithmetic among rectangles that each fill one place of a common lattice; null when the leaves are no such thing.
 * A point on a line belongs to the smallest number among the places that touch it.
 */
export function latticeOf(
  leaves: readonly number[],
  shapes: readonly MultiPolygon[],
): ((lon: number, lat: number) => number) | null {
  const boxes: (readonly [number, number, number, number])[] = []
  for (const leaf of leaves) {
    const box = boxOf(shapes[leaf] ?? [])
    if (box === null) return null
    boxes.push(box)
  }
  const xs = ascending(boxes.flatMap((box) => [box[0], box[2]]))
  const ys = ascending(boxes.flatMap((box) => [box[1], box[3]]))
  const [columns, rows] = [xs.length - 1, ys.length - 1]
  if (leaves.length === 0 || columns * rows > leaves.length * MOST_PLACES_PER_CELL) return null
  const perX = columns / ((xs[columns] ?? 0) - (xs[0] ?? 0))
  const perY = rows / ((ys[rows] ?? 0) - (ys[0] ?? 0))
  const table = new Int32Array(columns * rows).fill(-1)
  for (const [nth, [west, south, east, north]] of boxes.entries()) {
    const column = columnOf(xs, perX, west)
    const row = columnOf(ys, perY, south)
    const at = row * columns + column
    if (xs[column + 1] !== east || ys[row + 1] !== north || (table[at] ?? -1) >= 0) return null
    table[at] = leaves[nth] ?? -1
  }
  const at = (column: number, row: number) =>
    column < 0 || row < 0 || column >= columns || row >= rows ? -1 : (table[row * columns + column] ?? -1)
  return (lon, lat) => {
    const column = columnOf(xs, perX, lon)
    const row = columnOf(ys, perY, lat)
    const onX = xs[column] === lon
    const onY = ys[row] === lat
    let best = at(column, row)
    if (onX) best = smaller(best, at(column - 1, row))
    if (onY) best = smaller(best, at(column, row - 1))
    return onX && onY ? smaller(best, at(column - 1, row - 1)) : best
  }
}

/** The smaller of two area numbers where -1 is none. */
function smaller(a: number, b: number): number {
  return a < 0 || (b >= 0 && b < a) ? b : a
}
