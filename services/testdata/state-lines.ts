import type { Commit, LevelHistory, Offset, ReadingHistory, State, TickBytes } from '../ports.ts'

const encoder = new TextEncoder()

/** A commit at tick `at` that reaches `offset`. */
export function commitOf(at: number, offset: Offset, more: Partial<Commit> = {}): Commit {
  return {
    at,
    offset,
    entries: [],
    record: encoder.encode(`tick ${at}`),
    levels: [],
    readings: [],
    ...more,
  }
}

/** A line saying that `area` holds `rank` from `at` on. */
export function levelOf(area: number, at: number, rank: 0 | 1 | 2): LevelHistory {
  return {
    area,
    at,
    since: at,
    decision: {
      rank,
      reason: 'above-limit',
      rule: 'noise',
      indicator: 'noise',
      fold: 'mean',
      windowMs: 60_000,
      value: rank + 0.5,
      limit: 1,
      samples: 3,
      sources: 2,
    },
  }
}

/** A line of a closed pane. */
export function readingOf(area: number, pane: number, indicator = 'noise'): ReadingHistory {
  return { area, indicator, pane, value: pane / 1000 + 0.25, samples: 4 }
}

/** The first `count` tick records of a partition from tick `from` on. */
export async function ticksOf(
  state: State,
  partition: number,
  from: number,
  count: number,
): Promise<TickBytes[]> {
  const stop = new AbortController()
  const ticks: TickBytes[] = []
  for await (const some of state.changes(partition, from, stop.signal)) {
    ticks.push(...some)
    if (ticks.length >= count) stop.abort()
  }
  return ticks
}
