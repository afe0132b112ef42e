import type { Records, TickSlice } from './archive.ts'
import { decodeTick, KIND_TICK, kindOf } from './record.ts'

/** What is held of one partition: what no slice has taken yet. */
class Held {
  readonly partition: number
  /** Offset of `#records[#taken]`. */
  first: number
  /** Last tick that was found, ms. */
  last: number
  /** Ticks found and not yet cut, with the number of records that belong to each; oldest first. */
  readonly heads: { readonly at: number; readonly count: number }[] = []
  #records: Uint8Array[] = []
  #taken = 0
  /** Records behind the last head. */
  #open = 0

  constructor(partition: number, first: number, last: number) {
    this.partition = partition
    this.first = first
    this.last = last
  }

  /** Rate: per record. */
  add(first: number, records: readonly Uint8Array[]): void {
    const held = this.#records.length - this.#taken
    if (first !== this.first + held)
      throw new RangeError(`partition ${this.partition}: ${first} does not follow ${this.first + held}`)
    for (const [i, bytes] of records.entries()) {
      this.#records.push(bytes)
      this.#open++
      const at = tickIn(bytes, this.partition, first + i)
      // A tick that is not newer, of another ingest process, belongs to the next one.
      if (at === null || at <= this.last) continue
      this.heads.push({ at, count: this.#open })
      this.last = at
      this.#open = 0
    }
  }

  /** The records of the earliest head. */
  cut(): Records {
    const count = this.heads.shift()?.count ?? 0
    const records = this.#records.slice(this.#taken, this.#taken + count)
    const { partition, first } = this
    this.first += count
    this.#taken += count
    if (this.#taken * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#taken)
      this.#taken = 0
    }
    return { partition, first, records }
  }
}

function tickIn(bytes: Uint8Array, partition: number, offset: number): number | null {
  const origin = { partition, offset }
  return kindOf(bytes, origin) === KIND_TICK ? decodeTick(bytes, origin).at : null
}

/**
 * Cuts the logs of all partitions into slices, tick by tick, in step: a slice is given once every partition has a tick at or
 * behind it. However the log comes in batches, the slices are the same. Holds what a partition is ahead of the others: whoever
 * feeds it gives no more to one that `isAhead`.
 */
export class TickCutter {
  readonly #held: readonly Held[]
  #after: number | null
  /** Slices up to this tick lack records. */
  #lacking = 0

  /**
   * Goes on behind tick `after` (ms), at these offsets by partition. Null: the log is cut off there, and slices begin behind the
   * tick up to which some partition may lack records.
   */
  constructor(offsets: readonly number[], after: number | null) {
    this.#after = after
    this.#held = offsets.map((first, partition) => new Held(partition, first, after ?? 0))
  }

  /** The tick behind which slices begin, ms; null while that is not known. */
  get after(): number | null {
    return this.#after
  }

  /** By partition, the offset of the first record that no slice has taken. */
  get offsets(): readonly number[] {
    return this.#held.map(({ first }) => first)
  }

  /** Whether a whole tick of the partition waits for the others. */
  isAhead(partition: number): boolean {
    return (this.#held[partition]?.heads.length ?? 0) > this.#spare
  }

  /** What a partition lacks belongs to its first tick here, or, where that is one of another ingest process and late, to its second. */
  get #spare(): number {
    return this.#after === null ? 1 : 0
  }

  /** Takes what follows in a partition; LG-record when a record is damaged, RangeError when it does not follow. */
  take({ partition, first, records }: Records): void {
    this.#held[partition]?.add(first, records)
  }

  /** The next slice; undefined while a partition has not said that its tick is over. */
  next(): TickSlice | undefined {
    for (;;) {
      const heads = this.#held.map((held) => held.heads[this.#spare]?.at)
      if (heads.includes(undefined)) return undefined
      if (this.#after === null) this.#after = this.#lacking = Math.max(...heads.map((at) => at ?? 0))
      const at = Math.min(...this.#held.map((held) => held.heads[0]?.at ?? Infinity))
      if (!Number.isFinite(at)) return undefined
      const parts = this.#held.filter(({ heads: [head] }) => head?.at === at).map((held) => held.cut())
      if (at > this.#lacking) return { at, parts }
    }
  }
}
