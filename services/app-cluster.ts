import { randomInt } from 'node:crypto'
import type { Logger } from 'pino'
import { redisLetters } from './adapters/letters.redis.ts'
import { openKafkaLog } from './adapters/log.kafka.ts'
import { kafkaOwnership } from './adapters/ownership.kafka.ts'
import { redisOwnership } from './adapters/ownership.redis.ts'
import { redisRegistry } from './adapters/registry.redis.ts'
import { openRedisState } from './adapters/state.redis.ts'
import type { Stores } from './app-stores.ts'
import { processName, stagesOf } from './config-cluster.ts'
import type { Config } from './config-schema.ts'
import { conducted } from './core/conducted.ts'
import { QingyuError } from './core/errors.ts'
import { partitionOf } from './core/grid.ts'
import type { Plan } from './core/plan.ts'
import { spell } from './core/time.ts'
import type { Clock } from './ports.ts'

/** Waits between two tries of a dependency at the start, ms: doubled from the first to the last, with up to half as much chance. */
const FIRST_WAIT = 500
const LAST_WAIT = 10_000
/** What passes by itself once the other side is up. */
const PASSING: ReadonlySet<string> = new Set(['LG-unreachable', 'ST-unreachable'])

interface Around {
  readonly log: Logger
  readonly clock: Clock
}

/** Tries until the dependency is there, saying each time for what it waits; gives up after `most` ms (0: never) or on a fault that waiting does not mend. */
async function patiently<T>(attempt: () => Promise<T>, most: number, { log, clock }: Around): Promise<T> {
  const begun = clock.now()
  for (let wait = FIRST_WAIT; ; wait = Math.min(LAST_WAIT, wait * 2)) {
    try {
      return await attempt()
    } catch (fault) {
      if (!(fault instanceof QingyuError) || !PASSING.has(fault.code)) throw fault
      const waited = clock.now() - begun
      if (most > 0 && waited >= most) throw fault
      const pause = wait + randomInt(wait / 2)
      log.warn(`${fault.message}; trying again in ${spell(pause)}. ${fault.hint}`)
      await new Promise<void>((resolve) => clock.at(clock.now() + pause, resolve))
    }
  }
}

/** Log in Kafka, state in Redis, shared with other processes; waits for both. Throws what no waiting mends. */
export async function openCluster(config: Config, plan: Plan, around: Around): Promise<Stores> {
  const { log: logger, clock } = around
  const { grid, partitions } = plan
  const belonging = { city: grid.city, grid: grid.version, partitions }
  const { kafka } = config
  const attempt = <T>(open: () => Promise<T>): Promise<T> => patiently(open, config.cluster.wait, around)
  const name = processName(config)
  const { retention, maxSize } = config.log
  const log = await attempt(() => openKafkaLog({ kafka, ...belonging, retention, maxSize, name, logger }))
  try {
    const shared = { config, clock, log: logger }
    const state = await attempt(() =>
      openRedisState({
        ...shared,
        belonging: { ...belonging, epoch: log.epoch },
        codes: grid.codes,
        scheme: plan.scheme,
        partitionOf: (area) => partitionOf(grid, area, partitions),
      }),
    )
    const letters = redisLetters({ ...shared, most: config.limits.deadLetters })
    const registry = redisRegistry(shared)
    const alertOwnership = redisOwnership({ config, lease: 'alert', name, logger })
    const archiveOwnership = redisOwnership({ config, lease: 'archive', name, logger })
    const ownership = kafkaOwnership({ kafka, name, logger })
    const sessions = kafkaOwnership({ kafka: { ...kafka, group: `${kafka.group}.broker` }, name, logger })
    const isData = config.clock.source === 'data'
    return {
      log,
      state,
      letters,
      ownership,
      alertOwnership,
      archiveOwnership,
      registry,
      sessions,
      ticks: conducted(state, partitions),
      // Recorded data have no pace of their own: whoever is slower is waited for.
      score: { patience: isData ? Infinity : config.cluster.patience, clock },
      trims: false,
      place: `Kafka ${kafka.brokers} (${log.topic}), Redis ${state.address}`,
      standings: {
        kafka: () => log.standing,
        redis: () => state.standing,
        ...(stagesOf(config).has('aggregate') && { partitions: () => ownership.standing }),
        ...(stagesOf(config).has('alert') && { lease: () => alertOwnership.standing }),
      },
      metrics: [state.metrics, log.metrics],
      onBroken: (listener) => log.onBroken(listener),
      async close() {
        await letters.close()
        await registry.close()
        await state.close()
        await log.close()
      },
    }
  } catch (fault) {
    await log.close()
    throw fault
  }
}
