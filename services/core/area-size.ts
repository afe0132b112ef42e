import type { Grid } from './grid.ts'
import { shapeArea } from './grid-shape.ts'

const sizes = new WeakMap<Pick<Grid, 'polygon'>, Map<number, number>>()

/** Size of an area in whole m², at least 1; computed once for each. */
export function areaSize(grid: Pick<Grid, 'polygon'>, area: number): number {
  let known = sizes.get(grid)
  if (!known) sizes.set(grid, (known = new Map<number, number>()))
  let size = known.get(area)
  if (size === undefined) {
    size = Math.max(1, Math.round(shapeArea(grid.polygon(area))))
    known.set(area, size)
  }
  return size
}
