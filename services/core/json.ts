import { QingyuError } from './errors.ts'

/** What stands between braces, in order, duplicates included: no prototype is ever touched. */
export class JsonObject {
  readonly keys: string[] = []
  readonly values: JsonValue[] = []
}

/** A number that JSON or IEEE 754 has no place for (`NaN`, `-Infinity`, `1e400`), as it was written. */
export class NotFinite {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A value of a payload. */
export type JsonValue = null | boolean | number | string | NotFinite | JsonObject | readonly JsonValue[]

/** Most bytes of a string and most keys of an object that are read. */
const MOST_STRING = 4096
const MOST_KEYS = 256

/** Up to this length ASCII is faster read byte by byte than by the decoder. */
const SHORT = 64

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/
const WORDS = new Map<string, JsonValue>([
  ['true', true],
  ['false', false],
  ['null', null],
])
const NOT_FINITE = new Set(['NaN', 'Infinity', '-Infinity'])

/** First byte at or after `at` that is no blank of JSON. */
export function skipBlanks(bytes: Uint8Array, at: number): number {
  let end = at
  for (let byte = bytes[end]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;)
    byte = bytes[++end]
  return end
}

/**
 * Strict JSON (RFC 8259) over bytes, for payloads from strangers: keeps duplicates visible, bounds depth, keys and strings, and
 * says the position of a fault without quoting the payload. Beyond the RFC it reads NaN and infinities, as {@link NotFinite}, so that
 * one failed reading does not cost its whole batch. Rate: per payload off the fast path.
 */
export class JsonReader {
  /** End of the value that `value` read last. */
  end = 0
  readonly #mostDepth: number
  #bytes: Uint8Array = new Uint8Array(0)

  constructor(mostDepth: number) {
    this.#mostDepth = mostDepth
  }

  /** Reads the value that begins at `at`, `depth` levels below the top. Throws OB-json or OB-depth. */
  value(bytes: Uint8Array, at: number, depth: number): JsonValue {
    this.#bytes = bytes
    this.end = at
    return this.#value(depth)
  }

  /** A fault at the byte where reading stands. */
  fault(why: string): QingyuError {
    return new QingyuError('OB-json', { why: `${why} at byte ${this.end}` })
  }

  #value(depth: number): JsonValue {
    const byte = this.#bytes[this.end]
    if (byte === 0x7b || byte === 0x5b) {
      if (depth >= this.#mostDepth) throw new QingyuError('OB-depth', { most: this.#mostDepth })
      return byte === 0x7b ? this.#object(depth + 1) : this.#array(depth + 1)
    }
    return byte === 0x22 ? this.#string() : this.#word()
  }

  #object(depth: number): JsonObject {
    const object = new JsonObject()
    this.#skip(1)
    if (this.#bytes[this.end] === 0x7d) {
      this.end++
      return object
    }
    for (;;) {
      if (this.#bytes[this.end] !== 0x22) throw this.fault('a key in quotes is expected')
      if (object.keys.length === MOST_KEYS) throw this.fault(`more than ${MOST_KEYS} keys in an object`)
      object.keys.push(this.#string())
      this.#skip(0)
      if (this.#bytes[this.end] !== 0x3a) throw this.fault('a colon is expected')
      this.#skip(1)
      object.values.push(this.#value(depth))
      if (this.#ends(0x7d, 'a comma or } is expected')) return object
    }
  }

  #array(depth: number): readonly JsonValue[] {
    const items: JsonValue[] = []
    this.#skip(1)
    if (this.#bytes[this.end] === 0x5d) {
      this.end++
      return items
    }
    for (;;) {
      items.push(this.#value(depth))
      if (this.#ends(0x5d, 'a comma or ] is expected')) return items
    }
  }

  /** True behind the closing mark, false behind a comma. */
  #ends(mark: number, expected: string): boolean {
    this.#skip(0)
    const byte = this.#bytes[this.end]
    if (byte === mark) {
      this.end++
      return true
    }
    if (byte !== 0x2c) throw this.fault(expected)
    this.#skip(1)
    return false
  }

  #skip(bytes: number): void {
    this.end = skipBlanks(this.#bytes, this.end + bytes)
  }

  #string(): string {
    const from = ++this.end
    let escaped = false
    for (let byte = this.#bytes[this.end]; byte !== 0x22; byte = this.#bytes[++this.end]) {
      if (byte === undefined) throw this.fault('the payload ends inside a string')
      if (byte < 0x20) throw this.fault('a control character stands in a string')
      if (this.end - from >= MOST_STRING) throw this.fault(`a string longer than ${MOST_STRING} bytes`)
      if (byte !== 0x5c) continue
      escaped = true
      this.end++
    }
    // Escapes are rare and have rules of their own (surrogates): the language knows them.
    const raw = this.#decode(from, this.end)
    const text = escaped ? this.#unescape(raw) : raw
    this.end++
    return text
  }

  #unescape(raw: string): string {
    try {
      return String(JSON.parse(`"${raw}"`))
    } catch {
      throw this.fault('an escape is not known in the string that ends')
    }
  }

  /** A number or literal; where none stands, the fault points at its first byte. */
  #word(): JsonValue {
    const from = this.end
    for (let byte = this.#bytes[this.end]; isWordByte(byte);) byte = this.#bytes[++this.end]
    const text = this.#decode(from, this.end)
    const word = WORDS.get(text)
    if (word !== undefined) return word
    if (NOT_FINITE.has(text)) return new NotFinite(text)
    if (!NUMBER.test(text)) {
      this.end = from
      throw this.fault(from >= this.#bytes.length ? 'the payload ends too early' : 'no value begins')
    }
    const number = Number(text)
    return Number.isFinite(number) ? number : new NotFinite(text.slice(0, 32))
  }

  #decode(from: number, to: number): string {
    if (to - from <= SHORT) {
      let text = ''
      let at = from
      for (; at < to; at++) {
        const byte = this.#bytes[at] ?? 0
        if (byte >= 0x80) break
        text += String.fromCharCode(byte)
      }
      if (at === to) return text
    }
    try {
      return decoder.decode(this.#bytes.subarray(from, to))
    } catch {
      throw this.fault('bytes that are not UTF-8 end')
    }
  }
}

/** Bytes that numbers and words are made of. */
function isWordByte(byte: number | undefined): boolean {
  if (byte === undefined) return false
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  )
}
