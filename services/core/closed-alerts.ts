import type { Alert } from './alert.ts'
import type { StateEntry } from './commit.ts'
import { jsonBytes, jsonOf } from './json-entry.ts'
import { KeptKeys } from './kept-keys.ts'

/** Closed alerts that the state keeps, whatever their age. */
const MOST_CLOSED = 50_000
/** So long a closed alert can be reopened; what comes later is a new matter. */
const REOPEN_MS = 7 * 86_400_000

interface Recent {
  readonly key: string
  readonly at: number
  readonly bytes: Uint8Array
}

/** The history of alerts, `h/` in the state; the bytes of the last seven days stay at hand. */
export class ClosedAlerts {
  readonly #kept = new KeptKeys('h/', MOST_CLOSED)
  /** By id, oldest first: when it was closed, and as it was then. */
  readonly #recent = new Map<string, Recent>()

  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    this.#kept.restore(entries)
    for (const key of this.#kept.keys) {
      const bytes = entries.get(key)
      const [, stamp = '', id = ''] = key.split('/')
      if (bytes !== undefined) this.#recent.set(id, { key, at: Number.parseInt(stamp, 36), bytes })
    }
  }

  /** A closed alert that can be reopened at `at`; undefined for none. */
  find(id: string, at: number): Alert | undefined {
    const found = this.#found(id, at)
    return found && jsonOf<Alert>(found.bytes)
  }

  /** Puts the alerts closed at a tick away, by id. */
  add(alerts: readonly Alert[], at: number): StateEntry[] {
    const entries = alerts.map((alert) => {
      const [key, bytes] = [this.#kept.key(at, alert.id), jsonBytes(alert)]
      this.#recent.set(alert.id, { key, at, bytes })
      return { key, value: bytes }
    })
    this.#kept.add(entries.map(({ key }) => key))
    return entries
  }

  /** Takes one out that was reopened; an alert that was raised anew under its id leaves an older one where it is. */
  take(id: string, at: number): StateEntry[] {
    const found = this.#found(id, at)
    if (found === undefined) return []
    this.#recent.delete(id)
    this.#kept.drop(found.key)
    return [{ key: found.key, value: null }]
  }

  /** Forgets what is older than `before`, or can no longer be reopened. */
  expire(before: number, at: number): StateEntry[] {
    for (const [id, recent] of this.#recent) {
      if (recent.at >= at - REOPEN_MS) break
      this.#recent.delete(id)
    }
    const gone = this.#kept.expire(before)
    for (const { key } of gone) this.#forget(key)
    return gone
  }

  /** What is older may be at hand still, as after a restart. */
  #found(id: string, at: number): Recent | undefined {
    const recent = this.#recent.get(id)
    return recent !== undefined && recent.at >= at - REOPEN_MS ? recent : undefined
  }

  #forget(key: string): void {
    const id = key.slice(key.lastIndexOf('/') + 1)
    if (this.#recent.get(id)?.key === key) this.#recent.delete(id)
  }
}
