import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import { sentenceOf } from '../core/errors.ts'
import type { Ownership, Standing } from '../ports.ts'
import { Claims, type Own } from './claims.ts'
import { addressOf, clientOf } from './redis-client.ts'
import { leaseKey, type Lease } from './redis-keys.ts'
import { RedisLink } from './redis-link.ts'
import { LEASE, RELEASE } from './redis-script.ts'

/** A lease that was not renewed for so long is over, ms. */
const LEASE_MS = 3000
/** Holders renew, and standbys ask, so often, ms: with the lease it makes a takeover within 5 s. */
const POLL_MS = 1000
/** The only partition there is to own. */
const ONLY = 0

/** What a candidate for the lease is made of. */
export interface RedisOwnershipOptions {
  readonly config: Pick<Config, 'redis'>
  /** What it is for. */
  readonly lease: Lease
  /** Name of this process, for people who look at the lease. */
  readonly name: string
  readonly logger: Logger
}

/** A candidate for the one partition that several processes could own. */
export interface RedisOwnership extends Ownership {
  readonly standing: Standing
}

/**
 * One key of Redis that its holder renews. The holder counts from before it asked, Redis from when it heard: so the holder has
 * given up before another can be given it. One that was paused gives up when it wakes; what it still writes the state refuses.
 */
class LeaseHolder implements RedisOwnership {
  readonly #lease: Lease
  readonly #key: string
  readonly #token: string
  readonly #logger: Logger
  readonly #link: RedisLink
  #claims = new Claims(() => Promise.resolve(), undefined)
  /** When the lease is over unless it is renewed, ms of the monotonic clock. */
  #until = 0
  #poll: NodeJS.Timeout | undefined
  #deadline: NodeJS.Timeout | undefined
  #isAsking = false
  #isLeaving = false
  #trouble = ''

  constructor({ config, lease, name, logger }: RedisOwnershipOptions) {
    this.#lease = lease
    this.#key = leaseKey(config.redis.prefix, lease)
    this.#token = `${name} ${randomBytes(8).toString('hex')}`
    this.#logger = logger
    this.#link = new RedisLink(
      clientOf(config.redis, `qingyu-lease-${lease}`),
      addressOf(config.redis),
      logger,
    )
  }

  get held(): readonly number[] {
    return performance.now() < this.#until ? this.#claims.held : []
  }

  get standing(): Standing {
    if (this.held.length > 0) return { ready: true, state: 'active' }
    if (this.#trouble !== '') return { ready: false, state: `cannot ask for the lease: ${this.#trouble}` }
    return { ready: true, state: 'stands by' }
  }

  start(own: Own): Promise<void> {
    this.#claims = new Claims(own, this.#logger)
    const { client } = this.#link
    client.on('ready', () => void this.#ask())
    // It reconnects by itself; until then nobody is given anything.
    client.connect().catch((fault: unknown) => (this.#trouble = sentenceOf(fault)))
    this.#poll = setInterval(() => void this.#ask(), POLL_MS)
    return Promise.resolve()
  }

  reached(): void {}

  async stop(): Promise<void> {
    if (this.#isLeaving) return
    this.#isLeaving = true
    // Renewed until all is committed, so that nobody comes in between.
    await this.#claims.release(this.#claims.held)
    clearInterval(this.#poll)
    clearTimeout(this.#deadline)
    // Others need not wait until it runs out; where Redis is away they do.
    if (performance.now() < this.#until)
      await this.#link.run(RELEASE, [this.#key], this.#token).catch(() => undefined)
    this.#until = 0
    this.#link.close()
  }

  /** Asks for the lease, or for more of it. */
  async #ask(): Promise<void> {
    this.#expire()
    if (this.#isAsking || (this.#isLeaving && this.#until === 0)) return
    this.#isAsking = true
    const asked = performance.now()
    try {
      const answer = await this.#link.run(LEASE, [this.#key], this.#token, LEASE_MS)
      this.#trouble = ''
      if (answer === 1) this.#extend(asked + LEASE_MS)
      else this.#lose('another process holds it')
    } catch (fault) {
      this.#trouble = sentenceOf(fault)
    } finally {
      this.#isAsking = false
    }
  }

  #extend(until: number): void {
    if (performance.now() >= until) return
    this.#until = until
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.#expire(), until - performance.now())
    if (this.#isLeaving || this.#claims.held.length > 0) return
    this.#logger.info(`Holds the lease of the ${this.#lease} stage`)
    this.#claims.take(ONLY)
  }

  /** A timer may come late, as after a pause of this process: what counts is the time. */
  #expire(): void {
    if (performance.now() >= this.#until) this.#lose(this.#trouble || 'it was not renewed in time')
  }

  #lose(why: string): void {
    clearTimeout(this.#deadline)
    this.#until = 0
    if (this.#claims.held.length === 0) return
    if (!this.#isLeaving) this.#logger.warn(`The lease of the ${this.#lease} stage was lost: ${why}`)
    void this.#claims.release([ONLY])
  }
}

/**
 * Ownership by a lease in Redis of what only one process may do; number 0 stands for it. An answer of `own` that settles while
 * the lease is ours is asked for again after a second.
 */
export function redisOwnership(options: RedisOwnershipOptions): RedisOwnership {
  return new LeaseHolder(options)
}
