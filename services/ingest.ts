import type { Config } from './config-schema.ts'
import { toWgs84 } from './core/datum.ts'
import { Decoder, MOST_REFUSALS, pointerTo } from './core/decode.ts'
import { QingyuError, type ErrorCode } from './core/errors.ts'
import { partitionOf } from './core/grid.ts'
import { refusal, timeRefusal, type Refusal, type Sender } from './core/observation.ts'
import { redact } from './core/personal.ts'
import { Locator } from './core/place.ts'
import type { Plan } from './core/plan.ts'
import { encodeInForce, encodeTick, type InForce } from './core/record.ts'
import { plainRules } from './core/rule-set.ts'
import { CommitLine } from './ingest-commit.ts'
import { recover, type Recovered } from './ingest-recovery.ts'
import { IngestSender, Senders } from './ingest-senders.ts'
import { Tally, type IngestStats } from './ingest-tally.ts'
import { DataTicker, WallTicker, type Ticker, type TickerOptions } from './ingest-ticks.ts'
import type { Clock, DeadLetters, Intake, Log, Receipt } from './ports.ts'

/** What ingest is made of. */
export interface IngestOptions {
  readonly log: Log
  readonly clock: Clock
  readonly plan: Plan
  readonly config: Pick<Config, 'clock' | 'limits' | 'log' | 'vendors'> & {
    readonly http: Pick<Config['http'], 'maxBody'>
    readonly mqtt: Pick<Config['mqtt'], 'maxPacket'>
  }
  readonly deadLetters: DeadLetters
  /** Version of the program, for the record of what is in force. */
  readonly program: string
  /** Runs something at the end of this turn of the event loop; a simulation puts its own in. */
  readonly defer?: (run: () => void) => void
}

/** The stage that takes observations in and makes the log's time. */
export interface Ingest extends Intake {
  /** Reads the log's end, says what is in force and starts to tick; `accept` only after it. Rejects with LG-failed or LG-record. */
  start(): Promise<void>
  /** Stops ticking and writes what is left. */
  stop(): Promise<void>
  stats(): IngestStats
}

class IngestStage implements Ingest {
  readonly #options: IngestOptions
  readonly #senders: Senders
  readonly #decoder: Decoder
  readonly #line: CommitLine
  /** Goes into the next tick record and begins again. */
  readonly #sinceTick = new Tally()
  readonly #sinceStart = new Tally()
  /** By area; the areas above the partition level, which no partition owns, are partition 0's: its roll-up sees them as partials. */
  readonly #partitions: Uint16Array
  /** Refusals of the payload at hand; a new list only after one was handed out. */
  #told: Refusal[] = []
  /** The one object that `accept` answers with. */
  readonly #receipt: Receipt = { accepted: 0, refusals: null, commit: 0 }
  #ticker: Ticker | null = null
  #waitingTicks = 0

  constructor(options: IngestOptions) {
    const { plan, config, log, clock } = options
    const locator = new Locator(plan.grid, toWgs84)
    // The doors have limits of their own; this one is for whoever forgot, and for vendors with more or less than the usual.
    const otherwise = Math.max(config.mqtt.maxPacket, config.http.maxBody)
    this.#options = options
    this.#senders = new Senders(
      locator,
      plan.registrations,
      config.limits.sources,
      (vendor) => config.vendors[vendor]?.maxPayload ?? otherwise,
    )
    this.#decoder = new Decoder(plan.indicators, locator, config.limits)
    this.#line = new CommitLine({
      log,
      clock,
      codes: plan.indicators.list.map((indicator) => indicator.code),
      bound: config.log.pending,
      defer: options.defer ?? ((run) => void setImmediate(run)),
    })
    this.#line.onDurable(() => {
      this.#waitingTicks = 0
    })
    this.#partitions = Uint16Array.from({ length: plan.grid.size }, (_, area) => {
      const partition = partitionOf(plan.grid, area, log.partitions)
      return partition === log.partitions ? 0 : partition
    })
  }

  get durable(): number {
    return this.#line.durable
  }

  get congested(): boolean {
    return this.#line.isCongested
  }

  get received(): number {
    return this.#sinceStart.received
  }

  onDurable(listener: () => void): void {
    this.#line.onDurable(listener)
  }

  onRelief(listener: () => void): void {
    this.#line.onRelief(listener)
  }

  settled(commit: number): Promise<void> {
    return this.#line.settled(commit)
  }

  sender(vendor: string, source: string): Sender {
    return this.#senders.of(vendor, source)
  }

  accept(sender: Sender, payload: Uint8Array): Receipt {
    const ticker = this.#ticker
    if (ticker === null) throw new QingyuError('GW-internal', { why: 'ingest has not started' })
    const own = sender instanceof IngestSender ? sender : this.#senders.of(sender.vendor, sender.source)
    if (this.#told.length > 0) this.#told = []
    const receipt = this.#receipt
    receipt.accepted = 0
    // Once a payload, not an observation: a batch is judged by one instant.
    ticker.look()
    if (payload.length > own.mostBytes) {
      const size = { value: payload.length, most: own.mostBytes }
      this.#refuse(own, refusal('OB-size', '', size), payload)
    } else {
      this.#decoder.decode(payload, own)
      receipt.accepted = this.#queue(own, ticker, payload)
      // Behind the good rows, whose ticks by the data clock would otherwise count what came after them.
      const { codes, refused } = this.#decoder
      for (const code of codes) this.#count(code)
      for (const { refusal, from, to } of refused) this.#tell(own, refusal, payload.subarray(from, to))
    }
    receipt.refusals = this.#told.length === 0 ? null : this.#told
    receipt.commit = receipt.accepted === 0 ? 0 : this.#line.open
    return receipt
  }

  refuse(sender: Sender, reason: Refusal, payload: Uint8Array): void {
    if (this.#told.length > 0) this.#told = []
    this.#refuse(sender, reason, payload)
  }

  async start(): Promise<void> {
    const { log, plan, program } = this.#options
    const ends = await Promise.all(
      Array.from({ length: log.partitions }, (_, partition) => recover(log, partition)),
    )
    const last = Math.max(...ends.map((end) => end.tick))
    const book = plainRules(plan.rules)
    const inForce = { grid: plan.grid.version, rules: plan.rules.version, program, book }
    for (const [partition, end] of ends.entries()) {
      // A tick that a crash kept from one partition is made good, so that no reader waits for it for ever.
      if (end.tick < last) this.#line.record(partition, encodeTick({ at: last }))
      if (!same(end.inForce, inForce)) this.#line.record(partition, encodeInForce(inForce))
    }
    // They are in the log, hence will be applied; what was only refused before a crash is on neither side of the law.
    this.#sinceTick.received = ends.reduce((sum, end) => sum + end.rows, 0)
    await this.#line.settled(this.#line.newest)
    this.#ticker = this.#tickerFrom(last, ends)
    this.#ticker.start()
  }

  async stop(): Promise<void> {
    this.#ticker?.stop()
    await this.#line.stop()
  }

  stats(): IngestStats {
    const { received, quarantined, refused, by } = this.#sinceStart
    const { pending, durable, failures } = this.#line
    return {
      received,
      accepted: received - quarantined - refused,
      quarantined,
      refused,
      refusedBy: Object.fromEntries(by),
      pending,
      commits: durable,
      failures,
      senders: this.#senders.size,
    }
  }

  #tickerFrom(last: number, ends: readonly Recovered[]): Ticker {
    const { clock, plan, config } = this.#options
    const isData = config.clock.source === 'data'
    const options: TickerOptions = {
      clock,
      tickMs: plan.tickMs,
      last,
      maxAge: config.clock.maxAge,
      ahead: isData ? config.clock.maxStep : config.clock.skew,
      emit: (at) => {
        this.#tick(at)
      },
    }
    return isData
      ? new DataTicker(options, Math.max(...ends.map((end) => end.newest)))
      : new WallTicker(options, () => this.#waitingTicks)
  }

  /** Takes the counts in the turn in which the tick takes its place behind the rows, so that both agree. */
  #tick(at: number): void {
    this.#waitingTicks++
    this.#line.everywhere(encodeTick({ at, ingest: this.#sinceTick.take() }), encodeTick({ at }))
  }

  /** Queues the good rows of the payload decoded last; answers how many. Rate: per observation. */
  #queue(sender: IngestSender, ticker: Ticker, payload: Uint8Array): number {
    const { columns } = this.#decoder
    let accepted = 0
    for (let row = 0; row < columns.count; row++) {
      const time = columns.time[row] ?? 0
      const verdict = ticker.judge(time)
      if (verdict !== 0) {
        this.#untimely(sender, ticker, row, verdict, payload)
        continue
      }
      ticker.before(time)
      const area = columns.area[row] ?? 0
      this.#line.row(
        this.#partitions[area] ?? 0,
        sender,
        time,
        columns.value[row] ?? 0,
        columns.idHigh[row] ?? 0,
        columns.idLow[row] ?? 0,
        area,
        columns.indicator[row] ?? 0,
      )
      this.#sinceTick.received++
      accepted++
    }
    this.#sinceStart.received += accepted
    return accepted
  }

  /** Refuses or quarantines a row for its time. */
  #untimely(sender: IngestSender, ticker: Ticker, row: number, verdict: -1 | 1, payload: Uint8Array): void {
    const { columns } = this.#decoder
    const { clock } = this.#options.config
    const ahead = clock.source === 'data' ? clock.maxStep : clock.skew
    const reason = timeRefusal(
      verdict === 1 ? 'OB-time-future' : 'OB-time-old',
      `${pointerTo(columns.item[row] ?? -1)}/time`,
      columns.time[row] ?? 0,
      ticker.now,
      verdict === 1 ? ahead : clock.maxAge,
    )
    this.#refuse(sender, reason, payload.subarray(columns.from[row], columns.to[row]))
  }

  #refuse(sender: Sender, reason: Refusal, part: Uint8Array): void {
    this.#count(reason.code)
    this.#tell(sender, reason, part)
  }

  #count(code: ErrorCode): void {
    this.#sinceTick.refuse(code)
    this.#sinceStart.refuse(code)
  }

  /** Keeps a refusal for its vendor and for the answer, up to the bound of a payload; counting is not bounded. */
  #tell({ vendor, source }: Sender, reason: Refusal, part: Uint8Array): void {
    if (this.#told.length >= MOST_REFUSALS) return
    this.#told.push(reason)
    const received = this.#options.clock.now()
    this.#options.deadLetters.add({ vendor, source, received, refusal: reason, bytes: redact(part) })
  }
}

function same(a: InForce | null, b: InForce): boolean {
  if (a?.book === undefined) return false
  return a.grid === b.grid && a.rules === b.rules && a.program === b.program
}

/** Makes the ingest stage. */
export function createIngest(options: IngestOptions): Ingest {
  return new IngestStage(options)
}
