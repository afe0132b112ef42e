import type { TickSlice } from '../core/archive.ts'
import { QingyuError } from '../core/errors.ts'
import type { Batch, Log, Offset } from '../ports.ts'

/** Bytes of records held; the oldest slices go first. */
const MOST_BYTES = 64 * 1024 * 1024

function bytesOf({ parts }: TickSlice): number {
  let bytes = 0
  for (const { records } of parts) for (const { length } of records) bytes += length
  return bytes
}

/** What a replay has played last, as a log that ends at the tick shown: for questions about the evidence. Nothing can be appended. */
export class ReplayLog implements Log {
  readonly partitions: number
  readonly epoch: string
  readonly #windowMs: number
  #slices: TickSlice[] = []
  /** Index of the oldest still held: shifting one by one would cost the length each time. */
  #head = 0
  #bytes = 0

  /** Lets go of what is older than `windowMs` before the newest, and of what is beyond 64 MiB. */
  constructor(of: { readonly partitions: number; readonly epoch: string; readonly windowMs: number }) {
    this.partitions = of.partitions
    this.epoch = of.epoch
    this.#windowMs = of.windowMs
  }

  /** Rate: per tick. */
  take(slice: TickSlice): void {
    this.#slices.push(slice)
    this.#bytes += bytesOf(slice)
    for (;;) {
      const oldest = this.#slices[this.#head]
      if (oldest === undefined || oldest === slice) break
      if (oldest.at >= slice.at - this.#windowMs && this.#bytes <= MOST_BYTES) break
      this.#bytes -= bytesOf(oldest)
      this.#head++
    }
    if (this.#head <= 1024 || this.#head * 2 < this.#slices.length) return
    this.#slices = this.#slices.slice(this.#head)
    this.#head = 0
  }

  /** A replay begins anew elsewhere. */
  clear(): void {
    this.#slices = []
    this.#head = 0
    this.#bytes = 0
  }

  /** Offset behind what had been said at tick `at`; undefined when that is not held. */
  offsetAt(partition: number, at: number): Offset | undefined {
    for (let i = this.#slices.length - 1; i >= this.#head; i--) {
      const slice = this.#slices[i]
      const part = slice && slice.at <= at ? slice.parts.find((of) => of.partition === partition) : undefined
      if (part !== undefined) return part.first + part.records.length
    }
    return undefined
  }

  start(partition: number): Promise<Offset> {
    return Promise.resolve(this.#of(partition).next().value?.first ?? 0)
  }

  end(partition: number): Promise<Offset> {
    return Promise.resolve(this.offsetAt(partition, Infinity) ?? 0)
  }

  /** Ends at the end as it is, unlike a log that goes on. */
  async *read(partition: number, from: Offset, signal: AbortSignal): AsyncIterable<Batch> {
    for (const { first, records } of this.#of(partition)) {
      await Promise.resolve()
      if (signal.aborted) return
      const skip = Math.max(0, from - first)
      if (skip < records.length) yield { partition, first: first + skip, records: records.slice(skip) }
    }
  }

  *#of(partition: number) {
    for (let i = this.#head; i < this.#slices.length; i++)
      for (const part of this.#slices[i]?.parts ?? []) if (part.partition === partition) yield part
  }

  /** RY-past. */
  append(): Promise<Offset> {
    return Promise.reject(new QingyuError('RY-past', { value: 'Writing to the log' }))
  }

  trim(): Promise<void> {
    return Promise.resolve()
  }

  size(): Promise<number> {
    return Promise.resolve(this.#bytes)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
