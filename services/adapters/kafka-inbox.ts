import type { Offset } from '../ports.ts'
import type { KafkaFeed } from './kafka-feed.ts'
import { BATCH_BYTES, BATCH_RECORDS } from './log-reader.ts'

/** Records and bytes that wait for their reader: two batches. What comes with one answer of Kafka may go beyond it once. */
const MOST_RECORDS = 2 * BATCH_RECORDS
const MOST_BYTES = 2 * BATCH_BYTES

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
  #records = 0
  #bytes = 0
  #wake: () => void = () => {}

  constructor(partition: number, next: Offset) {
    this.partition = partition
    this.next = next
  }

  get isEmpty(): boolean {
    return this.#stretches.length === 0
  }

  get isFull(): boolean {
    return this.#records >= MOST_RECORDS || this.#bytes >= MOST_BYTES
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

  /** Lets the reader look, after all pushes of one answer. */
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
