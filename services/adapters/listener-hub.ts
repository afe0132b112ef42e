import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import type { Clock, Intake } from '../ports.ts'
import type { Accounts } from './accounts.scrypt.ts'
import { Subscribers } from './listener-feedback.ts'
import { Door } from './listener-limits.ts'
import type { ListenerMetrics } from './listener-metrics.ts'
import { Routes } from './listener-routes.ts'
import type { Session } from './listener-session.ts'

/** Topics remembered in each of two generations. */
const ROUTES = 65_536

/** What the sessions of one listener have in common, and the turn in which their output is gathered. */
export class Hub {
  readonly settings: Config['mqtt']
  readonly clock: Clock
  readonly accounts: Accounts
  readonly metrics: ListenerMetrics
  readonly intake: Intake
  readonly log: Logger | undefined
  readonly routes: Routes
  readonly subscribers = new Subscribers()
  readonly door: Door<Session>
  readonly sessions = new Set<Session>()
  /** The time of this turn, ms. */
  now: number
  /** While true, output is only gathered: {@link turn} writes it at its end. */
  private inTurn = false
  private settling = false
  private relief = false
  /** Sessions with something to write; each at most once. */
  private touched: Session[] = []
  /** Sessions with confirmations that are not durable yet; each at most once. */
  private waiting: Session[] = []

  constructor(given: {
    readonly settings: Config['mqtt']
    readonly clock: Clock
    readonly accounts: Accounts
    readonly metrics: ListenerMetrics
    readonly intake: Intake
    readonly log: Logger | undefined
  }) {
    this.settings = given.settings
    this.clock = given.clock
    this.accounts = given.accounts
    this.metrics = given.metrics
    this.intake = given.intake
    this.log = given.log
    this.now = given.clock.now()
    this.routes = new Routes(given.intake, given.settings.burst, ROUTES)
    this.door = new Door(given.settings)
    given.intake.onDurable(() => {
      this.releaseWaiting()
    })
    given.intake.onRelief(() => {
      this.relief = true
      this.schedule()
    })
  }

  /** Runs what one read, timer or answer causes; afterwards each session touched writes once. */
  turn(run: () => void): void {
    if (this.inTurn) return run()
    this.inTurn = true
    this.now = this.clock.now()
    try {
      run()
    } finally {
      this.inTurn = false
      this.settle()
    }
  }

  /** The session has something to write at the end of the turn. */
  touch(session: Session): void {
    this.touched.push(session)
    if (!this.inTurn) this.schedule()
  }

  /** The session holds confirmations that are not durable yet. */
  await(session: Session): void {
    this.waiting.push(session)
  }

  /** Rate: per group commit. A commit inside a turn is left to its end. */
  private releaseWaiting(): void {
    const waiting = this.waiting
    this.waiting = []
    for (const session of waiting) session.due()
    if (!this.inTurn) this.settle()
  }

  /** Output outside a turn goes with the next microtask, so that many messages still make one write. */
  private schedule(): void {
    if (this.settling || this.inTurn) return
    this.settling = true
    queueMicrotask(() => {
      this.settling = false
      this.settle()
    })
  }

  private settle(): void {
    while (this.touched.length > 0 || this.relief) {
      if (this.relief) this.relieve()
      const touched = this.touched
      this.touched = []
      for (const session of touched) session.flush()
    }
  }

  /** Congestion is over: everybody reads again, in an order that does not favour the eldest connection. */
  private relieve(): void {
    this.relief = false
    const paused = [...this.sessions].filter((session) => session.isCongested)
    const first = paused.length === 0 ? 0 : Math.floor(this.now % paused.length)
    this.inTurn = true
    this.now = this.clock.now()
    try {
      for (let i = 0; i < paused.length; i++) paused[(first + i) % paused.length]?.relieved()
    } finally {
      this.inTurn = false
    }
  }
}
