import { QingyuError } from './core/errors.ts'
import { KIND_OBSERVATIONS, kindOf, readObservations, type ObservationRows } from './core/record.ts'
import type { Log, State } from './ports.ts'

/** Rows read for one question, and records looked at behind the end of one partition. */
export const MOST_ROWS_READ = 200_000
const MOST_RECORDS = 100_000

/** How far one question may still read; `cut` tells that it was not far enough. */
export interface Budget {
  rows: number
  cut: boolean
}

/** Where a question reads. */
export interface Reading {
  readonly log: Pick<Log, 'read' | 'start' | 'end'>
  readonly state: Pick<State, 'offsetAt'>
}

/**
 * Calls `visit` with the observations that were appended to a partition after tick `from` (ms), oldest first, up to the end as
 * it was when asked. Never waits for more; stops, and says so, when the budget is spent.
 */
export async function scanLog(
  { log, state }: Reading,
  partition: number,
  from: number,
  budget: Budget,
  visit: (rows: ObservationRows) => void,
): Promise<void> {
  const end = await log.end(partition)
  const oldest = await log.start(partition)
  const wanted = Math.max((await state.offsetAt(partition, from)) ?? oldest, oldest)
  const first = Math.max(wanted, end - MOST_RECORDS)
  if (first > wanted) budget.cut = true
  if (first >= end || budget.rows <= 0) return
  const stop = new AbortController()
  try {
    for await (const batch of log.read(partition, first, stop.signal)) {
      for (const [i, record] of batch.records.entries()) {
        if (batch.first + i >= end) return
        if (kindOf(record) !== KIND_OBSERVATIONS) continue
        const rows = readObservations(record)
        visit(rows)
        budget.rows -= rows.rows
        if (budget.rows <= 0) {
          budget.cut = true
          return
        }
      }
      if (batch.first + batch.records.length >= end) return
    }
  } catch (thrown) {
    // What retention dropped meanwhile is no fault of the question.
    if (!(thrown instanceof QingyuError && thrown.code === 'LG-gone')) throw thrown
    budget.cut = true
  } finally {
    stop.abort()
  }
}
