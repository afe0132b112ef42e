import { setMaxListeners } from 'node:events'
import type { Records } from './core/archive.ts'
import type { Batch, Log } from './ports.ts'

/** Bytes that are handed on at once, of all partitions; a record that is larger goes alone. */
const MOST_BYTES = 4 * 1024 * 1024

/** One partition's log, a batch at a time. */
class PartitionFeed {
  /** Records that were read and are not handed on yet. */
  batch: Batch | undefined
  readonly #batches: AsyncIterator<Batch>
  #isAsking = false

  constructor(batches: AsyncIterable<Batch>) {
    this.#batches = batches[Symbol.asyncIterator]()
  }

  /** Asks for the next batch unless one is there or asked for; `told` hears when it has come, or that there is none for a fault. */
  ask(told: (fault?: unknown) => void): void {
    if (this.#isAsking || this.batch !== undefined) return
    this.#isAsking = true
    this.#batches.next().then(
      ({ done, value }) => {
        this.#isAsking = false
        if (done !== true && value.records.length > 0) this.batch = value
        told()
      },
      (fault: unknown) => told(fault),
    )
  }

  /** At most `bytes` of the batch, but one record at least. */
  take(bytes: number): Records | undefined {
    const { batch } = this
    if (batch === undefined) return undefined
    const { partition, first, records } = batch
    let [count, size] = [0, 0]
    while (count < records.length && (count === 0 || size < bytes)) size += records[count++]?.length ?? 0
    const rest = records.slice(count)
    this.batch = rest.length > 0 ? { partition, first: first + count, records: rest } : undefined
    return { partition, first, records: records.slice(0, count) }
  }

  async close(): Promise<void> {
    await this.#batches.return?.()
  }
}

/** Reads the logs of all partitions for somebody who says of which one more may come. Holds a batch of each partition. */
export class ArchiveFeed {
  readonly #feeds: readonly PartitionFeed[]
  readonly #stop = new AbortController()
  #wake: () => void = () => undefined
  #fault: unknown = null
  #isNudged = false

  constructor(log: Log, offsets: readonly number[]) {
    // One listener a partition is no leak.
    setMaxListeners(0, this.#stop.signal)
    this.#feeds = offsets.map(
      (from, partition) => new PartitionFeed(log.read(partition, from, this.#stop.signal)),
    )
  }

  /**
   * What there is of these partitions, once there is something; nothing where it was nudged. Throws what reading the log does,
   * LG-gone among it.
   */
  async next(partitions: readonly number[]): Promise<readonly Records[]> {
    const wanted = partitions.flatMap((partition) => this.#feeds[partition] ?? [])
    for (;;) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve))
      for (const feed of wanted)
        feed.ask((fault) => {
          this.#fault ??= fault
          this.#wake()
        })
      const most = MOST_BYTES / Math.max(1, wanted.length)
      const taken = wanted.flatMap((feed) => feed.take(most) ?? [])
      if (taken.length > 0 || this.#isNudged) {
        this.#isNudged = false
        return taken
      }
      if (this.#fault instanceof Error) throw this.#fault
      await woken
    }
  }

  /** Lets who waits look around. */
  nudge(): void {
    this.#isNudged = true
    this.#wake()
  }

  /** Ends the reading, also one that waits. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.nudge()
    await Promise.allSettled(this.#feeds.map((feed) => feed.close()))
  }
}
