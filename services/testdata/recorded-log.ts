import { existsSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { resolve } from 'node:path'
import { pino } from 'pino'
import { VirtualClock } from '../adapters/clock.virtual.ts'
import { MemoryDisk } from '../adapters/disk.memory.ts'
import { MemoryLetters } from '../adapters/letters.memory.ts'
import { MemoryLog } from '../adapters/log.memory.ts'
import { planOf } from '../app-plan.ts'
import { readConfig, type ReadConfig } from '../config.ts'
import type { Plan } from '../core/plan.ts'
import { importFile } from '../import.ts'
import { createIngest, type Ingest } from '../ingest.ts'
import type { Log } from '../ports.ts'
import type { Publisher } from '../publisher.ts'
import { importWorld } from './import-world.ts'

// From the build the configuration lies a folder further up.
const home =
  ['../..', '../../..']
    .map((up) => resolve(import.meta.dirname, up))
    .find((folder) => existsSync(resolve(folder, 'config'))) ?? ''
const encoder = new TextEncoder()

/** The log that a recording makes when it is imported with the data clock: records by partition. */
export interface RecordedLog {
  readonly read: ReadConfig
  readonly plan: Plan
  readonly records: readonly (readonly Uint8Array[])[]
  readonly observations: number
}

/** A front door without a network: bundles go straight to ingest. */
export function directDoor(ingest: Ingest): Publisher {
  return {
    address: 'direct',
    async send(parcel) {
      if (parcel.kind !== 'bundle') throw new TypeError('recordings of sensors have no calls')
      const payload = encoder.encode(JSON.stringify(parcel.observations))
      const { commit, accepted } = ingest.accept(ingest.sender(parcel.vendor, parcel.source), payload)
      await ingest.settled(commit)
      return { taken: accepted, refused: [] }
    },
    sendRaw: () => Promise.resolve(),
    onFeedback: () => {},
    close: () => Promise.resolve(),
  }
}

async function recordsOf(log: Log, partition: number): Promise<Uint8Array[]> {
  const records: Uint8Array[] = []
  const end = await log.end(partition)
  const stop = new AbortController()
  if (end > 0)
    for await (const batch of log.read(partition, 0, stop.signal)) {
      for (const record of batch.records) records.push(record)
      if (records.length >= end) stop.abort()
    }
  return records
}

/** Imports `file` by the mapping `format` into the city of `config/NAME.yaml`; at most `limit` rows; `tick` as `10s` instead of its own. */
export async function recordedLog(
  name: string,
  format: string,
  file: string,
  limit?: number,
  tick?: string,
  atEnd?: (run: () => void) => void,
): Promise<RecordedLog> {
  const clockSettings = { source: 'data', ...(tick !== undefined && { tick }) }
  const read = readConfig(resolve(home, 'config', `${name}.yaml`), {}, { clock: clockSettings })
  const plan = planOf(read, pino({ level: 'error' }))
  const clock = new VirtualClock(1)
  const disk = new MemoryDisk({ defer: (run) => void setImmediate(run) })
  const log = new MemoryLog(disk, { partitions: plan.partitions, epoch: '0123456789abcdef' })
  const deadLetters = new MemoryLetters(10)
  const ingest = createIngest({ log, clock, plan, config: read.config, deadLetters, program: 'test' })
  await ingest.start()
  const door = directDoor(ingest)
  const world = importWorld(
    {
      mqtt: () => Promise.resolve(door),
      http: () => Promise.resolve(door),
      progress: () => Promise.resolve(null),
    },
    atEnd,
  )
  const rows = limit === undefined ? [] : ['--limit', String(limit)]
  const { sent } = await importFile([file, '--format', format, '--rate', 'max', ...rows], world)
  // Silence shows what no tick has covered yet.
  clock.advance(2000)
  await nextTurn()
  await ingest.stop()
  const all = Array.from({ length: plan.partitions }, (_, partition) => partition)
  return {
    read,
    plan,
    records: await Promise.all(all.map((partition) => recordsOf(log, partition))),
    observations: sent,
  }
}
