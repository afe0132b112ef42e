import type { Database } from 'lmdb'
import type { Clock, Registry, RegistryEntry } from '../ports.ts'
import type { DataFolder } from './data-folder.lmdb.ts'
import { RegistryTable } from './registry-table.ts'

/** [kind, key]. */
type RegistryKey = [string, string]
/** With the number of its put, by which the oldest is known. */
type Kept = RegistryEntry & { readonly nth: number }

/** Only this process writes, so what it holds in memory is the store's truth; every put is on disk when it resolves. */
class LmdbRegistry implements Registry {
  readonly #folder: DataFolder
  readonly #clock: Pick<Clock, 'now'>
  readonly #entries: Database<Kept, RegistryKey>
  readonly #table = new RegistryTable()
  #next = 1

  constructor(folder: DataFolder, clock: Pick<Clock, 'now'>) {
    this.#folder = folder
    this.#clock = clock
    this.#entries = folder.values('registry')
    this.#recall()
    folder.commits.onFailure(() => this.#recall())
  }

  put(entry: RegistryEntry): Promise<void> {
    return this.#write(() => this.#replace(entry))
  }

  async found(entry: RegistryEntry): Promise<RegistryEntry> {
    let standing: RegistryEntry | undefined
    await this.#write(() => {
      // Looked up here, where one change comes after the other.
      standing = this.#table.get(entry.kind, entry.key, this.#clock.now())
      if (standing === undefined) this.#replace(entry)
    })
    return standing ?? entry
  }

  async renew(entry: RegistryEntry): Promise<boolean> {
    let isThere = false
    await this.#write(() => {
      isThere = this.#table.get(entry.kind, entry.key, this.#clock.now()) !== undefined
      if (isThere) this.#replace(entry)
    })
    return isThere
  }

  async get(kind: RegistryEntry['kind'], key: string): Promise<RegistryEntry | undefined> {
    return this.#table.get(kind, key, this.#clock.now())
  }

  async list(kind: RegistryEntry['kind'], person: string): Promise<readonly RegistryEntry[]> {
    return this.#table.list(kind, person, this.#clock.now())
  }

  drop(kind: RegistryEntry['kind'], key: string): Promise<void> {
    return this.#write(() => {
      this.#table.drop(kind, key)
      void this.#entries.remove([kind, key])
    })
  }

  close(): Promise<void> {
    return this.#folder.settled()
  }

  #replace(entry: RegistryEntry): void {
    for (const { kind, key } of this.#table.put(entry)) void this.#entries.remove([kind, key])
    void this.#entries.put([entry.kind, entry.key], { ...entry, nth: this.#next++ })
  }

  #write(change: () => void): Promise<void> {
    return this.#folder.commits.submit({
      write: () => {
        change()
        return undefined
      },
      done: () => {},
    })
  }

  #recall(): void {
    const kept = Array.from(this.#entries.getRange({}), ({ value }) => value)
    kept.sort((a, b) => a.nth - b.nth)
    this.#table.clear()
    for (const { nth, ...entry } of kept) {
      this.#next = nth + 1
      this.#table.put(entry)
    }
  }
}

/** Sessions, tokens and push subscriptions in the data folder. */
export function lmdbRegistry(folder: DataFolder, clock: Pick<Clock, 'now'>): Registry {
  return folder.checked(() => new LmdbRegistry(folder, clock))
}
