import type { Action, Outcome } from './action.ts'
import type { Alert } from './alert.ts'
import type { AlertEvent } from './alert-event.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { AlertRecord, AuditLine } from './alert-record.ts'
import { AlertWatch } from './alert-watch.ts'
import type { StateEntry } from './commit.ts'
import { NoticeActs } from './notice-acts.ts'
import { NoticeStore } from './notice-store.ts'
import { NoticeTeller } from './notice-teller.ts'
import { gathered } from './occasion.ts'
import type { Plan } from './plan.ts'
import { RateLimit } from './rate-limit.ts'
import { SilenceBook } from './silence-book.ts'
import { SubscriptionBook } from './subscription-book.ts'

/** What an alert book says of one tick: every alert that changed, closed ones with them, and what happened to whom it concerns. */
export interface AlertNews {
  readonly alerts: readonly Alert[]
  readonly events: readonly AlertEvent[]
}

/** What a tick changed about telling people. */
export interface NoticeTick extends Pick<
  AlertRecord,
  'notices' | 'silences' | 'subscriptions' | 'unsubscribed'
> {
  /** By what open alerts are muted now ('' : by nothing any more), of those for which that changed. */
  readonly muted: ReadonlyMap<string, string>
  readonly outcomes: readonly Outcome[]
  readonly audit: readonly AuditLine[]
  readonly entries: readonly StateEntry[]
}

/**
 * Who is told of what: alert events become notices, one a person, channel and event, each queued, sent or suppressed with what
 * suppressed it. Work per tick is that of what happened and of the clocks that ran out, however many subscribe.
 */
export class NoticeBook {
  readonly #subscriptions: SubscriptionBook
  readonly #silences: SilenceBook
  readonly #store = new NoticeStore()
  readonly #limit: RateLimit
  readonly #watch: AlertWatch
  readonly #acts: NoticeActs
  readonly #teller: NoticeTeller

  constructor(plan: Plan, policy: AlertPolicy) {
    this.#subscriptions = new SubscriptionBook(plan, policy)
    this.#silences = new SilenceBook(plan, policy)
    this.#limit = new RateLimit(policy)
    this.#watch = new AlertWatch(plan, policy, this.#silences)
    const books = {
      subscriptions: this.#subscriptions,
      silences: this.#silences,
      limit: this.#limit,
      store: this.#store,
    }
    this.#acts = new NoticeActs(policy, books)
    this.#teller = new NoticeTeller(plan, policy, books)
  }

  /** Goes on from the state's entries, those of other books among them; to be called once, before the first tick. */
  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    for (const part of [this.#subscriptions, this.#silences, this.#store, this.#limit, this.#watch])
      part.restore(entries)
  }

  /**
   * Applies a tick: first what people did (actions of other books are passed over), then the ends of periods, then what happened to
   * alerts. `open` are the open alerts after the tick. Rate: per tick.
   */
  tick(
    at: number,
    { alerts, events }: AlertNews,
    open: ReadonlyMap<string, Alert>,
    actions: readonly Action[],
  ): NoticeTick {
    const decided = actions.flatMap((action) => this.#acts.decide(at, action, open) ?? [])
    for (const digest of this.#limit.advance(at)) this.#teller.digest(at, digest, open)
    const watch = this.#watch.advance(at, alerts, events, open)
    for (const told of gathered([...events, ...watch.events])) {
      const [first] = told
      if (first !== undefined) this.#teller.tell(at, told, this.#watch.by(first.alert.id))
    }
    for (const { id, state } of alerts)
      if (state === 'closed') {
        this.#watch.close(id)
        this.#store.close(id)
      }
    return this.#taken(at, decided, watch.muted)
  }

  #taken(
    at: number,
    decided: readonly { readonly outcome: Outcome; readonly audit: AuditLine }[],
    muted: ReadonlyMap<string, string>,
  ): NoticeTick {
    const { notices, entries: told } = this.#store.take(at)
    const { silences, entries: silenced } = this.#silences.take()
    const { subscriptions, unsubscribed, entries: subscribed } = this.#subscriptions.take()
    return {
      notices,
      silences,
      subscriptions,
      unsubscribed,
      muted,
      outcomes: decided.map(({ outcome }) => outcome),
      audit: decided.map(({ audit }) => audit),
      entries: [...told, ...silenced, ...subscribed, ...this.#limit.take(), ...this.#watch.take()],
    }
  }
}
