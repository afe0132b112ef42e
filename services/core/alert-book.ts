import type { Action, Outcome } from './action.ts'
import { isAlertDeed, perform } from './alert-acts.ts'
import { madeOf } from './alert-birth.ts'
import { relieved, strike } from './alert-clocks.ts'
import { begun } from './alert-condition.ts'
import { commentOf, headlineOf, nameOf, raisingOf } from './alert-deed.ts'
import { noted } from './alert-entry.ts'
import type { AlertEvent } from './alert-event.ts'
import { AlertIncidents } from './alert-incidents.ts'
import { Office, type DutyBook } from './alert-office.ts'
import type { Act, News } from './alert-people.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { AuditLine } from './alert-record.ts'
import { AlertShelf, type ShelfNews } from './alert-shelf.ts'
import { remitDenial, roleDenial, type Denial } from './alert-transitions.ts'
import type { Alert } from './alert.ts'
import type { Incident } from './incident.ts'
import type { Plan } from './plan.ts'

const MINUTE = 60_000

/** What a tick has to say of alerts, before it is known what is muted. */
export interface BookNews {
  readonly alerts: readonly Alert[]
  readonly events: readonly AlertEvent[]
  readonly outcomes: readonly Outcome[]
  readonly audit: readonly AuditLine[]
}

/**
 * The duty officer's book: alerts from incidents and by hand, what people do with them, their clocks, and whom the ladder tells.
 * A function of incidents, actions, rosters and ticks. Work per tick is that of what changed and of the clocks that ran out; once
 * a minute shifts are compared for all that nobody has acknowledged.
 */
export class AlertBook {
  readonly #office: Office
  readonly #ranks: number
  readonly #shelf = new AlertShelf()
  readonly #incidents: AlertIncidents
  /** What this tick tells, by alert. */
  #news: { readonly id: string; readonly news: News }[] = []
  #at = 0

  /** `living`: incidents as they are after the tick; `most` open alerts is a bound that tests set lower. */
  constructor(
    { grid, scheme }: Plan,
    policy: AlertPolicy,
    duty: DutyBook,
    living: ReadonlyMap<string, Incident>,
    most?: number,
  ) {
    this.#office = new Office(grid, policy, duty)
    this.#ranks = scheme.levels.length
    const keep = (act: Act): void => this.#keep(act)
    this.#incidents = new AlertIncidents(this.#office, this.#shelf, living, keep, most)
  }

  /** Goes on from the state's entries as of tick `at`; to be called once, before the first tick. */
  restore(entries: ReadonlyMap<string, Uint8Array>, at: number): void {
    this.#at = at
    this.#shelf.restore(entries)
  }

  /** Open alerts by id, in no order. */
  get open(): ReadonlyMap<string, Alert> {
    return this.#shelf.open
  }

  /**
   * Applies a tick: what became of incidents, then what people did (actions of other books are passed over), then the clocks; so
   * what was done in the last second was done in time.
   */
  tick(at: number, incidents: readonly Incident[], actions: readonly Action[]): BookNews {
    const before = this.#at
    this.#at = at
    this.#news = []
    this.#office.look(at)
    const refused = this.#incidents.apply(at, incidents)
    const decided = actions.flatMap((action, index) => this.#decide(at, action, index) ?? [])
    this.#strike(at)
    if (Math.floor(at / MINUTE) > Math.floor(before / MINUTE)) this.#relieve(at)
    return {
      alerts: this.#shelf.changed,
      events: this.#events(at),
      outcomes: decided.map(({ outcome }) => outcome),
      audit: [...refused, ...decided.map(({ audit }) => audit)],
    }
  }

  /** Writes on alerts what keeps notices about them back; what was put aside says so itself. */
  mute(at: number, muted: ReadonlyMap<string, string>): void {
    for (const id of [...muted.keys()].sort()) {
      const alert = this.open.get(id)
      const by = muted.get(id) ?? ''
      if (alert === undefined || alert.mutedBy === by) continue
      const next = { ...alert, mutedBy: by }
      const comment = by === '' ? alert.mutedBy : by
      const isTold = comment !== 'shelved'
      this.#shelf.put(isTold ? noted(next, at, by === '' ? 'released' : 'inhibited', { comment }) : next)
    }
  }

  /** What the tick changed, for its record and the state. */
  take(): ShelfNews {
    return this.#shelf.take(this.#at, this.#office.policy.historyMs)
  }

  #decide(at: number, action: Action, index: number): { outcome: Outcome; audit: AuditLine } | null {
    const { id, by, deed } = action
    if (deed.verb !== 'raise' && !isAlertDeed(deed)) return null
    const made = deed.verb === 'raise' ? this.#raise(at, action, index) : this.#perform(at, action)
    const named = deed.verb === 'raise' ? '' : nameOf(deed.alert)
    if ('alert' in made) this.#keep(made)
    const subject = 'alert' in made ? made.alert.id : named
    const [code, parameters] = 'alert' in made ? [null, {}] : [made.code, made.parameters]
    const comment = deed.verb === 'raise' ? headlineOf(deed) : commentOf(deed)
    return {
      outcome: { action: id, code, parameters, subject },
      audit: { at, id, person: by.person, role: by.role, verb: deed.verb, subject, comment, code },
    }
  }

  #perform(at: number, action: Action): Act | Denial {
    const { deed } = action
    if (!isAlertDeed(deed)) return { code: 'AL-verb', parameters: { value: deed.verb } }
    const alert = this.#shelf.find(nameOf(deed.alert), at)
    if (alert === undefined)
      return { code: 'AL-unknown', parameters: { what: 'Alert', value: nameOf(deed.alert) } }
    if (deed.verb !== 'reopen') return perform(alert, action.by, deed, at, this.#office)
    const made = this.#incidents.fullDenial() ?? perform(alert, action.by, deed, at, this.#office)
    return 'alert' in made ? this.#incidents.caughtUp(made, at) : made
  }

  /** By hand: `index` of the action makes its id unlike others of the tick. */
  #raise(at: number, { by, deed }: Action, index: number): Act | Denial {
    if (deed.verb !== 'raise') return { code: 'AL-verb', parameters: { value: deed.verb } }
    const denial = roleDenial('raise', by) ?? this.#incidents.fullDenial()
    if (denial !== null) return denial
    const raising = raisingOf(deed, this.#ranks, this.#office)
    if ('code' in raising) return raising
    const outside = remitDenial(this.#office, by, raising.areas)
    if (outside !== null) return outside
    const made = madeOf(raising, at, index + 1, deed.exercise === true, this.#office)
    return begun(made, at, this.#office, { by })
  }

  #strike(at: number): void {
    for (const id of this.#shelf.due(at)) {
      const alert = this.open.get(id)
      if (alert === undefined) continue
      const act = strike(alert, at, this.#office)
      this.#shelf.rest(act.alert)
      this.#keep(act)
    }
  }

  #relieve(at: number): void {
    for (const id of [...this.open.keys()].sort()) {
      const alert = this.open.get(id)
      if (alert === undefined || alert.shelved !== null) continue
      this.#keep(relieved(alert, at, this.#office))
    }
  }

  #keep({ alert, news }: Act): void {
    if (this.open.get(alert.id) !== alert) this.#shelf.put(alert)
    for (const each of news) this.#news.push({ id: alert.id, news: each })
  }

  /** What is told of each alert as it is after the tick. */
  #events(at: number): AlertEvent[] {
    return this.#news.flatMap(({ id, news }) => {
      const alert = this.#shelf.find(id, at)
      return alert === undefined ? [] : [{ alert, ...news }]
    })
  }
}
