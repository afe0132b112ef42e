import type { Decision, TickRecord } from './change.ts'

/** Position of a record in a partition's log, from 0, without gaps. */
export type Offset = number

/** One key of a partition's state; `value` null deletes. Keys are short ASCII, e.g. `s/3/17`. */
export interface StateEntry {
  readonly key: string
  readonly value: Uint8Array | null
}

/** What one tick writes, all or nothing. */
export interface Commit {
  readonly offset: Offset
  readonly entries: readonly StateEntry[]
  /** Encoded {@link TickRecord}. */
  readonly record: Uint8Array
  readonly at: number
  /** Lines for the histories: one a level or deciding-rule change, one a closed pane of a watched reading. */
  readonly levels: readonly LevelHistory[]
  readonly readings: readonly ReadingHistory[]
}

/** An area's decision from tick `at` on. */
export interface LevelHistory {
  readonly area: number
  readonly at: number
  readonly since: number
  readonly decision: Decision
}

/** An indicator's folded value of one pane in one area, in the indicator's unit. */
export interface ReadingHistory {
  readonly area: number
  readonly indicator: string
  /** Start of the pane, ms. */
  readonly pane: number
  readonly value: number
  readonly samples: number
}

/** A partition's state as it was committed last. */
export interface Snapshot {
  readonly offset: Offset
  /** Tick of the last commit, 0 before the first. */
  readonly at: number
  readonly entries: ReadonlyMap<string, Uint8Array>
}

/** A tick record with its partition and tick, still encoded. */
export interface TickBytes {
  readonly partition: number
  readonly at: number
  readonly bytes: Uint8Array
}

/** A partition (or the roll-up) whose news reach only to tick `at` (ms) while the others have gone on. */
export interface Behind {
  readonly partition: number
  readonly at: number
}

/**
 * What one tick of all partitions looks like to the gateway: records sorted by partition, the roll-up last. A partition that
 * was behind and caught up has several records, oldest first.
 */
export interface AlignedTick {
  readonly at: number
  readonly records: readonly TickRecord[]
  /** Only where the feed does not wait for all: those that are missing from this tick, by partition. */
  readonly behind?: readonly Behind[]
  /** Others follow at once: walls are told with the last of them. */
  readonly more?: true
}
