import type { AlertPolicy } from './alert-policy.ts'
import { encodeAlertRecord, quietRecord } from './alert-record.ts'
import type { AlignedTick, Commit, Snapshot } from './commit.ts'
import type { Plan } from './plan.ts'

/** What becomes of the ticks of a city: incidents, alerts, who is told, and the record of it all. A function of ticks, grid, rules and policy. */
export class Alerting {
  #at: number

  /** Goes on from a state as it was committed last; an empty one begins. */
  constructor(_plan: Plan, _policy: AlertPolicy, stored: Snapshot) {
    this.#at = stored.at
  }

  /** What a tick writes; null when it is no newer than the last. Rate: per tick. */
  apply({ at }: AlignedTick): Commit | null {
    if (at <= this.#at) return null
    this.#at = at
    const record = encodeAlertRecord(quietRecord(at))
    return { offset: at, entries: [], record, at, levels: [], readings: [] }
  }
}
