import { resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pino } from 'pino'
import { MemoryLetters } from '../adapters/letters.memory.ts'
import { seededRandom } from '../adapters/random.seeded.ts'
import { planOf } from '../app-plan.ts'
import { readConfig, type ReadConfig } from '../config.ts'
import type { Plan } from '../core/plan.ts'
import { createHotline } from '../hotline.ts'
import { createIngest, type Ingest } from '../ingest.ts'
import type { Hotline } from '../hotline-port.ts'
import type { Log } from '../ports.ts'
import type { Publisher } from '../publisher.ts'
import { startSimulator } from '../simulator.ts'
import { liveStages, type LiveStages } from './live-stages.ts'
import { directDoor } from './recorded-log.ts'

const home = resolve(import.meta.dirname, '../..')
/** Tuesday, 24 November 2026, 8:00 in the city. */
export const BEGIN = Date.parse('2026-11-24T08:00:00+08:00')
/** Time that passes at once, ms. */
const STEP_MS = 1000
/** Ticks that walls may be behind: ticks that wait for the log are told as one. */
const MOST_BEHIND = 2

/** What the demo city said in a while, with what live's stages told a wall of it. */
export interface DemoLog {
  readonly read: ReadConfig
  readonly plan: Plan
  readonly records: readonly (readonly Uint8Array[])[]
  readonly epoch: string
  readonly to: number
  readonly live: LiveStages
}

/** Doors that lead straight to ingest and hotline. */
function doorsTo(ingest: Ingest, hotline: Hotline): Publisher {
  const door = directDoor(ingest)
  return {
    ...door,
    async send(parcel) {
      if (parcel.kind !== 'call') return door.send(parcel)
      await hotline.report(parcel)
      return { taken: 1, refused: [] }
    },
  }
}

/** All records of a partition as of now. */
export async function recordsOf(log: Log, partition: number): Promise<Uint8Array[]> {
  const records: Uint8Array[] = []
  const end = await log.end(partition)
  const stop = new AbortController()
  if (end > 0)
    for await (const batch of log.read(partition, 0, stop.signal)) {
      records.push(...batch.records)
      if (records.length >= end) stop.abort()
    }
  return records.slice(0, end)
}

/** Plays the simulated city for so many seconds of virtual time through ingest, log and all stages. */
export async function demoLog(seconds: number): Promise<DemoLog> {
  const read = readConfig(resolve(home, 'config/qingyu.yaml'), {}, { demo: { enabled: true } })
  const { config } = read
  const plan = planOf(read, pino({ level: 'error' }))
  const live = await liveStages(read, plan, BEGIN)
  const { log, clock, state } = live
  const ingest = createIngest({
    log,
    clock,
    plan,
    config,
    program: 'test',
    deadLetters: new MemoryLetters(10),
  })
  const hotline = createHotline({ config, plan, intake: ingest, log, state, clock, random: seededRandom(2) })
  await ingest.start()
  const door = doorsTo(ingest, hotline)
  const open = () => Promise.resolve(door)
  const simulator = await startSimulator({
    grid: plan.grid,
    seed: 1,
    clock,
    accounts: new Map(),
    mqttUrl: '',
    httpUrl: '',
    doors: { mqtt: open, http: open, progress: () => Promise.resolve(null) },
    warn: (sentence) => {
      throw new Error(sentence)
    },
  })
  for (let second = 0; second < seconds; second++) {
    clock.advance(STEP_MS)
    await nextTurn()
    if (second > MOST_BEHIND) await live.reached(clock.now() - MOST_BEHIND * plan.tickMs)
  }
  await simulator.stop()
  await ingest.stop()
  const to = Math.floor(clock.now() / plan.tickMs) * plan.tickMs - plan.tickMs
  await live.reached(to)
  const all = Array.from({ length: plan.partitions }, (_, partition) => partition)
  const records = await Promise.all(all.map((partition) => recordsOf(log, partition)))
  return { read, plan, records, epoch: log.epoch, to, live }
}
