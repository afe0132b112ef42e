import type { StateEntry } from './commit.ts'

/** Keys remembered at most; beyond, the oldest span is forgotten and what belongs to it is late. 16 bytes × 2 each. */
export const MOST_KEYS = 4_194_304
/** A chunk in the state is closed when it has this many bytes. */
const CHUNK_BYTES = 4096
const FREE = 0
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
 * Remembers (source, id) until no observation with that event time can be applied any more. Open addressing over one column
 * of 16 bytes a key (source, idHigh, idLow, span of expiry), no object per observation. Spans whose time has come are dead
 * at once; their slots are taken again, and swept when the table grows.
 */
export class DuplicateFilter {
  /** Length of a span, ms. */
  readonly spanMs: number
  readonly #most: number
  /** Spans up to this one are forgotten; what expires in them cannot be told from a duplicate any more. */
  #forgotten = -1
  #slots = new Uint32Array(1024 * 4)
  #used = 0
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
    return span <= this.#forgotten
  }

  /** True when the key was new and is known from now on. Rate: per observation. `span` is above the forgotten ones. */
  add(source: number, idHigh: number, idLow: number, span: number): boolean {
    const slots = this.#slots
    const mask = slots.length / 4 - 1
    let slot = mix(source, idHigh, idLow) & mask
    let free = -1
    for (;;) {
      const at = slot * 4
      const expiry = slots[at + 3] ?? FREE
      if (expiry === FREE) break
      // Spans are stored plus one, so that 0 stays free.
      if (expiry - 1 <= this.#forgotten) {
        if (free < 0) free = at
      } else if (slots[at] === source && slots[at + 1] === idHigh && slots[at + 2] === idLow) return false
      slot = (slot + 1) & mask
    }
    if (free < 0) {
      free = slot * 4
      this.#used++
    }
    slots[free] = source
    slots[free + 1] = idHigh
    slots[free + 2] = idLow
    slots[free + 3] = span + 1
    this.#size++
    this.#note(span, source, idHigh, idLow)
    if (this.#used * 3 > slots.length / 2) this.#rehash()
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
    const rows = new Uint32Array(bytes.slice().buffer)
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
    return this.#forgotten
  }

  set forgotten(span: number) {
    this.#forgotten = span
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
    if (upTo <= this.#forgotten) return
    this.#forgotten = upTo
    for (const [span, bucket] of this.#buckets) {
      if (span > upTo) continue
      this.#buckets.delete(span)
      this.#changed.delete(span)
      this.#size -= bucket.keys
      for (let chunk = 0; chunk <= bucket.closed; chunk++)
        entries.push({ key: `d/${span}/${chunk}`, value: null })
    }
  }

  /** Sweeps the dead and doubles when the living need it; at most two thirds are in use before. */
  #rehash(): void {
    const old = this.#slots
    const slots = this.#size * 3 > old.length / 4 ? old.length * 2 : old.length
    this.#slots = new Uint32Array(slots)
    this.#used = 0
    const mask = slots / 4 - 1
    for (let at = 0; at < old.length; at += 4) {
      const expiry = old[at + 3] ?? FREE
      if (expiry === FREE || expiry - 1 <= this.#forgotten) continue
      let slot = mix(old[at] ?? 0, old[at + 1] ?? 0, old[at + 2] ?? 0) & mask
      while (this.#slots[slot * 4 + 3] !== FREE) slot = (slot + 1) & mask
      this.#slots.set(old.subarray(at, at + 4), slot * 4)
      this.#used++
    }
  }
}

function mix(source: number, idHigh: number, idLow: number): number {
  let hash = Math.imul(idLow ^ Math.imul(source, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15) ^ idHigh, 0xc2b2ae35)
  return (hash ^ (hash >>> 13)) >>> 0
}
