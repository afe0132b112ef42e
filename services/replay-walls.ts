import type { Picture } from './core/layer.ts'
import type { ReplayView } from './core/replay-wire.ts'
import type { Subscribe } from './core/wire.ts'
import { readClientMessage, textMessage } from './gateway-message.ts'
import type { Gateway, WallLink, WallSession } from './gateway-port.ts'

/** A wall of a session, whichever city it is shown. */
class Seat implements WallSession {
  readonly #link: WallLink
  readonly #left: (seat: Seat) => void
  #session: WallSession | null = null
  /** What it asked for last; null: nothing yet. */
  #wanted: Subscribe | null = null

  constructor(link: WallLink, left: (seat: Seat) => void) {
    this.#link = link
    this.#left = left
  }

  /** Shows it another city: a Welcome and a snapshot follow, as if it had connected anew. False where there is no room. */
  move(gateway: Pick<Gateway, 'connect'>): boolean {
    this.#session?.gone()
    this.#session = gateway.connect(this.#link)
    if (this.#wanted !== null) this.#session?.receive(JSON.stringify(this.#wanted))
    return this.#session !== null
  }

  say(view: ReplayView): void {
    if (this.#wanted !== null) this.#link.send([textMessage({ type: 'replay', session: view })])
  }

  receive(text: string): void {
    this.#remember(text)
    this.#session?.receive(text)
  }

  #remember(text: string): void {
    try {
      const message = readClientMessage(text)
      if (message.type !== 'subscribe') return
      // Without the tick to resume from, which may lie ahead of another city.
      const { resume: _, ...wanted } = message
      this.#wanted = wanted
    } catch {
      // The gateway says what is wrong with it.
    }
  }

  pong(): void {
    this.#session?.pong()
  }

  gone(): void {
    this.#session?.gone()
    this.#left(this)
  }
}

/** The walls of a session: they stay connected while it goes from city to city. */
export class ReplayWalls implements Gateway {
  readonly #seats = new Set<Seat>()
  #gateway: Gateway

  constructor(gateway: Gateway) {
    this.#gateway = gateway
  }

  /** Has all walls see another city. */
  show(gateway: Gateway): void {
    this.#gateway = gateway
    for (const seat of this.#seats) if (!seat.move(gateway)) this.#seats.delete(seat)
  }

  /** Tells all walls how the session stands. */
  say(view: ReplayView): void {
    for (const seat of this.#seats) seat.say(view)
  }

  connect(link: WallLink): WallSession | null {
    const seat = new Seat(link, (left) => this.#seats.delete(left))
    if (!seat.move(this.#gateway)) return null
    this.#seats.add(seat)
    return seat
  }

  get picture(): Picture {
    return this.#gateway.picture
  }

  get totals() {
    return this.#gateway.totals
  }

  get ready(): boolean {
    return this.#gateway.ready
  }

  get figures() {
    return this.#gateway.figures
  }

  get latency() {
    return null
  }

  caughtUp(): Promise<void> {
    return this.#gateway.caughtUp()
  }

  stop(): Promise<void> {
    return this.#gateway.stop()
  }
}
