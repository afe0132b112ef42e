import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDataFolder } from '../adapters/data-folder.lmdb.ts'
import { lmdbLog } from '../adapters/log.lmdb.ts'
import { ownAll } from '../adapters/ownership.embedded.ts'
import { lmdbState } from '../adapters/state.lmdb.ts'
import { startAggregate } from '../aggregate.ts'
import type { State } from '../ports.ts'
import type { RecordedLog } from './recorded-log.ts'

/** Records appended at a time. */
const STEP = 500

/** The change stream of one partition: how many ticks, the last of them, and a digest of all its bytes with their ticks. */
export interface StreamBytes {
  readonly ticks: number
  readonly last: number
  readonly sha256: string
}

/** Appends a recorded log to one that is empty, at the same offsets. */
export async function fill(
  log: { append(partition: number, records: readonly Uint8Array[]): Promise<number> },
  { records }: RecordedLog,
): Promise<void> {
  await Promise.all(
    records.map(async (list, partition) => {
      for (let from = 0; from < list.length; from += STEP)
        await log.append(partition, list.slice(from, from + STEP))
    }),
  )
}

/** The change streams of all partitions and the roll-up, each up to the tick `last`; waits until they have come so far. */
export function streamsOf(state: State, partitions: number, last: number): Promise<StreamBytes[]> {
  const all = Array.from({ length: partitions + 1 }, (_, partition) => partition)
  return Promise.all(
    all.map(async (partition) => {
      const hash = createHash('sha256')
      const stop = new AbortController()
      let [ticks, newest] = [0, 0]
      for await (const batch of state.changes(partition, 0, stop.signal)) {
        for (const { at, bytes } of batch) {
          hash.update(`${at} ${bytes.length}\n`).update(bytes)
          newest = at
          ticks++
        }
        if (newest >= last) stop.abort()
      }
      return { ticks, last: newest, sha256: hash.digest('hex') }
    }),
  )
}

/** What the embedded twins make of a recorded log, up to its tick `last`. */
export async function embeddedStreams(recorded: RecordedLog, last: number): Promise<StreamBytes[]> {
  const { plan } = recorded
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-embedded-'))
  const belonging = { city: plan.grid.city, grid: plan.grid.version, partitions: plan.partitions }
  const folder = openDataFolder(dir, belonging)
  const [log, state] = [lmdbLog(folder), lmdbState(folder)]
  await fill(log, recorded)
  const aggregate = startAggregate({ log, state, plan, ownership: ownAll(plan.partitions), score: null })
  try {
    return await Promise.race([streamsOf(state, plan.partitions, last), aggregate.failed])
  } finally {
    await aggregate.stop()
    await folder.close()
    rmSync(dir, { recursive: true, force: true })
  }
}
