import { inSteps, inUnit, type ArchiveNames } from './archive-names.ts'
import { Fingerprint, seedOf } from './idempotency.ts'
import { RecordWriter } from './record-writer.ts'
import type { ObservationRows } from './record.ts'

/** Where a record stands: the tick it belongs to (ms), its partition and offset. */
export interface Place {
  readonly at: number
  readonly partition: number
  readonly offset: number
}

/** A record of the log in its place. */
export interface PlacedRecord extends Place {
  readonly bytes: Uint8Array
}

/** Columns of the table `observations`, in the order of the log: tick, partition, offset, place in the record. */
export interface ObservationColumns {
  readonly at: ArrayLike<number>
  readonly partition: ArrayLike<number>
  readonly offset: ArrayLike<number>
  /** Event time, ms. */
  readonly time: ArrayLike<number>
  /** Official code. */
  readonly area: ArrayLike<string>
  readonly indicator: ArrayLike<string>
  /** In the indicator's unit. */
  readonly value: ArrayLike<number>
  /** `vendor/source`. */
  readonly source: ArrayLike<string>
  /** Idempotency key (core/record) as a signed number of 64 bits; null where it is that of indicator and time. */
  readonly id: ArrayLike<bigint | null>
}

const encoder = new TextEncoder()

/** A cache of one column's texts as UTF-8. */
class Keys {
  readonly #keys = new Map<string, Uint8Array>()

  of(text: string): Uint8Array {
    let key = this.#keys.get(text)
    if (key === undefined) this.#keys.set(text, (key = encoder.encode(text)))
    return key
  }
}

/** Turns rows of observations into records and back, for one {@link ArchiveNames}. Rate: per observation. */
export class ObservationCodec {
  readonly #names: ArchiveNames
  readonly #writer: RecordWriter
  readonly #print = new Fingerprint()
  readonly #seeds: readonly (readonly [number, number])[]
  readonly #keys = new Keys()
  /** Sources of the record being written, by name. */
  readonly #slots = new Map<string, number>()

  constructor(names: ArchiveNames) {
    this.#names = names
    this.#writer = new RecordWriter(names.indicators)
    this.#seeds = names.indicators.map(seedOf)
  }

  /** Appends the rows of a record to columns. Names that are not known here stay empty; then it does not rebuild. */
  put(rows: ObservationRows, { at, partition, offset }: Place, to: WritableColumns): void {
    const known = rows.indicators.map((code) => this.#names.index.get(code) ?? -1)
    for (let i = 0; i < rows.rows; i++) {
      const local = rows.indicator(i)
      const index = known[local] ?? -1
      const scale = this.#names.scales[index]
      to.at.push(at)
      to.partition.push(partition)
      to.offset.push(offset)
      const time = rows.time(i)
      to.time.push(Number.isSafeInteger(time) ? time : 0)
      to.area.push(this.#names.codes[rows.area(i)] ?? '')
      to.indicator.push(rows.indicators[local] ?? '')
      to.value.push(scale === undefined ? rows.value(i) : inUnit(scale, rows.value(i)))
      to.source.push(rows.sources[rows.source(i)] ?? '')
      to.id.push(this.#idOf(rows, i, index))
    }
  }

  /** The record of rows [from, to); null when a name in them is not known here. */
  take(columns: ObservationColumns, from: number, to: number): Uint8Array | null {
    let isKnown = true
    for (let i = from; i < to; i++) isKnown = this.#add(columns, i) && isKnown
    this.#slots.clear()
    const record = this.#writer.finish()
    return isKnown ? record : null
  }

  #idOf(rows: ObservationRows, i: number, index: number): bigint | null {
    const high = rows.idHigh(i)
    const low = rows.idLow(i)
    const seed = this.#seeds[index]
    if (seed !== undefined) {
      this.#print.ofTime(seed, rows.time(i))
      if (this.#print.high === high && this.#print.low === low) return null
    }
    return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))
  }

  #add(columns: ObservationColumns, i: number): boolean {
    const index = this.#names.index.get(columns.indicator[i] ?? '')
    const area = this.#names.numbers.get(columns.area[i] ?? '')
    const scale = this.#names.scales[index ?? -1]
    const seed = this.#seeds[index ?? -1]
    if (index === undefined || scale === undefined || seed === undefined || area === undefined) return false
    const time = columns.time[i] ?? 0
    const id = columns.id[i] ?? null
    if (id === null) this.#print.ofTime(seed, time)
    const high = id === null ? this.#print.high : Number(BigInt.asUintN(32, id >> 32n))
    const low = id === null ? this.#print.low : Number(BigInt.asUintN(32, id))
    const name = columns.source[i] ?? ''
    let slot = this.#slots.get(name)
    if (slot === undefined) this.#slots.set(name, (slot = this.#writer.source(this.#keys.of(name))))
    this.#writer.add(time, inSteps(scale, columns.value[i] ?? 0), high, low, area, slot, index)
    return true
  }
}

/** {@link ObservationColumns} that grow. */
export type WritableColumns = {
  readonly [Key in keyof ObservationColumns]: ObservationColumns[Key][number][]
}

/** Columns without rows. */
export function noObservations(): WritableColumns {
  return {
    at: [],
    partition: [],
    offset: [],
    time: [],
    area: [],
    indicator: [],
    value: [],
    source: [],
    id: [],
  }
}
