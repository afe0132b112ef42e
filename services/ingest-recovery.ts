import {
  decodeInForce,
  decodeTick,
  KIND_IN_FORCE,
  KIND_OBSERVATIONS,
  KIND_TICK,
  kindOf,
  readObservations,
} from './core/record.ts'
import type { InForce } from './core/record.ts'
import type { Log } from './ports.ts'

/** Records first looked at from the end of a partition; eight times as many each time no tick is among them. */
const FIRST_LOOK = 256

/** What the end of one partition's log says to an ingest that starts on it. */
export interface Recovered {
  /** Newest tick; 0 without any. */
  readonly tick: number
  /** Rows behind that tick: no tick has counted them yet. */
  readonly rows: number
  /** Newest event time among them; 0 without any. */
  readonly newest: number
  /** What a configuration file said last of versions in force; null when none stands near the end. */
  readonly inForce: InForce | null
}

async function look(log: Log, partition: number, from: number, to: number): Promise<Recovered> {
  const found = { tick: 0, rows: 0, newest: 0, inForce: null as InForce | null }
  const stop = new AbortController()
  for await (const { first, records } of log.read(partition, from, stop.signal)) {
    for (const [i, bytes] of records.entries()) {
      const origin = { partition, offset: first + i }
      const kind = kindOf(bytes, origin)
      if (kind === KIND_TICK) {
        found.tick = Math.max(found.tick, decodeTick(bytes, origin).at)
        found.rows = 0
        found.newest = 0
      } else if (kind === KIND_IN_FORCE) {
        const said = decodeInForce(bytes, origin)
        if (said.by === undefined) found.inForce = said
      } else if (kind === KIND_OBSERVATIONS) {
        const rows = readObservations(bytes, origin)
        found.rows += rows.rows
        for (let row = 0; row < rows.rows; row++) found.newest = Math.max(found.newest, rows.time(row))
      }
    }
    if (first + records.length >= to) break
  }
  stop.abort()
  return found
}

/** Reads back from the end of a partition's log until a tick is found or the log begins. */
export async function recover(log: Log, partition: number): Promise<Recovered> {
  const [start, end] = await Promise.all([log.start(partition), log.end(partition)])
  if (start >= end) return { tick: 0, rows: 0, newest: 0, inForce: null }
  for (let size = FIRST_LOOK; ; size *= 8) {
    const from = Math.max(start, end - size)
    const found = await look(log, partition, from, end)
    if (found.tick > 0 || from === start) return found
  }
}
