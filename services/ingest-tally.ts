import type { ErrorCode } from './core/errors.ts'
import type { Tick } from './core/record.ts'

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
