import { partitionOf } from './grid.ts'
import type { Plan } from './plan.ts'

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
