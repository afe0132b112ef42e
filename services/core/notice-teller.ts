import type { Alert } from './alert.ts'
import type { AlertEvent } from './alert-event.ts'
import type { AlertPolicy } from './alert-policy.ts'
import { channelBit, channelsOf, DESK, type ChannelSet } from './channel-set.ts'
import { gravityOf } from './inhibition.ts'
import type { Channel, Notice } from './notice.ts'
import type { NoticeStore } from './notice-store.ts'
import { isOrder, isPressing, rankToldBy } from './occasion.ts'
import type { Plan } from './plan.ts'
import type { Digest, RateLimit } from './rate-limit.ts'
import type { SubscriptionBook } from './subscription-book.ts'

/** Somebody whom an event concerns, once. */
interface Addressee {
  readonly person: string
  readonly why: string
  readonly channels: ChannelSet
  readonly resting: ChannelSet
}

/** What one person heard of one alert in this tick: the notices, one a channel, and whether their limit let them through. */
interface Heard {
  readonly on: Notice[]
  admitted: boolean | null
}

/** One event about to be told to one person; `mutedBy` is '' for orders. */
interface Telling {
  readonly at: number
  readonly event: AlertEvent
  readonly mutedBy: string
  readonly heard: Heard
}

/** Makes of an event the notices to all whom it concerns: one a person and channel, sent, queued or suppressed with the reason. */
export class NoticeTeller {
  readonly #policy: AlertPolicy
  readonly #gravest: number
  readonly #subscriptions: SubscriptionBook
  readonly #limit: RateLimit
  readonly #store: NoticeStore

  constructor(
    { scheme }: Plan,
    policy: AlertPolicy,
    books: { subscriptions: SubscriptionBook; limit: RateLimit; store: NoticeStore },
  ) {
    this.#policy = policy
    this.#gravest = scheme.levels.length - 1
    this.#subscriptions = books.subscriptions
    this.#limit = books.limit
    this.#store = books.store
  }

  /** Tells of one alert at a tick; its events come with the one that asks most first. `mutedBy` as `Notice.by`. */
  tell(at: number, events: readonly AlertEvent[], mutedBy: string): void {
    const heard = new Map<string, Heard>()
    for (const event of events)
      for (const addressee of this.#concerned(event, at)) {
        const known = heard.get(addressee.person) ?? { on: [], admitted: null }
        // One event alone, as is usual, is compared with no other.
        if (events.length > 1) heard.set(addressee.person, known)
        this.#address(addressee, {
          at,
          event,
          mutedBy: isOrder(event.occasion) ? '' : mutedBy,
          heard: known,
        })
      }
  }

  /** Sends a digest on all channels on which something was held back; where none of it is open any more, nobody needs it. */
  digest(at: number, { person, alerts, channels }: Digest, open: ReadonlyMap<string, Alert>): void {
    for (const channel of channelsOf(channels)) {
      const by = !alerts.some((alert) => open.has(alert)) ? 'over' : this.#store.full ? 'bound' : ''
      const state = by === '' ? 'queued' : 'suppressed'
      this.#store.add(at, { person, channel, occasion: 'digest', alerts, state, by, why: 'rate' })
    }
  }

  /** By office first, in the order named, then by subscription. */
  #concerned({ occasion, alert, to, subscribers }: AlertEvent, at: number): readonly Addressee[] {
    const matched = subscribers
      ? this.#subscriptions.match({ ...alert, rank: rankToldBy(occasion, alert) }, at)
      : []
    const office = new Map<string, Addressee>()
    for (const { person, why } of to) {
      const known = this.#policy.people.get(person)
      const channels = known === undefined ? DESK : this.#subscriptions.reach(known)
      if (!office.has(person)) office.set(person, { person, why, channels, resting: 0 })
    }
    const subscribed: Addressee[] = []
    for (const { person, subscription, channels, resting } of matched) {
      const known = office.get(person)
      // Who is told by office has no hours, and hears on every channel.
      if (known !== undefined) office.set(person, { ...known, channels: known.channels | channels | resting })
      else subscribed.push({ person, why: whyOf(subscription), channels, resting })
    }
    return [...office.values(), ...subscribed]
  }

  #address(to: Addressee, telling: Telling): void {
    const { at, event, heard } = telling
    const { alert, occasion } = event
    const { person, why } = to
    const alerts = [alert.id]
    if (!this.#policy.people.has(person)) {
      const failed = { channel: 'desk', state: 'failed', by: '', why: 'unknown person' } as const
      this.#store.add(at, { person, occasion, alerts, ...failed })
      return
    }
    for (const channel of channelsOf(to.channels | to.resting)) {
      const by = this.#keptBackBy(to, channel, telling)
      const state = by !== '' ? 'suppressed' : channel === 'desk' ? 'sent' : 'queued'
      const notice = this.#store.add(at, { person, channel, occasion, alerts, state, by, why })
      if (by === '') heard.on.push(notice)
      if (by === 'rate') this.#limit.hold(person, alert.id, gravityOf(alert), channelBit(channel))
    }
  }

  /** What suppresses one notice; '' for nothing. */
  #keptBackBy({ person, channels }: Addressee, channel: Channel, telling: Telling): string {
    const { at, event, mutedBy, heard } = telling
    const earlier = heard.on.find((notice) => notice.channel === channel)
    if (earlier !== undefined) return `grouped:${earlier.id}`
    if (mutedBy !== '') return mutedBy
    if ((channels & channelBit(channel)) === 0) return 'schedule'
    if (channel === 'desk') return ''
    if (this.#store.full) return 'bound'
    const pressing = isPressing(event.occasion, event.alert, this.#gravest)
    heard.admitted ??= this.#limit.admit(at, person, pressing)
    return heard.admitted ? '' : 'rate'
  }
}

function whyOf(subscription: string): string {
  return subscription.startsWith('role:') ? 'role' : `subscription:${subscription}`
}
