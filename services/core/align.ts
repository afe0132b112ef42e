import { decodeTickRecord } from './change.ts'
import type { AlignedTick, TickBytes } from './commit.ts'

/** One partition's tick records from tick `from` on, as State.changes gives them. */
export type Changes = (
  partition: number,
  from: number,
  signal: AbortSignal,
) => AsyncIterable<readonly TickBytes[]>

/** The tick that can be told next: the earliest of the partitions' next ones; undefined while one has none. */
export function nextTick(heads: readonly (TickBytes | undefined)[]): number | undefined {
  let earliest = Infinity
  for (const head of heads) {
    if (head === undefined) return undefined
    if (head.at < earliest) earliest = head.at
  }
  return Number.isFinite(earliest) ? earliest : undefined
}

/** One partition's records, one at a time. Holds one batch. */
class Feed {
  head: TickBytes | undefined
  readonly #batches: AsyncIterator<readonly TickBytes[]>
  #batch: readonly TickBytes[] = []
  #at = 0

  constructor(batches: AsyncIterable<readonly TickBytes[]>) {
    this.#batches = batches[Symbol.asyncIterator]()
  }

  /** Makes the next record the head; false at the end. */
  async fill(): Promise<boolean> {
    while (this.head === undefined) {
      if (this.#at < this.#batch.length) {
        this.head = this.#batch[this.#at++]
        continue
      }
      const next = await this.#batches.next()
      if (next.done === true) return false
      this.#batch = next.value
      this.#at = 0
    }
    return true
  }

  async close(): Promise<void> {
    await this.#batches.return?.()
  }
}

/**
 * Ticks from `from` on over all `partitions`: a tick is told once every partition has said something at or after it, with
 * the records of exactly that tick in the order of `partitions`. Ends on abort. A slow partition holds the others back, so
 * at most one batch of each is in memory.
 */
export async function* alignTicks(
  changes: Changes,
  partitions: readonly number[],
  from: number,
  signal: AbortSignal,
): AsyncGenerator<AlignedTick> {
  const feeds = partitions.map((partition) => new Feed(changes(partition, from, signal)))
  try {
    for (;;) {
      const filled = await Promise.all(feeds.map((feed) => feed.fill()))
      const at = nextTick(feeds.map((feed) => feed.head))
      if (signal.aborted || filled.includes(false) || at === undefined) return
      const records = []
      for (const feed of feeds) {
        if (feed.head?.at !== at) continue
        records.push(decodeTickRecord(feed.head.bytes))
        feed.head = undefined
      }
      yield { at, records }
    }
  } finally {
    await Promise.allSettled(feeds.map((feed) => feed.close()))
  }
}
