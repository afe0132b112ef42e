import type { Alert } from './alert.ts'
import { wakeAt } from './alert-clocks.ts'
import { ClosedAlerts } from './closed-alerts.ts'
import type { StateEntry } from './commit.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import { jsonEntries, jsonEntry } from './json-entry.ts'

const PREFIX = 'a/'
/** Times in the queue that no longer hold, beyond as many as there are alerts; then it is made anew. */
const MOST_STALE = 10_000

/** What a tick changed, closed alerts among them, by id, and what the state has to write. */
export interface ShelfNews {
  readonly alerts: Alert[]
  readonly entries: StateEntry[]
}

/** Where alerts lie: open ones, with the time at which each has to be looked at; and those closed in the last seven days. */
export class AlertShelf {
  readonly #open = new Map<string, Alert>()
  readonly #closed = new ClosedAlerts()
  readonly #changed = new Map<string, Alert>()
  #queue = new DeadlineQueue<string>()
  /** By id: the time under which it waits in the queue. */
  readonly #wakes = new Map<string, number>()

  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    for (const [id, alert] of jsonEntries<Alert>(entries, PREFIX)) {
      this.#open.set(id, alert)
      this.#wait(alert)
    }
    this.#closed.restore(entries)
  }

  get open(): ReadonlyMap<string, Alert> {
    return this.#open
  }

  /** What changed in this tick so far, by id. */
  get changed(): readonly Alert[] {
    return [...this.#changed.keys()].sort().flatMap((id) => this.#changed.get(id) ?? [])
  }

  /** An alert as it is now, open or closed; undefined where none is held. */
  find(id: string, at: number): Alert | undefined {
    return this.#open.get(id) ?? this.#changed.get(id) ?? this.#closed.find(id, at)
  }

  put(alert: Alert): void {
    this.#changed.set(alert.id, alert)
    if (alert.state === 'closed') {
      this.#open.delete(alert.id)
      this.#wakes.delete(alert.id)
      return
    }
    this.#open.set(alert.id, alert)
    this.#wait(alert)
  }

  /** Ids of open alerts that have to be looked at by `at`, sorted. */
  due(at: number): readonly string[] {
    const due = new Set<string>()
    this.#queue.due(at + 1, (id, time) => {
      if (this.#wakes.get(id) !== time) return
      this.#wakes.delete(id)
      due.add(id)
    })
    return [...due].sort()
  }

  /** An alert that was looked at and did not change waits again. */
  rest(alert: Alert): void {
    this.#wait(alert)
  }

  /** What changed since the last call, and what is too old to be kept. */
  take(at: number, historyMs: number): ShelfNews {
    const alerts = [...this.changed]
    this.#changed.clear()
    const closed = alerts.filter(({ state }) => state === 'closed')
    const entries = [
      ...alerts.flatMap(({ id }) => this.#closed.take(id, at)),
      ...alerts.map((alert) => jsonEntry(PREFIX + alert.id, alert.state === 'closed' ? undefined : alert)),
      ...this.#closed.add(closed, at),
      ...this.#closed.expire(at - historyMs, at),
    ]
    return { alerts, entries }
  }

  #wait(alert: Alert): void {
    const time = wakeAt(alert)
    if (this.#wakes.get(alert.id) === time) return
    if (time === Infinity) {
      this.#wakes.delete(alert.id)
      return
    }
    this.#wakes.set(alert.id, time)
    if (this.#queue.size > 2 * this.#wakes.size + MOST_STALE) this.#tidy()
    else this.#queue.push(time, alert.id)
  }

  #tidy(): void {
    this.#queue = new DeadlineQueue()
    for (const [id, time] of this.#wakes) this.#queue.push(time, id)
  }
}
