import type { AlertPolicy } from './alert-policy.ts'
import { UTC, zoneNamed, type Zone } from './local-time.ts'
import type { Notice, Occasion } from './notice.ts'
import type { Plan } from './plan.ts'
import type { SideName } from './rehearsal-levels.ts'
import { RosterBook } from './roster-book.ts'

/** Shifts that are told apart; what comes after counts to the last. */
const MOST_SHIFTS = 2_000
/** Where no roster says otherwise, a shift begins at midnight and every so often, local time. */
const SHIFT_MS = 8 * 3_600_000

interface Load {
  alerts: number
  notices: number
}

/** One shift, [from, to) in ms, with what came to people in it on each side. */
export interface ShiftLoad {
  readonly from: number
  to: number
  readonly was: Load
  readonly would: Load
}

/** Occasions that come of conditions alone; the others come of what people did or left undone. */
const COUNTED: ReadonlySet<Occasion> = new Set(['raised', 'graver', 'eased', 'ended', 'reopened', 'digest'])

/** Whether a notice is load: it goes out, or would but for the bound on what waits, for nothing is delivered in a rehearsal. */
export function isLoad({ occasion, state, by }: Notice): boolean {
  return COUNTED.has(occasion) && (state !== 'suppressed' || by === 'bound')
}

/** What comes to people, shift by shift: those of the roster nearest to the root, else eight hours of the city's day. */
export class RehearsalLoad {
  readonly shifts: ShiftLoad[] = []
  readonly #plan: Plan
  readonly #policy: () => AlertPolicy
  readonly #zone: Zone
  /** Of the alert stage, as they stand. */
  readonly #entries: () => ReadonlyMap<string, Uint8Array>

  constructor(plan: Plan, policy: () => AlertPolicy, entries: () => ReadonlyMap<string, Uint8Array>) {
    this.#plan = plan
    this.#policy = policy
    this.#zone = zoneNamed(plan.grid.zone) ?? UTC
    this.#entries = entries
  }

  /** Comparing goes on at `at` (ms): shifts begin where the last one ended, but after a gap at `at`. */
  begin(at: number): void {
    const last = this.shifts.at(-1)
    if (last !== undefined && at < last.to) return
    this.#open(at)
  }

  /** What a tick brought to one side. Rate: per tick with alerts. */
  add(at: number, side: SideName, alerts: number, notices: number): void {
    this.#reach(at)
    const load = this.shifts.at(-1)?.[side]
    if (load === undefined) return
    load.alerts += alerts
    load.notices += notices
  }

  /** Comparing ends at `at` (ms), for good or until a gap is over. */
  end(at: number): void {
    this.#reach(at - 1)
    const last = this.shifts.at(-1)
    if (last !== undefined) last.to = Math.min(last.to, Math.max(at, last.from))
  }

  #reach(at: number): void {
    for (let last = this.shifts.at(-1); last !== undefined && at >= last.to; last = this.shifts.at(-1))
      this.#open(last.to)
  }

  #open(from: number): void {
    const to = this.shifts.length < MOST_SHIFTS - 1 ? this.#endOf(from) : Infinity
    this.shifts.push({ from, to, was: { alerts: 0, notices: 0 }, would: { alerts: 0, notices: 0 } })
  }

  /** Rosters are read anew for each shift: they may have been replaced. Rate: per shift. */
  #endOf(at: number): number {
    const book = new RosterBook(this.#plan, this.#policy())
    book.restore(this.#entries())
    const [area] = book.areas
    const local = this.#zone.toLocal(at)
    const day = this.#zone.toUtc((Math.floor(local / SHIFT_MS) + 1) * SHIFT_MS)
    if (area === undefined) return Math.max(day, at + 1)
    const names = (time: number): string =>
      book
        .onDuty(area, time)
        .map(({ person }) => person)
        .join()
    // The book answers for some days at once; where one answer ends the same people may stay. Nobody on duty is no shift.
    for (let next = book.nextChange(area, at), steps = 0; steps < 64; steps++) {
      if (!Number.isFinite(next) || next - at > 31 * 24 * 3_600_000) break
      if (names(next) !== names(at)) return next
      next = Math.max(next + 1, book.nextChange(area, next))
    }
    return Math.max(day, at + 1)
  }
}
