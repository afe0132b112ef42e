import type { Grid } from './grid.ts'
import type { Actor } from './person.ts'

/** What is asked of the tree of areas. */
export type Tree = Pick<Grid, 'parents' | 'depths'>

/** An area and all above it, the root last. */
export function upwards({ parents }: Pick<Tree, 'parents'>, area: number): number[] {
  const chain: number[] = []
  for (let at = area; at >= 0; at = parents[at] ?? -1) chain.push(at)
  return chain
}

/** Whether `top` is `area` or lies above it. */
export function holds({ parents }: Pick<Tree, 'parents'>, top: number, area: number): boolean {
  let at = area
  while (at >= 0 && at !== top) at = parents[at] ?? -1
  return at === top && top >= 0
}

/** Whether an area lies in what somebody answers for; the program answers for all, and an area that the grid has not for nothing. */
export function answersFor(
  grid: Pick<Grid, 'parents' | 'indexOf'>,
  { role, area: code }: Pick<Actor, 'role' | 'area'>,
  area: number,
): boolean {
  const top = code === '' && role === 'admin' ? 0 : grid.indexOf(code)
  return top !== undefined && holds(grid, top, area)
}

/** The smallest area that holds all of `areas`; the root for none. Rate: per change of an incident and area. */
export function smallestAround({ parents, depths }: Tree, areas: readonly number[]): number {
  let around = areas[0] ?? 0
  for (const area of areas) {
    let other = area
    while (around !== other) {
      if ((depths[around] ?? 0) < (depths[other] ?? 0)) other = parents[other] ?? 0
      else around = parents[around] ?? 0
    }
  }
  return around
}
