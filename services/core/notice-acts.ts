import type { Action, Deed, Outcome, Verb } from './action.ts'
import type { Alert } from './alert.ts'
import { nameOf } from './alert-deed.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { AuditLine } from './alert-record.ts'
import { badField, fieldsIn, unknownId } from './act-field.ts'
import { QingyuError } from './errors.ts'
import type { NoticeStore } from './notice-store.ts'
import { SYSTEM, type Actor, type Person, type Role } from './person.ts'
import { namesSomebody, withoutNumbers } from './personal.ts'
import type { SilenceBook } from './silence-book.ts'
import type { SubscriptionBook } from './subscription-book.ts'

const MOST_WHY = 200

/** Who may do what of it; results of deliveries come from the program alone. */
const PERMITTED: ReadonlyMap<Verb, readonly Role[]> = new Map([
  ['subscribe', ['officer', 'supervisor', 'commander', 'admin']],
  ['unsubscribe', ['officer', 'supervisor', 'commander', 'admin']],
  ['silence', ['supervisor', 'commander', 'admin']],
  ['unsilence', ['supervisor', 'commander', 'admin']],
  ['see', ['viewer', 'officer', 'supervisor', 'commander', 'admin']],
  ['delivery', ['admin']],
] satisfies [Verb, Role[]][])

type Delivered = Extract<Deed, { verb: 'delivery' }>

/** What became of an action, and its line of the audit log. */
export interface Decided {
  readonly outcome: Outcome
  readonly audit: AuditLine
}

/** What people do about being told: subscribe, silence, see; and what the program reports of deliveries. */
export class NoticeActs {
  readonly #policy: AlertPolicy
  readonly #subscriptions: SubscriptionBook
  readonly #silences: SilenceBook
  readonly #store: NoticeStore

  constructor(
    policy: AlertPolicy,
    books: { subscriptions: SubscriptionBook; silences: SilenceBook; store: NoticeStore },
  ) {
    this.#policy = policy
    this.#subscriptions = books.subscriptions
    this.#silences = books.silences
    this.#store = books.store
  }

  /** Decides on an action at a tick; null when its verb belongs to somebody else. */
  decide(at: number, action: Action, open: ReadonlyMap<string, Alert>): Decided | null {
    const { id, by, deed } = action
    const roles = PERMITTED.get(deed.verb)
    if (roles === undefined) return null
    const line = { at, id, person: by.person, role: by.role, verb: deed.verb, comment: commentOf(action) }
    try {
      assertPermitted(by, deed.verb, roles)
      const subject = this.#do(at, action, open)
      const outcome = { action: id, code: null, parameters: {}, subject }
      return { outcome, audit: { ...line, subject, code: null } }
    } catch (fault) {
      if (!(fault instanceof QingyuError)) throw fault
      const { code, parameters } = fault
      const subject = subjectOf(action)
      return { outcome: { action: id, code, parameters, subject }, audit: { ...line, subject, code } }
    }
  }

  /** Does it; the answer is the id of what it made or moved. */
  #do(at: number, { by, deed }: Action, open: ReadonlyMap<string, Alert>): string {
    if (deed.verb === 'subscribe')
      return this.#subscriptions.subscribe(at, this.#person(by), deed.subscription)
    if (deed.verb === 'silence') return this.#silences.silence(at, by, deed.silence)
    if (deed.verb === 'delivery') return this.#deliver(at, deed, open)
    if (deed.verb === 'unsubscribe') {
      this.#subscriptions.unsubscribe(this.#person(by), deed.subscription)
      return deed.subscription
    }
    if (deed.verb === 'unsilence') {
      this.#silences.unsilence(at, by, deed.silence)
      return deed.silence
    }
    if (deed.verb !== 'see') throw new QingyuError('AL-verb', { value: deed.verb })
    if (!open.has(deed.alert)) throw unknownId('Alert', deed.alert)
    this.#store.see(at, by.person, deed.alert)
    return deed.alert
  }

  /** The same news twice is no news: who sends may have to tell it again after a crash. */
  #deliver(at: number, { notice: id, state, why }: Delivered, open: ReadonlyMap<string, Alert>): string {
    const notice = this.#store.get(id)
    if (notice === undefined) throw unknownId('Notice', id)
    if (state !== 'sent' && state !== 'failed') throw badField('state', state, 'sent or failed')
    if (notice.state !== 'queued') return id
    const reason = state === 'failed' ? reasonOf(why) : notice.why
    this.#store.settle(at, notice, state, reason, (alert) => open.has(alert))
    return id
  }

  /** Whoever subscribes must be somebody who can be told. */
  #person({ person }: Actor): Person {
    const known = this.#policy.people.get(person)
    if (known === undefined) throw unknownId('Person', person)
    return known
  }
}

function assertPermitted(by: Actor, verb: Verb, roles: readonly Role[]): void {
  if (roles.includes(by.role) && (verb !== 'delivery' || by.person === SYSTEM.person)) return
  throw new QingyuError('AL-role', {
    role: by.role,
    person: by.person,
    verb,
    expected: verb === 'delivery' ? 'of the program' : roles.join(' or '),
  })
}

/** Words of a mail server may quote an address: what may be somebody's is not kept. */
function reasonOf(why: unknown): string {
  const reason = typeof why === 'string' ? why.slice(0, MOST_WHY) : ''
  return namesSomebody(reason) || reason.includes('@') ? 'refused by the receiver' : reason
}

function subjectOf({ deed }: Action): string {
  const fields = fieldsIn(deed)
  const named = [fields['alert'], fields['notice'], fields['subscription'], fields['silence']]
  return nameOf(named.find((each) => typeof each === 'string'))
}

function commentOf({ deed }: Action): string {
  const { reason } = fieldsIn(fieldsIn(deed)['silence'])
  const { comment, state } = fieldsIn(deed)
  const said = [comment, reason, state].find((each) => typeof each === 'string') ?? ''
  return withoutNumbers(said).slice(0, 500)
}
