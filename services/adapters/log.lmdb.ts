import { setImmediate as nextTurn } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import type { Database } from 'lmdb'
import { QingyuError, sentenceOf } from '../core/errors.ts'
import type { Batch, Log, Offset } from '../ports.ts'
import type { DataFolder } from './data-folder.lmdb.ts'
import { BATCH_BYTES, BATCH_RECORDS, readLog, type Shelf } from './log-reader.ts'
import { LAST_PLACE, partitionOf, placeOf, slotOf } from './slot.lmdb.ts'
import { Tail } from './tail.ts'

/** Memory for the newest records: 8 MiB a partition, 64 MiB in all. */
const TAIL_BYTES = 8 * 1024 * 1024
const TAILS_BYTES = 64 * 1024 * 1024
/** Records dropped in one transaction: more would hold up appends that share it. */
const TRIM_RECORDS = 2048

class LmdbLog implements Log, Shelf {
  readonly partitions: number
  readonly epoch: string
  readonly tail: Tail<Uint8Array>
  readonly #folder: DataFolder
  readonly #records: Database<Uint8Array, number>
  readonly #starts: Database<number, number>
  readonly #start: Float64Array
  /** Next offset to give out; ahead of `#durable` by what is on its way to the disk. */
  readonly #next: Float64Array
  readonly #durable: Float64Array

  constructor(folder: DataFolder) {
    this.#folder = folder
    this.partitions = folder.partitions
    this.epoch = folder.epoch
    this.tail = new Tail(folder.partitions, Math.min(TAIL_BYTES, TAILS_BYTES / folder.partitions))
    this.#records = folder.bytes('log', true)
    this.#starts = folder.values('log.start')
    this.#start = new Float64Array(this.partitions)
    this.#next = new Float64Array(this.partitions)
    this.#durable = new Float64Array(this.partitions)
    this.#recall()
    folder.commits.onFailure(() => this.#recall())
  }

  // Offsets are given at the call, not at the write, so that two callers of one turn keep their order.
  append(partition: number, records: readonly Uint8Array[]): Promise<Offset> {
    const first = this.#next[partition]
    if (first === undefined)
      return Promise.reject(new RangeError(`partition ${partition} of ${this.partitions}`))
    if (records.length === 0) return Promise.resolve(first)
    this.#next[partition] = first + records.length
    const slot = slotOf(partition, first)
    const submitted = this.#folder.commits.submit({
      write: () => {
        // The checksum stands in the version that LMDB keeps beside each value: no copy of the record is made for it.
        records.forEach((record, i) => void this.#records.put(slot + i, record, crc32(record)))
        return undefined
      },
      done: () => this.#landed(partition, first, records),
    })
    return submitted.then(() => first)
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

  // In steps: one transaction over a day of records would keep every append waiting behind it.
  async trim(partition: number, before: Offset): Promise<void> {
    const last = Math.min(before, this.durable(partition))
    for (let from = this.oldest(partition); from < last; from = this.oldest(partition)) {
      const to = Math.min(last, from + TRIM_RECORDS)
      await this.#folder.commits.submit({
        write: () => {
          // Readers are told first, so that none looks for a record that the transaction takes away.
          this.#start[partition] = to
          void this.#starts.put(partition, to)
          for (let offset = from; offset < to; offset++) void this.#records.remove(slotOf(partition, offset))
          return undefined
        },
        done: () => {},
      })
    }
  }

  size(): Promise<number> {
    return Promise.resolve(this.#folder.sizeOf(this.#records))
  }

  /** Settles what is on its way; the folder stays open, it may hold other stores. */
  close(): Promise<void> {
    return this.#folder.settled()
  }

  oldest(partition: number): Offset {
    return this.#start[partition] ?? 0
  }

  durable(partition: number): Offset {
    return this.#durable[partition] ?? 0
  }

  fetch(partition: number, from: Offset): readonly Uint8Array[] {
    const records: Uint8Array[] = []
    let why = 'it is missing'
    try {
      why = this.#collect(partition, from, records) ?? why
    } catch (error) {
      why = sentenceOf(error)
      this.#folder.refresh()
    }
    // What comes before the damage is still good; the reader meets the damage at its next step.
    if (records.length > 0) return records
    throw new QingyuError('LG-record', { partition, value: from, why })
  }

  breathe(): Promise<void> {
    return nextTurn()
  }

  // Durable first, then awake: a reader that looks at once finds all of it.
  #landed(partition: number, first: Offset, records: readonly Uint8Array[]): void {
    records.forEach((record, i) => this.tail.push(partition, first + i, record, record.length))
    this.#durable[partition] = first + records.length
    this.tail.wake(partition)
  }

  /** Fills `records`; says what is wrong with the record after the last of them, if it can tell. */
  #collect(partition: number, from: Offset, records: Uint8Array[]): string | undefined {
    let bytes = 0
    const range = this.#records.getRange({
      start: slotOf(partition, from),
      end: slotOf(partition, this.durable(partition)),
      limit: BATCH_RECORDS,
      versions: true,
    })
    for (const { key, value, version } of range) {
      if (placeOf(key) !== from + records.length) return undefined
      if (crc32(value) !== version) return 'its checksum does not fit'
      records.push(value)
      bytes += value.length
      if (bytes >= BATCH_BYTES) break
    }
    return undefined
  }

  // A trimmed partition may hold no record at all: its end is then where its start was put.
  #recall(): void {
    for (let partition = 0; partition < this.partitions; partition++) {
      const start = this.#starts.get(partition) ?? 0
      const newest = this.#records.getKeys({
        start: slotOf(partition, LAST_PLACE),
        reverse: true,
        limit: 1,
      })
      let end = start
      for (const slot of newest) if (partitionOf(slot) === partition) end = Math.max(end, placeOf(slot) + 1)
      this.#start[partition] = start
      this.#next[partition] = end
      this.#durable[partition] = end
    }
  }
}

/**
 * The log in the data folder. Records handed to `append` must not be written to afterwards: they are kept for readers at the
 * end. Each carries a CRC-32; a damaged one ends the reading with LG-record.
 */
export function lmdbLog(folder: DataFolder): Log {
  return folder.checked(() => new LmdbLog(folder))
}
