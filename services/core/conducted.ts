import { Feed, type Ticks, type TickStore } from './align.ts'
import { decodeTickRecord, type TickRecord } from './change.ts'
import type { AlignedTick } from './commit.ts'
import { oldestOf } from './errors.ts'
import { behindOf, decodeScore, evenScore, SCORE_KEY, type Score } from './score.ts'

/**
 * Ticks as the score of a cluster tells them: every gateway takes the same records into the same tick, whenever it began and
 * however late a partition was. The first tick yielded is the base itself, with the newest record of each partition in it.
 */
export function conducted(store: TickStore, partitions: number): Ticks {
  const own = partitions + 1
  const last = async (): Promise<Score> => {
    const bytes = await store.entry(own, SCORE_KEY)
    return bytes === undefined ? evenScore(partitions, 0) : decodeScore(bytes)
  }
  return {
    newest: async () => (await last()).at,
    begin: async (from) => {
      const newest = await last()
      return newest.at === 0 || from >= newest.at ? newest : ((await firstFrom(store, own, from)) ?? newest)
    },
    after: (base, signal) => follow(store, own, base, signal),
  }
}

/** The first score told at or after `from`, or the oldest still held. Only where one is there: else it waits. */
async function firstFrom(store: TickStore, own: number, from: number): Promise<Score | undefined> {
  const stop = new AbortController()
  try {
    for await (const batch of store.changes(own, from, stop.signal))
      for (const { bytes } of batch) return decodeScore(bytes)
    return undefined
  } catch (fault) {
    const oldest = oldestOf(fault)
    if (oldest === undefined || oldest <= from) throw fault
    return await firstFrom(store, own, oldest)
  } finally {
    stop.abort()
  }
}

/** One partition's records up to what scores say. */
class Part {
  readonly #feed: Feed
  #taken: number

  constructor(feed: Feed, taken: number) {
    this.#feed = feed
    this.#taken = taken
  }

  /** The records up to tick `reached`, which the partition has committed; null at the end. */
  async take(reached: number): Promise<TickRecord[] | null> {
    const records: TickRecord[] = []
    while (this.#taken < reached) {
      if (!(await this.#feed.fill())) return null
      const head = this.#feed.head
      if (head === undefined || head.at > reached) break
      records.push(decodeTickRecord(head.bytes))
      this.#taken = head.at
      this.#feed.head = undefined
    }
    return records
  }

  close(): Promise<void> {
    return this.#feed.close()
  }
}

async function* follow(
  store: TickStore,
  own: number,
  base: Score,
  signal: AbortSignal,
): AsyncGenerator<AlignedTick> {
  const parts = base.reached.map(
    (from, partition) => new Part(new Feed(store.changes(partition, from, signal)), Math.max(0, from - 1)),
  )
  const tickOf = async (score: Score): Promise<AlignedTick | null> => {
    const taken = await Promise.all(parts.map((part, partition) => part.take(score.reached[partition] ?? 0)))
    if (signal.aborted || taken.includes(null)) return null
    const records = taken.flatMap((list) => list ?? [])
    const behind = behindOf(score)
    return { at: score.at, records, ...(behind.length > 0 && { behind }) }
  }
  try {
    const first = base.at === 0 ? null : await tickOf(base)
    if (first !== null) yield first
    for await (const batch of store.changes(own, base.at + 1, signal))
      for (const { bytes } of batch) {
        const tick = await tickOf(decodeScore(bytes))
        if (tick === null) return
        yield tick
      }
  } finally {
    await Promise.allSettled(parts.map((part) => part.close()))
  }
}
