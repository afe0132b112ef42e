import type { Offset } from '../ports.ts'
import type { KafkaFeed } from './kafka-feed.ts'
import { BATCH_BYTES, BATCH_RECORDS } from './log-reader.ts'

/** What waits for one reader: 512 records or 2 MiB, less where many partitions share 64 MiB. One look may go beyond it. */
const MOST_BYTES = 2 * 1024 * 1024
const ALL_BYTES = 64 * 1024 * 1024

/** Consecutive records, within the bounds of a batch; none where only the place is known that Kafka has reached. */
export interface Stretch {
  readonly first: Offset
  readonly records: Uint8Array[]
  bytes: number
}

/** What was fetched of one partition for one reader and not taken by it yet. */
export class KafkaInbox {
  readonly partition: number
  /** Offset after the last one that is here or was taken. */
  next: Offset
  /** Who fills it; null while nobody does. */
  feed: KafkaFeed | null = null
  readonly #stretches: Stretch[] = []
  readonly #most: number
  #records = 0
  #bytes = 0
  #wake: () => void = () => {}

  /** One of those of a topic with so many partitions. */
  constructor(partition: number, next: Offset, partitions: number) {
    this.partition = partition
    this.next = next
    this.#most = Math.min(MOST_BYTES, ALL_BYTES / partitions)
  }

  get isEmpty(): boolean {
    return this.#stretches.length === 0
  }

  get isFull(): boolean {
    return this.#records >= BATCH_RECORDS || this.#bytes >= this.#most
  }

  /** Rate: per record. */
  push(offset: Offset, record: Uint8Array): void {
    let last = this.#stretches.at(-1)
    if (last === undefined || !continues(last, offset)) {
      last = { first: offset, records: [], bytes: 0 }
      this.#stretches.push(last)
    }
    last.records.push(record)
    last.bytes += record.length
    this.#records++
    this.#bytes += record.length
    this.next = offset + 1
  }

  /** Kafka has nothing at `next`: it goes on, or ends, at `offset`. */
  reach(offset: Offset): void {
    if (offset === this.next) return
    this.#stretches.push({ first: offset, records: [], bytes: 0 })
    this.next = offset
  }

  /** Lets the reader look, after all pushes of one look. */
  wake(): void {
    if (!this.isEmpty) this.#wake()
  }

  /** The oldest stretch, which is the reader's from now on. */
  take(): Stretch | undefined {
    const stretch = this.#stretches.shift()
    this.#records -= stretch?.records.length ?? 0
    this.#bytes -= stretch?.bytes ?? 0
    return stretch
  }

  /** Resolves when there is something to take, or `signal` aborts. */
  more(signal: AbortSignal): Promise<void> {
    if (signal.aborted || !this.isEmpty) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = () => {
        signal.removeEventListener('abort', this.#wake)
        this.#wake = () => {}
        resolve()
      }
      signal.addEventListener('abort', this.#wake)
    })
  }
}

function continues({ first, records, bytes }: Stretch, offset: Offset): boolean {
  const isOpen = records.length > 0 && records.length < BATCH_RECORDS && bytes < BATCH_BYTES
  return isOpen && first + records.length === offset
}
