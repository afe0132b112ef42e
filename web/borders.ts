import type { City } from './city.ts'

/** A border between areas above the cells: its line and how high in the tree (smaller is higher). */
export interface Border {
  readonly path: readonly (readonly [number, number])[]
  readonly depth: number
}

/** Outlines of all areas between the top and the cells, higher ones last, so that they lie on top. */
export function bordersOf(city: City): readonly Border[] {
  const borders: Border[] = []
  for (let depth = city.deepest - 1; depth >= 1; depth--)
    for (let area = 0; area < city.doc.depths.length; area++)
      if (city.doc.depths[area] === depth)
        for (const part of city.doc.polygons[area] ?? [])
          for (const path of part) borders.push({ path, depth })
  return borders
}
