import { setMaxListeners } from 'node:events'
/** Newest items of one partition, each at a place (offset or tick) above the one before. */
interface Ring<Item> {
  items: { readonly place: number; readonly item: Item; readonly size: number }[]
  /** Index in `items` of the oldest still held: shifting one by one would cost the length each time. */
  head: number
  size: number
  waiting: Set<() => void>
}

/**
 * What was written last, by partition, so that readers at the end need not ask the store, and how they learn of more.
 * Bound: `most` units of size in each partition (bytes, or 1 an item); the newest item is not held when it alone is larger.
 */
export class Tail<Item> {
  readonly #rings: readonly Ring<Item>[]
  readonly #most: number

  constructor(partitions: number, most: number) {
    this.#most = most
    this.#rings = Array.from({ length: partitions }, () => ({
      items: [],
      head: 0,
      size: 0,
      waiting: new Set<() => void>(),
    }))
  }

  /** Rate: per record. */
  push(partition: number, place: number, item: Item, size: number): void {
    const ring = this.#ring(partition)
    ring.items.push({ place, item, size })
    ring.size += size
    while (ring.size > this.#most) {
      ring.size -= ring.items[ring.head]?.size ?? 0
      ring.head++
    }
    if (ring.head > 1024 && ring.head * 2 > ring.items.length) {
      ring.items = ring.items.slice(ring.head)
      ring.head = 0
    }
  }

  /** Lets readers look again; once after all pushes of a commit. */
  wake(partition: number): void {
    const ring = this.#ring(partition)
    if (ring.waiting.size === 0) return
    const waiting = [...ring.waiting]
    ring.waiting.clear()
    for (const resume of waiting) resume()
  }

  /** Items from `place` on, at most `count` and about `size`; undefined when older ones are not held here or nothing is. */
  from(
    partition: number,
    place: number,
    count: number,
    size: number,
  ): { place: number; item: Item }[] | undefined {
    const ring = this.#ring(partition)
    const oldest = ring.items[ring.head]
    if (oldest === undefined || oldest.place > place) return undefined
    let at = this.#find(ring, place)
    const found: { place: number; item: Item }[] = []
    let held = 0
    for (; at < ring.items.length && found.length < count && held < size; at++) {
      const entry = ring.items[at]
      if (entry === undefined) break
      found.push(entry)
      held += entry.size
    }
    return found
  }

  /** Resolves at the next `wake` of the partition, or when `signal` aborts. */
  more(partition: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    const { waiting } = this.#ring(partition)
    return new Promise((resolve) => {
      const resume = (): void => {
        signal.removeEventListener('abort', resume)
        waiting.delete(resume)
        resolve()
      }
      waiting.add(resume)
      // One signal may end the readers of all partitions: as many listeners as readers are no leak.
      setMaxListeners(0, signal)
      signal.addEventListener('abort', resume)
    })
  }

  /** Units of size held, for the test at the bound. */
  held(partition: number): number {
    return this.#ring(partition).size
  }

  #find(ring: Ring<Item>, place: number): number {
    let low = ring.head
    let high = ring.items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((ring.items[middle]?.place ?? Infinity) < place) low = middle + 1
      else high = middle
    }
    return low
  }

  #ring(partition: number): Ring<Item> {
    const ring = this.#rings[partition]
    if (ring === undefined) throw new RangeError(`partition ${partition} of ${this.#rings.length}`)
    return ring
  }
}
