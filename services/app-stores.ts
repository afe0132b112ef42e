import { resolve } from 'node:path'
import { openDataFolder } from './adapters/data-folder.lmdb.ts'
import { lmdbLetters } from './adapters/letters.lmdb.ts'
import { lmdbLog } from './adapters/log.lmdb.ts'
import { ownAll } from './adapters/ownership.embedded.ts'
import { lmdbRegistry } from './adapters/registry.lmdb.ts'
import { lmdbState } from './adapters/state.lmdb.ts'
import type { Config } from './config-schema.ts'
import type { ScoreSettings } from './aggregate-score.ts'
import { aligned, type Ticks } from './core/align.ts'
import type { Plan } from './core/plan.ts'
import type { MetricSource } from './metrics-port.ts'
import type { Clock, DeadLetters, Log, Ownership, Registry, Standing, State } from './ports.ts'

/** The twins that stages are given: where the log and the state lie, and who owns what. */
export interface Stores {
  readonly log: Log
  readonly state: State
  readonly letters: DeadLetters
  readonly ownership: Ownership
  /** Which process finds incidents and keeps alerts: its number 0. */
  readonly alertOwnership: Ownership
  /** Which process writes the archive: its number 0. */
  readonly archiveOwnership: Ownership
  /** What is kept of people beside the log. */
  readonly registry: Registry
  /** By what ingest processes share out their places at a broker; null where one process has them all. */
  readonly sessions: Ownership | null
  /** How gateways read the ticks of all partitions. */
  readonly ticks: Ticks
  /** By what the owner of partition 0 tells ticks to all gateways; null where one process has them all. */
  readonly score: ScoreSettings | null
  /** Whether old records are ours to drop, not a broker's. */
  readonly trims: boolean
  /** Where the data lie, for people. */
  readonly place: string
  readonly standings: Readonly<Record<string, () => Standing>>
  readonly metrics: readonly MetricSource[]
  /** Told of a fault that only a restart mends. */
  onBroken(listener: (fault: unknown) => void): void
  close(): Promise<void>
}

/** Log and state in the data folder of this process; throws what {@link openDataFolder} does. */
export function openEmbedded(config: Config, plan: Plan, clock: Clock): Stores {
  const folder = openDataFolder(resolve(config.data.dir), {
    city: plan.grid.city,
    grid: plan.grid.version,
    partitions: plan.partitions,
  })
  const log = lmdbLog(folder)
  const state = lmdbState(folder)
  const letters = lmdbLetters(folder, config.limits.deadLetters)
  const registry = lmdbRegistry(folder, clock)
  return {
    log,
    state,
    letters,
    ownership: ownAll(plan.partitions),
    alertOwnership: ownAll(1),
    archiveOwnership: ownAll(1),
    registry,
    sessions: null,
    ticks: aligned(state, plan.partitions),
    score: null,
    trims: true,
    place: folder.dir,
    standings: {},
    metrics: [],
    onBroken: (listener) => folder.commits.onBroken(listener),
    async close() {
      await log.close()
      await state.close()
      await letters.close()
      await registry.close()
      await folder.close()
    },
  }
}
