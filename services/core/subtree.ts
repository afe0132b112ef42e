import type { Grid } from './grid.ts'

/** Whether an area is `top` or lies below it. At most as many steps as the grid has levels. */
export function liesIn({ parents }: Pick<Grid, 'parents'>, area: number, top: number): boolean {
  for (let up = area; up >= 0; up = parents[up] ?? -1) if (up === top) return true
  return false
}
