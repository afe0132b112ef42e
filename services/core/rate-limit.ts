import type { AlertPolicy } from './alert-policy.ts'
import { channelSet, channelsOf, type ChannelSet } from './channel-set.ts'
import type { StateEntry } from './commit.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import { jsonEntries, jsonEntry } from './json-entry.ts'
import type { Rank } from './level.ts'
import type { Channel } from './notice.ts'

const PREFIX = 'b/'
/** Alerts that one digest lists, gravest first; beyond, the least grave are left out. */
export const MOST_IN_DIGEST = 100

/** What one person was told in the present period, and what waits for its end; `b/<person>` in the state. */
interface Budget {
  readonly from: number
  sent: number
  /** By rank, gravest first, then as they came. */
  readonly held: { readonly alert: string; readonly rank: Rank }[]
  channels: readonly Channel[]
}

/** What was held back from one person in a period that is over. */
export interface Digest {
  readonly person: string
  readonly alerts: readonly string[]
  readonly channels: ChannelSet
}

/**
 * At most so many messages to one person in a period, which begins with the first of them; what is more waits for the digest at
 * its end. A message counts once, on however many channels it goes out. A digest is the first message of the next period.
 */
export class RateLimit {
  readonly #most: number
  readonly #perMs: number
  readonly #budgets = new Map<string, Budget>()
  readonly #ends = new DeadlineQueue<string>()
  #changed = new Set<string>()

  constructor({ rate }: Pick<AlertPolicy, 'rate'>) {
    this.#most = rate.most
    this.#perMs = rate.perMs
  }

  /** Takes what was stored. Called once. */
  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    for (const [person, budget] of jsonEntries<Budget>(entries, PREFIX)) {
      this.#budgets.set(person, budget)
      this.#ends.push(budget.from + this.#perMs, person)
    }
  }

  /** Counts a message; false when it must wait. A pressing one is counted and never waits. Rate: per message. */
  admit(at: number, person: string, pressing: boolean): boolean {
    if (this.#perMs === 0) return true
    const budget = this.#budgets.get(person) ?? this.#begin(at, person)
    if (!pressing && budget.sent >= this.#most) return false
    budget.sent++
    this.#changed.add(person)
    return true
  }

  /** Keeps an alert that somebody was not told of, and the channels that this was for, until their digest. */
  hold(person: string, alert: string, rank: Rank, channels: ChannelSet): void {
    const budget = this.#budgets.get(person)
    if (budget === undefined) return
    budget.channels = channelsOf(channelSet(budget.channels) | channels)
    this.#changed.add(person)
    const { held } = budget
    const known = held.findIndex((each) => each.alert === alert)
    if (known >= 0 && (held[known]?.rank ?? 0) >= rank) return
    if (known >= 0) held.splice(known, 1)
    const place = held.findIndex((each) => each.rank < rank)
    held.splice(place < 0 ? held.length : place, 0, { alert, rank })
    if (held.length > MOST_IN_DIGEST) held.pop()
  }

  /** Digests of the periods that are over, by person; each begins the next. */
  advance(at: number): readonly Digest[] {
    const due = new Set<string>()
    this.#ends.due(at + 1, (person) => due.add(person))
    return [...due].sort().flatMap((person) => {
      const budget = this.#budgets.get(person)
      if (budget === undefined || budget.from + this.#perMs > at) return []
      this.#budgets.delete(person)
      this.#changed.add(person)
      if (budget.held.length === 0) return []
      this.#begin(at, person).sent = 1
      const alerts = budget.held.map(({ alert }) => alert)
      return [{ person, alerts, channels: channelSet(budget.channels) }]
    })
  }

  /** What changed since the last call. */
  take(): StateEntry[] {
    const entries = [...this.#changed].map((person) => jsonEntry(PREFIX + person, this.#budgets.get(person)))
    this.#changed = new Set()
    return entries
  }

  #begin(at: number, person: string): Budget {
    const budget: Budget = { from: at, sent: 0, held: [], channels: [] }
    this.#ends.push(at + this.#perMs, person)
    this.#budgets.set(person, budget)
    this.#changed.add(person)
    return budget
  }
}
