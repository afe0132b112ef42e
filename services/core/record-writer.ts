import { KIND_OBSERVATIONS, MOST_ROWS, RECORD_VERSION, ROWS_AT, ROW_BYTES } from './record.ts'

const encoder = new TextEncoder()
const NONE = 0xffff

/**
 * Gathers the rows of one partition until a commit takes them. Rate: `add` per observation; it allocates nothing but the
 * buffer's growth. Multi-byte numbers are written in the host's order, which on every platform Node ships for is little-endian
 * except s390x.
 */
export class RecordWriter {
  /** Rows waiting. */
  rows = 0
  /** Changes with every `finish`, so that what a sender remembers of its place in the source table can be told stale. */
  stamp = 1
  readonly #codes: readonly Uint8Array[]
  readonly #local: Uint16Array
  #indicators: number[] = []
  #sources: Uint8Array[] = []
  #bytes = new Uint8Array(0)
  #f64 = new Float64Array(0)
  #u32 = new Uint32Array(0)
  #u16 = new Uint16Array(0)

  /** `codes` are the indicator codes by the index that `add` is given. */
  constructor(codes: readonly string[]) {
    this.#codes = codes.map((code) => encoder.encode(code))
    this.#local = new Uint16Array(codes.length).fill(NONE)
  }

  /** Rows, or sources, are at the most a record holds: `finish` before adding more. */
  get full(): boolean {
    return this.rows >= MOST_ROWS || this.#sources.length >= MOST_ROWS
  }

  /** Puts `vendor/source` into the record's table and answers its index; the caller remembers it for this `stamp`. */
  source(key: Uint8Array): number {
    return this.#sources.push(key) - 1
  }

  /** Appends one row; `value` is in steps of the indicator's resolution, `source` from {@link source}. */
  add(
    time: number,
    value: number,
    idHigh: number,
    idLow: number,
    area: number,
    source: number,
    indicator: number,
  ): void {
    const row = this.rows
    if ((row + 1) * ROW_BYTES > this.#bytes.length) this.#grow()
    let local = this.#local[indicator] ?? NONE
    if (local === NONE) {
      local = this.#indicators.push(indicator) - 1
      this.#local[indicator] = local
    }
    this.#f64[row * 4] = time
    this.#f64[row * 4 + 1] = value
    this.#u32[row * 8 + 4] = idHigh
    this.#u32[row * 8 + 5] = idLow
    this.#u32[row * 8 + 6] = area
    this.#u16[row * 16 + 14] = source
    this.#u16[row * 16 + 15] = local
    this.rows = row + 1
  }

  /** The record of all rows since the last `finish`, in bytes of its own; copied once. Needs at least one row. */
  finish(): Uint8Array {
    const rows = this.rows * ROW_BYTES
    const codes = this.#indicators.map((indicator) => this.#codes[indicator] ?? new Uint8Array(0))
    const tables =
      codes.reduce((sum, code) => sum + 1 + code.length, 0) +
      this.#sources.reduce((sum, key) => sum + 2 + key.length, 0)
    const record = new Uint8Array(ROWS_AT + rows + tables)
    const view = new DataView(record.buffer)
    record[0] = KIND_OBSERVATIONS
    record[1] = RECORD_VERSION
    view.setUint16(2, codes.length, true)
    view.setUint16(4, this.#sources.length, true)
    view.setUint32(8, this.rows, true)
    record.set(this.#bytes.subarray(0, rows), ROWS_AT)
    let at = ROWS_AT + rows
    for (const code of codes) {
      record[at] = code.length
      record.set(code, at + 1)
      at += 1 + code.length
    }
    for (const key of this.#sources) {
      view.setUint16(at, key.length, true)
      record.set(key, at + 2)
      at += 2 + key.length
    }
    this.#clear()
    return record
  }

  #clear(): void {
    for (const indicator of this.#indicators) this.#local[indicator] = NONE
    this.#indicators = []
    this.#sources = []
    this.rows = 0
    this.stamp++
  }

  #grow(): void {
    const bytes = new Uint8Array(Math.min(MOST_ROWS, Math.max(64, this.rows * 2)) * ROW_BYTES)
    bytes.set(this.#bytes)
    this.#bytes = bytes
    this.#f64 = new Float64Array(bytes.buffer)
    this.#u32 = new Uint32Array(bytes.buffer)
    this.#u16 = new Uint16Array(bytes.buffer)
  }
}
