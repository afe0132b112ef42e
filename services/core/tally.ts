import type { Action } from './action.ts'
import type { Counts, LateNotice, Occurrence, TickRecord } from './change.ts'
import type { Tick } from './record.ts'
import { noCounts } from './record.ts'

/** Bounds of one tick record. */
export const MOST_OCCURRENCES = 200
export const MOST_LATE = 1_000
export const MOST_LAGS = 4_096

/** What one partition counts: cumulative counters, and what it shows of the current tick. */
export class Tally {
  counts: Counts = noCounts()
  refusedBy: Record<string, number> = {}
  /** Newest event time applied, ms. */
  newest = 0
  readonly late: LateNotice[] = []
  /** Actions since the last tick; ingest's rate and the gateways' limits bound them. */
  readonly actions: Action[] = []
  #occurrences: Occurrence[] = []
  /** Those that are not among the newest, by `area/indicator`. */
  readonly #unlisted = new Map<string, number>()
  readonly #times = new Float64Array(MOST_LAGS)
  #timed = 0

  /** Rate: per observation applied. */
  applied(time: number): void {
    this.counts.applied++
    if (time > this.newest) this.newest = time
    if (this.#timed < MOST_LAGS) this.#times[this.#timed++] = time
  }

  /** Rate: per occurrence applied. */
  occurred(area: number, indicator: string, time: number): void {
    this.#occurrences.push({ area, indicator, time })
    if (this.#occurrences.length >= 4 * MOST_OCCURRENCES) this.#cut()
  }

  tooLate(source: string, indicator: string, time: number): void {
    this.counts.late++
    if (this.late.length < MOST_LATE) this.late.push({ source, indicator, time })
  }

  refused(code: string): void {
    this.counts.refused++
    this.refusedBy[code] = (this.refusedBy[code] ?? 0) + 1
  }

  /** Adds what ingest refused and quarantined, so that the law of counts holds for all that was received. */
  ingested(ingest: NonNullable<Tick['ingest']>): void {
    this.counts.received += ingest.refused + ingest.quarantined
    this.counts.refused += ingest.refused
    this.counts.quarantined += ingest.quarantined
    for (const [code, count] of Object.entries(ingest.refusedBy))
      this.refusedBy[code] = (this.refusedBy[code] ?? 0) + count
  }

  /** Tick minus event time, ms, over the first {@link MOST_LAGS} of the tick. */
  lag(at: number): { p50: number; p99: number } | null {
    const times = this.#times.subarray(0, this.#timed).toSorted()
    if (times.length === 0) return null
    // Times ascend, so lags descend.
    const lag = (share: number) => at - (times[Math.floor((1 - share) * (times.length - 1))] ?? at)
    return { p50: lag(0.5), p99: lag(0.99) }
  }

  /** The newest occurrences of the tick, oldest first; order of arrival does not show. */
  occurrences(): Occurrence[] {
    this.#cut()
    return this.#occurrences.reverse()
  }

  /** Occurrences beyond those that {@link occurrences} has given, counted by area and indicator. */
  unlisted(): NonNullable<TickRecord['unlisted']> {
    return [...this.#unlisted]
      .map(([key, count]) => ({
        area: Number.parseInt(key, 10),
        indicator: key.slice(key.indexOf('/') + 1),
        count,
      }))
      .sort((a, b) => a.area - b.area || (a.indicator < b.indicator ? -1 : 1))
  }

  sortedRefusals(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.refusedBy).sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Makes ready for the next tick; counters stay. */
  clear(): void {
    this.late.length = 0
    this.actions.length = 0
    this.#occurrences = []
    this.#unlisted.clear()
    this.#timed = 0
  }

  #cut(): void {
    this.#occurrences.sort(
      (a, b) => b.time - a.time || a.area - b.area || (a.indicator < b.indicator ? -1 : 1),
    )
    for (const { area, indicator } of this.#occurrences.splice(MOST_OCCURRENCES)) {
      const key = `${area}/${indicator}`
      this.#unlisted.set(key, (this.#unlisted.get(key) ?? 0) + 1)
    }
  }
}
