import type { RegistryEntry } from '../ports.ts'

/** Entries kept of one kind and person; the oldest goes first. */
export const MOST_ENTRIES = 32

/** `expires` of what never is gone. */
export const NEVER = Number.MAX_SAFE_INTEGER

/** What a registry knows, in memory, oldest put first. Bound: {@link MOST_ENTRIES} of each kind and person. */
export class RegistryTable {
  readonly #entries = new Map<string, RegistryEntry>()
  readonly #owned = new Map<string, Set<string>>()

  /** Puts an entry in place of the one with its key; answers those that had to go for it. */
  put(entry: RegistryEntry): readonly RegistryEntry[] {
    const name = nameOf(entry.kind, entry.key)
    this.#remove(name)
    this.#entries.set(name, entry)
    const owner = nameOf(entry.kind, entry.person)
    const owned = this.#owned.get(owner) ?? new Set<string>()
    this.#owned.set(owner, owned.add(name))
    const gone: RegistryEntry[] = []
    for (const oldest of owned) {
      if (owned.size <= MOST_ENTRIES) break
      const displaced = this.#entries.get(oldest)
      if (displaced !== undefined) gone.push(displaced)
      this.#remove(oldest)
    }
    return gone
  }

  get(kind: RegistryEntry['kind'], key: string, now: number): RegistryEntry | undefined {
    const entry = this.#entries.get(nameOf(kind, key))
    return entry !== undefined && entry.expires > now ? entry : undefined
  }

  list(kind: RegistryEntry['kind'], person: string, now: number): readonly RegistryEntry[] {
    const names = this.#owned.get(nameOf(kind, person)) ?? []
    return [...names].flatMap((name) => {
      const entry = this.#entries.get(name)
      return entry !== undefined && entry.expires > now ? [entry] : []
    })
  }

  drop(kind: RegistryEntry['kind'], key: string): void {
    this.#remove(nameOf(kind, key))
  }

  clear(): void {
    this.#entries.clear()
    this.#owned.clear()
  }

  #remove(name: string): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    this.#entries.delete(name)
    const owner = nameOf(entry.kind, entry.person)
    const owned = this.#owned.get(owner)
    owned?.delete(name)
    if (owned?.size === 0) this.#owned.delete(owner)
  }
}

function nameOf(kind: RegistryEntry['kind'], rest: string): string {
  return `${kind}/${rest}`
}
