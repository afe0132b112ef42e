import type { Alert } from './core/alert.ts'
import type { Channel, Notice } from './core/notice.ts'
import type { Clock, Delivery, Random } from './ports.ts'

/** A notice on its way out, with the alerts it tells of as they were then. */
export interface Parcel {
  readonly notice: Notice
  readonly alerts: readonly Alert[]
}

/** What a channel's lanes are given. */
export interface LaneParts {
  readonly clock: Clock
  readonly random: Random
  /** One attempt; settles within its own time. */
  readonly attempt: (parcel: Parcel) => Promise<Delivery>
  readonly settled: (parcel: Parcel, delivery: Delivery, attempts: number) => void
  /** While true nothing more is sent. */
  readonly isHeld: () => boolean
}

/** Sends at the same time, by channel: what one mail server takes from one sender is less than what many webhooks do. */
const AT_ONCE: Readonly<Record<Channel, number>> = {
  desk: 1,
  webhook: 32,
  mail: 8,
  push: 32,
  mqtt: 32,
  cap: 4,
}
/** Notices of a channel that wait in memory; more stay in the state until there is room. */
export const MOST_WAITING = 20_000
/** Waits between two attempts, ms: doubled from the first to the last, with up to half as much chance on top. */
const FIRST_WAIT = 1000
const LAST_WAIT = 900_000
/** Attempts, and time since it was taken over, after which a notice is given up. */
const MOST_ATTEMPTS = 20
const MOST_AGE = 86_400_000

interface Waiting extends Parcel {
  readonly since: number
  attempts: number
}

/** What waits for one person on one channel, oldest first. */
interface Lane {
  waiting: Waiting[]
  failures: number
  /** On its way, or until its next attempt. */
  isBusy: boolean
}

/**
 * Notices of one channel: in order for each person, side by side for different ones. An attempt that failed holds back that
 * person alone, and stands for all that waits there: nobody hammers an address that does not answer.
 */
export class Lanes {
  readonly #parts: LaneParts
  readonly #most: number
  readonly #lanes = new Map<string, Lane>()
  readonly #ids = new Set<string>()
  readonly #timers = new Set<() => void>()
  #ready: Lane[] = []
  #flying = 0
  #isStopped = false

  constructor(channel: Channel, parts: LaneParts) {
    this.#parts = parts
    this.#most = AT_ONCE[channel]
  }

  get waiting(): number {
    return this.#ids.size
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  /** Takes a notice over; false when there is no room. */
  add(parcel: Parcel): boolean {
    if (this.#ids.size >= MOST_WAITING) return false
    const { id, person } = parcel.notice
    const lane = this.#lanes.get(person) ?? { waiting: [], failures: 0, isBusy: false }
    this.#lanes.set(person, lane)
    this.#ids.add(id)
    lane.waiting.push({ ...parcel, since: this.#parts.clock.now(), attempts: 0 })
    if (lane.waiting.length === 1) this.#ready.push(lane)
    this.pump()
    return true
  }

  /** Sends as much as may be sent now. */
  pump(): void {
    while (this.#flying < this.#most && !this.#isStopped && !this.#parts.isHeld()) {
      const lane = this.#ready.shift()
      if (lane === undefined) return
      if (!lane.isBusy && lane.waiting.length > 0) void this.#send(lane)
    }
  }

  /** Somebody else has sent it, or it needs no sending any more; what is on its way goes on. */
  drop(id: string, person: string): void {
    const lane = this.#lanes.get(person)
    const at = lane?.waiting.findIndex(({ notice }) => notice.id === id) ?? -1
    if (lane === undefined || at < 0 || (at === 0 && lane.isBusy)) return
    lane.waiting.splice(at, 1)
    this.#forget(lane, id, person)
  }

  /** Starts nothing more; what is on its way is told when it settles. */
  stop(): void {
    this.#isStopped = true
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }

  async #send(lane: Lane): Promise<void> {
    const [parcel] = lane.waiting
    if (parcel === undefined) return
    lane.isBusy = true
    this.#flying++
    const delivery = await this.#parts.attempt(parcel)
    this.#flying--
    if (delivery.sent || !delivery.retry) this.#settle(lane, parcel, delivery, parcel.attempts + 1)
    else this.#failed(lane, delivery)
    this.pump()
  }

  #settle(lane: Lane, parcel: Waiting, delivery: Delivery, attempts: number): void {
    const { id, person } = parcel.notice
    lane.waiting.shift()
    lane.failures = 0
    lane.isBusy = false
    this.#forget(lane, id, person)
    this.#parts.settled(parcel, delivery, attempts)
    if (lane.waiting.length > 0) this.#ready.push(lane)
  }

  #failed(lane: Lane, delivery: Delivery): void {
    const now = this.#parts.clock.now()
    lane.failures++
    for (const parcel of lane.waiting) parcel.attempts++
    const isOver = ({ attempts, since }: Waiting) => attempts >= MOST_ATTEMPTS || now - since >= MOST_AGE
    const over = lane.waiting.filter(isOver)
    lane.waiting = lane.waiting.filter((parcel) => !isOver(parcel))
    for (const parcel of over) {
      this.#forget(lane, parcel.notice.id, parcel.notice.person)
      this.#parts.settled(parcel, delivery, parcel.attempts)
    }
    if (lane.waiting.length === 0 || this.#isStopped) return
    const asked = delivery.sent ? 0 : (delivery.after ?? 0)
    const wait = Math.max(asked, this.#waitAfter(lane.failures))
    const cancel = this.#parts.clock.at(now + wait, () => {
      this.#timers.delete(cancel)
      lane.isBusy = false
      this.#ready.push(lane)
      this.pump()
    })
    this.#timers.add(cancel)
  }

  // The chance comes after the cap: many addresses of one server must not come back together.
  #waitAfter(failures: number): number {
    const wait = Math.min(LAST_WAIT, FIRST_WAIT * 2 ** Math.min(failures - 1, 16))
    return wait + (this.#parts.random.uint32() % Math.ceil(wait / 2))
  }

  #forget(lane: Lane, id: string, person: string): void {
    this.#ids.delete(id)
    if (lane.waiting.length === 0) this.#lanes.delete(person)
  }
}
