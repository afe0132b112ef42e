import type { ErrorCode } from './core/errors.ts'
import type { Tick } from './core/record.ts'

/** Counts since this process started. */
export interface IngestStats {
  /** Observations, good or bad; a payload refused whole counts as one. received = accepted + quarantined + refused. */
  readonly received: number
  readonly accepted: number
  readonly quarantined: number
  readonly refused: number
  readonly refusedBy: Readonly<Record<string, number>>
  /** Rows and ticks not durable yet. */
  readonly pending: number
  /** Group commits that are durable. */
  readonly commits: number
  /** Appends that the log refused; they are offered again. */
  readonly failures: number
  readonly senders: number
}

/** What was received and refused since the tick before, or since the start. */
export class Tally {
  received = 0
  quarantined = 0
  refused = 0
  readonly by = new Map<string, number>()

  refuse(code: ErrorCode): void {
    this.received++
    if (code === 'OB-time-future') this.quarantined++
    else {
      this.refused++
      this.by.set(code, (this.by.get(code) ?? 0) + 1)
    }
  }

  /** The counts so far, which then begin again. */
  take(): NonNullable<Tick['ingest']> {
    const { received, quarantined, refused, by } = this
    const refusedBy = Object.fromEntries(by)
    this.received = this.quarantined = this.refused = 0
    by.clear()
    return { received, quarantined, refused, refusedBy }
  }
}
