import type { LevelHistory, ReadingHistory, StateEntry } from '../core/commit.ts'
import { levelId, type Scheme } from '../core/level.ts'
import { isoOf } from '../core/time.ts'
import type { Commit } from '../ports.ts'
import { packLevel, packReading } from './redis-line.ts'
import { DAY_MS, levelsKey, readingsKey } from './redis-keys.ts'

/** Work of one script: an entry or a reading counts one, a level two. Measured: 1,000 take Redis 2 ms. */
const CHUNK_WORK = 1000
const CHUNK_BYTES = 256 * 1024

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
  #sets: Part[] = []
  #gone: Part[] = []
  #now: Part[] = []
  #lines: Part[] = []
  #panes: Part[] = []
  #lineKeys: string[] = []
  #paneKeys: string[] = []
  #work = 0
  #bytes = 0

  constructor(naming: Naming, partition: number) {
    this.#naming = naming
    this.#partition = partition
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
    const packed = packLevel(line)
    this.#room(2, now.length + packed.length)
    this.#now.push(codes[line.area] ?? String(line.area), now)
    this.#lines.push(String(line.at), packed)
    this.#lineKeys.push(levelsKey(prefix, this.#partition, line.area))
  }

  reading(line: ReadingHistory): void {
    const packed = packReading(line)
    this.#room(1, packed.length)
    const day = Math.floor(line.pane / DAY_MS)
    this.#panes.push(String(day), packed)
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
    const isFull = this.#work + work > CHUNK_WORK || this.#bytes + bytes > CHUNK_BYTES
    if (isFull && this.#work > 0) this.close()
    this.#work += work
    this.#bytes += bytes
  }
}

/** The chunks of a commit, at least one, in the order in which they are applied; an entry above the bound has its own. */
export function chunksOf(naming: Naming, partition: number, next: Commit): readonly Chunk[] {
  const chunks = new Chunks(naming, partition)
  for (const entry of next.entries) chunks.entry(entry)
  for (const line of next.levels) chunks.level(line)
  for (const line of next.readings) chunks.reading(line)
  chunks.close()
  return chunks.done
}
