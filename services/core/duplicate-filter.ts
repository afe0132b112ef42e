import type { StateEntry } from './commit.ts'
import { KeyTable } from './key-table.ts'

/** Keys remembered at most; beyond, the oldest span is forgotten and what belongs to it is late. 16 bytes × 3 each at most. */
export const MOST_KEYS = 4_194_304
/** A chunk in the state is closed when it has this many bytes. */
const CHUNK_BYTES = 4096
/** Numbers for which an open chunk has room at first. */
const TAIL = 96

/** Keys that expire in the same span of event time, as they stand in the state. */
interface Bucket {
  /** Keys that expire in it. */
  keys: number
  /** Chunks closed so far; the next one has this number. */
  closed: number
  /** Rows of the open chunk, then those not yet written. */
  tail: Uint32Array
  /** Numbers in `tail` that are rows. */
  length: number
}

/**
 * Remembers (source, id) until no observation with that event time can be applied any more, and keeps what it remembers in the
 * state: chunks of keys by the span in which they expire, written as they grow and deleted whole.
 */
export class DuplicateFilter {
  /** Length of a span, ms. */
  readonly spanMs: number
  readonly #most: number
  readonly #table = new KeyTable()
  #size = 0
  readonly #buckets = new Map<number, Bucket>()
  readonly #changed = new Set<number>()
  #lastSpan = 0
  #last: Bucket | null = null

  constructor(spanMs: number, most = MOST_KEYS) {
    this.spanMs = spanMs
    this.#most = most
  }

  /** Keys remembered. */
  get size(): number {
    return this.#size
  }

  /** Span in which a key expires, from the time (ms) until which it must be known. */
  spanOf(expires: number): number {
    return Math.floor(expires / this.spanMs)
  }

  /** Whether keys of a span are forgotten, so that a repetition could not be told. */
  forgot(span: number): boolean {
    return span <= this.#table.dead
  }

  /** True when the key was new and is known from now on. Rate: per observation. `span` is above the forgotten ones. */
  add(source: number, idHigh: number, idLow: number, span: number): boolean {
    if (!this.#table.add(source, idHigh, idLow, span)) return false
    this.#size++
    this.#note(span, source, idHigh, idLow)
    return true
  }

  /** Forgets what expired before `now` (ms), and the oldest spans beyond the bound; answers what to write. Rate: per tick. */
  tick(now: number): StateEntry[] {
    const entries: StateEntry[] = []
    this.#forget(this.spanOf(now) - 1, entries)
    while (this.#size > this.#most) this.#forget(Math.min(...this.#buckets.keys()), entries)
    for (const span of this.#changed) this.#write(span, entries)
    this.#changed.clear()
    this.#last = null
    return entries
  }

  /** Takes in one entry of the state; {@link forgotten} must have been set before. */
  restore(key: string, bytes: Uint8Array): void {
    const [, span, chunk] = key.split('/').map(Number)
    if (span === undefined || chunk === undefined) return
    // A copy, since stores hand out views at any address; `slice` of a Buffer would be no copy.
    const rows = new Uint32Array(new Uint8Array(bytes).buffer)
    const bucket = this.#bucket(span)
    const { tail, length } = bucket
    bucket.tail = new Uint32Array(TAIL)
    bucket.length = 0
    for (let row = 0; row + 2 < rows.length; row += 3)
      this.add(rows[row] ?? 0, rows[row + 1] ?? 0, rows[row + 2] ?? 0, span)
    this.#changed.delete(span)
    this.#last = null
    const full = bytes.length >= CHUNK_BYTES
    bucket.closed = Math.max(bucket.closed, full ? chunk + 1 : chunk)
    if (!full) return
    // Only the open chunk goes on growing.
    bucket.tail = tail
    bucket.length = length
  }

  /** Spans up to and including this one are forgotten; part of the state. */
  get forgotten(): number {
    return this.#table.dead
  }

  set forgotten(span: number) {
    this.#table.dead = span
  }

  #note(span: number, source: number, idHigh: number, idLow: number): void {
    const bucket = this.#bucket(span)
    if (bucket.length + 3 > bucket.tail.length) {
      const grown = new Uint32Array(bucket.tail.length * 2)
      grown.set(bucket.tail)
      bucket.tail = grown
    }
    const { tail, length } = bucket
    tail[length] = source
    tail[length + 1] = idHigh
    tail[length + 2] = idLow
    bucket.length = length + 3
    bucket.keys++
  }

  /** Most keys of a tick expire in the same span as the key before. */
  #bucket(span: number): Bucket {
    if (span === this.#lastSpan && this.#last !== null) return this.#last
    let bucket = this.#buckets.get(span)
    if (!bucket) {
      bucket = { keys: 0, closed: 0, tail: new Uint32Array(TAIL), length: 0 }
      this.#buckets.set(span, bucket)
    }
    this.#changed.add(span)
    this.#lastSpan = span
    this.#last = bucket
    return bucket
  }

  #write(span: number, entries: StateEntry[]): void {
    const bucket = this.#buckets.get(span)
    if (!bucket) return
    const bytes = bucket.length * 4
    const value = new Uint8Array(bucket.tail.buffer.slice(0, bytes))
    entries.push({ key: `d/${span}/${bucket.closed}`, value })
    if (bytes < CHUNK_BYTES) return
    bucket.closed++
    bucket.tail = new Uint32Array(TAIL)
    bucket.length = 0
  }

  #forget(upTo: number, entries: StateEntry[]): void {
    if (upTo <= this.#table.dead) return
    this.#table.dead = upTo
    for (const [span, bucket] of this.#buckets) {
      if (span > upTo) continue
      this.#buckets.delete(span)
      this.#changed.delete(span)
      this.#size -= bucket.keys
      for (let chunk = 0; chunk <= bucket.closed; chunk++)
        entries.push({ key: `d/${span}/${chunk}`, value: null })
    }
  }
}
