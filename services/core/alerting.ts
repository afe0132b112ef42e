import type { Action, Outcome } from './action.ts'
import { AlertBook } from './alert-book.ts'
import { nameOf } from './alert-deed.ts'
import { Office } from './alert-office.ts'
import type { AlertPolicy } from './alert-policy.ts'
import {
  ALERT_META_KEY,
  encodeAlertRecord,
  quietRecord,
  type AlertRecord,
  type AuditLine,
} from './alert-record.ts'
import { AuditLog, lineOf } from './audit-log.ts'
import { CallBook } from './call-book.ts'
import type { AlignedTick, Commit, Snapshot, StateEntry } from './commit.ts'
import { HandoverBook } from './handover-book.ts'
import { IncidentTracker } from './incident-tracker.ts'
import { jsonEntry } from './json-entry.ts'
import { NoticeBook } from './notice-book.ts'
import type { Plan } from './plan.ts'
import { RosterBook } from './roster-book.ts'
import { RuleVersions } from './rule-versions.ts'

/** What became of an action, with its line of the audit log. */
interface Decided {
  readonly outcome: Outcome
  readonly audit: AuditLine
}

/**
 * What becomes of the ticks of a city: incidents, alerts, who is told, and the record of it all. A function of ticks, grid, rules
 * and policy, whoever computes it and wherever it goes on from.
 */
export class Alerting {
  readonly #policy: AlertPolicy
  readonly #tracker: IncidentTracker
  readonly #rosters: RosterBook
  readonly #alerts: AlertBook
  readonly #notices: NoticeBook
  readonly #handovers: HandoverBook
  readonly #versions: RuleVersions
  readonly #audit = new AuditLog()
  readonly #calls: CallBook
  /** By what the state was made, still to be written; null once it says so. */
  #meta: StateEntry | null
  #at: number

  /** Goes on from a state as it was committed last; an empty one begins. */
  constructor(plan: Plan, policy: AlertPolicy, stored: Snapshot) {
    this.#policy = policy
    this.#tracker = new IncidentTracker(plan, policy)
    const rosters = new RosterBook(plan, policy)
    this.#rosters = rosters
    this.#alerts = new AlertBook(plan, policy, rosters, this.#tracker.living)
    this.#notices = new NoticeBook(plan, policy)
    this.#handovers = new HandoverBook(new Office(plan.grid, policy, rosters))
    this.#versions = new RuleVersions(plan)
    this.#at = stored.at
    const { entries } = stored
    for (const part of [this.#tracker, rosters, this.#notices, this.#handovers, this.#versions, this.#audit])
      part.restore(entries)
    this.#alerts.restore(entries, stored.at)
    this.#calls = new CallBook(plan, policy.historyMs)
    this.#calls.restore(entries, stored.at)
    const meta = jsonEntry(ALERT_META_KEY, { policy: policy.version, grid: plan.grid.version })
    this.#meta = String(entries.get(ALERT_META_KEY)) === String(meta.value) ? null : meta
  }

  /** Areas that warn and belong to no incident because there are too many. */
  get waiting(): number {
    return this.#tracker.waiting
  }

  /**
   * What a tick writes; null when it is no newer than the last, or nothing happened: the next that writes brings the state to its
   * tick. Rosters come first, so that who is on duty holds for the whole tick. Rate: per tick.
   */
  apply({ at, records }: AlignedTick): Commit | null {
    if (at <= this.#at) return null
    this.#at = at
    const actions = this.#audit.fresh(records.flatMap((record) => record.actions ?? []))
    const verdicts = records.flatMap((record) => record.verdicts ?? [])
    this.#versions.tick(at, records)
    const aside = actions.flatMap((action) => this.#decideAside(at, action) ?? [])
    const readings = records.flatMap((record) => [...record.changes, ...record.readings])
    const tracked = this.#tracker.tick(at, verdicts, readings)
    const book = this.#alerts.tick(at, tracked.incidents, actions)
    const told = this.#notices.tick(at, book, this.#alerts.open, actions)
    this.#alerts.mute(at, told.muted)
    const shelf = this.#alerts.take()
    const before = at - this.#policy.historyMs
    const { handovers, entries: noted } = this.#handovers.take(before)
    const outcomes = [...aside.map(({ outcome }) => outcome), ...book.outcomes, ...told.outcomes]
    const lines = [...book.audit, ...told.audit, ...aside.map(({ audit }) => audit)]
    const unknown = unclaimed(at, actions, outcomes)
    const order = new Map(actions.map(({ id }, index) => [id, index]))
    const inOrder = (a: string, b: string): number => (order.get(a) ?? -1) - (order.get(b) ?? -1)
    const audited = this.#audit.add(
      [...lines, ...unknown.map(({ audit }) => audit)].sort((a, b) => inOrder(a.id, b.id)),
      at,
      before,
    )
    const record: AlertRecord = {
      ...quietRecord(at),
      incidents: tracked.incidents,
      alerts: shelf.alerts,
      notices: told.notices,
      silences: told.silences,
      subscriptions: told.subscriptions,
      unsubscribed: told.unsubscribed,
      handovers,
      audit: audited.audit,
      outcomes: [...outcomes, ...unknown.map(({ outcome }) => outcome)].sort((a, b) =>
        inOrder(a.action, b.action),
      ),
    }
    const counted = this.#calls.tick(at, records)
    const kept = [...this.#rosters.take(), ...this.#versions.take()]
    const written = [tracked.entries, kept, shelf.entries, told.entries, noted, counted]
    return this.#commit(at, [...written.flat(), ...audited.entries], record)
  }

  /** Rosters, notes for the next shift, versions of the rules, and who signed in: what is not about an alert. */
  #decideAside(at: number, action: Action): Decided | null {
    const outcome =
      this.#rosters.act(at, action) ??
      this.#handovers.act(at, action) ??
      this.#versions.act(at, action) ??
      signedOutcome(action)
    return outcome && { outcome, audit: lineOf(at, action, outcome) }
  }

  #commit(at: number, entries: readonly StateEntry[], record: AlertRecord): Commit | null {
    const all = this.#meta === null ? entries : [...entries, this.#meta]
    if (all.length === 0 && isQuiet(record)) return null
    this.#meta = null
    const sorted = all.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    return { offset: at, at, entries: sorted, record: encodeAlertRecord(record), levels: [], readings: [] }
  }
}

function isQuiet(record: AlertRecord): boolean {
  return Object.values(record).every((part) => typeof part === 'number' || part.length === 0)
}

/** Signing in and out is only written down. */
function signedOutcome({ id, by, deed }: Action): Outcome | null {
  if (deed.verb !== 'sign-in' && deed.verb !== 'sign-out') return null
  return { action: id, code: null, parameters: {}, subject: by.person }
}

/** Actions that no book knows: AL-verb. */
function unclaimed(at: number, actions: readonly Action[], outcomes: readonly Outcome[]): Decided[] {
  const claimed = new Set(outcomes.map(({ action }) => action))
  return actions
    .filter(({ id }) => !claimed.has(id))
    .map((action) => {
      const parameters = { value: nameOf(action.deed.verb) }
      const outcome: Outcome = { action: action.id, code: 'AL-verb', parameters, subject: '' }
      return { outcome, audit: lineOf(at, action, outcome) }
    })
}
