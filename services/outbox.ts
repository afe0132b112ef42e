import type { AlertRecord } from './core/alert-record.ts'
import { alertPartition } from './core/alert-record.ts'
import type { Alert } from './core/alert.ts'
import type { Snapshot } from './core/commit.ts'
import { sentenceOf } from './core/errors.ts'
import type { Channel, Notice } from './core/notice.ts'
import type { Plan } from './core/plan.ts'
import type { MetricSource } from './metrics-port.ts'
import { Deliveries } from './outbox-deliveries.ts'
import { Lanes, MOST_WAITING } from './outbox-lanes.ts'
import { Sending, type SendingParts } from './outbox-sending.ts'
import type { Delivery, Log, Random, State } from './ports.ts'

/** What the outbox is made of. */
export interface OutboxParts extends SendingParts {
  readonly log: Pick<Log, 'append'>
  readonly state: Pick<State, 'entries'>
  readonly plan: Pick<Plan, 'partitions'>
  /** Newest tick told. */
  readonly newest: () => Promise<number>
  readonly random: Random
}

/** Takes notices to people once the commit that made them is durable. */
export interface Outbox {
  /** Takes over what the state holds, until `lost` aborts. */
  begin(stored: Snapshot, lost: AbortSignal): void
  /** Takes the notices of a committed record, and hears which are settled. */
  take(record: AlertRecord): void
  readonly metrics: MetricSource
  /** Ends by telling what became of what was on its way. */
  stop(): Promise<void>
}

/** After a takeover nothing is sent for so long, or until the ticks that were told by then are applied: they may say that it was. */
const HELD_MS = 3000
/** Between two questions to a state that does not answer, ms. */
const AGAIN_MS = 1000
/** Notices told to the log of which the alert stage has not said that they are settled; the oldest are forgotten. */
const MOST_UNCONFIRMED = 100_000

const decoder = new TextDecoder()
const parsed = (bytes: Uint8Array): unknown => JSON.parse(decoder.decode(bytes))

/** Whether it leaves by a notifier and has not yet. */
const isDue = ({ state, channel }: Notice): boolean => state === 'queued' && channel !== 'desk'

/** In the order in which they were made. */
const byAge = (a: Notice, b: Notice): number =>
  a.at - b.at || a.id.length - b.id.length || (a.id < b.id ? -1 : 1)

class Post implements Outbox {
  readonly #parts: OutboxParts
  readonly #deliveries: Deliveries
  readonly #sending: Sending
  readonly #open = new Map<string, Alert>()
  readonly #unconfirmed = new Set<string>()
  readonly #flying = new Set<Promise<unknown>>()
  #lanes = new Map<Channel, Lanes>()
  /** Channels of which more waits in the state than here. */
  readonly #overflowed = new Set<Channel>()
  #isRefilling = false
  /** Nothing is sent before this tick is applied. */
  #goal = 0
  #isHeld = true
  #cancelHold: () => void = () => undefined
  #term: AbortSignal = AbortSignal.abort()

  constructor(parts: OutboxParts) {
    this.#parts = parts
    this.#sending = new Sending(parts)
    this.#deliveries = new Deliveries(parts.log, parts.clock, parts.report, () => this.#pump())
  }

  begin(stored: Snapshot, lost: AbortSignal): void {
    this.#end()
    if (lost.aborted) return
    this.#term = lost
    this.#lanes = new Map(this.#parts.notifiers.map(({ channel }) => [channel, this.#lanesOf(channel)]))
    lost.addEventListener('abort', () => lost === this.#term && this.#end())
    const closed = new Map<string, Alert>()
    for (const [key, bytes] of stored.entries) {
      if (key.startsWith('a/')) this.#open.set(key.slice(2), parsed(bytes) as Alert)
      if (key.startsWith('h/')) closed.set(key.slice(key.lastIndexOf('/') + 1), parsed(bytes) as Alert)
    }
    const notices = [...stored.entries].flatMap(([key, bytes]) =>
      key.startsWith('n/') ? [parsed(bytes) as Notice] : [],
    )
    this.#hold(lost)
    for (const notice of notices.filter(isDue).sort(byAge)) this.#add(notice, closed)
  }

  take({ at, alerts, notices }: AlertRecord): void {
    if (this.#term.aborted) return
    for (const alert of alerts) this.#open.set(alert.id, alert)
    for (const notice of notices) {
      if (isDue(notice)) this.#add(notice)
      else {
        this.#unconfirmed.delete(notice.id)
        this.#lanes.get(notice.channel)?.drop(notice.id, notice.person)
      }
    }
    for (const { id, state } of alerts) if (state === 'closed') this.#open.delete(id)
    if (this.#isHeld && this.#goal > 0 && at >= this.#goal) this.#release()
  }

  readonly metrics: MetricSource = () => [
    {
      name: 'outbox_waiting',
      help: 'Notices that wait in memory or are on their way, by channel',
      kind: 'gauge',
      samples: [...this.#lanes].map(([channel, { waiting }]) => ({ value: waiting, labels: { channel } })),
    },
    {
      name: 'outbox_attempts_total',
      help: 'Attempts to send, by channel and result: sent, retry, failed, nowhere (who has no address there)',
      kind: 'counter',
      samples: [...this.#sending.attempts].map(([key, value]) => {
        const [channel = '', result = ''] = key.split(' ')
        return { value, labels: { channel, result } }
      }),
    },
    {
      name: 'outbox_untold',
      help: 'Deliveries that wait for the log',
      kind: 'gauge',
      samples: [{ value: this.#deliveries.waiting }],
    },
  ]

  async stop(): Promise<void> {
    this.#end()
    await Promise.all(this.#flying)
    await this.#deliveries.stop()
  }

  #end(): void {
    this.#cancelHold()
    for (const lanes of this.#lanes.values()) lanes.stop()
    this.#lanes = new Map()
    this.#open.clear()
    this.#overflowed.clear()
    this.#unconfirmed.clear()
    this.#term = AbortSignal.abort()
  }

  /** What another process sent just before it ended stands in ticks that are told soon. */
  #hold(term: AbortSignal): void {
    const { clock, newest } = this.#parts
    this.#isHeld = true
    this.#goal = 0
    this.#cancelHold = clock.at(clock.now() + HELD_MS, () => this.#term === term && this.#release())
    newest().then(
      (tick) => {
        if (this.#term === term) this.#goal = tick + 1
      },
      () => undefined,
    )
  }

  #release(): void {
    this.#cancelHold()
    this.#isHeld = false
    this.#pump()
  }

  #pump(): void {
    for (const lanes of this.#lanes.values()) lanes.pump()
  }

  #lanesOf(channel: Channel): Lanes {
    const { clock, random } = this.#parts
    return new Lanes(channel, {
      clock,
      random,
      isHeld: () => this.#isHeld || this.#deliveries.isFull,
      attempt: (parcel) => this.#tracked(this.#sending.attempt(parcel)),
      settled: ({ notice }, delivery, attempts) => this.#settle(notice, delivery, attempts),
    })
  }

  #add(notice: Notice, closed?: ReadonlyMap<string, Alert>): void {
    const { id, channel, alerts } = notice
    const lanes = this.#lanes.get(channel)
    if (this.#unconfirmed.has(id) || lanes?.has(id) === true) return
    if (lanes === undefined) return this.#fail(notice, `channel ${channel} is not set up`)
    const told = alerts.flatMap((alert) => this.#open.get(alert) ?? closed?.get(alert) ?? [])
    if (told.length === 0) return this.#fail(notice, 'its alerts are no longer kept')
    if (!lanes.add({ notice, alerts: told })) this.#overflowed.add(channel)
  }

  #tracked<T>(work: Promise<T>): Promise<T> {
    this.#flying.add(work)
    return work.finally(() => this.#flying.delete(work))
  }

  #fail(notice: Notice, why: string): void {
    this.#settle(notice, { sent: false, why, retry: false }, 0)
  }

  #settle(notice: Notice, delivery: Delivery, attempts: number): void {
    const [oldest] = this.#unconfirmed
    if (this.#unconfirmed.size >= MOST_UNCONFIRMED && oldest !== undefined) this.#unconfirmed.delete(oldest)
    this.#unconfirmed.add(notice.id)
    const [state, why] = delivery.sent ? (['sent', ''] as const) : (['failed', delivery.why] as const)
    this.#deliveries.add({ notice, state, why, attempts })
    this.#refill(notice.channel)
  }

  /** Once half of what may wait is gone, the rest comes from the state; one channel at a time. */
  #refill(channel: Channel): void {
    const waiting = this.#lanes.get(channel)?.waiting ?? MOST_WAITING
    if (!this.#overflowed.has(channel) || waiting > MOST_WAITING / 2 || this.#isRefilling) return
    const { clock, report } = this.#parts
    this.#isRefilling = true
    this.#fetch(channel, this.#term).then(
      () => {
        this.#isRefilling = false
        for (const other of this.#overflowed) this.#refill(other)
      },
      (fault: unknown) => {
        this.#isRefilling = false
        report(`Notices wait for the state: ${sentenceOf(fault)}`)
        clock.at(clock.now() + AGAIN_MS, () => this.#refill(channel))
      },
    )
  }

  async #fetch(channel: Channel, term: AbortSignal): Promise<void> {
    const { state, plan } = this.#parts
    const partition = alertPartition(plan)
    const entries = await state.entries(partition, 'n/')
    const old = await state.entries(partition, 'h/')
    if (term !== this.#term || term.aborted) return
    this.#overflowed.delete(channel)
    const closed = new Map(
      [...old].map(([key, bytes]) => [key.slice(key.lastIndexOf('/') + 1), parsed(bytes) as Alert]),
    )
    const notices = [...entries.values()].map((bytes) => parsed(bytes) as Notice)
    for (const notice of notices.filter(isDue).sort(byAge))
      if (notice.channel === channel) this.#add(notice, closed)
  }
}

/** Starts with nothing to do. */
export function startOutbox(parts: OutboxParts): Outbox {
  return new Post(parts)
}
