import type { Missing } from '../services/core/wire.ts'
import { within } from './city.ts'
import type { City } from './city.ts'

/** What of a wall is missing: areas of which nothing newer is known while the others go on. */
export interface Veil {
  /** By area index: 1 under the veil. */
  readonly mask: Uint8Array
  /** Areas that hold all that is veiled below them, largest first. */
  readonly parts: readonly number[]
  /** Time up to which the oldest of them is known, ms; 0: nothing at all. */
  readonly oldest: number
  /** Whether all of {@link parts} are known up to the same time. */
  readonly even: boolean
  /** Time up to which the areas above are known, ms; null: up to now. */
  readonly above: number | null
  /** Cells of this wall under the veil. */
  readonly cells: number
  /** Time up to which an area is known, ms; null: up to now. */
  since(area: number): number | null
}

/** Works out the {@link Veil} of a wall. Rate: when what is missing changes. */
export function veilOf(city: City, missing: readonly Missing[]): Veil {
  const { parents, depths, partitionLevel } = city.doc
  const known = new Map<number, number>()
  for (const { areas, at } of missing) for (const area of areas) known.set(area, at)
  const mask = new Uint8Array(depths.length)
  const sinces = new Float64Array(depths.length)
  for (let area = 0; area < mask.length; area++) {
    const parent = parents[area] ?? -1
    // Areas above the partition level come from elsewhere than those below them.
    const below = parent >= 0 && (depths[parent] ?? 0) >= partitionLevel && mask[parent] === 1
    const since = known.get(area) ?? (below ? sinces[parent] : undefined)
    if (since === undefined) continue
    mask[area] = 1
    sinces[area] = since
  }
  const sizes = new Map<number, number>()
  let cells = 0
  for (const cell of city.cells) {
    if (mask[cell] !== 1) continue
    cells++
    let at = cell
    while (at >= 0 && !known.has(at)) at = parents[at] ?? -1
    sizes.set(at, (sizes.get(at) ?? 0) + 1)
  }
  const parts = [...sizes].sort(([a, m], [b, n]) => n - m || a - b).map(([area]) => area)
  const times = parts.map((area) => sinces[area] ?? 0)
  const higher = [...known].filter(([area]) => (depths[area] ?? 0) < partitionLevel && within(city, area))
  return {
    mask,
    parts,
    oldest: Math.min(...times),
    even: times.every((time) => time === times[0]),
    above: higher.length === 0 ? null : Math.min(...higher.map(([, at]) => at)),
    cells,
    since: (area) => (mask[area] === 1 ? (sinces[area] ?? 0) : null),
  }
}
