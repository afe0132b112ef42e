import type { Alert } from './core/alert.ts'
import { sentenceOf } from './core/errors.ts'
import { CHANNELS, type Channel, type Notice } from './core/notice.ts'
import type { Person } from './core/person.ts'
import { namesSomebody } from './core/personal.ts'
import type { Parcel } from './outbox-lanes.ts'
import type { Clock, Delivery, Letter, Notifier } from './ports.ts'

/** What turns a notice into letters. */
export interface SendingParts {
  /** Ways out; a notice on any other channel than these and the desk fails at once. */
  readonly notifiers: readonly Notifier[]
  readonly people: ReadonlyMap<string, Person>
  /** Where somebody is reached on a channel, several places where they have several devices; [] for nowhere. */
  readonly addresses: (person: string, channel: Channel) => Promise<readonly string[]>
  /** The words of a letter. */
  readonly render: (
    notice: Notice,
    alerts: readonly Alert[],
    person: Person,
  ) => Pick<Letter, 'subject' | 'body' | 'link'>
  readonly clock: Clock
  readonly report: (sentence: string) => void
}

/** An attempt without an end is given up after so long, ms: a notifier's own limits are shorter. */
const ATTEMPT_MS = 30_000
/** Longest reason that is kept. */
const MOST_WHY = 200

/** A reason without what says where somebody is reached: addresses, hosts and numbers do not enter the log. */
export function withoutAddress(why: string, to: string): string {
  const host = URL.canParse(to) ? new URL(to).hostname : ''
  const known = [to, host].filter((part) => part !== '')
  const cut = known
    .reduce((text, part) => text.replaceAll(part, '…'), why)
    .replace(/\w+:\/\/\S+/g, '…')
    .replace(/[^\s<>"']+@[^\s<>"']+/g, '…')
    .slice(0, MOST_WHY)
  return namesSomebody(cut) ? 'refused in words that name somebody' : cut
}

/** Attempts to send; none of them rejects. */
export class Sending {
  /** Attempts so far by channel and result: sent, retry, failed, nowhere (who has no address there), as `mail sent`. */
  readonly attempts = new Map<string, number>()
  readonly #parts: SendingParts
  readonly #notifiers: ReadonlyMap<Channel, Notifier>

  constructor(parts: SendingParts) {
    this.#parts = parts
    this.#notifiers = new Map(parts.notifiers.map((notifier) => [notifier.channel, notifier]))
    // Whoever watches rates sees the first failure only where there was a nought before.
    for (const channel of CHANNELS)
      if (channel !== 'desk' && channel !== 'cap')
        for (const result of ['sent', 'retry', 'failed', 'nowhere'])
          this.attempts.set(`${channel} ${result}`, 0)
  }

  /** Sends a notice to every place where its person is reached; it is there when one of them has it. */
  async attempt(parcel: Parcel): Promise<Delivery> {
    const places = await this.#places(parcel.notice)
    const delivery = 'sent' in places ? places : await this.#send(parcel, places)
    const told = delivery.sent ? 'sent' : delivery.retry ? 'retry' : 'failed'
    const result = 'length' in places && places.length === 0 ? 'nowhere' : told
    const key = `${parcel.notice.channel} ${result}`
    this.attempts.set(key, (this.attempts.get(key) ?? 0) + 1)
    return delivery
  }

  /** Where the notice goes, or why that is not known now. */
  async #places({ id, person, channel }: Notice): Promise<readonly string[] | Delivery> {
    try {
      return await this.#parts.addresses(person, channel)
    } catch (fault) {
      return this.#unready(id, fault)
    }
  }

  async #send({ notice, alerts }: Parcel, places: readonly string[]): Promise<Delivery> {
    const { people, render } = this.#parts
    const person = people.get(notice.person)
    const notifier = this.#notifiers.get(notice.channel)
    if (person === undefined || notifier === undefined)
      return { sent: false, why: 'nobody of that name is registered', retry: false }
    if (places.length === 0) return { sent: false, why: `no address for ${notice.channel}`, retry: false }
    try {
      const letter = { notice, alerts, person, ...render(notice, alerts, person) }
      return best(await Promise.all(places.map((to) => this.#sendTo(notifier, { ...letter, to }))))
    } catch (fault) {
      return this.#unready(notice.id, fault)
    }
  }

  #unready(id: string, fault: unknown): Delivery {
    this.#parts.report(`Notice ${id} could not be made ready: ${withoutAddress(sentenceOf(fault), '')}`)
    return { sent: false, why: 'it could not be made ready', retry: true }
  }

  async #sendTo(notifier: Notifier, letter: Letter): Promise<Delivery> {
    const wrong = notifier.address(letter.to)
    if (wrong !== null) return { sent: false, why: withoutAddress(wrong, letter.to), retry: false }
    const { clock } = this.#parts
    let cancel = (): void => undefined
    const late = new Promise<Delivery>((resolve) => {
      const none = { sent: false, why: `no end after ${ATTEMPT_MS / 1000} s`, retry: true } as const
      cancel = clock.at(clock.now() + ATTEMPT_MS, () => resolve(none))
    })
    const delivery = await Promise.race([notifier.send(letter), late]).finally(() => cancel())
    return delivery.sent ? delivery : { ...delivery, why: withoutAddress(delivery.why, letter.to) }
  }
}

/** Of several places the best: one that has it, else one where trying again may help. */
function best(deliveries: readonly Delivery[]): Delivery {
  const isOpen = (delivery: Delivery) => !delivery.sent && delivery.retry
  const found = deliveries.find(({ sent }) => sent) ?? deliveries.find(isOpen) ?? deliveries[0]
  return found ?? { sent: false, why: 'no address', retry: false }
}
