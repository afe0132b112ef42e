import { setMaxListeners } from 'node:events'
import { Cluster, type Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import { QingyuError, sentenceOf } from '../core/errors.ts'
import type { Standing } from '../ports.ts'
import { addressOf, connectRedis, waitBefore, type RedisClient } from './redis-client.ts'
import type { RedisScript } from './redis-script.ts'

/** An argument of a command. */
export type Argument = string | number | Uint8Array

/**
 * Answers that no waiting changes: our own fault, or that of the account. All others pass: a connection that closed or is not
 * there yet, a time that ran out, LOADING, BUSY, OOM, MISCONF, READONLY, CLUSTERDOWN, TRYAGAIN, MOVED.
 */
const LASTING = /^(ERR|WRONGTYPE|NOPERM|NOAUTH|WRONGPASS|NOPROTO|EXECABORT)\b/

function isLasting(error: unknown): boolean {
  if (error instanceof QingyuError || error instanceof RangeError) return true
  return error instanceof Error && error.name === 'ReplyError' && LASTING.test(error.message)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A connection to Redis that outlives its restarts, and says how it stands. */
export class RedisLink {
  readonly address: string
  readonly client: RedisClient
  /** Attempts that failed for the time being, since the start. */
  retries = 0
  readonly #log: Logger
  readonly #ending = new AbortController()
  /** Those that wait for another attempt, and why the last one failed. */
  #waiting = 0
  #why = ''

  /** Connects, or rejects within 10 s with ST-unreachable, ST-credentials or ST-redis. `name` is ours in the client list. */
  static async open(redis: Config['redis'], name: string, log: Logger): Promise<RedisLink> {
    return new RedisLink(await connectRedis(redis, name), addressOf(redis), log)
  }

  /** Takes over a client, connected or not. */
  constructor(client: RedisClient, address: string, log: Logger) {
    this.client = client
    this.address = address
    this.#log = log
    client.on('error', (error: Error) => (this.#why = sentenceOf(error)))
    // One listener for each attempt that waits is no leak.
    client.setMaxListeners(0)
    setMaxListeners(0, this.#ending.signal)
  }

  get standing(): Standing {
    if (this.#waiting > 0) return { ready: false, state: this.#unreachable().message }
    const { status } = this.client
    return { ready: status === 'ready', state: status === 'ready' ? 'answers' : status }
  }

  get closed(): boolean {
    return this.#ending.signal.aborted
  }

  /** Runs a script once; its source goes along only where Redis does not know it yet. Bulk replies are Buffers. */
  async run(script: RedisScript, keys: readonly string[], ...args: readonly Argument[]): Promise<unknown> {
    const rest = [...keys, ...args.map((arg) => (arg instanceof Uint8Array ? asBuffer(arg) : arg))]
    try {
      return await this.client.callBuffer('EVALSHA', script.sha, keys.length, ...rest)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return this.client.callBuffer('EVAL', script.lua, keys.length, ...rest)
    }
  }

  /**
   * Attempts until it succeeds; what passes by itself is waited for, `most` ms (for ever by default), or until `signal` aborts
   * or `close`, then ST-unreachable. Other faults of Redis are ST-redis.
   */
  async persist<T>(attempt: () => Promise<T>, most = Infinity, signal?: AbortSignal): Promise<T> {
    let isOver = most <= 0
    const timer = most === Infinity ? undefined : setTimeout(() => (isOver = true), most)
    let answered = false
    let waits = false
    try {
      for (let times = 1; ; times++) {
        const found = await this.#attempt(attempt)
        answered = found !== null
        if (found !== null) return found.result
        if (isOver || this.closed || signal?.aborted === true) throw this.#unreachable()
        if (!waits) this.#wait()
        waits = true
        await this.#pause(times)
      }
    } finally {
      clearTimeout(timer)
      if (waits) this.#resume(answered)
    }
  }

  /** All masters, or the one Redis. */
  masters(): readonly Redis[] {
    return this.client instanceof Cluster ? this.client.nodes('master') : [this.client]
  }

  close(): void {
    this.#ending.abort()
    this.client.disconnect()
  }

  async #attempt<T>(attempt: () => Promise<T>): Promise<{ readonly result: T } | null> {
    try {
      return { result: await attempt() }
    } catch (error) {
      if (isLasting(error)) throw this.#named(error)
      this.retries++
      this.#why = sentenceOf(error)
      return null
    }
  }

  #wait(): void {
    if (this.#waiting++ > 0) return
    const { message, hint } = this.#unreachable()
    this.#log.warn(`${message}; trying until it does. ${hint}`)
  }

  #resume(answered: boolean): void {
    if (--this.#waiting === 0 && answered) this.#log.info(`Redis at ${this.address} answers again`)
  }

  #unreachable(): QingyuError {
    return new QingyuError('ST-unreachable', { value: this.address, why: this.#why })
  }

  #named(error: unknown): unknown {
    if (error instanceof QingyuError || error instanceof RangeError) return error
    const hint =
      'Look into the log of Redis; the account needs scripts, INFO, and all commands on these keys and channels.'
    return new QingyuError('ST-redis', { value: this.address, why: sentenceOf(error), hint }, error)
  }

  /** Until the connection is back, or the wait is over. */
  #pause(times: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.client.off('ready', done)
        this.#ending.signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, waitBefore(times))
      this.client.on('ready', done)
      this.#ending.signal.addEventListener('abort', done)
    })
  }
}
