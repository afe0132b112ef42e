import { decodeTickRecord } from './change.ts'
import type { AlignedTick, TickBytes } from './commit.ts'
import { evenScore, type Score } from './score.ts'

/** One partition's tick records from tick `from` on, as State.changes gives them. */
export type Changes = (
  partition: number,
  from: number,
  signal: AbortSignal,
) => AsyncIterable<readonly TickBytes[]>

/** What ticks of all partitions are read from; the state of services/ports is one. */
export interface TickStore {
  readonly changes: Changes
  tick(): Promise<number>
  entry(partition: number, key: string): Promise<Uint8Array | undefined>
}

/** The ticks of all partitions, one after another, as a gateway follows them. */
export interface Ticks {
  /** Newest tick told; 0 before the first. */
  newest(): Promise<number>
  /** Where a gateway begins that wants all ticks from `from` (ms) on: there, or at the oldest still held, or the newest told. */
  begin(from: number): Promise<Score>
  /** Every tick after `base`, until `signal` aborts; ST-gone when they are no longer held. It may tell `base` itself first. */
  after(base: Score, signal: AbortSignal): AsyncIterable<AlignedTick>
}

/** Ticks of all `partitions` and the roll-up, each told once all have passed it: where one process owns them all. */
export function aligned(store: TickStore, partitions: number): Ticks {
  const all = Array.from({ length: partitions + 1 }, (_, partition) => partition)
  const changes: Changes = (...of) => store.changes(...of)
  return {
    newest: () => store.tick(),
    begin: async (from) => evenScore(partitions, Math.min(from, await store.tick())),
    after: (base, signal) => alignTicks(changes, all, base.at + 1, signal),
  }
}

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
export class Feed {
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
