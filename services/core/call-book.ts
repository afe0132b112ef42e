import type { TickRecord } from './change.ts'
import type { StateEntry } from './commit.ts'
import { jsonBytes, jsonOf } from './json-entry.ts'
import { dayOf, UTC, zoneNamed, type Zone } from './local-time.ts'
import type { Plan } from './plan.ts'

const PREFIX = 'k/'
const DAY = 86_400_000

/** Occurrences of one day in one area by indicator. */
export type CallCounts = Readonly<Record<string, number>>

/** Prefix of the keys of a local day (number since 1970-01-01) in the alert stage's state; the area's index follows. */
export function callsOfDay(day: number): string {
  return `${PREFIX}${day}/`
}

/** Area and counts of one entry below {@link callsOfDay}. */
export function readCalls(key: string, value: Uint8Array): readonly [number, CallCounts] {
  return [Number(key.slice(key.lastIndexOf('/') + 1)), jsonOf<CallCounts>(value)]
}

/**
 * Occurrences by local day, area and indicator, for reports: counted on the day on which they came in. Holds today's counts and,
 * for as long as they are kept, which areas have some of earlier days.
 */
export class CallBook {
  readonly #zone: Zone
  readonly #keptDays: number
  /** Areas with counts by day. */
  readonly #days = new Map<number, Set<number>>()
  #today = new Map<number, Record<string, number>>()
  #day = -1

  /** `historyMs`: how long counts are kept. */
  constructor({ grid }: Pick<Plan, 'grid'>, historyMs: number) {
    this.#zone = zoneNamed(grid.zone) ?? UTC
    this.#keptDays = Math.max(1, Math.ceil(historyMs / DAY))
  }

  /** Goes on from entries of the state; `at` is its tick. */
  restore(entries: ReadonlyMap<string, Uint8Array>, at: number): void {
    this.#day = at === 0 ? -1 : this.#dayAt(at)
    for (const [key, value] of entries) {
      if (!key.startsWith(PREFIX)) continue
      const day = Number(key.slice(PREFIX.length, key.indexOf('/', PREFIX.length)))
      const [area, counts] = readCalls(key, value)
      this.#areasOf(day).add(area)
      if (day === this.#day) this.#today.set(area, { ...counts })
    }
  }

  /** Counts what came in with a tick; entries by key. Rate: per tick and occurrence. */
  tick(at: number, records: readonly TickRecord[]): StateEntry[] {
    const entries = this.#turn(this.#dayAt(at))
    const touched = new Set<number>()
    const count = (area: number, indicator: string, more: number): void => {
      const counts = this.#today.get(area) ?? {}
      counts[indicator] = (counts[indicator] ?? 0) + more
      this.#today.set(area, counts)
      touched.add(area)
    }
    for (const record of records) {
      for (const { area, indicator } of record.occurrences) count(area, indicator, 1)
      for (const { area, indicator, count: more } of record.unlisted ?? []) count(area, indicator, more)
    }
    for (const area of touched) {
      this.#areasOf(this.#day).add(area)
      entries.push({ key: callsOfDay(this.#day) + area, value: encode(this.#today.get(area) ?? {}) })
    }
    return entries
  }

  /** A new day begins with nothing, and the oldest goes. */
  #turn(day: number): StateEntry[] {
    if (day === this.#day) return []
    this.#day = day
    this.#today = new Map()
    const gone: StateEntry[] = []
    for (const [old, areas] of this.#days)
      if (old <= day - this.#keptDays) {
        for (const area of areas) gone.push({ key: callsOfDay(old) + area, value: null })
        this.#days.delete(old)
      }
    return gone
  }

  #dayAt(at: number): number {
    return dayOf(this.#zone.toLocal(at))
  }

  #areasOf(day: number): Set<number> {
    const known = this.#days.get(day) ?? new Set<number>()
    this.#days.set(day, known)
    return known
  }
}

/** The same counts give the same bytes, in whatever order they came. */
function encode(counts: CallCounts): Uint8Array {
  const sorted = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))
  return jsonBytes(Object.fromEntries(sorted))
}
