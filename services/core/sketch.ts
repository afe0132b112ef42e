import { DDSketch } from '@datadog/sketches-js'
import type { ByteReader, ByteWriter } from './bytes.ts'

/** Relative accuracy of p50 and p95. */
export const SKETCH_ACCURACY = 0.01

type Store = DDSketch['store']

/**
 * Quantiles of a pane's integers, within 1 % of a value. The dense store never collapses, so the bins do not depend on order;
 * values of at most 2^40 steps bound it to 2 × 1,388 bins and a zero.
 */
export class Sketch {
  #inner = new DDSketch({ relativeAccuracy: SKETCH_ACCURACY })

  get isEmpty(): boolean {
    return this.#inner.count === 0
  }

  clear(): void {
    if (this.#inner.count > 0) this.#inner = new DDSketch({ relativeAccuracy: SKETCH_ACCURACY })
  }

  /** Rate: per observation of an indicator whose rules or fold ask for quantiles. */
  add(value: number): void {
    this.#inner.accept(value)
  }

  /** Adds bin by bin: the library's own merge leaves out negative values. */
  merge(other: Sketch): void {
    eachBin(other.#inner.store, (key, count) => this.#inner.store.add(key, count))
    eachBin(other.#inner.negativeStore, (key, count) => this.#inner.negativeStore.add(key, count))
    this.#inner.zeroCount += other.#inner.zeroCount
    this.#inner.count += other.#inner.count
  }

  /** The integer nearest to quantile `q` in [0, 1]; NaN when empty. */
  quantile(q: number): number {
    return Math.round(this.#inner.getValueAtQuantile(q))
  }

  write(writer: ByteWriter): void {
    writer.uint(this.#inner.zeroCount)
    writeBins(writer, this.#inner.store)
    writeBins(writer, this.#inner.negativeStore)
  }

  read(reader: ByteReader): void {
    this.#inner = new DDSketch({ relativeAccuracy: SKETCH_ACCURACY })
    this.#inner.zeroCount = reader.uint()
    readBins(reader, this.#inner.store)
    readBins(reader, this.#inner.negativeStore)
    this.#inner.count = this.#inner.zeroCount + this.#inner.store.count + this.#inner.negativeStore.count
  }
}

function eachBin(store: Store, visit: (key: number, count: number) => void): void {
  for (let i = 0; i < store.bins.length; i++) {
    const count = store.bins[i] ?? 0
    if (count > 0) visit(i + store.offset, count)
  }
}

/** Only bins in use, so that bytes do not show how the store grew. */
function writeBins(writer: ByteWriter, store: Store): void {
  let used = 0
  eachBin(store, () => used++)
  writer.uint(used)
  let previous = 0
  eachBin(store, (key, count) => {
    writer.int(key - previous)
    writer.uint(count)
    previous = key
  })
}

function readBins(reader: ByteReader, store: Store): void {
  let key = 0
  for (let left = reader.uint(); left > 0; left--) {
    key += reader.int()
    store.add(key, reader.uint())
  }
}
