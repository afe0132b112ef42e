import type { Clock } from './ports.ts'

/** Silence after which the data clock shows all that came, ms of the machine's clock. */
const IDLE = 1000
/** Ticks of the wall clock that may wait for a log that is slow; further ones are left out, the newest is made when it catches up. */
const MOST_WAITING = 8

/** What ingest asks of a clock that makes its ticks. Rate of `judge` and `before`: per observation. */
export interface Ticker {
  /** The tick that was appended last, ms; 0 before the first. */
  readonly last: number
  /** Looks at the time once for a payload; `judge` compares with it. */
  look(): void
  /** 1: further ahead than allowed, to be quarantined; -1: too old; 0: good. */
  judge(time: number): -1 | 0 | 1
  /** Appends the ticks that must stand before an observation of that event time. */
  before(time: number): void
  /** Time with which `judge` compares, ms. */
  readonly now: number
  start(): void
  stop(): void
}

/** Times and limits of a ticker, ms. */
export interface TickerOptions {
  readonly clock: Clock
  readonly tickMs: number
  readonly last: number
  readonly maxAge: number
  /** Furthest ahead: clock.skew by the wall clock, clock.maxStep by the data's. */
  readonly ahead: number
  /** Appends a tick to every partition. */
  readonly emit: (at: number) => void
}

/** Ticks at multiples of the tick length by the clock handed to it. After a pause only the newest is made. */
export class WallTicker implements Ticker {
  last: number
  now = 0
  readonly #options: TickerOptions
  readonly #waiting: () => number
  #cancel: () => void = () => {}

  /** `waiting` counts the ticks that the log has not taken yet. */
  constructor(options: TickerOptions, waiting: () => number) {
    this.#options = options
    this.#waiting = waiting
    this.last = options.last
  }

  look(): void {
    this.now = this.#options.clock.now()
  }

  judge(time: number): -1 | 0 | 1 {
    if (time > this.now + this.#options.ahead) return 1
    return time < this.now - this.#options.maxAge ? -1 : 0
  }

  before(): void {}

  start(): void {
    const { clock, tickMs } = this.#options
    this.#cancel = clock.at((Math.floor(clock.now() / tickMs) + 1) * tickMs, () => {
      this.#tick()
      this.start()
    })
  }

  stop(): void {
    this.#cancel()
  }

  #tick(): void {
    const { clock, tickMs, emit } = this.#options
    const at = Math.floor(clock.now() / tickMs) * tickMs
    // A clock that was set back makes no tick until it has caught up: ticks never go back.
    if (at <= this.last || this.#waiting() >= MOST_WAITING) return
    this.last = at
    emit(at)
  }
}

/** Ticks that follow the event times of what comes in, for recorded data. The first observation sets the clock. */
export class DataTicker implements Ticker {
  last: number
  /** Newest event time, or the last tick where that is later. */
  now: number
  readonly #options: TickerOptions
  #heard = 0
  #waiting = false
  /** True while something came that no tick has covered. */
  #uncovered: boolean
  #cancel: () => void = () => {}

  /** `newest`: event time of what stands in the log behind the last tick, 0 for none. */
  constructor(options: TickerOptions, newest: number) {
    this.#options = options
    this.last = options.last
    this.now = Math.max(options.last, newest)
    this.#uncovered = newest > 0
  }

  look(): void {
    this.#uncovered = true
    this.#listen()
  }

  judge(time: number): -1 | 0 | 1 {
    if (this.now === 0) return 0
    if (time > this.now + this.#options.ahead) return 1
    return time < this.now - this.#options.maxAge ? -1 : 0
  }

  before(time: number): void {
    const { tickMs, emit } = this.#options
    if (this.last === 0) this.last = (Math.ceil((this.now || time) / tickMs) - 1) * tickMs
    while (this.last + tickMs < time) emit((this.last += tickMs))
    if (time > this.now) this.now = time
  }

  start(): void {
    this.#listen()
  }

  stop(): void {
    this.#cancel()
  }

  #listen(): void {
    this.#heard = this.#options.clock.now()
    if (!this.#waiting) this.#await()
  }

  #await(): void {
    const { clock } = this.#options
    this.#waiting = true
    this.#cancel = clock.at(this.#heard + IDLE, () => {
      this.#waiting = false
      if (clock.now() - this.#heard < IDLE) this.#await()
      else this.#show()
    })
  }

  #show(): void {
    const { tickMs, emit } = this.#options
    if (!this.#uncovered || (this.last === 0 && this.now === 0)) return
    this.before(this.now)
    // What came behind the newest tick needs one more to be seen, though no later event time asks for it.
    const shown = Math.floor(this.now / tickMs) * tickMs
    emit((this.last = Math.max(shown, this.last + tickMs)))
    this.#uncovered = false
  }
}
