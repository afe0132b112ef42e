import type { Action } from './action.ts'
import type { FoldName } from './indicator.ts'
import type { Rank } from './level.ts'
import type { PlainRules } from './rule-set.ts'

/** Why a level is what it is; also the metric label and the key of the sentence an officer reads. */
export type Reason =
  | 'within-limits'
  | 'above-limit'
  | 'below-limit'
  | 'held-by-deadband'
  | 'held-by-on-delay'
  | 'held-by-off-delay'
  | 'n-of-m-not-met'
  | 'insufficient-samples'
  | 'insufficient-sources'
  | 'capped-single-source'
  | 'out-of-schedule'
  | 'no-data'
  | 'no-source'
  | 'worst-child'
  | 'share-of-children'

/** The outcome of one rule for one area at a tick. `value` and `limit` are in the indicator's unit. */
export interface Decision {
  readonly rank: Rank
  readonly reason: Reason
  readonly rule: string
  readonly indicator: string
  readonly fold: FoldName
  readonly windowMs: number
  readonly value: number | null
  /** The limit that was crossed, or the next one up when nothing is crossed. */
  readonly limit: number | null
  readonly samples: number
  readonly sources: number
}

/** At tick `at` an area went from one level to another, or its deciding rule or reason changed (from === to). */
export interface Change extends Decision {
  readonly area: number
  readonly from: Rank
  /** Tick (ms) since which the area holds this rank. */
  readonly since: number
}

/** The value behind a warning moved while the level stayed. */
export interface ReadingUpdate {
  readonly area: number
  readonly rule: string
  readonly value: number | null
}

/** An occurrence applied in this tick, for the pulses on a wall; the place is the area's centre, never a caller's. */
export interface Occurrence {
  readonly area: number
  readonly indicator: string
  readonly time: number
}

/** A rule's rank in one area changed, whether or not it decides the area's level; not told while it is 0 or unknown on both sides. */
export interface RuleVerdict {
  readonly area: number
  readonly rule: string
  /** 0 when it no longer warns, whatever the reason. */
  readonly rank: Rank
  readonly value: number | null
  readonly limit: number | null
}

/** An observation that came when its pane was no longer held. */
export interface LateNotice {
  readonly source: string
  readonly indicator: string
  readonly time: number
}

/** Counters since the log began; the law at every tick: received = applied + duplicate + late + quarantined + refused. */
export interface Counts {
  received: number
  applied: number
  duplicate: number
  late: number
  quarantined: number
  refused: number
}

/** The folds of one tick for one area above the partition level: added to that pane's fold by the roll-up. */
export interface PartialFold {
  readonly area: number
  readonly indicator: string
  /** Start of the pane, ms. */
  readonly pane: number
  /** Encoded by core/window `encodeFold`, base64. */
  readonly fold: string
}

/** Rules that the log put into force. */
export interface RulesInForce {
  /** Version. */
  readonly rules: string
  /** They hold at every tick after this one, ms. */
  readonly after: number
  /** Person who published them, '' where nobody signs in; absent: the configuration file said them. */
  readonly by?: string
  readonly why?: string
  readonly book: PlainRules
}

/**
 * All that one partition has to say about one tick: written in the same commit as the state and the offset.
 * The same log, grid and rules give the same bytes (`encodeTickRecord`).
 */
export interface TickRecord {
  readonly partition: number
  /** The tick, ms since 1970. */
  readonly at: number
  /** Offset of the first log record that is not yet in this state. */
  readonly offset: number
  readonly changes: readonly Change[]
  readonly readings: readonly ReadingUpdate[]
  /** At most 200 a tick and partition; the newest. */
  readonly occurrences: readonly Occurrence[]
  /** How many more there were, by area, then indicator; absent when none. */
  readonly unlisted?: readonly { readonly area: number; readonly indicator: string; readonly count: number }[]
  /** At most 1,000 a tick and partition; the first. */
  readonly late: readonly LateNotice[]
  readonly partials: readonly PartialFold[]
  readonly counts: Counts
  /** Refused by error code, cumulative; only partition 0 carries it. */
  readonly refusedBy: Readonly<Record<string, number>>
  /** Sources heard within twice their declared interval, and all that are known, of this partition. */
  readonly sources: { readonly alive: number; readonly known: number }
  /** Tick minus event time of the observations applied in this tick, ms; null when there were none. */
  readonly lag: { readonly p50: number; readonly p99: number } | null
  /** Newest event time applied so far, ms; 0 before the first. */
  readonly newest: number
  /** Absent when there are none; by area, then rule. Incidents are found from these. */
  readonly verdicts?: readonly RuleVerdict[]
  /** What people did since the tick before, in the order of the log; absent when nothing. Only partition 0 carries it. */
  readonly actions?: readonly Action[]
  /** Absent but at the tick that puts other rules into force. Only partition 0 carries it. */
  readonly inForce?: RulesInForce
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Canonical bytes of a tick record: JSON with the key order of the interface. */
export function encodeTickRecord(record: TickRecord): Uint8Array {
  return encoder.encode(JSON.stringify(record))
}

/** Reads back {@link encodeTickRecord}. */
export function decodeTickRecord(bytes: Uint8Array): TickRecord {
  return JSON.parse(decoder.decode(bytes)) as TickRecord
}
