import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import { QingyuError } from '../core/errors.ts'
import type { Scheme } from '../core/level.ts'
import type { Metric, MetricSource } from '../metrics-port.ts'
import type {
  Clock,
  Commit,
  LevelHistory,
  Offset,
  ReadingHistory,
  Snapshot,
  Standing,
  State,
  TickBytes,
} from '../ports.ts'
import { RedisChanges } from './redis-changes.ts'
import { checkPrefix, checkServers, type Belonging } from './redis-check.ts'
import { entriesOf } from './redis-entries.ts'
import { RedisHistory } from './redis-history.ts'
import { keysOf } from './redis-keys.ts'
import { RedisLink } from './redis-link.ts'
import { PartitionWriter, type WriterCounts } from './redis-writer.ts'

/** Questions wait so long for a Redis that is away, ms. */
const QUESTION_MS = 10_000

/** What a state in Redis is opened for. */
export interface RedisStateOptions {
  readonly config: Pick<Config, 'redis'>
  /** Times commits. */
  readonly clock: Clock
  readonly log: Logger
  /** Whose keys they are; others under the same prefix are refused with ST-prefix. */
  readonly belonging: Belonging
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
  readonly counts: Readonly<WriterCounts>
  readonly metrics: MetricSource
}

class SharedState implements RedisState {
  readonly counts: WriterCounts = {
    commits: 0,
    milliseconds: 0,
    bytes: 0,
    large: 0,
    fenced: 0,
    rewound: 0,
  }
  readonly #link: RedisLink
  readonly #prefix: string
  /** Partitions of the log. */
  readonly #partitions: number
  readonly #kept: number
  readonly #writers: readonly PartitionWriter[]
  readonly #changes: RedisChanges
  readonly #history: RedisHistory

  constructor(link: RedisLink, options: RedisStateOptions, check: () => Promise<void>) {
    const { codes, scheme, belonging, partitionOf, clock } = options
    const { prefix, changes } = options.config.redis
    this.#link = link
    this.#prefix = prefix
    this.#partitions = belonging.partitions
    this.#kept = changes
    const parts = {
      link,
      naming: { prefix, codes, scheme },
      kept: this.#kept,
      check,
      clock,
      counts: this.counts,
    }
    const count = belonging.partitions + 3
    this.#writers = Array.from({ length: count }, (_, partition) => new PartitionWriter(parts, partition))
    this.#changes = new RedisChanges(link, prefix, count)
    this.#history = new RedisHistory(link, prefix, codes.length, partitionOf)
  }

  get address(): string {
    return this.#link.address
  }

  get standing(): Standing {
    return this.#link.standing
  }

  readonly metrics: MetricSource = () => {
    const { commits, milliseconds, bytes, large, fenced, rewound } = this.counts
    const one = (value: number) => [{ value }]
    const counters: readonly [name: string, help: string, value: number][] = [
      ['redis_commits_total', 'Commits that Redis took', commits],
      ['redis_commits_large_total', 'Commits that went to Redis in parts', large],
      ['redis_commit_seconds_total', 'Time that commits to Redis took', milliseconds / 1000],
      ['redis_commit_bytes_total', 'Bytes of commits to Redis', bytes],
      ['redis_retries_total', 'Attempts on Redis that were made again', this.#link.retries],
      ['redis_fenced_total', 'Commits refused because another process owned the partition', fenced],
      ['redis_rewound_total', 'Commits refused because Redis had lost earlier ones', rewound],
    ]
    const gauge = { name: 'redis_ready', help: '1 while Redis answers', kind: 'gauge' } as const
    return [
      ...counters.map(([name, help, value]): Metric => ({
        name,
        help,
        kind: 'counter',
        samples: one(value),
      })),
      { ...gauge, samples: one(this.standing.ready ? 1 : 0) },
    ]
  }

  async load(partition: number): Promise<Snapshot> {
    return this.#writer(partition).load()
  }

  async commit(partition: number, expected: Offset, next: Commit): Promise<void> {
    await this.#writer(partition).commit(expected, next)
  }

  changes(partition: number, from: number, signal: AbortSignal): AsyncIterable<readonly TickBytes[]> {
    return this.#changes.read(partition, from, signal)
  }

  async entry(partition: number, key: string): Promise<Uint8Array | undefined> {
    const { state } = keysOf(this.#prefix, partition)
    return (await this.#ask(() => this.#link.client.hgetBuffer(state, key))) ?? undefined
  }

  entries(partition: number, begin: string): Promise<ReadonlyMap<string, Uint8Array>> {
    const { state } = keysOf(this.#prefix, partition)
    return this.#ask(() => entriesOf(this.#link.client, state, begin))
  }

  async levelAt(area: number, at: number): Promise<LevelHistory | undefined> {
    const [line] = await this.levels(area, 0, at, 1)
    return line
  }

  levels(area: number, from: number, to: number, most: number): Promise<readonly LevelHistory[]> {
    return this.#ask(() => this.#history.levels(area, from, to, most))
  }

  readings(
    area: number,
    indicator: string,
    from: number,
    to: number,
    most: number,
  ): Promise<readonly ReadingHistory[]> {
    return this.#ask(() => this.#history.readings(area, indicator, from, to, most))
  }

  offsetAt(partition: number, at: number): Promise<Offset | undefined> {
    return this.#ask(() => this.#history.offsetAt(partition, at))
  }

  // Not of the score: it only tells what the others have committed.
  tick(): Promise<number> {
    const heads = Array.from({ length: this.#partitions + 1 }, (_, i) => keysOf(this.#prefix, i).head)
    return this.#ask(async () => {
      const ticks = await Promise.all(heads.map((head) => this.#link.client.hget(head, 'at')))
      return Math.min(...ticks.map(Number))
    })
  }

  // Rate: once an hour, and harmless when several processes do it.
  async trim(before: number): Promise<void> {
    for (let partition = 0; partition < this.#writers.length; partition++) {
      await this.#ask(() => this.#history.trim(partition, before, this.#kept))
    }
    await this.#ask(() => this.#history.trimLevels(before))
  }

  /** Lets go of what still waits for Redis: it is rejected with ST-unreachable. */
  close(): Promise<void> {
    this.#changes.close()
    this.#link.close()
    return Promise.resolve()
  }

  #ask<T>(question: () => Promise<T>): Promise<T> {
    return this.#link.persist(question, QUESTION_MS)
  }

  #writer(partition: number): PartitionWriter {
    const writer = this.#writers[partition]
    if (writer === undefined) throw new RangeError(`partition ${partition} of ${this.#writers.length}`)
    return writer
  }
}

function checkName(prefix: string): void {
  if (/^[^\s{}]{1,64}$/.test(prefix)) return
  const expected = 'up to 64 characters without spaces and braces'
  throw new QingyuError('CF-value', { file: 'configuration', field: 'redis.prefix', value: prefix, expected })
}

/**
 * Opens the state of a cluster. Rejects within 10 s with ST-unreachable, ST-credentials, ST-evicts, ST-redis or ST-prefix.
 * `load` and `commit` wait for a Redis that is away until `close`; questions give up after 10 s with ST-unreachable.
 */
export async function openRedisState(options: RedisStateOptions): Promise<RedisState> {
  const { config, log, belonging } = options
  checkName(config.redis.prefix)
  const link = await RedisLink.open(config.redis, 'qingyu-state', log)
  const check = async (): Promise<void> => {
    await checkServers(link, config.redis.nodes !== '')
    await checkPrefix(link, config.redis.prefix, belonging)
  }
  try {
    await link.persist(check, 0)
    return new SharedState(link, options, check)
  } catch (error) {
    link.close()
    throw error
  }
}
