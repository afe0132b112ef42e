import type { Clock, Registry, RegistryEntry } from '../ports.ts'
import { RegistryTable } from './registry-table.ts'

/** A registry for simulations and tests of stages. */
export class MemoryRegistry implements Registry {
  readonly #clock: Pick<Clock, 'now'>
  readonly #table = new RegistryTable()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  async put(entry: RegistryEntry): Promise<void> {
    this.#table.put(entry)
  }

  async found(entry: RegistryEntry): Promise<RegistryEntry> {
    const known = this.#table.get(entry.kind, entry.key, this.#clock.now())
    if (known === undefined) this.#table.put(entry)
    return known ?? entry
  }

  async renew(entry: RegistryEntry): Promise<boolean> {
    const isThere = this.#table.get(entry.kind, entry.key, this.#clock.now()) !== undefined
    if (isThere) this.#table.put(entry)
    return isThere
  }

  async get(kind: RegistryEntry['kind'], key: string): Promise<RegistryEntry | undefined> {
    return this.#table.get(kind, key, this.#clock.now())
  }

  async list(kind: RegistryEntry['kind'], person: string): Promise<readonly RegistryEntry[]> {
    return this.#table.list(kind, person, this.#clock.now())
  }

  async drop(kind: RegistryEntry['kind'], key: string): Promise<void> {
    this.#table.drop(kind, key)
  }

  async close(): Promise<void> {}
}
