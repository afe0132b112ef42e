import type { Action, Deed } from '../core/action.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import { decodeAlertRecord, quietRecord, type AlertRecord } from '../core/alert-record.ts'
import { Alerting } from '../core/alerting.ts'
import type { Alert } from '../core/alert.ts'
import type { RuleVerdict } from '../core/change.ts'
import type { Commit } from '../core/commit.ts'
import type { Grid } from '../core/grid.ts'
import type { Incident } from '../core/incident.ts'
import type { Person, Role } from '../core/person.ts'
import type { Plan } from '../core/plan.ts'
import { simplePolicy } from './sample-alert.ts'
import { smallGrid, smallPlan, tickRecord } from './small-city.ts'

const MINUTE = 60_000

function person(id: string, role: Role, area: string, unit = ''): [string, Person] {
  return [id, { id, name: { zh: id, en: id }, role, area, unit }]
}

/** Who works in the city 32 and its streets 3201 (A), 3202 (B) and 3203 (C). */
export const STAFF: ReadonlyMap<string, Person> = new Map([
  person('chen', 'officer', '3201'),
  person('lin', 'officer', '3201'),
  person('wang', 'officer', '3202'),
  person('zhou', 'commander', '3201'),
  person('xu', 'commander', '32'),
  person('sun', 'supervisor', '32'),
  person('he', 'supervisor', '32'),
  person('qian', 'officer', '32', 'water'),
  person('gao', 'officer', '32', 'traffic'),
  person('fang', 'viewer', '32'),
  person('zhao', 'admin', '32'),
  person('desk', 'commander', '32'),
])

/** Ten minutes to acknowledge, twenty to dispatch, an hour to handle, two to verify; five a step; nobody is told by role. */
export function dutyPolicy(part: Partial<AlertPolicy> = {}): AlertPolicy {
  return simplePolicy({
    people: STAFF,
    units: new Map([
      ['water', { zh: '水务', en: 'Water' }],
      ['traffic', { zh: '交通', en: 'Traffic' }],
      ['fire', { zh: '消防', en: 'Fire brigade' }],
    ]),
    limits: () => ({
      acknowledge: 10 * MINUTE,
      dispatch: 20 * MINUTE,
      handle: 60 * MINUTE,
      verify: 120 * MINUTE,
    }),
    warnAfter: 0.5,
    stepMs: 5 * MINUTE,
    repeatMs: 0,
    fallback: 'desk',
    ...part,
  })
}

/** A city whose alert stage is fed tick by tick; with `restarts` it is begun anew from its state before each tick. */
export class DutyCity {
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly state = new Map<string, Uint8Array>()
  /** Every commit, for comparing runs byte by byte. */
  readonly commits: Commit[] = []
  /** All alerts as they were last, closed ones with them. */
  readonly alerts = new Map<string, Alert>()
  /** All incidents as they were last. */
  readonly incidents = new Map<string, Incident>()
  last: AlertRecord = quietRecord(0)
  readonly #restarts: boolean
  #alerting: Alerting
  #at = 0

  constructor(policy: AlertPolicy, restarts: boolean, zone: string) {
    const grid: Grid = { ...smallGrid(3, 4), zone }
    this.plan = smallPlan(grid)
    this.policy = policy
    this.#restarts = restarts
    this.#alerting = this.#begun()
  }

  /** One tick; partition 0 carries what people did. */
  tick(at: number, verdicts: readonly RuleVerdict[], actions: readonly Action[]): AlertRecord {
    if (this.#restarts) this.#alerting = this.#begun()
    const sorted = verdicts.toSorted((a, b) => a.area - b.area)
    const records = [
      tickRecord(0, at, actions.length > 0 ? { actions } : {}),
      tickRecord(1, at, sorted.length > 0 ? { verdicts: sorted } : {}),
    ]
    const commit = this.#alerting.apply({ at, records })
    if (commit !== null) this.#write(commit)
    this.last = commit === null ? quietRecord(at) : decodeAlertRecord(commit.record)
    for (const alert of this.last.alerts) this.alerts.set(alert.id, alert)
    for (const incident of this.last.incidents) this.incidents.set(incident.id, incident)
    return this.last
  }

  #write(commit: Commit): void {
    this.commits.push(commit)
    this.#at = commit.at
    for (const { key, value } of commit.entries)
      if (value === null) this.state.delete(key)
      else this.state.set(key, value)
  }

  #begun(): Alerting {
    const stored = { offset: this.#at, at: this.#at, entries: new Map(this.state) }
    return new Alerting(this.plan, this.policy, stored)
  }
}

/** An action of somebody, as the desk appends it. */
export function actionOf(number: number, time: number, by: Person, deed: Deed): Action {
  const id = number.toString(16).padStart(16, '0')
  return { id, time, by: { person: by.id, role: by.role, area: by.area, unit: by.unit }, deed }
}
