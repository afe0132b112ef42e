import { partitionOf, type Grid } from './grid.ts'
import type { Plan } from './plan.ts'

// Partitions of one process share the grid under whatever rules, and with a million areas these columns should exist once.
const owners = new WeakMap<Grid, Map<number, Uint16Array>>()

/** Partition of every area of a plan, `plan.partitions` for those above the partition level; computed once per grid and number. */
export function ownersOf({ grid, partitions }: Plan): Uint16Array {
  const byNumber = owners.get(grid) ?? new Map<number, Uint16Array>()
  owners.set(grid, byNumber)
  let known = byNumber.get(partitions)
  if (!known) {
    known = Uint16Array.from({ length: grid.size }, (_, area) => partitionOf(grid, area, partitions))
    byNumber.set(partitions, known)
  }
  return known
}

const keepers = new WeakMap<Grid, Int32Array>()

/** Ancestor of every area at the partition level; the area itself above it. Computed once per grid. */
export function keepersOf({ grid }: Plan): Int32Array {
  let known = keepers.get(grid)
  if (!known) {
    const { parents, depths, partitionLevel, size } = grid
    known = new Int32Array(size)
    // Parents are numbered before their children (core/grid).
    for (let area = 0; area < size; area++)
      known[area] = (depths[area] ?? 0) > partitionLevel ? (known[parents[area] ?? 0] ?? 0) : area
    keepers.set(grid, known)
  }
  return known
}
