import type { Batch, Log, Offset } from '../ports.ts'
import type { MemoryDisk } from './disk.memory.ts'
import { BATCH_BYTES, BATCH_RECORDS, readLog, type Shelf } from './log-reader.ts'
import { Tail } from './tail.ts'

/** What is on the disk of one partition. */
interface Shelved {
  /** Offset of `records[0]`. */
  start: Offset
  records: Uint8Array[]
}

/** The log for simulations and tests of stages; bounded by what its user trims. */
export class MemoryLog implements Log, Shelf {
  readonly partitions: number
  readonly epoch: string
  readonly tail: Tail<Uint8Array>
  readonly #disk: MemoryDisk
  readonly #shelves: readonly Shelved[]
  readonly #next: Offset[]

  constructor(
    disk: MemoryDisk,
    name: { readonly partitions: number; readonly epoch: string },
    shelves?: readonly Shelved[],
  ) {
    this.#disk = disk
    this.partitions = name.partitions
    this.epoch = name.epoch
    // Holds nothing: the shelves are as near.
    this.tail = new Tail(name.partitions, 0)
    this.#shelves = shelves ?? Array.from({ length: name.partitions }, () => ({ start: 0, records: [] }))
    this.#next = this.#shelves.map(endOf)
    disk.onFailure(() => this.#shelves.forEach((shelf, i) => (this.#next[i] = endOf(shelf))))
  }

  /** The log as the next process finds it, on a disk of its own; what this one still does has no effect on it. */
  reopen(disk: MemoryDisk): MemoryLog {
    const shelves = this.#shelves.map(({ start, records }) => ({ start, records: [...records] }))
    return new MemoryLog(disk, this, shelves)
  }

  append(partition: number, records: readonly Uint8Array[]): Promise<Offset> {
    const first = this.#next[partition]
    if (first === undefined)
      return Promise.reject(new RangeError(`partition ${partition} of ${this.partitions}`))
    if (records.length === 0) return Promise.resolve(first)
    this.#next[partition] = first + records.length
    const landed = this.#disk.submit({
      write: () => undefined,
      done: () => {
        // Not spread over arguments: their number has a limit.
        for (const record of records) this.#shelf(partition).records.push(record)
        this.tail.wake(partition)
      },
    })
    return landed.then(() => first)
  }

  read(partition: number, from: Offset, signal: AbortSignal): AsyncIterable<Batch> {
    return readLog(this, partition, from, signal)
  }

  end(partition: number): Promise<Offset> {
    return Promise.resolve(this.durable(partition))
  }

  start(partition: number): Promise<Offset> {
    return Promise.resolve(this.oldest(partition))
  }

  // Through the disk like an append, so that a crash may come before it.
  trim(partition: number, before: Offset): Promise<void> {
    return this.#disk.submit({
      write: () => undefined,
      done: () => {
        const shelf = this.#shelf(partition)
        const dropped = Math.min(before - shelf.start, shelf.records.length)
        if (dropped <= 0) return
        shelf.records.splice(0, dropped)
        shelf.start += dropped
      },
    })
  }

  size(): Promise<number> {
    const bytes = this.#shelves.flatMap((shelf) => shelf.records.map((record) => record.length))
    return Promise.resolve(bytes.reduce((sum, length) => sum + length, 0))
  }

  close(): Promise<void> {
    return this.#disk.settled()
  }

  oldest(partition: number): Offset {
    return this.#shelf(partition).start
  }

  durable(partition: number): Offset {
    return endOf(this.#shelf(partition))
  }

  fetch(partition: number, from: Offset): readonly Uint8Array[] {
    const { start, records } = this.#shelf(partition)
    const batch: Uint8Array[] = []
    let bytes = 0
    for (const record of records.slice(from - start, from - start + BATCH_RECORDS)) {
      batch.push(record)
      bytes += record.length
      if (bytes >= BATCH_BYTES) break
    }
    return batch
  }

  breathe(): Promise<void> {
    return this.#disk.turn()
  }

  #shelf(partition: number): Shelved {
    const shelf = this.#shelves[partition]
    if (shelf === undefined) throw new RangeError(`partition ${partition} of ${this.partitions}`)
    return shelf
  }
}

function endOf(shelf: Shelved): Offset {
  return shelf.start + shelf.records.length
}
