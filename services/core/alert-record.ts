import type { Outcome, Verb } from './action.ts'
import type { Alert } from './alert.ts'
import type { Incident } from './incident.ts'
import { jsonBytes, jsonOf } from './json-entry.ts'
import type { Notice } from './notice.ts'
import type { Silence } from './silence.ts'
import type { Subscription } from './subscription.ts'
import type { Plan } from './plan.ts'

/** A line of the audit log: every action, permitted or not. */
export interface AuditLine {
  readonly at: number
  /** Id of the action. */
  readonly id: string
  readonly person: string
  readonly role: string
  readonly verb: Verb
  /** Alert, silence, subscription, roster or area it was about. */
  readonly subject: string
  readonly comment: string
  /** Code of the catalogue it was refused with; null: done. */
  readonly code: string | null
}

/** A note for the next shift. */
export interface Handover {
  readonly at: number
  readonly area: string
  readonly person: string
  readonly text: string
}

/**
 * All that the alert stage says of one tick, written in the same commit as its state, as partition `alertPartition(plan)`.
 * Alerts, incidents, silences, subscriptions and notices stand in it whole as they are after the tick, each only if it changed.
 * The same ticks, policy and grid give the same bytes.
 */
export interface AlertRecord {
  readonly at: number
  readonly incidents: readonly Incident[]
  readonly alerts: readonly Alert[]
  readonly notices: readonly Notice[]
  readonly silences: readonly Silence[]
  readonly subscriptions: readonly Subscription[]
  /** Ids of subscriptions taken back. */
  readonly unsubscribed: readonly string[]
  readonly handovers: readonly Handover[]
  readonly audit: readonly AuditLine[]
  readonly outcomes: readonly Outcome[]
}

/** Number of the alert stage's partition in the state: behind the log's, the roll-up's and the score's. */
export function alertPartition({ partitions }: Pick<Plan, 'partitions'>): number {
  return partitions + 2
}

/** A tick as it stands in keys: 9 digits in base 36, so that keys sort by time. */
export function stampOf(at: number): string {
  return at.toString(36).padStart(9, '0')
}

/**
 * Keys of the alert stage's state. `i/<id>` a living incident; `a/<id>` an open alert; `h/<closed, 9 base-36 digits>/<id>` a closed one;
 * `n/<id>` a notice that is queued or about an open alert; `q/<id>` a silence; `s/<id>` a subscription;
 * `u/<alert>` what mutes an open alert and when it is told again; `b/<person>` what somebody was told in the present period; `r/<name>` a roster;
 * `c/<from, 9 base-36 digits>/<area>/<person>/<instead>` a cover; `o/<at, 9 base-36 digits>/<action>` a handover note; `e/<at, 9 base-36 digits>/<action>` an audit line;
 * `k/<local day>/<area>` occurrences of a day by indicator;
 * `m` by which policy and grid the state was made, and `v/<area>/<rule>` rank and value of a rule in an area that has one above 0.
 * Values are JSON, but `v`.
 */
export const ALERT_META_KEY = 'm'

/** What the stage says of a tick at which nothing happened. */
export function quietRecord(at: number): AlertRecord {
  return {
    at,
    incidents: [],
    alerts: [],
    notices: [],
    silences: [],
    subscriptions: [],
    unsubscribed: [],
    handovers: [],
    audit: [],
    outcomes: [],
  }
}

/** Canonical bytes of an alert record: JSON with the key order of the interface. */
export function encodeAlertRecord(record: AlertRecord): Uint8Array {
  return jsonBytes(record)
}

/** Reads back {@link encodeAlertRecord}. */
export function decodeAlertRecord(bytes: Uint8Array): AlertRecord {
  return jsonOf<AlertRecord>(bytes)
}
