import { QingyuError } from '../core/errors.ts'
import type { Batch, Offset } from '../ports.ts'
import type { Tail } from './tail.ts'

/** Bounds of one batch: what a reader holds at once, and how long reading it may keep the event loop. */
export const BATCH_RECORDS = 512
export const BATCH_BYTES = 4 * 1024 * 1024

/** What a log twin shows to {@link readLog}; only durable records are seen. */
export interface Shelf {
  readonly tail: Tail<Uint8Array>
  oldest(partition: number): Offset
  durable(partition: number): Offset
  /** Consecutive records from `from` on, within the bounds of a batch; at least one when `from` is below `durable`. */
  fetch(partition: number, from: Offset): readonly Uint8Array[]
  /** Lets others run between two batches of a long catch-up. */
  breathe(): Promise<void>
}

/** The reading half of the contract of ports.Log, the same for every twin. */
export async function* readLog(
  shelf: Shelf,
  partition: number,
  from: Offset,
  signal: AbortSignal,
): AsyncGenerator<Batch, void, void> {
  let first = from
  while (!signal.aborted) {
    const oldest = shelf.oldest(partition)
    if (first < oldest) throw new QingyuError('LG-gone', { value: first, partition, oldest })
    if (first >= shelf.durable(partition)) {
      await shelf.tail.more(partition, signal)
      continue
    }
    const recent = shelf.tail.from(partition, first, BATCH_RECORDS, BATCH_BYTES)
    const records = recent?.map((entry) => entry.item) ?? shelf.fetch(partition, first)
    yield { partition, first, records }
    first += records.length
    if (recent === undefined) await shelf.breathe()
  }
}
