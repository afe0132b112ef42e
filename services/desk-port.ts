import type { Deed, Outcome } from './core/action.ts'
import type { Alert } from './core/alert.ts'
import type { AuditLine, Handover } from './core/alert-record.ts'
import type { Incident } from './core/incident.ts'
import type { Notice } from './core/notice.ts'
import type { Actor } from './core/person.ts'
import type { Silence } from './core/silence.ts'
import type { Subscription } from './core/subscription.ts'
import type { OnDuty } from './core/roster.ts'
import type { Message } from './gateway-port.ts'
import type { Standing } from './ports.ts'

/** What a deed came to: null while the alert stage has not decided it. */
export interface Acted {
  readonly action: string
  readonly outcome: Outcome | null
}

/** What one tick of the alert stage changed. */
export interface News {
  readonly tick: number
  /** Ids. */
  readonly alerts: readonly string[]
  readonly incidents: readonly string[]
  readonly notices: readonly Notice[]
  readonly silences: boolean
  readonly handovers: boolean
  /** People whose subscriptions changed. */
  readonly subscribers: readonly string[]
  readonly roster: boolean
}

/** Which lines of the audit log are asked for. Times are ms. */
export interface AuditQuery {
  readonly from: number
  readonly to: number
  readonly most: number
  /** Whose lines. */
  readonly by: (person: string) => boolean
  readonly verb?: string
  readonly subject?: string
}

/** Alerts, incidents and rosters as the alert stage has them, and the way by which people act on them. */
export interface Desk {
  /** Tick of the newest record, ms; 0 before the first. */
  readonly tick: number
  readonly standing: Standing
  /** Raised with each record after which incidents or alerts stand differently. */
  readonly revision: number
  /** Open alerts, and those closed that are still held, oldest closed first. */
  alerts(): Iterable<Alert>
  open(): ReadonlyMap<string, Alert>
  incidents(): ReadonlyMap<string, Incident>
  silences(): ReadonlyMap<string, Silence>
  subscriptions(): ReadonlyMap<string, Subscription>
  /** Oldest first. */
  handovers(): readonly Handover[]
  /** Open, or closed lately. */
  held(id: string): Alert | undefined
  /** Held or looked up where it was closed longer ago. */
  alert(id: string): Promise<Alert | undefined>
  incident(id: string): Incident | undefined
  /** Newest first; of one that was closed long ago from the records, of its last day. SE-busy. */
  noticesOf(alert: Alert): Promise<readonly Notice[]>
  /** Newest first. */
  noticesTo(person: string): readonly Notice[]
  onDuty(area: number, at: number): readonly OnDuty[]
  hasRoster(area: number): boolean
  /** Newest first; `more`: older ones were cut off. */
  audit(query: AuditQuery): Promise<{ readonly lines: readonly AuditLine[]; readonly more: boolean }>
  /**
   * Appends what somebody does and waits for what becomes of it, 5 s at most. The same `key` of the same person is one deed, however
   * often it is sent. SE-rate, SE-busy, LG-failed.
   */
  act(by: Actor, deed: Deed, key?: string): Promise<Acted>
  /** Appends it and waits no longer than that. SE-rate, LG-failed. */
  record(by: Actor, deed: Deed): Promise<void>
  /** What walls with that top see; `revision` moves when it says something else than before. The same object for all that ask alike. */
  board(top: number): { readonly revision: number; readonly message: Message }
  /** What happened after a tick, oldest first; null where that is too long ago. */
  newsAfter(tick: number): readonly News[] | null
  /** Told of each tick on which anything changed; the answer takes it back. */
  watch(listener: (news: News) => void): () => void
  caughtUp(): Promise<void>
  stop(): Promise<void>
}
