import type { Alert, Entry, Scene } from './alert.ts'
import type { Grid } from './grid.ts'

/** Areas of one scene: an alert stands whole in each record that changes it. */
const MOST_AREAS = 500
/** Between two entries `moved` of one alert: other systems are told of a new outline so often at most. */
const STILL_MS = 5 * 60_000
/** Entries `moved` in one record; a longer one has been told to everybody who can be. */
const MOST_MOVES = 48

/** Areas in their scene: themselves, or those above them where they are too many. Ascending. */
function gathered(grid: Pick<Grid, 'parents'>, areas: readonly number[]): readonly number[] {
  let found = areas
  while (found.length > MOST_AREAS)
    found = [...new Set(found.map((area) => Math.max(0, grid.parents[area] ?? 0)))]
  return found.toSorted((a, b) => a - b)
}

/** How an alert looks now. */
export function sceneOf(
  grid: Pick<Grid, 'parents'>,
  { areas, worst }: Pick<Alert, 'areas' | 'worst'>,
): Scene {
  return { areas: gathered(grid, areas), worst }
}

/** Whether an alert covers so much else than in its last scene that other systems must be told: less than half is in both. */
export function hasMoved(
  grid: Pick<Grid, 'parents'>,
  alert: Pick<Alert, 'areas' | 'ended' | 'closed'>,
  record: readonly Entry[],
  at: number,
): boolean {
  const last = record.findLast(({ scene }) => scene !== undefined)
  if (last?.scene === undefined || alert.ended !== null || alert.closed !== null) return false
  if (at - last.at < STILL_MS || record.filter(({ what }) => what === 'moved').length >= MOST_MOVES)
    return false
  const before = new Set(last.scene.areas)
  const now = gathered(grid, alert.areas)
  const both = now.filter((area) => before.has(area)).length
  return both * 2 < before.size + now.length - both
}
