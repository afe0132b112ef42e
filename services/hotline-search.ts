import { requestIdOf } from './core/request-id.ts'
import type { ObservationRows } from './core/record.ts'
import type { Call, CallQuery } from './hotline-port.ts'
import { MOST_ROWS_READ, scanLog, type Budget, type Reading } from './log-scan.ts'

/** Calls of a hotline that the log holds, newest first; reads a bounded number of rows and says when that was too few. */
export async function findCalls(
  reading: Reading & { readonly log: { readonly partitions: number } },
  vendor: string,
  query: CallQuery,
  serviceOf: (source: string) => string | undefined,
): Promise<{ calls: readonly Call[]; complete: boolean }> {
  const found = new Map<string, Call>()
  const { partition } = query
  const partitions =
    partition === undefined ? Array.from({ length: reading.log.partitions }, (_, i) => i) : [partition]
  let complete = true
  for (const number of partitions) {
    const budget: Budget = { rows: MOST_ROWS_READ / partitions.length, cut: false }
    // A call is appended after it was made, so the log before its time need not be read.
    await scanLog(reading, number, query.from, budget, (rows) =>
      collect(rows, number, `${vendor}/`, query, serviceOf, found),
    )
    if (budget.cut) complete = false
  }
  const calls = [...found.values()].sort((a, b) => b.time - a.time || (a.id < b.id ? -1 : 1))
  return { calls: calls.slice(0, query.most), complete }
}

function collect(
  rows: ObservationRows,
  partition: number,
  prefix: string,
  query: CallQuery,
  serviceOf: (source: string) => string | undefined,
  found: Map<string, Call>,
): void {
  if (!rows.sources.some((source) => source.startsWith(prefix))) return
  for (let i = 0; i < rows.rows; i++) {
    const source = rows.sources[rows.source(i)] ?? ''
    const time = rows.time(i)
    if (!source.startsWith(prefix) || time < query.from || time > query.to) continue
    const id = requestIdOf(partition, rows.idHigh(i), rows.idLow(i))
    if (query.id !== undefined && query.id !== id) continue
    const name = source.slice(prefix.length)
    const service = serviceOf(name) ?? name
    if (query.services !== undefined && !query.services.includes(service)) continue
    found.set(id, {
      id,
      service,
      indicator: rows.indicators[rows.indicator(i)] ?? '',
      area: rows.area(i),
      time,
    })
  }
}
