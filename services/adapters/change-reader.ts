import { QingyuError } from '../core/errors.ts'
import type { TickBytes } from '../ports.ts'
import type { Tail } from './tail.ts'

/** Bounds of one yield. */
export const CHANGES_TICKS = 256
export const CHANGES_BYTES = 4 * 1024 * 1024
/** Tick records are kept this long at most, however long the histories are: at one a second they outgrow all else. */
export const CHANGES_KEPT_MS = 86_400_000
/** Newest tick records held in memory, a partition: the 600 that a wall may resume from, and no more than 4 MiB. */
export const TAIL_TICKS = 600
export const TAIL_BYTES = 4 * 1024 * 1024

/** Weight of a tick record in the {@link Tail}, so that both bounds hold. */
export function weightOf(bytes: Uint8Array): number {
  return Math.max(bytes.length, Math.ceil(TAIL_BYTES / TAIL_TICKS))
}

/** What a state twin shows to {@link readChanges}; only durable commits are seen. */
export interface Ledger {
  readonly tail: Tail<TickBytes>
  /** Lowest tick from which nothing was dropped. */
  floor(partition: number): number
  newest(partition: number): number
  /** Tick records from `from` on, within the bounds of a yield; at least one when `from` is at or below `newest`. */
  fetch(partition: number, from: number): readonly TickBytes[]
  /** Lets others run between two yields of a long catch-up. */
  breathe(): Promise<void>
}

/** `changes` of ports.State, the same for every twin. */
export async function* readChanges(
  ledger: Ledger,
  partition: number,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<readonly TickBytes[], void, void> {
  let next = from
  while (!signal.aborted) {
    const oldest = ledger.floor(partition)
    if (next < oldest) throw new QingyuError('ST-gone', { value: next, oldest })
    // Ticks are above 0, which is where a partition stands before its first.
    if (Math.max(next, 1) > ledger.newest(partition)) {
      await ledger.tail.more(partition, signal)
      continue
    }
    const recent = ledger.tail.from(partition, next, CHANGES_TICKS, CHANGES_BYTES)
    const ticks = recent?.map((entry) => entry.item) ?? ledger.fetch(partition, next)
    const last = ticks.at(-1)
    if (last === undefined)
      throw new QingyuError('ST-gone', { value: next, oldest: ledger.newest(partition) })
    yield ticks
    next = last.at + 1
    if (recent === undefined) await ledger.breathe()
  }
}
