import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { sentenceOf } from '../core/errors.ts'
import { disconnect } from './kafka-client.ts'
import { asked, type Consumer, type KafkaMessage, type Settings } from './kafka-driver.ts'
import type { KafkaInbox } from './kafka-inbox.ts'
import { BATCH_BYTES, BATCH_RECORDS } from './log-reader.ts'

/** Wait between two looks while nothing comes, ms. A look that waits itself would hold one of libuv's four threads. */
const LOOK = 10
/** A reader that leaves its inbox full for this long holds up the others of its feed no longer, ms. */
const STUCK = 500
/** Wait after Kafka refused to give anything, ms. */
const REFUSED = 200

/** What a consumer needs to read partitions by itself; it never joins its group. */
export function feedSettings(common: Settings, group: string): Settings {
  return {
    ...common,
    'group.id': group,
    'enable.auto.commit': false,
    'enable.auto.offset.store': false,
    'enable.partition.eof': true,
    // What others write in transactions takes offsets too, and an open one must not hide what follows.
    'isolation.level': 'read_uncommitted',
    // A partition that joins waits for the fetch under way, ms.
    'fetch.wait.max.ms': 100,
    'fetch.error.backoff.ms': 100,
    'fetch.queue.backoff.ms': 5,
    'fetch.max.bytes': 16 * 1024 * 1024,
    'max.partition.fetch.bytes': 2 * 1024 * 1024,
    // Fetched and not looked at, of all partitions.
    'queued.max.messages.kbytes': 8 * 1024,
  }
}

/** Of topics: an offset that is not there leads to the oldest, where the reader finds out why (kafka-reader). */
export const FEED_TOPICS: Settings = { 'auto.offset.reset': 'earliest' }

/** What a feed tells: each message on its way into an inbox, and what Kafka answers instead of messages. */
export interface FeedListener {
  arrived(inbox: KafkaInbox, message: KafkaMessage): void
  refused(why: string): void
}

/**
 * One consumer that fetches for any number of readers, each of another partition. While an inbox is full nothing is taken from
 * librdkafka, whose own queue is bounded; a reader that leaves it full is detached, so that the others go on.
 */
export class KafkaFeed {
  readonly consumer: Consumer
  readonly #topic: string
  readonly #listener: FeedListener
  readonly #inboxes = new Map<number, KafkaInbox>()
  /** Assigned between two looks: what a look under way brings was asked for by earlier readers. */
  readonly #joining = new Map<number, KafkaInbox>()
  /** Ends of partitions that the present look met. */
  readonly #ends = new Map<number, number>()
  #most = BATCH_RECORDS
  #run: Promise<void> = Promise.resolve()
  #isRunning = false
  #isClosed = false

  /** `consumer` is connected. */
  constructor(consumer: Consumer, topic: string, listener: FeedListener) {
    this.consumer = consumer
    this.#topic = topic
    this.#listener = listener
    consumer.setDefaultConsumeTimeout(0)
    consumer.on('partition.eof', ({ partition, offset }) => this.#ends.set(partition, offset))
  }

  get isIdle(): boolean {
    return this.#inboxes.size === 0 && this.#joining.size === 0
  }

  serves(partition: number): boolean {
    return this.#inboxes.has(partition) || this.#joining.has(partition)
  }

  /** Fetches into the inbox from its `next` on; its partition must not be served already. */
  attach(inbox: KafkaInbox): void {
    inbox.feed = this
    this.#joining.set(inbox.partition, inbox)
    if (this.#isRunning) return
    this.#isRunning = true
    this.#run = this.#serve()
  }

  /** Fetches no more for the inbox. */
  detach(inbox: KafkaInbox): void {
    const { partition } = inbox
    inbox.feed = null
    if (this.#joining.get(partition) === inbox) this.#joining.delete(partition)
    if (this.#inboxes.get(partition) !== inbox) return
    this.#inboxes.delete(partition)
    this.#attempt(() => this.consumer.incrementalUnassign([{ topic: this.#topic, partition }]))
  }

  /** Disconnects. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#run
    await disconnect(this.consumer)
  }

  async #serve(): Promise<void> {
    while (!this.#isClosed && !this.isIdle) {
      if (!this.#join()) {
        await pause(REFUSED)
        continue
      }
      const full = [...this.#inboxes.values()].filter((inbox) => inbox.isFull)
      if (full.length > 0) await this.#waitFor(full)
      else if ((await this.#look()) === 0) await pause(LOOK)
    }
    this.#isRunning = false
  }

  /** Whether all that wait are fetched for now. */
  #join(): boolean {
    if (this.#joining.size === 0) return true
    const joining = [...this.#joining.values()]
    const topic = this.#topic
    const places = joining.map(({ partition, next }) => ({ topic, partition, offset: next }))
    if (!this.#attempt(() => this.consumer.incrementalAssign(places))) return false
    this.#joining.clear()
    for (const inbox of joining) this.#inboxes.set(inbox.partition, inbox)
    return true
  }

  #attempt(run: () => unknown): boolean {
    try {
      run()
      return true
    } catch (error) {
      this.#listener.refused(sentenceOf(error))
      return false
    }
  }

  async #waitFor(full: readonly KafkaInbox[]): Promise<void> {
    const begun = performance.now()
    const left = () => full.filter((inbox) => inbox.feed === this && inbox.isFull)
    while (left().length > 0 && performance.now() - begun < STUCK && !this.#isClosed) await pause(LOOK)
    for (const inbox of left()) this.detach(inbox)
  }

  /** Takes what librdkafka has fetched; the answer is how many messages that were. */
  async #look(): Promise<number> {
    this.#ends.clear()
    let messages: readonly KafkaMessage[]
    try {
      messages = await asked<readonly KafkaMessage[]>((done) => this.consumer.consume(this.#most, done))
    } catch (fault) {
      this.#listener.refused(sentenceOf(fault))
      await pause(REFUSED)
      return 0
    }
    let bytes = 0
    for (const message of messages) {
      bytes += message.value?.length ?? 0
      this.#ends.delete(message.partition)
      const inbox = this.#inboxes.get(message.partition)
      if (inbox !== undefined) this.#listener.arrived(inbox, message)
    }
    for (const [partition, end] of this.#ends) this.#inboxes.get(partition)?.reach(end)
    for (const inbox of this.#inboxes.values()) inbox.wake()
    // One look should bring about a batch, however large the records are.
    if (messages.length > 0) {
      const fitting = Math.floor((BATCH_BYTES * messages.length) / (bytes + 1))
      this.#most = Math.max(1, Math.min(BATCH_RECORDS, fitting))
    }
    return messages.length
  }
}
