import { hintOf, messageOf, type ErrorCode } from './errors.ts'
import { isoOf, spell } from './time.ts'

/** The datum in which a source gives its positions. */
export type Datum = 'wgs84' | 'gcj02' | 'bd09' | 'cgcs2000'

/** What one source said about one place at one event time, as it stands in a payload (design §7). */
export interface Observation {
  readonly indicator: string
  readonly value: number
  /** Event time, ms since 1970 UTC. */
  readonly time: number
  readonly id?: string
  readonly lon?: number
  readonly lat?: number
  readonly area?: string
  readonly address?: string
}

/** Why an observation was not taken, in words its sender can act on. */
export interface Refusal {
  readonly code: ErrorCode
  /** RFC 6901 pointer into the payload; '' is the whole. */
  readonly pointer: string
  readonly message: string
  readonly hint: string
}

/** Who sends: one vendor's source, with what is remembered between its payloads so that the hot path need not ask again. */
export interface Sender {
  readonly vendor: string
  readonly source: string
  /** `vendor/source`, UTF-8. */
  readonly key: Uint8Array
  /** Registered place and datum, where there is one. */
  readonly registration: Registration | null
  /** Last place located, so that a fixed source costs one comparison. */
  memo: { lon: number; lat: number; area: number }
}

/** What an operator wrote down about a source. */
export interface Registration {
  readonly lon?: number
  readonly lat?: number
  readonly area?: string
  readonly datum: Datum
  readonly intervalMs?: number
  /** What it is to who looks for it on a map; a sensor where nothing is said. */
  readonly kind?: 'sensor' | 'camera'
}

/** Makes a refusal from the catalogue; `hint` replaces the catalogue's where more is known. */
export function refusal(
  code: ErrorCode,
  pointer: string,
  parameters: Readonly<Record<string, string | number>>,
  hint?: string,
): Refusal {
  return {
    code,
    pointer,
    message: messageOf(code, parameters),
    hint: hint ?? hintOf(code, parameters),
  }
}

/** Why an event time was not taken at `now`: 'OB-time-future' is quarantined, 'OB-time-old' refused; `bound` in ms. */
export function timeRefusal(
  code: 'OB-time-future' | 'OB-time-old',
  pointer: string,
  time: number,
  now: number,
  bound: number,
): Refusal {
  return refusal(code, pointer, {
    value: isoOf(time),
    ahead: spell(time - now),
    behind: spell(now - time),
    skew: spell(bound),
    most: spell(bound),
  })
}
