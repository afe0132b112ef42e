import { MOST_ID, type Draft } from './draft.ts'
import type { Fingerprint } from './idempotency.ts'
import { skipBlanks } from './json.ts'
import { epochMs, parseInstant } from './time.ts'

const encoder = new TextEncoder()
const QUOTE = 0x22
/** Powers of ten that a double holds exactly, so that one division of exact numbers rounds as `Number(text)` does. */
const POWERS = Float64Array.from({ length: 16 }, (_, i) => 10 ** i)

const INDICATOR = 0
const VALUE = 1
const TIME = 2
const ID = 3
const LON = 4
const LAT = 5
const AREA = 6
const ADDRESS = 7
/** Bits of the fields seen, to know duplicates and what is missing without a set. */
const REQUIRED = (1 << INDICATOR) | (1 << VALUE) | (1 << TIME)
const PLACE = (1 << LON) | (1 << LAT)
/** The names with their closing quotes, by the numbers above. */
const KEYS = ['indicator', 'value', 'time', 'id', 'lon', 'lat', 'area', 'address'].map((name) =>
  encoder.encode(`${name}"`),
)
/** Longest number read here; up to 15 digits it takes no string. */
const MOST_DIGITS = 32
const NO_KEY = new Uint8Array(0)

/** Reading beyond the end yields undefined, which equals no byte: callers need not know where the payload ends. */
function matches(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
  return true
}

/** Number of the field whose name begins at `at`; -1 for any other name. */
function fieldAt(bytes: Uint8Array, at: number): number {
  let field = -1
  switch (bytes[at] ?? 0) {
    case 0x69: // i
      field = bytes[at + 1] === 0x64 ? ID : INDICATOR
      break
    case 0x76: // v
      field = VALUE
      break
    case 0x74: // t
      field = TIME
      break
    case 0x6c: // l
      field = bytes[at + 1] === 0x6f ? LON : LAT
      break
    case 0x61: // a
      field = bytes[at + 1] === 0x72 ? AREA : ADDRESS
      break
    default:
      return -1
  }
  return matches(bytes, at, KEYS[field] ?? NO_KEY) ? field : -1
}

/** Finds the index of a code among bytes without making a string. */
class CodeTable {
  readonly #codes: readonly Uint8Array[]
  /** Open addressing at a load of at most a quarter; code number plus one, 0 where free. */
  readonly #slots: Uint16Array

  constructor(codes: readonly string[]) {
    this.#codes = codes.map((code) => encoder.encode(code))
    this.#slots = new Uint16Array(2 ** Math.ceil(Math.log2(codes.length * 4 + 4)))
    for (const [i, code] of this.#codes.entries()) {
      let slot = this.#hash(code, 0, code.length)
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1)
      this.#slots[slot] = i + 1
    }
  }

  find(bytes: Uint8Array, from: number, to: number): number {
    for (let slot = this.#hash(bytes, from, to); ; slot = (slot + 1) & (this.#slots.length - 1)) {
      const index = (this.#slots[slot] ?? 0) - 1
      if (index < 0) return -1
      const code = this.#codes[index] ?? NO_KEY
      if (code.length === to - from && matches(bytes, from, code)) return index
    }
  }

  #hash(bytes: Uint8Array, from: number, to: number): number {
    let hash = to - from
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
    return (hash ^ (hash >>> 15)) & (this.#slots.length - 1)
  }
}

/**
 * Reads observations of the plain shape straight from bytes: a flat object of known fields, each once, ASCII without escapes,
 * numbers without exponent. Whatever is not of that shape, or not certainly good, is left to the checks on
 * JSON (decode-check), so both ways give one outcome. Rate: per observation, about 0.3 µs.
 */
export class Scanner {
  readonly #codes: CodeTable
  readonly #fingerprint: Fingerprint
  #number = 0

  constructor(codes: readonly string[], fingerprint: Fingerprint) {
    this.#codes = new CodeTable(codes)
    this.#fingerprint = fingerprint
  }

  /** Fills `draft` from the object at `at` and answers its end; -1 when it is to be looked at more closely. */
  scan(bytes: Uint8Array, from: number, draft: Draft): number {
    if (bytes[from] !== 0x7b) return -1
    draft.clear()
    let seen = 0
    let at = skipBlanks(bytes, from + 1)
    for (;;) {
      if (bytes[at] !== QUOTE) return -1
      const field = fieldAt(bytes, at + 1)
      if (field < 0 || (seen & (1 << field)) !== 0) return -1
      seen |= 1 << field
      at = skipBlanks(bytes, at + 1 + (KEYS[field] ?? NO_KEY).length)
      if (bytes[at] !== 0x3a) return -1
      at = this.#field(field, bytes, skipBlanks(bytes, at + 1), draft)
      if (at < 0) return -1
      at = skipBlanks(bytes, at)
      if (bytes[at] === 0x7d) break
      if (bytes[at] !== 0x2c) return -1
      at = skipBlanks(bytes, at + 1)
    }
    // lon without lat, like anything missing, is named by the checks.
    const place = seen & PLACE
    return (seen & REQUIRED) === REQUIRED && (place === 0 || place === PLACE) ? at + 1 : -1
  }

  #field(field: number, bytes: Uint8Array, at: number, draft: Draft): number {
    if (field === VALUE || field === LON || field === LAT) {
      const end = this.#decimal(bytes, at)
      if (field === VALUE) draft.value = this.#number
      else if (field === LON) draft.lon = this.#number
      else draft.lat = this.#number
      return end
    }
    if (bytes[at] !== QUOTE) return field === TIME ? this.#epoch(bytes, at, draft) : -1
    const end = closing(bytes, at + 1)
    if (end < 0) return -1
    if (field === INDICATOR) {
      draft.indicator = this.#codes.find(bytes, at + 1, end)
      if (draft.indicator < 0) return -1
    } else if (field === TIME) {
      draft.time = parseInstant(bytes, at + 1, end)
      if (Number.isNaN(draft.time)) return -1
    } else if (field === ID) {
      if (end === at + 1 || end - at - 1 > MOST_ID) return -1
      draft.hasId = true
      this.#fingerprint.ofId(bytes, at + 1, end)
    } else if (field === AREA) draft.area = ascii(bytes, at + 1, end)
    else draft.address = ascii(bytes, at + 1, end)
    return end + 1
  }

  #epoch(bytes: Uint8Array, at: number, draft: Draft): number {
    const end = this.#decimal(bytes, at)
    draft.time = epochMs(this.#number)
    return Number.isNaN(draft.time) ? -1 : end
  }

  /** Reads a JSON number without exponent into `#number`; answers its end, -1 when it is another or none. */
  #decimal(bytes: Uint8Array, from: number): number {
    const negative = bytes[from] === 0x2d
    const first = negative ? from + 1 : from
    let at = first
    let digits = 0
    for (let byte = bytes[at] ?? 0; byte >= 0x30 && byte <= 0x39; byte = bytes[++at] ?? 0)
      digits = digits * 10 + byte - 0x30
    if (at === first || (bytes[first] === 0x30 && at > first + 1)) return -1
    let decimals = 0
    if (bytes[at] === 0x2e) {
      const point = ++at
      for (let byte = bytes[at] ?? 0; byte >= 0x30 && byte <= 0x39; byte = bytes[++at] ?? 0)
        digits = digits * 10 + byte - 0x30
      decimals = at - point
      if (decimals === 0) return -1
    }
    if (bytes[at] === 0x65 || bytes[at] === 0x45 || at - first > MOST_DIGITS) return -1
    if (at - first > 16 || digits >= 1e15) this.#number = Number(ascii(bytes, from, at))
    else {
      const magnitude = decimals === 0 ? digits : digits / (POWERS[decimals] ?? NaN)
      this.#number = negative ? -magnitude : magnitude
    }
    return at
  }
}

/** Position of the quote that ends the plain ASCII string begun before `at`; -1 when the string is not plain. */
function closing(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at++) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) return at
    if (byte < 0x20 || byte > 0x7e || byte === 0x5c || at - from > MOST_ID) return -1
  }
}

/** Short plain text; for areas, addresses and long numbers only, since it costs a string. */
function ascii(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at] ?? 0)
  return text
}
