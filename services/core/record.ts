import type { Counts } from './change.ts'

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
 */
export const KIND_OBSERVATIONS = 1
export const KIND_TICK = 2
export const KIND_IN_FORCE = 3
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
}

/** Counts of a fresh log. */
export function noCounts(): Counts {
  return { received: 0, applied: 0, duplicate: 0, late: 0, quarantined: 0, refused: 0 }
}
