import type { LevelHistory, ReadingHistory, StateEntry } from '../core/commit.ts'
import { levelId, type Scheme } from '../core/level.ts'
import { isoOf } from '../core/time.ts'
import type { Commit } from '../ports.ts'
import { packLevel, packReading } from './redis-line.ts'
import { DAY_MS, levelsKey, readingsKey } from './redis-keys.ts'

/** What one script may do: an entry or a reading counts one, a level two. */
interface Bound {
  readonly work: number
  readonly bytes: number
}

/** A commit that is made in one script: measured, it takes Redis up to 5 ms. */
const WHOLE: Bound = { work: 2000, bytes: 1024 * 1024 }
/** Parts of a larger one: those of several partitions come together, and readers in between. */
const PART: Bound = { work: 1000, bytes: 256 * 1024 }
/** About what a level line takes, with its readable form. */
const LEVEL_BYTES = 250
const READING_BYTES = 20

/** A part of a commit that one script applies. */
export interface Chunk {
  /** Keys of the histories it touches, in the order of its lines. */
  readonly keys: readonly string[]
  /** Five lists as redis-script APPLY unpacks them. */
  readonly packed: Uint8Array
}

/** What gives lines of a commit their keys and their readable form. */
export interface Naming {
  readonly prefix: string
  readonly codes: readonly string[]
  readonly scheme: Scheme
}

type Part = string | Uint8Array

/** MessagePack: an array of arrays of strings, the longest headers throughout. */
function pack(lists: readonly (readonly Part[])[]): Uint8Array {
  const sizeOf = (part: Part): number => (typeof part === 'string' ? Buffer.byteLength(part) : part.length)
  let size = 5
  for (const list of lists) {
    size += 5
    for (const part of list) size += 5 + sizeOf(part)
  }
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  const head = (kind: number, length: number): void => {
    bytes[at] = kind
    bytes.writeUInt32BE(length, at + 1)
    at += 5
  }
  head(0xdd, lists.length)
  for (const list of lists) {
    head(0xdd, list.length)
    for (const part of list) {
      head(0xdb, sizeOf(part))
      if (typeof part === 'string') at += bytes.write(part, at)
      else {
        bytes.set(part, at)
        at += part.length
      }
    }
  }
  return bytes
}

/** Collects lines until a chunk is full. */
class Chunks {
  readonly done: Chunk[] = []
  readonly #naming: Naming
  readonly #partition: number
  readonly #bound: Bound
  #sets: Part[] = []
  #gone: Part[] = []
  #now: Part[] = []
  #lines: Part[] = []
  #panes: Part[] = []
  #lineKeys: string[] = []
  #paneKeys: string[] = []
  #work = 0
  #bytes = 0

  constructor(naming: Naming, partition: number, bound: Bound) {
    this.#naming = naming
    this.#partition = partition
    this.#bound = bound
  }

  entry({ key, value }: StateEntry): void {
    this.#room(1, key.length + (value?.length ?? 0))
    if (value === null) this.#gone.push(key)
    else this.#sets.push(key, value)
  }

  level(line: LevelHistory): void {
    const { prefix, codes, scheme } = this.#naming
    const { rank, rule, reason, indicator, value } = line.decision
    const level = levelId(scheme, rank)
    const now = JSON.stringify({ level, since: isoOf(line.since), rule, reason, indicator, value })
    this.#room(2, LEVEL_BYTES)
    this.#now.push(codes[line.area] ?? String(line.area), now)
    this.#lines.push(String(line.at), packLevel(line))
    this.#lineKeys.push(levelsKey(prefix, this.#partition, line.area))
  }

  reading(line: ReadingHistory): void {
    this.#room(1, READING_BYTES)
    const day = Math.floor(line.pane / DAY_MS)
    this.#panes.push(String(day), packReading(line))
    this.#paneKeys.push(readingsKey(this.#naming.prefix, this.#partition, line.area, line.indicator, day))
  }

  close(): void {
    this.done.push({
      keys: [...this.#lineKeys, ...this.#paneKeys],
      packed: pack([this.#sets, this.#gone, this.#now, this.#lines, this.#panes]),
    })
    this.#sets = []
    this.#gone = []
    this.#now = []
    this.#lines = []
    this.#panes = []
    this.#lineKeys = []
    this.#paneKeys = []
    this.#work = 0
    this.#bytes = 0
  }

  #room(work: number, bytes: number): void {
    const isFull = this.#work + work > this.#bound.work || this.#bytes + bytes > this.#bound.bytes
    if (isFull && this.#work > 0) this.close()
    this.#work += work
    this.#bytes += bytes
  }
}

/** Whether a commit is small enough to be made in one script. */
export function isWhole({ entries, levels, readings, record }: Commit): boolean {
  const work = entries.length + 2 * levels.length + readings.length
  const lines = LEVEL_BYTES * levels.length + READING_BYTES * readings.length
  const bytes = entries.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), lines)
  return work <= WHOLE.work && bytes + record.length <= WHOLE.bytes
}

/** The chunks of a commit in the order in which they are applied, one where it is whole; an entry above the bound has its own. */
export function chunksOf(naming: Naming, partition: number, next: Commit): readonly Chunk[] {
  const chunks = new Chunks(naming, partition, isWhole(next) ? WHOLE : PART)
  for (const entry of next.entries) chunks.entry(entry)
  for (const line of next.levels) chunks.level(line)
  for (const line of next.readings) chunks.reading(line)
  chunks.close()
  return chunks.done
}
