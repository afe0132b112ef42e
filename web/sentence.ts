import { UNKNOWN } from '../services/core/level.ts'
import type { Rank } from '../services/core/level.ts'

/** The sign of the whole: the gravest level as weather. */
export type Sky = 'clear' | 'cloud' | 'shower' | 'rain' | 'thunder' | 'fog'

/** Where most of the gravest cells lie, seen from the middle of the city. */
export type Sector = 'c' | 'n' | 'ne' | 'e' | 'se' | 's' | 'sw' | 'w' | 'nw' | 'many' | 'all'

/** What the one sentence at the top is made of. */
export interface Outlook {
  readonly sky: Sky
  readonly spread: 'local' | 'scattered' | 'wide'
  readonly gravest: Rank
  /** Cells at the gravest rank. */
  readonly cells: number
  readonly sector: Sector
}

const SKIES = ['clear', 'cloud', 'shower', 'rain', 'thunder'] as const
const COMPASS = ['e', 'ne', 'n', 'nw', 'w', 'sw', 's', 'se'] as const

/** `x`, `y`: offset of the centroid in shares of half the city's extent; `spread`: mean distance from it, likewise. */
function sectorOf(x: number, y: number, spread: number): Sector {
  if (spread > 0.5) return 'many'
  if (Math.hypot(x, y) < 0.22) return 'c'
  return COMPASS[(Math.round(Math.atan2(y, x) / (Math.PI / 4)) + 8) % 8] ?? 'c'
}

function place(
  cells: readonly number[],
  centres: readonly (readonly [number, number])[],
  bounds: readonly [number, number, number, number],
): Sector {
  const [west, south, east, north] = bounds
  const [cx, cy, hx, hy] = [(west + east) / 2, (south + north) / 2, (east - west) / 2, (north - south) / 2]
  const at = cells.map((i) => {
    const [lon, lat] = centres[i] ?? [cx, cy]
    return [(lon - cx) / hx, (lat - cy) / hy] as const
  })
  const x = at.reduce((sum, p) => sum + p[0], 0) / at.length
  const y = at.reduce((sum, p) => sum + p[1], 0) / at.length
  return sectorOf(x, y, at.reduce((sum, p) => sum + Math.hypot(p[0] - x, p[1] - y), 0) / at.length)
}

/**
 * The state of the whole. `top` is the highest rank of the scheme; `centres` holds lon and lat by area index. Hidden areas and
 * areas above the cells are not among `cells`.
 */
export function outlook(
  ranks: Uint8Array,
  cells: readonly number[],
  centres: readonly (readonly [number, number])[],
  bounds: readonly [number, number, number, number],
  top: Rank,
): Outlook {
  let [gravest, warned, blind] = [0, 0, 0]
  for (const i of cells) {
    const rank = ranks[i] ?? UNKNOWN
    if (rank === UNKNOWN) blind++
    else if (rank <= top && rank > 0) {
      warned++
      if (rank > gravest) gravest = rank
    }
  }
  const total = Math.max(1, cells.length)
  const share = warned / total
  const spread = share < 0.15 ? 'local' : share < 0.5 ? 'scattered' : 'wide'
  const graves = gravest === 0 ? [] : cells.filter((i) => ranks[i] === gravest)
  const most = graves.length > total / 2
  const sector = graves.length === 0 ? 'c' : most ? 'all' : place(graves, centres, bounds)
  const step = gravest === 0 ? 0 : Math.max(1, Math.round((gravest / top) * (SKIES.length - 1)))
  const sky = gravest === 0 && blind > total / 3 ? 'fog' : (SKIES[step] ?? 'thunder')
  return { sky, spread, gravest, cells: graves.length, sector }
}
