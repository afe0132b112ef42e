import type { Grid, MultiPolygon } from './grid.ts'
import type { Findings } from './grid-finding.ts'
import { beside, openEdges, outlineOf, type Outline } from './grid-outline.ts'
import { metresPerDegree, ringSize } from './grid-shape.ts'
import { sweep, type SweepEdge, type Trapezoid } from './grid-sweep.ts'
import { Finder } from './locate.ts'

/** Overlaps and gaps below this many m² come from rounding and are not told. */
const SMALLEST = 1
/** Pairs of leaves compared for overlap; a file with more is wrong throughout, and its first findings say so. */
const MOST_PAIRS = 10_000

/** Edges of one layer, shared ones left out. */
function layer(shapes: Iterable<MultiPolygon>, which: 0 | 1): SweepEdge[] {
  return openEdges(shapes).map(([from, to]) => ({ from, to, layer: which }))
}

function sizeOf({ south, north, low, high }: Trapezoid): number {
  const [east, up] = metresPerDegree((south + north) / 2)
  return ((low[1] - low[0] + (high[1] - high[0])) / 2) * (north - south) * east * up
}

const middleOf = ({ south, north, low, high }: Trapezoid): [number, number] => [
  (low[0] + low[1] + high[0] + high[1]) / 4,
  (south + north) / 2,
]

/** Union of all leaves of a grid. */
export function leafUnion(grid: Grid): Outline {
  const inner = new Set<number>(grid.parents)
  const areas = Array.from({ length: grid.size }, (_, area) => area)
  return outlineOf(areas.filter((area) => !inner.has(area)).map((leaf) => grid.polygon(leaf)))
}

/**
 * Adds GR-overlap for each pair of leaves that share ground, with the size in m². A sweep over unshared edges says where ground is
 * covered twice, which costs next to nothing on a clean grid; only pairs that lie there are then compared, edge by edge.
 */
export function findOverlaps(grid: Grid, union: Outline, findings: Findings): void {
  const pairs = new Map<string, readonly [number, number]>()
  let finder: Finder | null = null
  sweep(
    union.open.map(([from, to]) => ({ from, to, layer: 0 })),
    (cells) => cells > 1,
    (piece) => {
      finder ??= leafFinder(grid)
      const near = finder.near(
        Math.min(piece.low[0], piece.high[0]),
        piece.south,
        Math.max(piece.low[1], piece.high[1]),
        piece.north,
      )
      for (const [nth, a] of near.entries())
        for (const b of near.slice(nth + 1)) if (pairs.size < MOST_PAIRS) pairs.set(`${a} ${b}`, [a, b])
    },
  )
  for (const [a, b] of [...pairs.values()].sort((p, q) => p[0] - q[0] || p[1] - q[1])) {
    const size = sharedGround(grid.polygon(a), grid.polygon(b))
    if (size < SMALLEST) continue
    findings.add('GR-overlap', {
      value: grid.codes[a] ?? '',
      other: grid.codes[b] ?? '',
      size: Math.round(size),
    })
  }
}

/** Area of the intersection of two shapes in m². */
function sharedGround(a: MultiPolygon, b: MultiPolygon): number {
  let size = 0
  sweep(
    [...layer([a], 0), ...layer([b], 1)],
    (inA, inB) => inA > 0 && inB > 0,
    (piece) => {
      size += sizeOf(piece)
    },
  )
  return size
}

function leafFinder(grid: Grid): Finder {
  const inner = new Set<number>(grid.parents)
  const shapes = Array.from({ length: grid.size }, (_, area) => grid.polygon(area))
  return new Finder(
    [...shapes.keys()].filter((area) => !inner.has(area)),
    shapes,
  )
}

/** Adds GR-gap for each piece of ground that an area holds and none of its children does. */
export function findGaps(
  grid: Grid,
  union: Outline,
  ownShape: (area: number) => boolean,
  findings: Findings,
): void {
  const children: number[][] = Array.from({ length: grid.size }, () => [])
  for (const [area, parent] of grid.parents.entries()) children[parent]?.push(area)
  const tell = (area: number, size: number, [x, y]: readonly [number, number]): void => {
    if (size >= SMALLEST)
      findings.add('GR-gap', {
        value: grid.codes[area] ?? '',
        size: Math.round(size),
        place: `${x.toFixed(5)},${y.toFixed(5)}`,
      })
  }
  // Around areas without a shape of their own a gap is a hole in the union of all cells.
  for (const hole of union.holes) {
    const [x, y] = beside(hole)
    const area = grid.locate(x, y)
    if (area >= 0 && !ownShape(area)) tell(area, ringSize(hole), [x, y])
  }
  for (const [area, below] of children.entries())
    if (below.length > 0 && ownShape(area))
      for (const { size, place } of uncovered(grid, area, below)) tell(area, size, place)
}

/** Ground that hangs together; `into` is the group that took it over. */
interface Gap {
  size: number
  place: [number, number]
  largest: number
  into: Gap | null
}

function groupOf(gap: Gap): Gap {
  let at = gap
  while (at.into !== null) at = at.into
  return at
}

/** Connected pieces of an area's own shape that no child covers. */
function uncovered(grid: Grid, area: number, children: readonly number[]): Gap[] {
  const below = children.map((child) => grid.polygon(child))
  const gaps: Gap[] = []
  let strips: [{ piece: Trapezoid; gap: Gap }[], { piece: Trapezoid; gap: Gap }[]] = [[], []]
  sweep(
    [...layer(below, 0), ...layer([grid.polygon(area)], 1)],
    (cells, around) => around > 0 && cells < 1,
    (piece) => {
      const size = sizeOf(piece)
      if (!(size > 0)) return
      if (strips[1][0]?.piece.south !== piece.south) strips = [strips[1], []]
      const gap: Gap = { size, place: middleOf(piece), largest: size, into: null }
      for (const other of strips[0]) if (touches(other.piece, piece)) join(groupOf(other.gap), groupOf(gap))
      gaps.push(gap)
      strips[1].push({ piece, gap })
    },
  )
  return gaps.filter(({ into }) => into === null)
}

function touches(below: Trapezoid, above: Trapezoid): boolean {
  return below.north === above.south && below.high[0] <= above.low[1] && above.low[0] <= below.high[1]
}

/** The group seen first takes over. */
function join(kept: Gap, lost: Gap): void {
  if (kept === lost) return
  kept.size += lost.size
  if (lost.largest > kept.largest) [kept.largest, kept.place] = [lost.largest, lost.place]
  lost.into = kept
}
