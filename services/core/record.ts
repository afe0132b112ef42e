import { readAction, type Action } from './action.ts'
import type { Counts, TickRecord } from './change.ts'
import { QingyuError } from './errors.ts'
import { isPlainRules, type PlainRules } from './rule-set.ts'

/**
 * Records of the log. Byte 0 is the kind, byte 1 the version of its layout.
 *
 * Observations (kind 1, little-endian): kind u8, version u8, indicators u16, sources u16, reserved u16, rows u32, then
 *   rows × { time f64 ms, value f64 (integer of the indicator's resolution), idHigh u32, idLow u32, area u32, source u16, indicator u16 } = 32 bytes each
 *   aligned on 8 from the record's start + 16 (header is padded to 16 bytes), then the tables:
 *   indicators × { length u8, UTF-8 code }, sources × { length u16, UTF-8 `vendor/source` }.
 *   idHigh/idLow: 64-bit hash of the idempotency key: of `id` when given, else of (indicator code, event time); the source is
 *   compared beside it, so only a source can collide with itself. A record holds at most 65,535 rows, sources and indicators.
 * Tick (kind 2): kind, version, then JSON of {@link Tick}.
 * Version in force (kind 3): kind, version, then JSON of {@link InForce}.
 * Action (kind 4): kind, version, then JSON of core/action `Action`; in partition 0 alone.
 * Nothing (0 bytes): something that is not ours stands at that offset of a shared log; it is passed over.
 */
export const KIND_NOTHING = 0
export const KIND_OBSERVATIONS = 1
export const KIND_TICK = 2
export const KIND_IN_FORCE = 3
export const KIND_ACTION = 4
export const RECORD_VERSION = 1
export const ROWS_AT = 16
export const ROW_BYTES = 32

/** "It is now `at`". Only partition 0 carries ingest's counts since the tick before. */
export interface Tick {
  readonly at: number
  readonly ingest?: {
    readonly received: number
    readonly quarantined: number
    readonly refused: number
    readonly refusedBy: Readonly<Record<string, number>>
  }
}

/** Which grid and rules hold from this place in the log on. */
export interface InForce {
  readonly grid: string
  readonly rules: string
  readonly program: string
  /** The rules themselves; without them nothing changes. Those of the file count only where it says others than before. */
  readonly book?: PlainRules
  /** They hold after the first tick at or after this one, ms; absent, from the file: after the next. */
  readonly from?: number
  /** Person who published them, '' where nobody signs in; absent: the configuration file says them, at a start. */
  readonly by?: string
  readonly why?: string
}

/** Counts of a fresh log. */
export function noCounts(): Counts {
  return { received: 0, applied: 0, duplicate: 0, late: 0, quarantined: 0, refused: 0 }
}

/** What a partition says of a tick at which nothing is known of it. */
export function emptyTickRecord(partition: number, at: number): TickRecord {
  return {
    partition,
    at,
    offset: 0,
    changes: [],
    readings: [],
    occurrences: [],
    late: [],
    partials: [],
    counts: noCounts(),
    refusedBy: {},
    sources: { alive: 0, known: 0 },
    lag: null,
    newest: 0,
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })
/** Most rows, sources or indicators of one record. */
export const MOST_ROWS = 65_535

/** Where a record was read, for LG-record. */
export interface Origin {
  readonly partition: number
  readonly offset: number
}

function broken(why: string, from: Origin | undefined, cause?: unknown): QingyuError {
  return new QingyuError(
    'LG-record',
    { value: from?.offset ?? '?', partition: from?.partition ?? '?', why },
    cause,
  )
}

/** Columns of a record of observations, viewed in place; `i` runs from 0 to `rows` - 1. Rate: each accessor per observation. */
export class ObservationRows {
  readonly rows: number
  /** Indicator codes by the index that `indicator` answers. */
  readonly indicators: readonly string[]
  /** `vendor/source` by the index that `source` answers. */
  readonly sources: readonly string[]
  readonly #f64: Float64Array
  readonly #u32: Uint32Array
  readonly #u16: Uint16Array

  constructor(rows: number, body: Uint8Array, indicators: readonly string[], sources: readonly string[]) {
    this.rows = rows
    this.indicators = indicators
    this.sources = sources
    this.#f64 = new Float64Array(body.buffer, body.byteOffset, rows * 4)
    this.#u32 = new Uint32Array(body.buffer, body.byteOffset, rows * 8)
    this.#u16 = new Uint16Array(body.buffer, body.byteOffset, rows * 16)
  }

  /** Event time, ms. */
  time(i: number): number {
    return this.#f64[i * 4] ?? NaN
  }
  /** In steps of the indicator's resolution. */
  value(i: number): number {
    return this.#f64[i * 4 + 1] ?? NaN
  }
  idHigh(i: number): number {
    return this.#u32[i * 8 + 4] ?? 0
  }
  idLow(i: number): number {
    return this.#u32[i * 8 + 5] ?? 0
  }
  area(i: number): number {
    return this.#u32[i * 8 + 6] ?? 0
  }
  source(i: number): number {
    return this.#u16[i * 16 + 14] ?? 0
  }
  indicator(i: number): number {
    return this.#u16[i * 16 + 15] ?? 0
  }
}

/** Reads length-prefixed UTF-8 texts one after another; `width` is the length's size in bytes. */
function texts(bytes: Uint8Array, from: number, count: number, width: 1 | 2, origin: Origin | undefined) {
  const list: string[] = []
  let at = from
  for (let i = 0; i < count; i++) {
    const length = width === 1 ? bytes[at] : (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
    const end = at + width + (length ?? 0)
    if (end > bytes.length) throw broken('a table runs beyond the end', origin)
    try {
      list.push(decoder.decode(bytes.subarray(at + width, end)))
    } catch (cause) {
      throw broken('a name is not UTF-8', origin, cause)
    }
    at = end
  }
  return { list, at }
}

/** How many observations a record of them holds; it is not looked into. */
export function rowsOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(8, true)
}

/** Views a record of observations; LG-record when any length or index in it does not fit. */
export function readObservations(bytes: Uint8Array, origin?: Origin): ObservationRows {
  expectKind(bytes, KIND_OBSERVATIONS, origin)
  if (bytes.length < ROWS_AT) throw broken('it is shorter than its header', origin)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rows = view.getUint32(8, true)
  const end = ROWS_AT + rows * ROW_BYTES
  if (rows > MOST_ROWS || end > bytes.length) throw broken(`${rows} rows do not fit in it`, origin)
  const indicators = texts(bytes, end, view.getUint16(2, true), 1, origin)
  const sources = texts(bytes, indicators.at, view.getUint16(4, true), 2, origin)
  if (sources.at !== bytes.length) throw broken(`${bytes.length - sources.at} bytes are left over`, origin)
  // Stores hand out views at any address, typed views need multiples of 8; and `slice` of a Buffer is no copy.
  const aligned = (bytes.byteOffset + ROWS_AT) % 8 === 0
  const rowBytes = bytes.subarray(ROWS_AT, end)
  const body = aligned ? rowBytes : new Uint8Array(rowBytes)
  const columns = new ObservationRows(rows, body, indicators.list, sources.list)
  for (let i = 0; i < rows; i++) {
    const sound =
      columns.source(i) < sources.list.length &&
      columns.indicator(i) < indicators.list.length &&
      Number.isFinite(columns.time(i)) &&
      Number.isFinite(columns.value(i))
    if (!sound) throw broken(`row ${i} is out of bounds`, origin)
  }
  return columns
}

/** Kind of a record: one of the KIND_ constants; LG-record for any other byte or version. */
export function kindOf(bytes: Uint8Array, origin?: Origin): number {
  if (bytes.length === 0) return KIND_NOTHING
  const kind = bytes[0] ?? 0
  if (kind < KIND_OBSERVATIONS || kind > KIND_ACTION) throw broken(`kind ${kind} is not known`, origin)
  if (bytes[1] !== RECORD_VERSION) throw broken(`version ${bytes[1] ?? '?'} is not known`, origin)
  return kind
}

function expectKind(bytes: Uint8Array, kind: number, origin: Origin | undefined): void {
  const found = kindOf(bytes, origin)
  if (found !== kind) throw broken(`kind is ${found}, expected ${kind}`, origin)
}

function encodeJson(kind: number, value: object): Uint8Array {
  const text = encoder.encode(JSON.stringify(value))
  const bytes = new Uint8Array(2 + text.length)
  bytes[0] = kind
  bytes[1] = RECORD_VERSION
  bytes.set(text, 2)
  return bytes
}

function decodeJson(bytes: Uint8Array, kind: number, origin: Origin | undefined): Record<string, unknown> {
  expectKind(bytes, kind, origin)
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes.subarray(2)))
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch (cause) {
    throw broken('it is not JSON', origin, cause)
  }
  throw broken('it is not an object', origin)
}

/** Bytes of a tick record; the same tick gives the same bytes. */
export function encodeTick({ at, ingest }: Tick): Uint8Array {
  if (ingest === undefined) return encodeJson(KIND_TICK, { at })
  const { received, quarantined, refused, refusedBy } = ingest
  const sorted = Object.fromEntries(Object.entries(refusedBy).sort(([a], [b]) => (a < b ? -1 : 1)))
  return encodeJson(KIND_TICK, { at, ingest: { received, quarantined, refused, refusedBy: sorted } })
}

/** Reads back {@link encodeTick}; LG-record when it is anything else. */
export function decodeTick(bytes: Uint8Array, origin?: Origin): Tick {
  const { at, ingest } = decodeJson(bytes, KIND_TICK, origin)
  if (typeof at !== 'number' || at < 0) throw broken('its tick is not a time', origin)
  if (ingest === undefined) return { at }
  if (!isCounts(ingest)) throw broken('its counts are not numbers', origin)
  return { at, ingest }
}

function isCounts(value: unknown): value is NonNullable<Tick['ingest']> {
  if (typeof value !== 'object' || value === null) return false
  const { received, quarantined, refused, refusedBy } = { ...value } as Record<string, unknown>
  return (
    [received, quarantined, refused].every((count) => typeof count === 'number') &&
    typeof refusedBy === 'object' &&
    refusedBy !== null &&
    Object.values(refusedBy).every((count) => typeof count === 'number')
  )
}

/** Bytes of a version-in-force record. */
export function encodeInForce({ grid, rules, program, book, from, by, why }: InForce): Uint8Array {
  return encodeJson(KIND_IN_FORCE, { grid, rules, program, book, from, by, why })
}

/** Reads back {@link encodeInForce}; LG-record when it is anything else. */
export function decodeInForce(bytes: Uint8Array, origin?: Origin): InForce {
  const { grid, rules, program, book, from, by, why } = decodeJson(bytes, KIND_IN_FORCE, origin)
  if (typeof grid !== 'string' || typeof rules !== 'string' || typeof program !== 'string')
    throw broken('it names no versions', origin)
  if (book !== undefined && !isPlainRules(book)) throw broken('its rules are not rules', origin)
  return {
    grid,
    rules,
    program,
    ...(book !== undefined && { book }),
    ...(typeof from === 'number' && { from }),
    ...(typeof by === 'string' && { by }),
    ...(typeof why === 'string' && { why }),
  }
}

/** Bytes of an action; the same action gives the same bytes. */
export function encodeAction({ id, time, by, deed }: Action): Uint8Array {
  return encodeJson(KIND_ACTION, { id, time, by, deed })
}

/** Reads back {@link encodeAction}; LG-record when it is anything else. */
export function decodeAction(bytes: Uint8Array, origin?: Origin): Action {
  const action = readAction(decodeJson(bytes, KIND_ACTION, origin))
  if (action === null) throw broken('it is no action', origin)
  return action
}
