import { MemoryDisk } from '../adapters/disk.memory.ts'
import { MemoryLetters } from '../adapters/letters.memory.ts'
import { MemoryLog } from '../adapters/log.memory.ts'
import { VirtualClock } from '../adapters/clock.virtual.ts'
import {
  decodeInForce,
  decodeTick,
  KIND_OBSERVATIONS,
  KIND_TICK,
  kindOf,
  readObservations,
  type InForce,
  type Tick,
} from '../core/record.ts'
import type { Plan } from '../core/plan.ts'
import { createIngest, type IngestOptions } from '../ingest.ts'
import type { Log } from '../ports.ts'
import { checkerboardPlan } from './checkerboard.ts'

/** Start of the tests' time: a multiple of every tick length they use. */
export const NOON = Date.UTC(2026, 10, 22, 4)

const encoder = new TextEncoder()

/** One record of a log, read back; rows as `time value area source`. */
export type Entry =
  | { readonly tick: Tick }
  | { readonly inForce: InForce }
  | {
      readonly rows: readonly {
        readonly time: number
        readonly value: number
        readonly area: number
        readonly source: string
      }[]
    }

/** Lets everything that waits for this turn of the event loop run. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** The ticks among the entries. */
export const ticksOf = (entries: readonly Entry[]) =>
  entries.flatMap((entry) => ('tick' in entry ? [entry.tick] : []))

/** The rows of all observations among the entries. */
export const rowsOf = (entries: readonly Entry[]) =>
  entries.flatMap((entry) => ('rows' in entry ? entry.rows : []))

/** The entries in words: `in force`, `tick <ms after noon>`, or the number of rows. */
export const kindsOf = (entries: readonly Entry[]) =>
  entries.map((entry) =>
    'tick' in entry ? `tick ${entry.tick.at - NOON}` : 'rows' in entry ? entry.rows.length : 'in force',
  )

/** All that one partition's log holds. */
export async function entriesOf(log: Log, partition: number): Promise<Entry[]> {
  const entries: Entry[] = []
  const end = await log.end(partition)
  if (end === 0) return entries
  for await (const { records } of log.read(partition, 0, new AbortController().signal)) {
    for (const bytes of records) {
      if (kindOf(bytes) === KIND_TICK) entries.push({ tick: decodeTick(bytes) })
      else if (kindOf(bytes) !== KIND_OBSERVATIONS) entries.push({ inForce: decodeInForce(bytes) })
      else {
        const columns = readObservations(bytes)
        const rows = Array.from({ length: columns.rows }, (_, i) => ({
          time: columns.time(i),
          value: columns.value(i),
          area: columns.area(i),
          source: columns.sources[columns.source(i)] ?? '',
        }))
        entries.push({ rows })
      }
    }
    if (entries.length >= end) break
  }
  return entries
}

/** An ingest on a memory log and a virtual clock; `fault` makes the disk fail while it answers. */
export function ingestBench(
  given: {
    readonly plan?: Partial<Plan>
    readonly clock?: Partial<IngestOptions['config']['clock']>
    readonly pending?: number
    readonly sources?: number
    readonly maxPayload?: number
    readonly log?: Log
    readonly now?: number
  } = {},
) {
  const disk: { fault: string | undefined } = { fault: undefined }
  const log =
    given.log ??
    new MemoryLog(new MemoryDisk({ defer: (run) => void setImmediate(run), fault: () => disk.fault }), {
      partitions: 4,
      epoch: '0011223344556677',
    })
  const clock = new VirtualClock(given.now ?? NOON)
  const letters = new MemoryLetters(1000)
  const plan = checkerboardPlan({ partitions: log.partitions, ...given.plan })
  const config = {
    clock: {
      source: 'wall',
      tick: plan.tickMs,
      skew: 60_000,
      maxAge: 604_800_000,
      maxStep: 172_800_000,
      ...given.clock,
    },
    http: { maxBody: 65_536 },
    limits: { batch: 1000, depth: 16, sources: given.sources ?? 1000, deadLetters: 1000 },
    log: { partitions: log.partitions, retention: 0, maxSize: 0, pending: given.pending ?? 65_536 },
    mqtt: { maxPacket: 65_536 },
    vendors: given.maxPayload === undefined ? {} : { acme: { password: '', maxPayload: given.maxPayload } },
  } as unknown as IngestOptions['config']
  const ingest = createIngest({ log, clock, plan, config, deadLetters: letters, program: '0.1.0' })
  return {
    ingest,
    log,
    clock,
    letters,
    plan,
    disk,
    /** Sends a payload as `acme/cam-1`, or as another source of acme. */
    send: (payload: unknown, source = 'cam-1') => {
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
      return ingest.accept(ingest.sender('acme', source), encoder.encode(text))
    },
    /** Waits until everything queued is durable. */
    flushed: async () => {
      while (ingest.stats().pending > 0) await turn()
    },
  }
}

/** A good observation of the given value `seconds` after noon. */
export function observation(value: number, seconds = 0, more: object = {}) {
  return { indicator: 'people.count', value, time: NOON + seconds * 1000, lon: 118.905, lat: 32.055, ...more }
}
