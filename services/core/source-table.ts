import type { StateEntry } from './commit.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { DeadlineQueue } from './deadline-queue.ts'

/** Sources known at most per partition; those beyond are not remembered and not counted as alive. */
export const MOST_SOURCES = 1_000_000
/** A source without a declared interval counts as alive for this long, ms. */
const UNDECLARED_MS = 86_400_000
/** Names of one chunk, written once when they are new. */
const NAMES = 64
/** Times heard of one chunk, written when one of them moved. */
const HEARD = 128
/** Index of a source beyond the bound. */
export const NO_SOURCE = 0xffff_ffff

/** The sources of one partition: name → index for the duplicate filter, and who is alive. Index by first appearance. */
export class SourceTable {
  readonly #most: number
  readonly #index = new Map<string, number>()
  readonly #names: string[] = []
  readonly #hashes: number[] = []
  /** How long after its newest event time a source counts as alive, ms. */
  readonly #lives: number[] = []
  readonly #heard: number[] = []
  /** Valid entry in the queue; a source is alive exactly while it has one. */
  readonly #queued: boolean[] = []
  readonly #deadlines = new DeadlineQueue<number>()
  readonly #newNames = new Set<number>()
  readonly #newHeard = new Set<number>()
  readonly #writer = new ByteWriter()
  #alive = 0

  constructor(most = MOST_SOURCES) {
    this.#most = most
  }

  /** Sources that were ever heard and fit the bound. */
  get known(): number {
    return this.#names.length
  }

  /** As of the last tick. */
  get alive(): number {
    return this.#alive
  }

  /** Rate: per source of a record. Index of a name, made when new; `intervalMs` is the declared one, 0 where there is none. */
  indexOf(name: string, intervalMs: number): number {
    const known = this.#index.get(name)
    if (known !== undefined) return known
    if (this.#names.length >= this.#most) return NO_SOURCE
    const index = this.#insert(name, intervalMs > 0 ? 2 * intervalMs : UNDECLARED_MS)
    this.#newNames.add(Math.floor(index / NAMES))
    return index
  }

  /** 52-bit hash of a name that is the same in every partition. */
  hash(index: number): number {
    return this.#hashes[index] ?? 0
  }

  /** Rate: per source of a record. The source said something about `time`. */
  hear(index: number, time: number): void {
    if (index === NO_SOURCE || time <= (this.#heard[index] ?? 0)) return
    this.#heard[index] = time
    this.#newHeard.add(Math.floor(index / HEARD))
    if (!this.#queued[index]) this.#queue(index)
  }

  /** Counts who is alive at `now`; answers what to write. Rate: per tick. */
  tick(now: number): StateEntry[] {
    this.#deadlines.due(now, (index) => {
      this.#queued[index] = false
      this.#alive--
      if ((this.#heard[index] ?? 0) + (this.#lives[index] ?? 0) >= now) this.#queue(index)
    })
    const entries: StateEntry[] = []
    for (const chunk of this.#newNames) entries.push({ key: `n/${chunk}`, value: this.#namesOf(chunk) })
    for (const chunk of this.#newHeard) entries.push({ key: `h/${chunk}`, value: this.#heardOf(chunk) })
    this.#newNames.clear()
    this.#newHeard.clear()
    return entries
  }

  /** Takes in the entries of the state whose keys begin with `n/` and `h/`. */
  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    for (let chunk = 0; ; chunk++) {
      const bytes = entries.get(`n/${chunk}`)
      if (!bytes) break
      const reader = new ByteReader(bytes)
      while (!reader.done) this.#insert(reader.text(), reader.uint())
    }
    for (let chunk = 0; chunk * HEARD < this.known; chunk++) {
      const bytes = entries.get(`h/${chunk}`)
      if (!bytes) continue
      const reader = new ByteReader(bytes)
      for (let index = chunk * HEARD; !reader.done; index++) {
        const heard = reader.double()
        if (heard === 0) continue
        this.#heard[index] = heard
        this.#queue(index)
      }
    }
  }

  // Columns side by side instead of an object per source: a million of them must fit.
  #insert(name: string, life: number): number {
    const index = this.#names.push(name) - 1
    this.#index.set(name, index)
    this.#hashes.push(sourceHash(name))
    this.#lives.push(life)
    this.#heard.push(0)
    this.#queued.push(false)
    return index
  }

  #queue(index: number): void {
    this.#queued[index] = true
    this.#alive++
    this.#deadlines.push((this.#heard[index] ?? 0) + (this.#lives[index] ?? 0), index)
  }

  #namesOf(chunk: number): Uint8Array {
    for (let i = chunk * NAMES; i < Math.min((chunk + 1) * NAMES, this.known); i++) {
      this.#writer.text(this.#names[i] ?? '')
      this.#writer.uint(this.#lives[i] ?? 0)
    }
    return this.#writer.take()
  }

  #heardOf(chunk: number): Uint8Array {
    for (let i = chunk * HEARD; i < Math.min((chunk + 1) * HEARD, this.known); i++)
      this.#writer.double(this.#heard[i] ?? 0)
    return this.#writer.take()
  }
}

/** 52-bit hash of a source's name, so that sets of sources merge across partitions without names. */
export function sourceHash(name: string): number {
  let low = 0x811c9dc5
  let high = 0x9e3779b9
  for (let i = 0; i < name.length; i++) {
    low = Math.imul(low ^ name.charCodeAt(i), 0x01000193)
    high = Math.imul(high ^ name.charCodeAt(i), 0x85ebca6b) ^ (high >>> 13)
  }
  return ((high >>> 12) & 0xfffff) * 0x1_0000_0000 + (low >>> 0)
}
