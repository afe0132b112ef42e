import { badField, unknownId } from './act-field.ts'
import type { AlertPolicy } from './alert-policy.ts'
import { channelSet, DELIVERABLE, DESK, type ChannelSet } from './channel-set.ts'
import type { StateEntry } from './commit.ts'
import { jsonEntries, jsonEntry } from './json-entry.ts'
import type { Person } from './person.ts'
import type { Plan } from './plan.ts'
import { readSubscription } from './subscription-check.ts'
import { SubscriptionIndex, type Concern, type Recipient } from './subscription-index.ts'
import type { Subscription } from './subscription.ts'
import { TickIds } from './tick-ids.ts'

const PREFIX = 's/'
/** Subscriptions of one person, and of all. */
export const MOST_OWN = 50
export const MOST_SUBSCRIPTIONS = 500_000

/** The subscription that comes with somebody's role, for their own area; null where the policy gives the role none. */
export function defaultFor(
  { id, role, area }: Person,
  { grid }: Pick<Plan, 'grid'>,
  { defaults }: Pick<AlertPolicy, 'defaults'>,
): Subscription | null {
  const given = defaults.get(role)
  if (given === undefined) return null
  return {
    id: `role:${id}`,
    person: id,
    default: true,
    area: area === '' ? (grid.codes[0] ?? '') : area,
    rank: given.rank,
    category: '',
    schedule: null,
    channels: given.channels.filter((channel) => DELIVERABLE.includes(channel)),
  }
}

/** Who subscribed to what; whoever has nothing of their own has what comes with the role. Of people unknown to the policy nothing matches. */
export class SubscriptionBook {
  readonly #most: number
  readonly #plan: Plan
  readonly #policy: AlertPolicy
  readonly #index: SubscriptionIndex
  /** Own subscriptions by person, in the order they were made. */
  readonly #own = new Map<string, Subscription[]>()
  #total = 0
  readonly #ids = new TickIds('s')
  /** Since the last `take`; null: taken back. */
  #changed = new Map<string, Subscription | null>()

  /** `most` is a bound that tests set lower. */
  constructor(plan: Plan, policy: AlertPolicy, most = MOST_SUBSCRIPTIONS) {
    this.#most = most
    this.#plan = plan
    this.#policy = policy
    this.#index = new SubscriptionIndex(plan.grid)
  }

  /** Takes what was stored, and the defaults of all who have nothing of their own. Called once. */
  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    for (const [, subscription] of jsonEntries<Subscription>(entries, PREFIX)) {
      const own = this.#own.get(subscription.person)
      if (own === undefined) this.#own.set(subscription.person, [subscription])
      else own.push(subscription)
      this.#total++
    }
    const { people } = this.#policy
    const own = [...this.#own].filter(([person]) => people.has(person)).flatMap(([, each]) => each)
    const given = [...people.values()]
      .filter(({ id }) => !this.#own.has(id))
      .flatMap((person) => this.#default(person))
    this.#index.load([...own, ...given])
  }

  /** Whom an alert concerns by subscription. */
  match(concern: Concern, at: number): readonly Recipient[] {
    return this.#index.match(concern, at)
  }

  /** Channels by which somebody is told of what concerns them by office: all that they chose or that come with the role, and the desk. */
  reach(person: Person): ChannelSet {
    const own = this.#own.get(person.id) ?? []
    const told = [...own, ...this.#default(person)]
    return told.reduce((set, { channels }) => set | channelSet(channels), DESK)
  }

  /** A person's new subscription; the answer is its id. One that says the same is not made again. Throws AL-field. */
  subscribe(at: number, person: Person, spec: unknown): string {
    const asked = readSubscription(spec, { ...this.#plan, categories: this.#policy.categories })
    const own = this.#own.get(person.id) ?? []
    const same = own.find((each) => isSame(each, asked))
    if (same !== undefined) return same.id
    if (own.length >= MOST_OWN)
      throw badField('subscriptions', own.length + 1, `at most ${MOST_OWN} of one person: take one back`)
    if (this.#total >= this.#most)
      throw badField('subscriptions', this.#total + 1, `at most ${this.#most} of all`)
    if (own.length === 0) for (const given of this.#default(person)) this.#index.remove(given)
    const made = { id: this.#ids.next(at), person: person.id, default: false, ...asked }
    this.#own.set(person.id, [...own, made])
    this.#index.add(made)
    this.#total++
    this.#changed.set(made.id, made)
    return made.id
  }

  /** Takes one of a person's own back; without any left, what comes with the role holds again. Throws AL-unknown. */
  unsubscribe(person: Person, id: string): void {
    const own = this.#own.get(person.id) ?? []
    const gone = own.find((each) => each.id === id)
    if (gone === undefined) throw unknownId('Subscription', id)
    const left = own.filter((each) => each !== gone)
    if (left.length > 0) this.#own.set(person.id, left)
    else this.#own.delete(person.id)
    this.#index.remove(gone)
    if (left.length === 0) for (const given of this.#default(person)) this.#index.add(given)
    this.#total--
    this.#changed.set(id, null)
  }

  /** What changed since the last call. */
  take(): { subscriptions: Subscription[]; unsubscribed: string[]; entries: StateEntry[] } {
    const changed = [...this.#changed]
    this.#changed = new Map()
    return {
      subscriptions: changed.flatMap(([, made]) => made ?? []),
      unsubscribed: changed.flatMap(([id, made]) => (made === null ? [id] : [])),
      entries: changed.map(([id, made]) => jsonEntry(PREFIX + id, made ?? undefined)),
    }
  }

  #default(person: Person): readonly Subscription[] {
    const given = defaultFor(person, this.#plan, this.#policy)
    return given === null ? [] : [given]
  }
}

function isSame(
  { id: _, person: _person, default: _default, ...spec }: Subscription,
  asked: object,
): boolean {
  return JSON.stringify(spec) === JSON.stringify(asked)
}
