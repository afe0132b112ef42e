import { setMaxListeners } from 'node:events'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { QingyuError, sentenceOf } from '../core/errors.ts'
import type { Batch, Offset } from '../ports.ts'
import { KEY } from './kafka-appender.ts'
import { asked, type Client, type KafkaMessage } from './kafka-driver.ts'
import type { FeedListener, KafkaFeed } from './kafka-feed.ts'
import { ForeignMessages } from './kafka-foreign.ts'
import { KafkaInbox } from './kafka-inbox.ts'
import { BATCH_RECORDS } from './log-reader.ts'

/** Time for a broker to say where a partition begins and ends, ms. */
const ANSWER = 3000
/** Such questions at once: each holds one of libuv's four threads, on which names are looked up and files read too. */
const LANES = 2
/** Wait before asking again for what Kafka did not give, ms. */
const AGAIN = 500
/** Time between two lines about that, ms. */
const QUIET = 10_000
/** Stands for what is in the topic and not ours. */
const NOTHING = new Uint8Array(0)
const [KEY_0, KEY_1] = Buffer.from(KEY)

/** Where a partition begins and ends: its oldest offset, and the one that comes next. */
export interface Bounds {
  readonly start: Offset
  readonly end: Offset
}

/** What readers of one topic share; `open` connects another feed. */
export interface ReadersOptions {
  readonly topic: string
  readonly partitions: number
  readonly logger: Logger | undefined
  open(listener: FeedListener): Promise<KafkaFeed>
}

function isOurs({ key, value }: KafkaMessage): boolean {
  return value !== null && key !== null && key.length === 2 && key[0] === KEY_0 && key[1] === KEY_1
}

function gone(partition: number, value: Offset, { start }: Bounds): QingyuError {
  return new QingyuError('LG-gone', { value, partition, oldest: start })
}

function replaced(partition: number, value: Offset, { end }: Bounds): QingyuError {
  const why = `the partition now ends at ${end}: it was replaced, or lost what it had confirmed`
  return new QingyuError('LG-record', { value, partition, why })
}

/** The promise, or undefined as soon as `signal` aborts. */
function unlessAborted<Answer>(promise: Promise<Answer>, signal: AbortSignal): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined)
    signal.addEventListener('abort', stop)
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/**
 * Readers of one topic. One feed serves them all but those of a partition that it serves already; they have further ones, as
 * many as readers are at one partition at once.
 */
export class KafkaReaders {
  readonly foreign: ForeignMessages
  /** Records and bytes that were fetched. */
  records = 0
  bytes = 0
  readonly #options: ReadersOptions
  readonly #feeds: KafkaFeed[] = []
  /** Questions wait for the one before them in their lane. */
  readonly #lanes: Promise<void>[] = []
  #asked = 0
  #told = -QUIET
  readonly #listener: FeedListener = {
    arrived: (inbox, message) => this.#arrived(inbox, message),
    refused: (why) => this.#refused(why),
  }

  constructor(options: ReadersOptions) {
    this.#options = options
    this.foreign = new ForeignMessages(options.topic, options.partitions, options.logger)
  }

  /** A connected client, for questions. */
  async client(): Promise<Client> {
    return (this.#feeds[0] ?? (await this.#open())).consumer
  }

  /** Asks a broker; rejects with what the driver says when none answers within 3 s. */
  bounds(partition: number): Promise<Bounds> {
    const lane = this.#asked++ % LANES
    const answer = (this.#lanes[lane] ?? Promise.resolve()).then(() => this.#bounds(partition))
    this.#lanes[lane] = answer.then(
      () => {},
      () => {},
    )
    return answer
  }

  /** The reading half of the contract of ports.Log; waits while Kafka is away. */
  async *read(partition: number, from: Offset, signal: AbortSignal): AsyncGenerator<Batch, void, void> {
    // One signal may end the readers of all partitions: as many listeners as readers are no leak.
    setMaxListeners(0, signal)
    const bounds = await this.#patiently(() => this.bounds(partition), signal)
    if (bounds === undefined) return
    if (from < bounds.start) throw gone(partition, from, bounds)
    // Kafka gives nothing beyond its end: what comes before `from` is passed over.
    const inbox = new KafkaInbox(partition, Math.min(from, bounds.end), this.#options.partitions)
    let next = from
    try {
      while (!signal.aborted) {
        if (inbox.isEmpty && inbox.feed === null)
          await this.#patiently(() => this.#attach(inbox, signal), signal)
        await inbox.more(signal)
        const stretch = signal.aborted ? undefined : inbox.take()
        if (stretch === undefined) continue
        if (stretch.first !== next && !(await this.#isSound(partition, next, stretch.first, from, signal)))
          return
        for (const batch of this.#between(partition, next, stretch.first)) {
          next += batch.records.length
          yield batch
        }
        const first = next
        const records = stretch.records.slice(first - stretch.first)
        next += records.length
        if (records.length > 0) yield { partition, first, records }
      }
    } finally {
      this.#release(inbox)
    }
  }

  /** Readers must have been stopped before. */
  async close(): Promise<void> {
    await Promise.all(this.#feeds.splice(0).map((feed) => feed.close()))
  }

  async #bounds(partition: number): Promise<Bounds> {
    const client = await this.client()
    const { topic } = this.#options
    const { lowOffset, highOffset } = await asked<{ lowOffset: number; highOffset: number }>((done) =>
      client.queryWatermarkOffsets(topic, partition, ANSWER, done),
    )
    return { start: lowOffset, end: highOffset }
  }

  /** Whether Kafka may go on at `found` instead of `next`: throws LG-gone or LG-record when it may not; false when aborted. */
  async #isSound(
    partition: number,
    next: Offset,
    found: Offset,
    from: Offset,
    signal: AbortSignal,
  ): Promise<boolean> {
    const bounds = await this.#patiently(() => this.bounds(partition), signal)
    if (bounds === undefined) return false
    if (next < bounds.start) throw gone(partition, next, bounds)
    if (found < next && bounds.end < next && next > from) throw replaced(partition, next, bounds)
    return true
  }

  /** Empty records for offsets at which Kafka has none. */
  *#between(partition: number, from: Offset, end: Offset): Generator<Batch, void, void> {
    this.foreign.note(partition, from, end)
    for (let first = from; first < end; first += BATCH_RECORDS) {
      const count = Math.min(BATCH_RECORDS, end - first)
      yield { partition, first, records: Array.from({ length: count }, () => NOTHING) }
    }
  }

  /** Rate: per record. */
  #arrived(inbox: KafkaInbox, message: KafkaMessage): void {
    const { offset, value } = message
    const record = isOurs(message) ? value : null
    if (record === null) this.foreign.note(inbox.partition, offset, offset + 1)
    this.records++
    this.bytes += record?.length ?? 0
    inbox.push(offset, record ?? NOTHING)
  }

  #refused(why: string): void {
    const now = performance.now()
    if (now - this.#told < QUIET) return
    this.#told = now
    this.#options.logger?.warn(`Kafka gives nothing of topic ${this.#options.topic}: ${why}`)
  }

  async #open(): Promise<KafkaFeed> {
    const feed = await this.#options.open(this.#listener)
    this.#feeds.push(feed)
    return feed
  }

  async #attach(inbox: KafkaInbox, signal: AbortSignal): Promise<void> {
    const free = () => this.#feeds.find((feed) => !feed.serves(inbox.partition))
    let feed = free()
    // Another reader may take the new feed first.
    for (; feed === undefined && !signal.aborted; feed = free()) await this.#open()
    if (!signal.aborted) feed?.attach(inbox)
  }

  #release(inbox: KafkaInbox): void {
    inbox.feed?.detach(inbox)
    const idle = this.#feeds.filter((feed, i) => i > 0 && feed.isIdle)
    for (const feed of idle) {
      this.#feeds.splice(this.#feeds.indexOf(feed), 1)
      void feed.close()
    }
  }

  /** Tries until it succeeds; undefined as soon as `signal` aborts. */
  async #patiently<Answer>(attempt: () => Promise<Answer>, signal: AbortSignal): Promise<Answer | undefined> {
    while (!signal.aborted) {
      try {
        return await unlessAborted(attempt(), signal)
      } catch (fault) {
        this.#refused(sentenceOf(fault))
        await pause(AGAIN, undefined, { signal }).catch(() => {})
      }
    }
    return undefined
  }
}
