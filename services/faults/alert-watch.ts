import { setTimeout as pause } from 'node:timers/promises'
import { clientOf, type RedisClient } from '../adapters/redis-client.ts'
import { keysOf, leaseKey } from '../adapters/redis-keys.ts'
import type { Config } from '../config-schema.ts'
import { alertPartition } from '../core/alert-record.ts'
import type { Plan } from '../core/plan.ts'

const LOOK_MS = 50

/** Looks at who watches over alerts and how far they have come, in Redis itself, past all proxies. */
export class AlertWatch {
  readonly #client: RedisClient
  readonly #lease: string
  readonly #head: string
  readonly #now: () => number
  readonly #looking: Promise<void>
  /** What stands in the lease: a name and a token that is new with every start; '' while nobody holds it. */
  #held = ''
  /** Newest tick committed, ms. */
  #committed = 0
  #isOver = false

  constructor({ redis }: Pick<Config, 'redis'>, plan: Plan, now: () => number) {
    this.#client = clientOf(redis, 'qingyu-faults')
    this.#lease = leaseKey(redis.prefix, 'alert')
    this.#head = keysOf(redis.prefix, alertPartition(plan)).head
    this.#now = now
    this.#client.on('error', () => {})
    // It reconnects by itself.
    this.#client.connect().catch(() => undefined)
    this.#looking = this.#look()
  }

  /** Name of the active process; '' for none. */
  get holder(): string {
    return this.#held.split(' ', 1)[0] ?? ''
  }

  /** How old the newest tick is that was committed, ms. */
  get age(): number {
    return this.#now() - this.#committed
  }

  /** ms until another than the present holder has the lease and has committed a tick of after now; null after `patience` ms. */
  async takeover(patience: number): Promise<number | null> {
    const [begun, before] = [this.#now(), this.#held]
    const isTaken = () => this.#held !== '' && this.#held !== before && this.#committed > begun
    while (!isTaken()) {
      await pause(LOOK_MS)
      if (this.#now() - begun >= patience) return null
    }
    return this.#now() - begun
  }

  /** Resolves once tick `at` (ms) or a later one is committed: true; false after `patience` ms. */
  async reached(at: number, patience: number): Promise<boolean> {
    const end = this.#now() + patience
    while (this.#committed < at && this.#now() < end) await pause(LOOK_MS)
    return this.#committed >= at
  }

  async close(): Promise<void> {
    this.#isOver = true
    this.#client.disconnect()
    await this.#looking
  }

  async #look(): Promise<void> {
    while (!this.#isOver) {
      try {
        const [held, at] = await Promise.all([
          this.#client.get(this.#lease),
          this.#client.hget(this.#head, 'at'),
        ])
        this.#held = held ?? ''
        this.#committed = Number(at ?? 0)
      } catch {
        // Redis is away, as it is meant to be: what was seen last stands.
      }
      await pause(LOOK_MS)
    }
  }
}
