import { partitionOf } from './grid.ts'
import type { Plan } from './plan.ts'

// Partitions of one process share the plan, and with a million areas these columns should exist once.
const owners = new WeakMap<Plan, Uint16Array>()

/** Partition of every area of a plan, `plan.partitions` for those above the partition level; computed once per plan. */
export function ownersOf(plan: Plan): Uint16Array {
  let known = owners.get(plan)
  if (!known) {
    known = Uint16Array.from({ length: plan.grid.size }, (_, area) =>
      partitionOf(plan.grid, area, plan.partitions),
    )
    owners.set(plan, known)
  }
  return known
}

const keepers = new WeakMap<Plan, Int32Array>()

/** Ancestor of every area at the partition level; the area itself above it. Computed once per plan. */
export function keepersOf(plan: Plan): Int32Array {
  let known = keepers.get(plan)
  if (!known) {
    const { parents, depths, partitionLevel, size } = plan.grid
    known = new Int32Array(size)
    // Parents are numbered before their children (core/grid).
    for (let area = 0; area < size; area++)
      known[area] = (depths[area] ?? 0) > partitionLevel ? (known[parents[area] ?? 0] ?? 0) : area
    keepers.set(plan, known)
  }
  return known
}
