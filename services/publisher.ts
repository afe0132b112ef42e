import type { Observation } from './core/observation.ts'

/** Observations of one source: one MQTT payload. */
export interface Bundle {
  readonly kind: 'bundle'
  readonly vendor: string
  /** `[a-z0-9-]{1,64}`. */
  readonly source: string
  readonly observations: readonly Observation[]
}

/** One call to the hotline: one HTTP request. Place in WGS 84; without one the front door refuses it. */
export interface Call {
  readonly kind: 'call'
  readonly id: string
  readonly service: string
  /** When it was made, ms since 1970. */
  readonly time: number
  readonly lon?: number
  readonly lat?: number
}

/** What goes through a front door in one piece. */
export type Parcel = Bundle | Call

/** A refusal as the sender gets to know it. */
export interface Told {
  readonly code: string
  readonly message: string
}

/** What a door said of one parcel at once; further refusals may follow by feedback. */
export interface Answer {
  /** Observations that were taken, as far as the door says so. */
  readonly taken: number
  readonly refused: readonly Told[]
}

/**
 * One connection through a front door. `send` resolves once the door has acknowledged the parcel as durable, in the order of
 * the calls, and rejects when the connection is lost for good. The caller bounds how many are in flight.
 */
export interface Publisher {
  /** Where it sends to, for people and for checkpoints. */
  readonly address: string
  send(parcel: Parcel): Promise<Answer>
  /** Sends bytes as they are, however broken: the simulator's clumsy vendor. MQTT only; elsewhere it does nothing. */
  sendRaw(vendor: string, source: string, bytes: string): Promise<void>
  /** Called with what the door told later, on the feedback topic. */
  onFeedback(listener: (told: Told) => void): void
  close(): Promise<void>
}

/** Who sends, and where to. Without `username` the door must take strangers (loopback only). */
export interface PublisherOptions {
  readonly url: string
  /** Vendor whose feedback is listened to. */
  readonly vendor: string
  readonly username?: string
  readonly password?: string
  /** Bearer token of the HTTP door. */
  readonly token?: string
}

/** The front doors, handed in by the composition root. */
export interface Doors {
  mqtt(options: PublisherOptions): Promise<Publisher>
  http(options: PublisherOptions): Promise<Publisher>
  /** What the server behind an HTTP door has received and what of it has been decided; null where it cannot be asked. */
  progress(options: Pick<PublisherOptions, 'url' | 'token'>): Promise<Progress | null>
}

/** Observations since the log began that ticks have covered, and since the process started that ingest has seen. */
export interface Progress {
  readonly covered: number
  readonly seen: number
}
