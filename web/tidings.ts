import { HIDDEN } from '../services/core/frame.ts'
import type { Rank } from '../services/core/level.ts'
import { ancestorAt } from './city.ts'
import type { City } from './city.ts'
import { gravity } from './look.ts'
import type { Stroke } from './picture.ts'
import type { Veil } from './veil.ts'

/** One row of "recent changes": cells of one neighbourhood that took the same step at the same tick. */
export interface Tidings {
  readonly at: number
  readonly from: Rank
  readonly to: Rank
  /** The cell when it is one, else the area above. */
  readonly area: number
  readonly cells: number
}

/** Rows kept: a column of the wall and a little more. */
export const KEPT = 24

/**
 * Adds what a stroke changed to the newest-first rows, gravest first inside the tick, at most {@link KEPT}. A snapshot is not
 * news: it says nothing of when; nor is what comes from under the `veil`.
 */
export function retell(
  rows: readonly Tidings[],
  stroke: Stroke,
  ranks: Uint8Array,
  city: City,
  at: number,
  veil: Veil | null = null,
): readonly Tidings[] {
  if (stroke.whole) return rows
  const groups = new Map<string, Tidings>()
  for (let i = 0; i < stroke.areas.length; i++) {
    const area = stroke.areas[i] ?? 0
    const [from, to] = [stroke.before[i] ?? 0, ranks[area] ?? 0]
    if (city.doc.depths[area] !== city.deepest || from === to || from === HIDDEN || to === HIDDEN) continue
    if (veil?.mask[area] === 1) continue
    const above = ancestorAt(city, area, city.deepest - 1)
    const key = `${above}/${from}/${to}`
    const group = groups.get(key)
    groups.set(
      key,
      group ? { ...group, area: above, cells: group.cells + 1 } : { at, from, to, area, cells: 1 },
    )
  }
  if (groups.size === 0) return rows
  const weight = (row: Tidings): number => Math.max(gravity(row.to), gravity(row.from) - 0.4)
  const news = [...groups.values()].sort((a, b) => weight(b) - weight(a) || b.cells - a.cells)
  return [...news, ...rows].slice(0, KEPT)
}
