import { centreOf } from './city.ts'
import type { City } from './city.ts'
import { holds } from './shape.ts'

/** Cells whose centre lies in a closed ring, as a silence counts them. */
export function cellsIn(city: City, ring: readonly (readonly [number, number])[]): readonly number[] {
  if (ring.length < 4) return []
  const shape = [[ring]]
  return city.cells.filter((cell) => holds(shape, ...centreOf(city, cell)))
}
