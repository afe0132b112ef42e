import type { RowReading } from './formats/table.ts'
import type { Clock } from './ports.ts'
import type { Answer, Parcel, Publisher, Told } from './publisher.ts'

/** What became of the rows so far. */
export interface Tally {
  rows: number
  /** Observations or calls sent. */
  sent: number
  /** Observations or calls that the door took; what it told later is taken off at the end. */
  taken: number
  empty: number
  /** Values or rows that could not be read, by field. */
  readonly unread: Map<string, number>
  /** What the door answered at once, by code. */
  readonly answered: Map<string, number>
  /** What it told later on the feedback topic, by code. */
  readonly told: Map<string, number>
  /** First sentence of each code, for the summary. */
  readonly sentences: Map<string, string>
  /** Newest event time sent, ms; 0 before. */
  newest: number
}

/** Codes and fields told apart; the rest is counted as `other`. */
const MOST_REASONS = 64

/** A tally of nothing. */
export function noTally(): Tally {
  return {
    rows: 0,
    sent: 0,
    taken: 0,
    empty: 0,
    unread: new Map(),
    answered: new Map(),
    told: new Map(),
    sentences: new Map(),
    newest: 0,
  }
}

/** Counts one more of `name`, at most 64 different names. */
export function count(map: Map<string, number>, name: string, by = 1): void {
  const key = map.has(name) || map.size < MOST_REASONS ? name : 'other'
  map.set(key, (map.get(key) ?? 0) + by)
}

/** Notes a refusal with its first sentence. */
export function note(tally: Tally, into: Map<string, number>, { code, message }: Told): void {
  count(into, code)
  if (!tally.sentences.has(code) && tally.sentences.size < MOST_REASONS) tally.sentences.set(code, message)
}

/** What the doors refused by code: the feedback tells more of a batch than its acknowledgement, but may be missing. */
export function refusedOf(tally: Tally): Map<string, number> {
  const refused = new Map(tally.told)
  for (const [code, times] of tally.answered) refused.set(code, Math.max(times, refused.get(code) ?? 0))
  return refused
}

/** Resolves at a time of the clock, or at once when `signal` aborts. */
function until(clock: Clock, at: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.at(at, done)
    signal.addEventListener('abort', done)
  })
}

export interface FlowOptions {
  readonly publisher: Publisher
  readonly clock: Clock
  readonly tally: Tally
  /** Times real time; Infinity: as fast as the door takes it. */
  readonly rate: number
  /** Parcels that may wait for their acknowledgement. */
  readonly window: number
  readonly signal: AbortSignal
  /** All rows up to this count are acknowledged. Rate: per row. */
  readonly onRow: (row: number) => void
}

/** Sends rows in order with a bounded number in flight, and says up to which row all is acknowledged. */
export class Flow {
  private readonly options: FlowOptions
  private inFlight = 0
  private wake: (() => void) | undefined
  private failure: unknown
  /** Rows not yet acknowledged, oldest first; bounded by the window, as empty rows leave at once. */
  private readonly open: { readonly row: number; left: number }[] = []
  private start: { readonly wall: number; readonly event: number } | undefined

  constructor(options: FlowOptions) {
    this.options = options
  }

  private turn(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve
    })
  }

  private settle(row: { left: number }): void {
    row.left -= 1
    while (this.open[0]?.left === 0) {
      const done = this.open.shift()
      if (done) this.options.onRow(done.row)
    }
    const wake = this.wake
    this.wake = undefined
    wake?.()
  }

  private dispatch(parcel: Parcel, row: { left: number }): void {
    const { tally, publisher } = this.options
    this.inFlight += 1
    tally.sent += parcel.kind === 'bundle' ? parcel.observations.length : 1
    publisher
      .send(parcel)
      .then(({ taken, refused }: Answer) => {
        tally.taken += taken
        for (const told of refused) note(tally, tally.answered, told)
        this.inFlight -= 1
        this.settle(row)
      })
      .catch((error: unknown) => {
        this.failure ??= error
        this.inFlight -= 1
        this.wake?.()
      })
  }

  private async pace(time: number): Promise<void> {
    const { rate, clock, signal } = this.options
    if (rate === Infinity) return
    this.start ??= { wall: clock.now(), event: time }
    const due = this.start.wall + (time - this.start.event) / rate
    if (due > clock.now()) await until(clock, due, signal)
  }

  /** Sends one row; resolves when there is room for the next. Rejects with what broke the door. */
  async row(row: number, reading: RowReading): Promise<void> {
    const { tally, signal, window } = this.options
    tally.rows += 1
    tally.empty += reading.empty
    for (const fault of reading.faults) {
      count(tally.unread, fault.field)
      if (!tally.sentences.has(fault.field) && tally.sentences.size < MOST_REASONS)
        tally.sentences.set(
          fault.field,
          `row ${row}: ${fault.field} is "${fault.value}", expected ${fault.expected}`,
        )
    }
    // Rows without a time are counted at once: nothing of them will be sent.
    if (reading.time !== undefined) await this.pace(reading.time)
    if (signal.aborted) return
    tally.newest = Math.max(tally.newest, reading.time ?? 0)
    // The row itself is one of its own parts, so that it cannot end before all its parcels are under way.
    const entry = { row, left: reading.parcels.length + 1 }
    this.open.push(entry)
    for (const parcel of reading.parcels) {
      while (this.inFlight >= window && this.failure === undefined) await this.turn()
      if (this.failure !== undefined) throw this.failure
      this.dispatch(parcel, entry)
    }
    this.settle(entry)
  }

  /** Resolves when everything sent is acknowledged. */
  async drained(): Promise<void> {
    while (this.inFlight > 0 && this.failure === undefined) await this.turn()
    if (this.failure !== undefined) throw this.failure
  }
}
