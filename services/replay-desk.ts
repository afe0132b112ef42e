import type { Desk, News } from './desk-port.ts'
import { standIn } from './stand-in.ts'

/** The desk of a session: listeners stay while it goes from city to city. */
export class ReplayDesk {
  /** As adapters see it. */
  readonly desk: Desk
  readonly #listeners = new Set<(news: News) => void>()
  #current: Desk
  #forget: () => void

  constructor(current: Desk) {
    this.#current = current
    this.#forget = this.#listen(current)
    const watch: Desk['watch'] = (listener) => {
      this.#listeners.add(listener)
      return () => this.#listeners.delete(listener)
    }
    this.desk = standIn(() => this.#current, { watch })
  }

  /** Goes on with the desk of another city; who listens is told that everything may stand differently. */
  show(next: Desk): void {
    const before = this.#current
    this.#forget()
    this.#current = next
    this.#forget = this.#listen(next)
    this.#tell({
      tick: next.tick,
      alerts: [...new Set([...before.open().keys(), ...next.open().keys()])],
      incidents: [...new Set([...before.incidents().keys(), ...next.incidents().keys()])],
      notices: [],
      silences: true,
      handovers: true,
      subscribers: [],
      roster: true,
    })
  }

  #listen(desk: Desk): () => void {
    return desk.watch((news) => this.#tell(news))
  }

  #tell(news: News): void {
    for (const listener of this.#listeners) listener(news)
  }
}
