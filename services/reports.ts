import type { Alert } from './core/alert.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import { alertPartition, stampOf } from './core/alert-record.ts'
import { callsOfDay, readCalls, type CallCounts } from './core/call-book.ts'
import { QingyuError } from './core/errors.ts'
import { jsonOf } from './core/json-entry.ts'
import { UTC, zoneNamed } from './core/local-time.ts'
import type { Plan } from './core/plan.ts'
import { reportOf, type Report } from './core/report.ts'
import { spanOf, type Per, type Span } from './core/report-span.ts'
import type { State } from './ports.ts'

/** Decisions of one area that a report reads at most. */
const MOST_LINES = 50_000
/** Reports worked out at once; a month of a large city is some 100,000 entries. */
export const MOST_AT_ONCE = 2
export const MOST_WAITING = 16

/** What reports are made from. */
export interface ReportParts {
  readonly state: Pick<State, 'levelAt' | 'levels' | 'entries' | 'tick'>
  readonly plan: Plan
  readonly policy: AlertPolicy
}

async function callsIn({ state, plan }: ReportParts, span: Span): Promise<Map<number, CallCounts>> {
  const calls = new Map<number, Record<string, number>>()
  for (let day = span.first; day <= span.last; day++) {
    const entries = await state.entries(alertPartition(plan), callsOfDay(day))
    for (const [key, value] of entries) {
      const [area, counts] = readCalls(key, value)
      const sum = calls.get(area) ?? {}
      for (const [indicator, count] of Object.entries(counts)) sum[indicator] = (sum[indicator] ?? 0) + count
      calls.set(area, sum)
    }
  }
  return calls
}

/** Open and closed alerts that were raised within the span, oldest first. What was closed before it was raised before it, too. */
async function alertsIn({ state, plan }: ReportParts, { from, to }: Span): Promise<Alert[]> {
  const found: Alert[] = []
  const oldest = `h/${stampOf(from)}`
  for (const prefix of ['a/', 'h/'])
    for (const [key, value] of await state.entries(alertPartition(plan), prefix)) {
      if (prefix === 'h/' && key < oldest) continue
      const alert = jsonOf<Alert>(value)
      if (alert.raised >= from && alert.raised < to) found.push(alert)
    }
  return found.sort((a, b) => a.raised - b.raised || (a.id < b.id ? -1 : 1))
}

/** Makes reports, a few at a time; further ones wait. */
export class Reports {
  readonly #parts: ReportParts
  readonly #waiting: (() => void)[] = []
  #busy = 0

  constructor(parts: ReportParts) {
    this.#parts = parts
  }

  /** The local day, week or month that holds `at` (ms) for an area (index); RP-busy when too many wait. */
  async make(area: number, per: Per, at: number): Promise<Report> {
    if (this.#waiting.length >= MOST_WAITING)
      throw new QingyuError('RP-busy', { value: this.#waiting.length })
    if (this.#busy < MOST_AT_ONCE) this.#busy++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await this.#read(area, per, at)
    } finally {
      // The place goes to the next in turn; nobody comes between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#busy--
      else next()
    }
  }

  async #read(area: number, per: Per, at: number): Promise<Report> {
    const { state, plan, policy } = this.#parts
    const span = spanOf(per, at, zoneNamed(plan.grid.zone) ?? UTC)
    const [tick, before, lines, alerts, calls] = await Promise.all([
      state.tick(),
      state.levelAt(area, span.from),
      state.levels(area, span.from + 1, span.to - 1, MOST_LINES),
      alertsIn(this.#parts, span),
      callsIn(this.#parts, span),
    ])
    const ordered = [...(before === undefined ? [] : [before]), ...lines.toSorted((a, b) => a.at - b.at)]
    const until = Math.max(span.from, Math.min(span.to, tick))
    return reportOf({ plan, policy, area, ...span, until, lines: ordered, alerts, calls })
  }
}
