import type { ByteReader, ByteWriter } from './bytes.ts'

/**
 * Distinct sources of a pane as 52-bit hashes: the `capacity` smallest, ascending. Keeping the smallest makes the set, and
 * so its bytes, independent of order; min(capacity, |union|) stays exact under merging, because a set that overflowed is
 * full. Bound: 8 bytes × capacity.
 */
export class SourceSet {
  readonly capacity: number
  size = 0
  #hashes = new Float64Array(2)

  constructor(capacity: number) {
    this.capacity = capacity
  }

  clear(): void {
    this.size = 0
  }

  /** Rate: per observation, but only when the source differs from the pane's last one. */
  add(hash: number): void {
    const hashes = this.#hashes
    let at = this.size
    // Few sources: a walk from the end is faster than halving.
    if (at > 16) at = this.#search(hash)
    else while (at > 0 && (hashes[at - 1] ?? 0) >= hash) at--
    if (hashes[at] === hash && at < this.size) return
    if (this.size === this.capacity) {
      if (at === this.size) return
      this.size--
    }
    this.#insert(at, hash)
  }

  /** Rate: per pane of a window and evaluated series. */
  merge(other: SourceSet): void {
    for (let i = 0; i < other.size; i++) this.add(other.#hashes[i] ?? 0)
  }

  /** Gaps between ascending hashes: half the bytes of the hashes themselves. */
  write(writer: ByteWriter): void {
    writer.uint(this.size)
    let previous = 0
    for (let i = 0; i < this.size; i++) {
      const hash = this.#hashes[i] ?? 0
      writer.uint(hash - previous)
      previous = hash
    }
  }

  read(reader: ByteReader): void {
    this.size = 0
    let hash = 0
    for (let left = reader.uint(); left > 0; left--) {
      hash += reader.uint()
      this.add(hash)
    }
  }

  #search(hash: number): number {
    let low = 0
    let high = this.size
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#hashes[middle] ?? 0) < hash) low = middle + 1
      else high = middle
    }
    return low
  }

  #insert(at: number, hash: number): void {
    if (this.size === this.#hashes.length) {
      const grown = new Float64Array(Math.min(this.capacity, this.size * 2))
      grown.set(this.#hashes)
      this.#hashes = grown
    }
    this.#hashes.copyWithin(at + 1, at, this.size)
    this.#hashes[at] = hash
    this.size++
  }
}
