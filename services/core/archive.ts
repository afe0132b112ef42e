import type { LevelHistory, Snapshot } from './commit.ts'
import type { AlertRecord } from './alert-record.ts'
import type { Change, Occurrence } from './change.ts'

/** Consecutive records of one partition's log. */
export interface Records {
  readonly partition: number
  /** Offset of `records[0]`. */
  readonly first: number
  readonly records: readonly Uint8Array[]
}

/**
 * What stands in the logs of all partitions behind the tick before, up to and with tick `at` (ms): per partition, ascending, all
 * records up to its last that belongs to `at`; a partition that had nothing is absent.
 */
export interface TickSlice {
  readonly at: number
  readonly parts: readonly Records[]
}

/**
 * A city as it stood after a tick: all that a replay needs to go on as live did. Taken only at ticks at which every partition
 * stands. The same log gives the same keyframe.
 */
export interface Keyframe {
  /** The tick, ms. */
  readonly at: number
  /** By partition of the state: the log's, the roll-up, the score (always empty), the alert stage. */
  readonly parts: readonly Snapshot[]
  /** Last decision of each area, and those of the six hours before, by tick, then area. */
  readonly levels: readonly LevelHistory[]
  /** Occurrences of the last hour, oldest applied first. */
  readonly calls: readonly Occurrence[]
}

/** Tables of the archive. The first three are the log; the others are what it came to, for questions in SQL. */
export const TABLES = ['observations', 'ticks', 'actions', 'changes', 'alerts'] as const
export type Table = (typeof TABLES)[number]
/** Tables without which nothing can be played. */
export const LOG_TABLES: ReadonlySet<Table | 'keyframe'> = new Set(['observations', 'ticks', 'actions'])

/** One file of a segment. */
export interface ArchivedFile {
  readonly table: Table | 'keyframe'
  /** Path inside the archive, with forward slashes. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
}

/** Tick of a keyframe (ms), by its path. */
export function keyframeAt(path: string): number {
  return Number(/(\d+)\.bin\.zst$/.exec(path)?.[1])
}

/** What happened in a segment, so that a timeline of months opens no table. */
export interface Digest {
  /** Areas of the deepest level by level id at the end of every step, at multiples of `stepMs` (ms), and the last at `to`. */
  readonly stepMs: number
  readonly levels: readonly Readonly<Record<string, number>>[]
  /** Incidents that changed, as they stood at the end of the segment. */
  readonly incidents: readonly DigestIncident[]
  readonly alerts: readonly DigestAlert[]
  /** What people did. */
  readonly actions: readonly {
    readonly at: number
    readonly verb: string
    readonly subject: string
    readonly person: string
  }[]
  /** Where other rules came into force; absent when none did. */
  readonly versions?: readonly { readonly at: number; readonly rules: string }[]
  readonly observations: number
}

export interface DigestIncident {
  readonly id: string
  readonly number: number
  readonly rule: string
  readonly category: string
  readonly born: number
  /** null while it lives. */
  readonly over: number | null
  readonly rank: number
  readonly peak: number
  /** Areas at the most within the segment. */
  readonly count: number
  readonly centre: readonly [number, number]
}

export interface DigestAlert {
  readonly id: string
  readonly number: number
  readonly incident: string
  readonly category: string
  readonly headline: string
  readonly area: number
  readonly raised: number
  readonly rank: number
  readonly peak: number
  readonly state: string
  readonly closed: number | null
}

/** What one tick came to, for questions in SQL. */
export interface TickOutcome {
  readonly at: number
  /** By partition, the roll-up last, in the order of their records. */
  readonly changes: readonly Change[]
  /** What the alert stage says; null where nothing happened. */
  readonly alert: AlertRecord | null
}

/**
 * What a segment is written from: a function of the log and of where it is cut. A segment lies in one hour of ticks, from after
 * its beginning to and with its end (UTC); segments that are compacted come to one as if it had been written so at once.
 */
export interface SegmentDraft {
  readonly manifest: Omit<Manifest, 'format' | 'files'>
  readonly slices: readonly TickSlice[]
  /** Only ticks at which something changed. */
  readonly outcomes: readonly TickOutcome[]
  /** Taken at ticks in (after, to]. */
  readonly keyframes: readonly Keyframe[]
}

/**
 * Says that a segment is written: it is put in place last. Segments of one log follow each other without gap or overlap: ticks
 * from `after` (exclusive) to `to` (inclusive), records from `from` to before `end` of each partition.
 */
export interface Manifest {
  readonly format: 1
  readonly epoch: string
  readonly after: number
  readonly to: number
  readonly ticks: number
  /** Hash of the plan document in force (services/plan-document). */
  readonly plan: string
  readonly grid: string
  /** Version of the rules in force at `to`. */
  readonly rules: string
  readonly program: string
  readonly clock: 'wall' | 'data'
  readonly offsets: readonly { readonly partition: number; readonly from: number; readonly end: number }[]
  readonly files: readonly ArchivedFile[]
  readonly digest: Digest
}

/** Ticks that are held without a gap, from `after` (exclusive) to `to`. */
export interface Span {
  readonly epoch: string
  readonly after: number
  readonly to: number
}

/** What is wrong with a file of the archive; it is named, passed over and reported. */
export interface Damage {
  readonly path: string
  readonly code: string
  readonly message: string
  /** Ticks that cannot be read because of it. */
  readonly after: number
  readonly to: number
}
