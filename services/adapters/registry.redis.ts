import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import type { Clock, Registry, RegistryEntry } from '../ports.ts'
import { registryKeys } from './redis-keys.ts'
import { addressOf, clientOf } from './redis-client.ts'
import { RedisLink } from './redis-link.ts'
import { ENTER, ENTRIES } from './redis-script.ts'
import { MOST_ENTRIES } from './registry-table.ts'

/** Longest wait of a question for a Redis that is away, ms; then ST-unreachable. */
const QUESTION_MS = 5_000

/** What a registry in Redis is kept by. */
export interface RedisRegistryOptions {
  readonly config: Pick<Config, 'redis'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
}

class RedisRegistry implements Registry {
  readonly #link: RedisLink
  readonly #prefix: string
  readonly #clock: Pick<Clock, 'now'>
  /** The first connection, made or failed: a question asked before is no fault to warn of. */
  readonly #connecting: Promise<void>

  constructor({ config, clock, log }: RedisRegistryOptions) {
    const client = clientOf(config.redis, 'qingyu-registry')
    this.#link = new RedisLink(client, addressOf(config.redis), log)
    this.#prefix = config.redis.prefix
    this.#clock = clock
    // Nobody can sign in while Redis is away, but walls and ingest need no registry.
    this.#connecting = client.connect().catch(() => undefined)
  }

  async put(entry: RegistryEntry): Promise<void> {
    await this.#enter(entry, 'always')
  }

  async found(entry: RegistryEntry): Promise<RegistryEntry> {
    return (await this.#enter(entry, 'absent')) ?? entry
  }

  async renew(entry: RegistryEntry): Promise<boolean> {
    return (await this.#enter(entry, 'present')) !== null
  }

  async get(kind: RegistryEntry['kind'], key: string): Promise<RegistryEntry | undefined> {
    const [entries] = registryKeys(this.#prefix, kind, '')
    const text = await this.#asked(() => this.#link.client.hget(entries, key))
    return text === null ? undefined : this.#living(text)
  }

  async list(kind: RegistryEntry['kind'], person: string): Promise<readonly RegistryEntry[]> {
    const [entries, order] = registryKeys(this.#prefix, kind, person)
    const found = await this.#asked(() => this.#link.run(ENTRIES, [entries, order]))
    if (!Array.isArray(found)) return []
    return found.flatMap((bytes: unknown) => {
      const entry = Buffer.isBuffer(bytes) ? this.#living(bytes.toString()) : undefined
      return entry?.person === person ? [entry] : []
    })
  }

  async drop(kind: RegistryEntry['kind'], key: string): Promise<void> {
    const known = await this.get(kind, key)
    const [entries, order] = registryKeys(this.#prefix, kind, known?.person ?? '')
    await this.#asked(() => this.#link.client.hdel(entries, key))
    await this.#asked(() => this.#link.client.zrem(order, key))
  }

  async close(): Promise<void> {
    this.#link.close()
  }

  /** What stands after it; null where nothing does. */
  async #enter(entry: RegistryEntry, when: 'always' | 'absent' | 'present'): Promise<RegistryEntry | null> {
    const keys = registryKeys(this.#prefix, entry.kind, entry.person)
    const rest = [JSON.stringify(entry), entry.person, MOST_ENTRIES, when, this.#clock.now()]
    const standing = await this.#asked(() => this.#link.run(ENTER, keys, entry.key, ...rest))
    return Buffer.isBuffer(standing) ? (JSON.parse(standing.toString()) as RegistryEntry) : null
  }

  #living(text: string): RegistryEntry | undefined {
    const entry = JSON.parse(text) as RegistryEntry
    return entry.expires > this.#clock.now() ? entry : undefined
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    await this.#connecting
    return this.#link.persist(ask, QUESTION_MS)
  }
}

/** Sessions, tokens and push subscriptions in Redis, shared by all gateways of a cluster. It connects by itself. */
export function redisRegistry(options: RedisRegistryOptions): Registry {
  return new RedisRegistry(options)
}
