import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import type { DeadLetter } from '../ports.ts'
import type { CountedLetters } from './letters.lmdb.ts'
import { addressOf, clientOf } from './redis-client.ts'
import { lettersKey, vendorsKey } from './redis-keys.ts'
import { RedisLink } from './redis-link.ts'
import { ENROL, POST } from './redis-script.ts'

/** Letters that may wait for Redis; the oldest go first when more come. */
const QUEUE = 10_000
/** Letters of one step, and of one script. */
const BATCH = 500
/** Vendors whose letters are kept; a letter of one more is dropped. */
const VENDORS = 1000
const LETTER_BYTES = 1024
/** Longest wait for a Redis that is away: of a question, and of the end, ms. */
const QUESTION_MS = 10_000
const CLOSING_MS = 2000

type Kept = Omit<DeadLetter, 'bytes'> & { readonly bytes: string }

/** What dead letters in Redis are kept by. */
export interface RedisLettersOptions {
  readonly config: Pick<Config, 'redis'>
  readonly log: Logger
  /** Letters kept of each vendor. */
  readonly most: number
}

class RedisLetters implements CountedLetters {
  readonly counts = { dropped: 0, displaced: 0 }
  readonly #link: RedisLink
  readonly #prefix: string
  readonly #most: number
  /** Vendors known to be kept; bound: VENDORS. */
  readonly #vendors = new Set<string>()
  #queue: DeadLetter[] = []
  #writing: Promise<void> | undefined

  constructor({ config, log, most }: RedisLettersOptions) {
    const client = clientOf(config.redis, 'qingyu-letters')
    this.#link = new RedisLink(client, addressOf(config.redis), log)
    this.#prefix = config.redis.prefix
    this.#most = most
    // Letters are no reason not to start: they wait in their queue.
    client.connect().catch(() => undefined)
  }

  // Rate: per refusal. No promise is made for it: a flood of refusals costs a push each.
  add(letter: DeadLetter): void {
    this.#queue.push(letter)
    if (this.#queue.length > QUEUE) {
      this.#queue.shift()
      this.counts.dropped++
    }
    this.#writing ??= this.#write()
  }

  // What this process added before the question is in the answer.
  async list(vendor: string, most: number): Promise<readonly DeadLetter[]> {
    await this.#settled(QUESTION_MS)
    const key = lettersKey(this.#prefix, vendor)
    const found = await this.#link.persist(() => this.#link.client.lrange(key, 0, most - 1), QUESTION_MS)
    return found.map((text) => {
      const kept = JSON.parse(text) as Kept
      return { ...kept, bytes: Buffer.from(kept.bytes, 'base64') }
    })
  }

  async close(): Promise<void> {
    await this.#settled(CLOSING_MS)
    this.#link.close()
    await this.#writing
  }

  async #settled(most: number): Promise<void> {
    const waiting = new AbortController()
    const { signal } = waiting
    await Promise.race([this.#writing, pause(most, undefined, { signal }).catch(() => undefined)])
    waiting.abort()
  }

  async #write(): Promise<void> {
    // Let the turn that refuses finish first: vendors are answered before their letters are filed.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#queue.length > 0) {
      const letters = this.#queue.slice(0, BATCH)
      this.#queue = this.#queue.slice(BATCH)
      for (const vendor of new Set(letters.map((letter) => letter.vendor))) {
        const own = letters.filter((letter) => letter.vendor === vendor)
        try {
          await this.#link.persist(() => this.#post(vendor, own))
        } catch {
          this.counts.dropped += own.length
        }
      }
    }
    this.#writing = undefined
  }

  // Sent again after an answer that was lost, letters may stand twice.
  async #post(vendor: string, letters: readonly DeadLetter[]): Promise<void> {
    if (!this.#vendors.has(vendor)) {
      const isKept = await this.#link.run(ENROL, [vendorsKey(this.#prefix)], vendor, VENDORS)
      if (isKept !== 1) {
        this.counts.dropped += letters.length
        return
      }
      this.#vendors.add(vendor)
    }
    const texts = letters.map((letter) => {
      const bytes = Buffer.from(letter.bytes.subarray(0, LETTER_BYTES)).toString('base64')
      return JSON.stringify({ ...letter, bytes } satisfies Kept)
    })
    const key = lettersKey(this.#prefix, vendor)
    this.counts.displaced += Number(await this.#link.run(POST, [key], this.#most, ...texts))
  }
}

/**
 * Dead letters in Redis, of all processes of a cluster, at most `most` of each vendor. It connects by itself; while Redis is
 * away letters wait in a queue, and may be lost in a crash; observations may not.
 */
export function redisLetters(options: RedisLettersOptions): CountedLetters {
  return new RedisLetters(options)
}
