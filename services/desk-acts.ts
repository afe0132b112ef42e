import { createHash } from 'node:crypto'
import type { Action, Deed, Outcome } from './core/action.ts'
import { QingyuError } from './core/errors.ts'
import type { Actor } from './core/person.ts'
import { encodeAction } from './core/record.ts'
import type { Acted } from './desk-port.ts'
import type { Clock, Log, Random } from './ports.ts'

/** How long a deed is waited for, ms; then it is accepted and not yet decided. */
export const WAIT_MS = 5_000
/** Deeds of one person in a second, and deeds that wait at once. */
export const MOST_A_SECOND = 10
const MOST_PENDING = 1_000
/** Decided deeds remembered, so that one sent again is answered alike. */
const MOST_DECIDED = 5_000
/** People whose rate is counted at once. */
const MOST_COUNTED = 10_000

interface Pending {
  readonly promise: Promise<Acted>
  settle(outcome: Outcome | null): void
}

/** Puts what people do into the log, and tells them what became of it. */
export class Acts {
  readonly #log: Pick<Log, 'append'>
  readonly #clock: Clock
  readonly #random: Random
  readonly #pending = new Map<string, Pending>()
  readonly #decided = new Map<string, Outcome>()
  /** Deeds by person within the second. */
  readonly #counted = new Map<string, number>()
  #second = 0

  constructor(log: Pick<Log, 'append'>, clock: Clock, random: Random) {
    this.#log = log
    this.#clock = clock
    this.#random = random
  }

  /** What {@link Desk.act} promises. */
  async act(by: Actor, deed: Deed, key: string | undefined): Promise<Acted> {
    const action = key === undefined ? this.#draw() : nameOf(by.person, key)
    const outcome = this.#decided.get(action)
    if (outcome !== undefined) return { action, outcome }
    const known = this.#pending.get(action)
    if (known !== undefined) return known.promise
    this.#admit(by.person)
    const pending = this.#wait(action)
    try {
      await this.#append(action, by, deed)
    } catch (fault) {
      pending.settle(null)
      throw fault
    }
    return pending.promise
  }

  /** What {@link Desk.record} promises. */
  async record(by: Actor, deed: Deed): Promise<void> {
    // Whoever leaves must be able to, and it must stand in the log.
    if (deed.verb !== 'sign-out') this.#admit(by.person)
    await this.#append(this.#draw(), by, deed)
  }

  /** The alert stage has decided. */
  decide(outcome: Outcome): void {
    this.#decided.set(outcome.action, outcome)
    const oldest = this.#decided.size > MOST_DECIDED ? this.#decided.keys().next().value : undefined
    if (oldest !== undefined) this.#decided.delete(oldest)
    this.#pending.get(outcome.action)?.settle(outcome)
  }

  /** Nobody waits any longer. */
  stop(): void {
    for (const pending of this.#pending.values()) pending.settle(null)
  }

  async #append(id: string, by: Actor, deed: Deed): Promise<void> {
    const action: Action = { id, time: this.#clock.now(), by, deed }
    await this.#log.append(0, [encodeAction(action)])
  }

  #admit(person: string): void {
    const second = Math.floor(this.#clock.now() / 1000)
    if (second !== this.#second || this.#counted.size >= MOST_COUNTED) this.#counted.clear()
    this.#second = second
    const count = (this.#counted.get(person) ?? 0) + 1
    this.#counted.set(person, count)
    if (count > MOST_A_SECOND)
      throw new QingyuError('SE-rate', { value: count, most: MOST_A_SECOND, retryAfter: 1 })
    if (this.#pending.size >= MOST_PENDING)
      throw new QingyuError('SE-busy', { value: 'This', why: `${MOST_PENDING} acts wait to be decided` })
  }

  #wait(action: string): Pending {
    let resolve: (acted: Acted) => void = () => undefined
    const promise = new Promise<Acted>((settled) => (resolve = settled))
    const cancel = this.#clock.at(this.#clock.now() + WAIT_MS, () => pending.settle(null))
    const pending: Pending = {
      promise,
      settle: (outcome) => {
        cancel()
        this.#pending.delete(action)
        resolve({ action, outcome })
      },
    }
    this.#pending.set(action, pending)
    return pending
  }

  #draw(): string {
    const word = () => this.#random.uint32().toString(16).padStart(8, '0')
    return word() + word()
  }
}

/** The person is part of it: nobody can take up a deed of somebody else. */
function nameOf(person: string, key: string): string {
  return createHash('sha256').update(`${person}\n${key}`).digest('hex').slice(0, 16)
}
