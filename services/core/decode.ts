import { Checker } from './decode-check.ts'
import { Scanner } from './decode-scan.ts'
import { Draft, stepsOf } from './draft.ts'
import { QingyuError, type ErrorCode } from './errors.ts'
import { Fingerprint, seedOf } from './idempotency.ts'
import type { Indicators } from './indicator.ts'
import { JsonReader, skipBlanks } from './json.ts'
import { refusal, type Refusal } from './observation.ts'
import type { Locator, PlacedSender } from './place.ts'

/** Refusals of one payload that are told and kept; the others are only counted. */
export const MOST_REFUSALS = 100

/** What a payload may hold: observations in a batch, nesting of JSON. */
export interface DecodeLimits {
  readonly batch: number
  readonly depth: number
}

/** The good observations of one payload, column by column; `count` of them. Filled again by the next payload. */
export class Columns {
  count = 0
  time = new Float64Array(0)
  /** In steps of the indicator's resolution. */
  value = new Float64Array(0)
  idHigh = new Uint32Array(0)
  idLow = new Uint32Array(0)
  area = new Uint32Array(0)
  indicator = new Uint16Array(0)
  /** Place in the batch; -1 when the payload is one object. */
  item = new Int32Array(0)
  /** Bytes of the payload that hold it: [from, to). */
  from = new Uint32Array(0)
  to = new Uint32Array(0)

  /** Makes room for `rows`, keeping what is there. */
  reserve(rows: number): void {
    if (rows <= this.time.length) return
    const size = Math.max(64, rows, this.time.length * 2)
    const grown = <T extends { set(from: T): void }>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    this.time = grown(this.time, new Float64Array(size))
    this.value = grown(this.value, new Float64Array(size))
    this.idHigh = grown(this.idHigh, new Uint32Array(size))
    this.idLow = grown(this.idLow, new Uint32Array(size))
    this.area = grown(this.area, new Uint32Array(size))
    this.indicator = grown(this.indicator, new Uint16Array(size))
    this.item = grown(this.item, new Int32Array(size))
    this.from = grown(this.from, new Uint32Array(size))
    this.to = grown(this.to, new Uint32Array(size))
  }
}

/** A refusal with the bytes of the payload it is about: [from, to). */
export interface RefusedPart {
  readonly refusal: Refusal
  readonly from: number
  readonly to: number
}

/** RFC 6901 pointer to an item of a batch; '' for a payload of one object. */
export function pointerTo(item: number): string {
  return item < 0 ? '' : `/${item}`
}

/**
 * Payload bytes → {@link Columns} and refusals. Rate: per payload, about 0.4 µs an observation of the plain shape; the caller reads the
 * result before decoding again. A batch is taken in parts, good ones in, bad ones refused each by itself; what is no JSON, too
 * deep or too long is refused whole and counts as one.
 */
export class Decoder {
  readonly columns = new Columns()
  /** At most {@link MOST_REFUSALS}. */
  readonly refused: RefusedPart[] = []
  /** Codes of all refusals, told or not; at most one an observation. */
  readonly codes: ErrorCode[] = []
  readonly #indicators: Indicators
  readonly #limits: DecodeLimits
  readonly #locator: Locator
  readonly #fingerprint = new Fingerprint()
  readonly #seeds: readonly (readonly [number, number])[]
  readonly #draft = new Draft()
  readonly #reader: JsonReader
  readonly #scanner: Scanner | null
  readonly #checker: Checker

  /** `fast` false leaves out the byte scanner, so that a test can compare both ways. */
  constructor(indicators: Indicators, locator: Locator, limits: DecodeLimits, fast = true) {
    const codes = indicators.list.map((indicator) => indicator.code)
    this.#indicators = indicators
    this.#limits = limits
    this.#locator = locator
    this.#seeds = codes.map(seedOf)
    this.#reader = new JsonReader(limits.depth)
    this.#scanner = fast ? new Scanner(codes, this.#fingerprint) : null
    this.#checker = new Checker(indicators, locator, this.#fingerprint)
  }

  /** Decodes one payload into `columns`, `refused` and `codes`; never throws on bad input. */
  decode(bytes: Uint8Array, sender: PlacedSender): void {
    this.#clear()
    try {
      this.#payload(bytes, sender)
    } catch (error) {
      if (!(error instanceof QingyuError)) throw error
      this.#clear()
      this.#refuse(refusal(error.code, '', error.parameters), 0, bytes.length)
    }
  }

  #clear(): void {
    this.columns.count = 0
    if (this.codes.length === 0) return
    this.refused.length = 0
    this.codes.length = 0
  }

  #payload(bytes: Uint8Array, sender: PlacedSender): void {
    const start = skipBlanks(bytes, 0)
    if (start === bytes.length) throw new QingyuError('OB-empty', {})
    let end: number
    if (bytes[start] === 0x5b) end = this.#batch(bytes, start, sender)
    else end = this.#item(bytes, start, -1, sender)
    this.#nothingAfter(bytes, end)
  }

  #nothingAfter(bytes: Uint8Array, end: number): void {
    this.#reader.end = skipBlanks(bytes, end)
    if (this.#reader.end < bytes.length) throw this.#reader.fault('more follows the value')
  }

  #batch(bytes: Uint8Array, start: number, sender: PlacedSender): number {
    let at = skipBlanks(bytes, start + 1)
    if (bytes[at] === 0x5d) {
      this.#nothingAfter(bytes, at + 1)
      throw new QingyuError('OB-empty', {})
    }
    for (let item = 0; ; item++) {
      if (item === this.#limits.batch) {
        const most = this.#limits.batch
        throw new QingyuError('OB-batch', { value: `more than ${most}`, most })
      }
      at = skipBlanks(bytes, this.#item(bytes, at, item, sender))
      if (bytes[at] === 0x5d) return at + 1
      if (bytes[at] !== 0x2c) {
        this.#reader.end = at
        throw this.#reader.fault('a comma or ] is expected')
      }
      at = skipBlanks(bytes, at + 1)
    }
  }

  /** Takes or refuses the observation at `at`; answers its end. */
  #item(bytes: Uint8Array, at: number, item: number, sender: PlacedSender): number {
    const draft = this.#draft
    const scanned = this.#scanner === null ? -1 : this.#scanner.scan(bytes, at, draft)
    if (scanned > 0 && this.#take(sender, item, at, scanned)) return scanned
    const value = this.#reader.value(bytes, at, item < 0 ? 0 : 1)
    const end = this.#reader.end
    const verdict = this.#checker.check(value, pointerTo(item), sender, draft)
    if (verdict === null) this.#take(sender, item, at, end)
    else this.#refuse(verdict, at, end)
    return end
  }

  /** Writes the draft as a row; false when its value or place will not do. */
  #take(sender: PlacedSender, item: number, from: number, to: number): boolean {
    const draft = this.#draft
    const indicator = this.#indicators.list[draft.indicator]
    const seed = this.#seeds[draft.indicator]
    if (indicator === undefined || seed === undefined) return false
    const steps = stepsOf(indicator, draft.value)
    if (Number.isNaN(steps)) return false
    const area = this.#locator.area(sender, draft)
    if (area < 0) return false
    if (!draft.hasId) this.#fingerprint.ofTime(seed, draft.time)
    const columns = this.columns
    const row = columns.count
    columns.reserve(row + 1)
    columns.time[row] = draft.time
    columns.value[row] = steps
    columns.idHigh[row] = this.#fingerprint.high
    columns.idLow[row] = this.#fingerprint.low
    columns.area[row] = area
    columns.indicator[row] = draft.indicator
    columns.item[row] = item
    columns.from[row] = from
    columns.to[row] = to
    columns.count = row + 1
    return true
  }

  #refuse(reason: Refusal, from: number, to: number): void {
    this.codes.push(reason.code)
    if (this.refused.length < MOST_REFUSALS) this.refused.push({ refusal: reason, from, to })
  }
}
