import type { Grid } from './grid.ts'
import { shapeArea } from './grid-shape.ts'

type Shapes = Pick<Grid, 'size' | 'polygon'>

const known = new WeakMap<Shapes, Float64Array>()

/** Sizes of areas in whole m², at least 1; each is computed once, when first asked for. */
export function areaSizes(grid: Shapes): (area: number) => number {
  let sizes = known.get(grid)
  if (!sizes) known.set(grid, (sizes = new Float64Array(grid.size)))
  const held = sizes
  return (area) => {
    const size = held[area] ?? 0
    if (size > 0) return size
    return (held[area] = Math.max(1, Math.round(shapeArea(grid.polygon(area)))))
  }
}
