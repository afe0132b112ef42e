import type { Grid } from './grid.ts'

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
