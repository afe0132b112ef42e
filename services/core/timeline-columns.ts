import type { Digest } from './archive.ts'
import { levelId, UNKNOWN, type Scheme } from './level.ts'

/** Columns of a timeline at most. */
export const MOST_COLUMNS = 2_000
const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000]
/** Widths of a column: those at which a clock face is read. */
const WIDTHS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  DAY,
]

/** Areas by level id at `at` (ms), told for the time from `at` - `stepMs` on. */
export interface LevelSample {
  readonly at: number
  readonly stepMs: number
  readonly counts: Readonly<Record<string, number>>
}

/** Areas by level id; `times` are the ends of the columns, ms. */
export interface LevelColumns {
  readonly columnMs: number
  readonly times: readonly number[]
  readonly levels: Readonly<Record<string, readonly number[]>>
}

/** Samples of a digest, oldest first; `to` is the end of its segment: all but the last stand at multiples of the step. */
export function samplesOf({ stepMs, levels }: Pick<Digest, 'stepMs' | 'levels'>, to: number): LevelSample[] {
  const last = levels.length - 1
  const whole = Math.ceil(to / stepMs) * stepMs
  return levels.map((counts, i) => ({ at: i === last ? to : whole - (last - i) * stepMs, stepMs, counts }))
}

/** The narrowest width, ms, by which a span fits, but not finer than `least`. */
export function widthOf(span: number, least: number): number {
  // Both ends may cut a column.
  const needed = Math.max(least, span / (MOST_COLUMNS - 1))
  return WIDTHS.find((width) => width >= needed) ?? Math.ceil(needed / DAY) * DAY
}

/**
 * Columns from `from` to `to` (ms), each with the gravest sample within it; where it has none of its own, with the one whose step
 * reaches over it; where nothing was told, 0 at every level.
 */
export function columnsOf(
  { from, to }: { readonly from: number; readonly to: number },
  samples: readonly LevelSample[],
  scheme: Scheme,
): LevelColumns {
  // Unknown says nothing of how grave it was.
  const [gravest, ids] = [scheme.levels.map(({ id }) => id).reverse(), levelIds(scheme)]
  const columnMs = widthOf(to - from, Math.min(HOUR, ...samples.map(({ stepMs }) => stepMs)))
  const first = Math.floor(from / columnMs) * columnMs + columnMs
  const count = Math.max(1, Math.ceil((to - first) / columnMs) + 1)
  const shown: (LevelSample | undefined)[] = Array.from({ length: count }, () => undefined)
  const columnAt = (at: number): number => Math.ceil((at - first) / columnMs)
  for (const sample of samples) {
    const held = shown[columnAt(sample.at)]
    if (held === undefined || isAsGrave(sample, held, gravest)) put(shown, columnAt(sample.at), sample)
  }
  for (const sample of samples)
    for (
      let column = columnAt(sample.at) - 1;
      first + column * columnMs > sample.at - sample.stepMs;
      column--
    )
      if (shown[column] === undefined) put(shown, column, sample)
  return {
    columnMs,
    times: shown.map((_, column) => first + column * columnMs),
    levels: Object.fromEntries(ids.map((id) => [id, shown.map((sample) => sample?.counts[id] ?? 0)])),
  }
}

function put(shown: (LevelSample | undefined)[], column: number, sample: LevelSample): void {
  if (column >= 0 && column < shown.length) shown[column] = sample
}

/** More areas at the gravest level at which the two differ, or nowhere different. */
function isAsGrave(
  { counts: one }: LevelSample,
  { counts: other }: LevelSample,
  gravest: readonly string[],
): boolean {
  for (const id of gravest) {
    const more = (one[id] ?? 0) - (other[id] ?? 0)
    if (more !== 0) return more > 0
  }
  return true
}

/** Ids of all levels of a scheme, calm first, unknown last. */
export function levelIds(scheme: Scheme): readonly string[] {
  return [...scheme.levels.keys(), UNKNOWN].map((rank) => levelId(scheme, rank))
}
