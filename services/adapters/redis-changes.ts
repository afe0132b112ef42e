import { setMaxListeners } from 'node:events'
import { QingyuError } from '../core/errors.ts'
import type { TickBytes } from '../ports.ts'
import { CHANGES_BYTES, CHANGES_TICKS } from './change-reader.ts'
import { listenerOf, type RedisClient } from './redis-client.ts'
import { channelOf, keysOf } from './redis-keys.ts'
import type { RedisLink } from './redis-link.ts'
import { PAGE } from './redis-script.ts'
import { Tail } from './tail.ts'

/** Readers look by themselves so often, ms: a message that was lost only delays. */
const LOOK_MS = 1000

interface Page {
  /** Lowest tick from which nothing was dropped. */
  readonly floor: number
  readonly newest: number
  readonly ticks: readonly TickBytes[]
}

function pageOf(partition: number, reply: unknown): Page {
  const [floor, newest, ...entries] = reply as Buffer[]
  const ticks: TickBytes[] = []
  for (let i = 0; i + 1 < entries.length; i += 2) {
    const bytes = entries[i + 1]
    if (bytes !== undefined) ticks.push({ partition, at: Number.parseInt(String(entries[i]), 10), bytes })
  }
  return { floor: Number(String(floor)), newest: Number(String(newest)), ticks }
}

/** What `work` answers, or null as soon as the signal aborts. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(null)
    signal.addEventListener('abort', stop)
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** The tick records of all partitions as commits come; one connection that listens, for all readers of this process. */
export class RedisChanges {
  readonly #link: RedisLink
  readonly #prefix: string
  readonly #count: number
  readonly #tail: Tail<never>
  /** Messages heard, by partition. */
  readonly #heard: number[]
  readonly #listener: RedisClient
  readonly #timer: NodeJS.Timeout
  #isAsking = false

  constructor(link: RedisLink, prefix: string, count: number) {
    this.#link = link
    this.#prefix = prefix
    this.#count = count
    this.#tail = new Tail(count, 0)
    this.#heard = Array.from({ length: count }, () => 0)
    this.#listener = listenerOf(link.client)
    this.#listener.on('message', (_channel: string, partition: string) => this.#ring(Number(partition)))
    this.#listener.on('ready', () => this.#subscribe())
    if (this.#listener !== link.client) {
      // How the connection stands, the link tells.
      this.#listener.on('error', () => undefined)
      this.#listener.connect().catch(() => undefined)
    }
    this.#subscribe()
    this.#timer = setInterval(() => {
      this.#subscribe()
      for (let partition = 0; partition < this.#count; partition++) this.#ring(partition)
    }, LOOK_MS).unref()
  }

  /**
   * Yields as ports.State says. Where Redis lost all and the owner makes the ticks anew from the log, the reader waits until
   * those from `from` on come.
   */
  async *read(
    partition: number,
    from: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly TickBytes[], void, void> {
    // One signal may end the readers of all partitions.
    setMaxListeners(0, signal)
    let next = from
    while (!signal.aborted) {
      const heard = this.#heard[partition]
      const page = await orAborted(this.#page(partition, next, signal), signal)
      if (page === null) return
      if (next < page.floor) throw new QingyuError('ST-gone', { value: next, oldest: page.floor })
      const last = page.ticks.at(-1)
      if (last !== undefined) {
        yield page.ticks
        next = last.at + 1
      } else if (Math.max(next, 1) <= page.newest) {
        throw new QingyuError('ST-gone', { value: next, oldest: page.newest })
      } else if (heard === this.#heard[partition]) await this.#tail.more(partition, signal)
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#listener.disconnect()
  }

  #page(partition: number, from: number, signal: AbortSignal): Promise<Page> {
    const { head, ticks } = keysOf(this.#prefix, partition)
    const bounds = [CHANGES_TICKS, CHANGES_BYTES]
    return this.#link.persist(
      async () => pageOf(partition, await this.#link.run(PAGE, [head, ticks], from, ...bounds)),
      Infinity,
      signal,
    )
  }

  #ring(partition: number): void {
    if (!(partition >= 0 && partition < this.#count)) return
    this.#heard[partition] = (this.#heard[partition] ?? 0) + 1
    this.#tail.wake(partition)
  }

  /** Asked every second, so that it also holds for another connection than before, and finds out that one is dead. */
  #subscribe(): void {
    if (this.#isAsking) return
    this.#isAsking = true
    const done = (): void => void (this.#isAsking = false)
    this.#listener.subscribe(channelOf(this.#prefix)).then(done, done)
  }
}
