import { stampOf } from './alert-record.ts'
import type { StateEntry } from './commit.ts'

/** Deletions of one tick, so that a long pause does not make one commit of a whole history. */
const MOST_DROPPED = 5_000

/**
 * Keys of one kind of history in the state, `<prefix><stamp>/<name>`: oldest out beyond `most` or an age. What is kept is a
 * function of the keys alone, so it is the same after a restart. Rate: per line.
 */
export class KeptKeys {
  readonly #prefix: string
  readonly #most: number
  /** In the order of the keys. */
  readonly #keys = new Set<string>()

  constructor(prefix: string, most: number) {
    this.#prefix = prefix
    this.#most = most
  }

  /** Keys held, oldest first. */
  get keys(): ReadonlySet<string> {
    return this.#keys
  }

  /** Takes up what the state holds. */
  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    const keys = [...entries.keys()].filter((key) => key.startsWith(this.#prefix))
    for (const key of keys.sort()) this.#keys.add(key)
  }

  key(at: number, name: string): string {
    return `${this.#prefix}${stampOf(at)}/${name}`
  }

  /** Adds the keys of one tick, which is not older than any before. */
  add(keys: readonly string[]): void {
    for (const key of keys.toSorted()) this.#keys.add(key)
  }

  drop(key: string): void {
    this.#keys.delete(key)
  }

  /** Lets go of what is older than `before`, and of the oldest beyond the bound: deletions for the state. */
  expire(before: number): StateEntry[] {
    const limit = this.#prefix + stampOf(Math.max(0, before))
    const gone: StateEntry[] = []
    for (const key of this.#keys) {
      if ((key >= limit && this.#keys.size <= this.#most) || gone.length === MOST_DROPPED) break
      this.#keys.delete(key)
      gone.push({ key, value: null })
    }
    return gone
  }
}
