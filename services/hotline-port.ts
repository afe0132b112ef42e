import type { QingyuError } from './core/errors.ts'
import type { Refusal } from './core/observation.ts'

/** A value as a caller gave it; the decoder of observations judges it. */
export type Told = string | number | boolean | null

/** A call as it comes in; what else the caller said never gets here. */
export interface Report {
  readonly service?: string
  readonly indicator?: string
  /** ISO 8601 with offset, or ms. */
  readonly time?: Told
  /** WGS 84 degrees. */
  readonly lon?: Told
  readonly lat?: Told
  readonly area?: Told
  readonly address?: Told
  /** The caller's own number: the same call sent again is counted once. */
  readonly id?: string
}

/** A call as it was counted. */
export interface Call {
  readonly id: string
  /** Service code; the name of the source where the service is no longer configured. */
  readonly service: string
  readonly indicator: string
  /** Area index: all that is kept of the place. */
  readonly area: number
  /** Event time, ms. */
  readonly time: number
}

/** A service of the hotline, from the configuration. */
export interface HotlineService {
  readonly code: string
  readonly name: { readonly zh: string; readonly en: string }
  readonly indicator: string
  readonly group: string
  readonly keywords: string
}

/** Which calls are asked for. Times are event times, ms. */
export interface CallQuery {
  readonly from: number
  readonly to: number
  readonly most: number
  readonly id?: string
  readonly partition?: number
  readonly services?: readonly string[]
}

/** The hotline as its routes see it. */
export interface Hotline {
  readonly services: readonly HotlineService[]
  /** Resolves once the call is durable; rejects with {@link ReportRefused}, or LG-failed or HL-busy: send again. */
  report(report: Report): Promise<Call>
  /** Counts a call whose address is words and no code, and answers the refusal. */
  refuseAddress(report: Report): ReportRefused
  /** Counts what was sent as a call and could not be read as one. */
  refuseUnread(error: QingyuError): void
  request(id: string): Promise<Call | undefined>
  /** Newest first; `complete` is false when the search ended at its bound. */
  requests(query: Partial<CallQuery>): Promise<{ calls: readonly Call[]; complete: boolean }>
}

/** A call that was not taken, with every reason. */
export class ReportRefused extends Error {
  readonly refusals: readonly Refusal[]
  constructor(refusals: readonly Refusal[]) {
    super(refusals[0]?.message ?? 'refused')
    this.name = 'ReportRefused'
    this.refusals = refusals
  }
}
