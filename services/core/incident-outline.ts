import type { Adjacency } from './adjacency.ts'
import type { MultiPolygon } from './grid.ts'
import { outlineOf, straightened } from './grid-outline.ts'
import { ringSize } from './grid-shape.ts'

/** Corners nearer than a billionth of a degree (0.1 mm) are one. */
const BILLION = 1e9
/** Holes of less than this many m² are seams between rounded corners. */
const SEAM_M2 = 100

/**
 * The merged outline of some areas in WGS 84: one polygon for each part that hangs together, outer rings counter-clockwise, holes
 * kept. Where it is told who lies `beside` whom, single areas in between that close a notch or join two parts are drawn in, as
 * an incident that tolerates gaps is one.
 */
export function incidentOutline(
  areas: readonly number[],
  polygonOf: (area: number) => MultiPolygon,
  beside?: Adjacency['beside'],
): MultiPolygon {
  const drawn = beside ? [...areas, ...bridgesOf(areas, beside)] : areas
  return outlineOf(drawn.map((area) => snapped(polygonOf(area)))).shape.map((part) =>
    part.filter((ring, nth) => nth === 0 || ringSize(ring) >= SEAM_M2).map((ring) => straightened(ring)),
  )
}

function snapped(shape: MultiPolygon): MultiPolygon {
  const snap = (degrees: number): number => Math.round(degrees * BILLION) / BILLION
  return shape.map((part) => part.map((ring) => ring.map(([x, y]): [number, number] => [snap(x), snap(y)])))
}

/** Areas between the given ones: all their neighbours but one are among them, or they touch two parts that do not touch. */
function bridgesOf(areas: readonly number[], beside: Adjacency['beside']): number[] {
  const partOf = partsOf(areas, beside)
  const between = new Set(areas.flatMap((area) => [...beside(area)].filter((other) => !partOf.has(other))))
  return [...between]
    .sort((a, b) => a - b)
    .filter((area) => {
      const around = [...beside(area)]
      const own = around.filter((other) => partOf.has(other))
      return (
        own.length >= Math.max(3, around.length - 1) ||
        new Set(own.map((other) => partOf.get(other))).size > 1
      )
    })
}

/** Smallest area of the part that each area hangs together with. */
function partsOf(areas: readonly number[], beside: Adjacency['beside']): Map<number, number> {
  const partOf = new Map<number, number>()
  const open = new Set([...areas].sort((a, b) => a - b))
  for (const seed of open) {
    const part = [seed]
    for (const area of part) {
      partOf.set(area, seed)
      open.delete(area)
      for (const other of beside(area)) if (open.delete(other)) part.push(other)
    }
  }
  return partOf
}
