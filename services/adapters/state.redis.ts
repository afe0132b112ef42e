import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import { QingyuError } from '../core/errors.ts'
import type { Scheme } from '../core/level.ts'
import type { MetricSource } from '../metrics-port.ts'
import type { Clock, Standing, State } from '../ports.ts'

/** What a state in Redis is opened for. */
export interface RedisStateOptions {
  readonly config: Pick<Config, 'redis'>
  readonly clock: Clock
  readonly log: Logger
  /** Whose keys they are; others under the same prefix are refused with ST-prefix. */
  readonly belonging: {
    readonly city: string
    /** Version of the grid. */
    readonly grid: string
    /** Partitions of the log. */
    readonly partitions: number
    /** Epoch of the log. */
    readonly epoch: string
  }
  /** Code of each area by index. */
  readonly codes: readonly string[]
  readonly scheme: Scheme
  /** Partition that commits an area's levels; areas above the partition level belong to `partitions`. */
  readonly partitionOf: (area: number) => number
}

/** The state of a cluster. */
export interface RedisState extends State {
  /** Where it lies, without the password. */
  readonly address: string
  readonly standing: Standing
  readonly metrics: MetricSource
}

/**
 * Opens the state of a cluster. Rejects within 10 s with ST-unreachable, ST-credentials, ST-evicts, ST-redis or ST-prefix.
 * `load` and `commit` wait for a Redis that is away until `close`; questions give up after 10 s with ST-unreachable.
 */
export function openRedisState(options: RedisStateOptions): Promise<RedisState> {
  const hint = 'It is not opened yet.'
  return Promise.reject(new QingyuError('ST-redis', { value: options.config.redis.url, why: '', hint }))
}
