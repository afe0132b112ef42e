import { QingyuError, sentenceOf } from './core/errors.ts'
import { RecordWriter } from './core/record-writer.ts'
import type { IngestSender } from './ingest-senders.ts'
import type { Clock, Log } from './ports.ts'

/** Waits between attempts on a log that fails, ms: doubled from the first to the last. */
const FIRST_WAIT = 100
const LAST_WAIT = 5000
/** Records of one partition in one append: a log need not swallow the ticks of two days at once. */
const MOST_RECORDS = 2048

/** Records of one partition on their way to the log. */
interface Part {
  readonly partition: number
  readonly records: readonly Uint8Array[]
}

/** What the commit line is made of. `defer` runs something at the end of this turn of the event loop. */
export interface CommitOptions {
  readonly log: Log
  readonly clock: Clock
  readonly codes: readonly string[]
  /** Rows and ticks that may wait before sources are to pause. */
  readonly bound: number
  readonly defer: (run: () => void) => void
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: QingyuError) => void
}

/**
 * Group commit: rows and ticks gather by partition; at most one commit is on its way, and all partitions' appends of it are issued in
 * one turn. What the log refuses stays, in order, and is offered again until it is taken; nothing later overtakes it, so `durable`
 * never passes a commit that failed. Who asked by `settled` meanwhile hears LG-failed: it may send again, duplicates are filtered.
 */
export class CommitLine {
  /** Highest commit that is durable. */
  durable = 0
  /** Rows and ticks not durable yet. */
  pending = 0
  /** Appends that the log refused. */
  failures = 0
  isCongested = false
  readonly #options: CommitOptions
  readonly #writers: readonly RecordWriter[]
  readonly #slots: readonly Map<IngestSender, number>[]
  #sealed: Uint8Array[][]
  /** Number of the commit that gathers now. */
  #open = 1
  #gathered = 0
  #deferred = false
  #flying = false
  #flight: Promise<void> = Promise.resolve()
  #failure: QingyuError | null = null
  #stopping = false
  #wake: () => void = () => {}
  readonly #waiters = new Map<number, Waiter[]>()
  readonly #durableListeners: (() => void)[] = []
  readonly #reliefListeners: (() => void)[] = []

  constructor(options: CommitOptions) {
    const { partitions } = options.log
    this.#options = options
    this.#writers = Array.from({ length: partitions }, () => new RecordWriter(options.codes))
    this.#slots = Array.from({ length: partitions }, () => new Map<IngestSender, number>())
    this.#sealed = this.#empty()
  }

  /** Number of the commit that takes what is added now. */
  get open(): number {
    return this.#open
  }

  /** Number of the newest commit that has anything in it. */
  get newest(): number {
    return this.#gathered > 0 || this.#hasSealed() ? this.#open : this.#open - 1
  }

  /** Adds a row to a partition. Rate: per observation. */
  row(
    partition: number,
    sender: IngestSender,
    time: number,
    value: number,
    idHigh: number,
    idLow: number,
    area: number,
    indicator: number,
  ): void {
    const writer = this.#writers[partition]
    if (writer === undefined) throw new QingyuError('GW-internal', { why: `no partition ${partition}` })
    if (writer.full) this.#seal(partition)
    if (sender.partition !== partition || sender.stamp !== writer.stamp)
      this.#introduce(sender, partition, writer)
    writer.add(time, value, idHigh, idLow, area, sender.slot, indicator)
    this.#count(1)
  }

  /** Adds a record behind everything that its partition holds already. */
  record(partition: number, bytes: Uint8Array): void {
    this.#seal(partition)
    this.#sealed[partition]?.push(bytes)
    this.#schedule()
  }

  /** Adds a record to every partition: one of its own to the first, the same to all others. */
  everywhere(first: Uint8Array, others: Uint8Array): void {
    for (let partition = 0; partition < this.#writers.length; partition++)
      this.record(partition, partition === 0 ? first : others)
    this.#count(1)
  }

  /** Resolves when `commit` is durable; rejects with LG-failed as long as the log takes nothing. */
  settled(commit: number): Promise<void> {
    if (commit <= this.durable) return Promise.resolve()
    if (this.#failure !== null) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject }
      const others = this.#waiters.get(commit)
      if (others === undefined) this.#waiters.set(commit, [waiter])
      else others.push(waiter)
    })
  }

  onDurable(listener: () => void): void {
    this.#durableListeners.push(listener)
  }

  onRelief(listener: () => void): void {
    this.#reliefListeners.push(listener)
  }

  /** Writes what is there; when the log fails once more, lets it go: nobody was told that it is safe. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#wake()
    if (!this.#flying) this.#flight = this.#fly()
    await this.#flight
  }

  #empty(): Uint8Array[][] {
    return this.#writers.map(() => [])
  }

  #hasSealed(): boolean {
    return this.#sealed.some((records) => records.length > 0)
  }

  #introduce(sender: IngestSender, partition: number, writer: RecordWriter): void {
    const slots = this.#slots[partition]
    const known = slots?.get(sender)
    const slot = known ?? writer.source(sender.key)
    if (known === undefined) slots?.set(sender, slot)
    sender.partition = partition
    sender.stamp = writer.stamp
    sender.slot = slot
  }

  #seal(partition: number): void {
    const writer = this.#writers[partition]
    if (writer === undefined || writer.rows === 0) return
    this.#sealed[partition]?.push(writer.finish())
    this.#slots[partition]?.clear()
  }

  #count(things: number): void {
    this.#gathered += things
    this.pending += things
    if (this.pending >= this.#options.bound) this.isCongested = true
    this.#schedule()
  }

  #schedule(): void {
    if (this.#flying || this.#deferred) return
    this.#deferred = true
    this.#options.defer(() => {
      this.#deferred = false
      if (!this.#flying && !this.#stopping) this.#flight = this.#fly()
    })
  }

  /** Sends commit after commit until nothing is left. */
  async #fly(): Promise<void> {
    this.#flying = true
    while (this.#gathered > 0 || this.#hasSealed()) {
      for (let partition = 0; partition < this.#writers.length; partition++) this.#seal(partition)
      const sealed = this.#sealed
      const things = this.#gathered
      const commit = this.#open++
      this.#sealed = this.#empty()
      this.#gathered = 0
      if (!(await this.#send(sealed))) break
      this.#landed(commit, things)
    }
    this.#flying = false
  }

  /** Appends one commit's records; more than {@link MOST_RECORDS} of a partition go one append after another. */
  async #send(sealed: readonly Uint8Array[][]): Promise<boolean> {
    const most = Math.max(...sealed.map((records) => records.length))
    for (let from = 0; from < most; from += MOST_RECORDS) {
      const parts = sealed.map((records, partition) => ({
        partition,
        records: records.slice(from, from + MOST_RECORDS),
      }))
      if (!(await this.#land(parts.filter(({ records }) => records.length > 0)))) return false
    }
    return true
  }

  /** Offers the parts to the log until it has them all; false when it failed and we are going down. */
  async #land(parts: readonly Part[]): Promise<boolean> {
    let left = parts
    for (let wait = FIRST_WAIT; ; wait = Math.min(LAST_WAIT, wait * 2)) {
      const answers = await Promise.allSettled(
        left.map(({ partition, records }) => this.#options.log.append(partition, records)),
      )
      left = left.filter((_, i) => answers[i]?.status === 'rejected')
      const refused = answers.find((answer) => answer.status === 'rejected')
      if (refused === undefined) return true
      this.#fail(refused.reason)
      if (this.#stopping) return false
      await this.#pause(wait)
    }
  }

  #pause(wait: number): Promise<void> {
    const { clock } = this.#options
    return new Promise((resolve) => {
      const cancel = clock.at(clock.now() + wait, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }

  #fail(reason: unknown): void {
    this.failures++
    this.#failure =
      reason instanceof QingyuError
        ? reason
        : new QingyuError('LG-failed', { why: sentenceOf(reason), dir: 'the log' }, reason)
    const failure = this.#failure
    const waiters = [...this.#waiters.values()].flat()
    this.#waiters.clear()
    for (const waiter of waiters) waiter.reject(failure)
  }

  #landed(commit: number, things: number): void {
    this.#failure = null
    this.durable = commit
    this.pending -= things
    const waiters = this.#waiters.get(commit)
    this.#waiters.delete(commit)
    if (waiters !== undefined) for (const waiter of waiters) waiter.resolve()
    for (const listener of this.#durableListeners) listener()
    // Half the bound, so that sources do not stop and go with every commit.
    if (!this.isCongested || this.pending > this.#options.bound / 2) return
    this.isCongested = false
    for (const listener of this.#reliefListeners) listener()
  }
}
