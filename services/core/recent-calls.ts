import type { Occurrence } from './change.ts'

/** Occurrences of the last hour, at most this many; the oldest go first. */
export const MOST_CALLS = 65_536
const CALLS_MS = 3_600_000

/** Drops from the front what is beyond the bound or, at tick `at`, older than an hour. Rate: per tick. */
export function forgetCalls(calls: Occurrence[], at: number): void {
  let gone = Math.max(0, calls.length - MOST_CALLS)
  while (gone < calls.length && (calls[gone]?.time ?? 0) <= at - CALLS_MS) gone++
  if (gone > 0) calls.splice(0, gone)
}
