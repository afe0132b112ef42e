import { within } from './city.ts'
import type { City } from './city.ts'

/** A border between areas above the cells: its line and how high in the tree (smaller is higher). */
export interface Border {
  readonly path: readonly (readonly [number, number])[]
  readonly depth: number
}

/** By depth: the outlines of all areas between the top and that depth, higher ones last, so that they lie on top. */
export function bordersOf(city: City): readonly (readonly Border[])[] {
  const sets: (readonly Border[])[] = [[]]
  for (let depth = 1; depth < city.deepest; depth++) {
    const own: Border[] = []
    for (let area = 0; area < city.doc.depths.length; area++)
      if (city.doc.depths[area] === depth && within(city, area))
        for (const part of city.doc.polygons[area] ?? []) for (const path of part) own.push({ path, depth })
    sets.push([...own, ...(sets[depth - 1] ?? [])])
  }
  return sets
}
