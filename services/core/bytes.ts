const encoder = new TextEncoder()
const decoder = new TextDecoder()
/** Four groups of 7 bits. */
const LOWER = 2 ** 28

/** Appends numbers and text to a growing buffer; equal calls give equal bytes. Rate: per changed series and tick. */
export class ByteWriter {
  #bytes = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#length
  }

  /** An integer in [0, 2^53), LEB128. */
  uint(value: number): void {
    this.#reserve(8)
    let rest = value
    // Bit operations stop at 31 bits: the lower four groups of a larger number are parted from it by one division.
    if (rest >= 0x8000_0000) {
      rest = Math.floor(rest / LOWER)
      let lower = value - rest * LOWER
      for (let group = 0; group < 4; group++) {
        this.#bytes[this.#length++] = (lower & 127) | 128
        lower >>>= 7
      }
    }
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#bytes[this.#length++] = rest
  }

  /** An integer in (-2^52, 2^52), zigzag. */
  int(value: number): void {
    this.uint(value >= 0 ? value * 2 : -value * 2 - 1)
  }

  /** Eight bytes, little-endian; for times that may be infinite or missing (NaN). */
  double(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  /** A double or null, one byte more than {@link double}. */
  maybe(value: number | null): void {
    this.uint(value === null ? 0 : 1)
    if (value !== null) this.double(value)
  }

  /** UTF-8 with its length before it. */
  text(value: string): void {
    const bytes = encoder.encode(value)
    this.uint(bytes.length)
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** A copy of what was written; the writer starts again. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length)
    this.#length = 0
    return taken
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** Reads back what {@link ByteWriter} wrote, in the same order. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Everything was read. */
  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  uint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.#view.getUint8(this.#at++)
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }

  int(): number {
    const folded = this.uint()
    return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2
  }

  double(): number {
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return value
  }

  maybe(): number | null {
    return this.uint() === 0 ? null : this.double()
  }

  text(): string {
    const length = this.uint()
    const text = decoder.decode(this.#bytes.subarray(this.#at, this.#at + length))
    this.#at += length
    return text
  }
}
