import { askEach } from './area-batches.ts'
import type { Occurrence } from './core/change.ts'
import type { Picture } from './core/layer.ts'
import { COLUMN_MS, COLUMNS, type RankHistory } from './core/layer-history.ts'
import { UNKNOWN } from './core/level.ts'
import { decodeLevel, levelKey } from './core/level-table.ts'
import { ownersOf } from './core/ownership.ts'
import type { Plan } from './core/plan.ts'
import { behindOf, type Score } from './core/score.ts'
import type { LevelHistory, State } from './ports.ts'

/** Calls reach back an hour, so the feed is read again from there, but never more ticks than this at a start. */
const HOUR_MS = 3_600_000
const MOST_TICKS = 3_600
/** The most lines of one area, while history is read. */
const MOST_LINES = 500
/** Grids larger than this start with an empty history of counts: reading it would delay the first picture. */
const LARGEST = 50_000

type Histories = Pick<State, 'levelAt' | 'levels' | 'entry'>

/** What a picture begins from. */
interface Known {
  readonly state: Histories
  readonly plan: Plan
  /** Of the hour before, where the feed does not reach back so far. */
  readonly calls?: readonly Occurrence[]
}

/** The tick from which a gateway reads the feed, so that it can resume walls and knows the calls of the last hour. */
export function beginning(tick: number, plan: Plan, resumeTicks: number): number {
  const span = Math.min(MOST_TICKS, Math.max(resumeTicks, Math.ceil(HOUR_MS / plan.tickMs))) * plan.tickMs
  return Math.max(0, tick - span)
}

/**
 * Sets what was in force at `base` into a fresh picture, each area as far as its partition had come, and the columns of the
 * hours before into its history.
 */
export async function rebuild(
  picture: Picture,
  history: RankHistory,
  { state, plan, calls = [] }: Known,
  base: Score,
): Promise<void> {
  const areas = Array.from({ length: picture.grid.size }, (_, area) => area)
  const { at } = base
  const owners = ownersOf(plan)
  const lines = await askEach(areas, async (area) => {
    const owner = owners[area] ?? 0
    const line = await state.levelAt(area, base.reached[owner] ?? at)
    return line && (await withValue(line, state, owner))
  })
  picture.begin(
    at,
    lines.filter((line) => line !== undefined),
    behindOf(base),
    calls,
  )
  if (at === 0 || picture.grid.size > LARGEST) return
  const to = Math.floor(at / COLUMN_MS) * COLUMN_MS
  const from = to - (COLUMNS - 1) * COLUMN_MS
  const first = await askEach(areas, (area) => state.levelAt(area, from))
  const later = await askEach(areas, (area) => state.levels(area, from, to, MOST_LINES))
  if (first.every((line) => line === undefined) && later.every((list) => list.length === 0)) return
  for (let time = from; time < to; time += COLUMN_MS)
    history.add(
      time,
      Uint8Array.from(first, (line, area) => rankAt(line, later[area] ?? [], time)),
    )
}

/** A level's history does not tell how the value behind it moved since; while it still holds, the state does. */
async function withValue(line: LevelHistory, state: Histories, owner: number): Promise<LevelHistory> {
  const { area, since, decision } = line
  if (decision.rank === 0 || decision.rank === UNKNOWN) return line
  const bytes = await state.entry(owner, levelKey(area))
  const now = bytes && decodeLevel(bytes)
  const same = now?.rank === decision.rank && now.since === since && now.rule === decision.rule
  return same ? { ...line, decision: { ...decision, value: now.value } } : line
}

function rankAt(first: LevelHistory | undefined, later: readonly LevelHistory[], time: number): number {
  let rank = first?.decision.rank ?? UNKNOWN
  for (const line of later) if (line.at <= time) rank = line.decision.rank
  return rank
}
