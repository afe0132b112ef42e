import type { Alert } from './alert.ts'
import type { AlertPolicy, Limits } from './alert-policy.ts'
import type { Plan } from './plan.ts'

type Names = { readonly zh: string; readonly en: string }

/** The duties whose times are reported, in their order. */
export const DUTIES = ['acknowledge', 'dispatch', 'handle', 'verify'] as const
export type ReportedDuty = (typeof DUTIES)[number]

/** How one duty was done by one area or unit: `inTime` of `count` within their limits; times are ms. */
export interface Response {
  readonly of: 'area' | 'unit'
  /** Code of the area, or id of the unit. */
  readonly key: string
  readonly name: Names
  readonly duty: ReportedDuty
  readonly count: number
  readonly inTime: number
  /** Not done yet and overdue. */
  readonly open: number
  readonly median: number | null
  readonly p90: number | null
}

/** Rows at most. */
const MOST_ROWS = 50

/** Whose doings are asked for: those below an area (index). */
interface Answerable {
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly area: number
}

/** When the clock of a duty started. */
function startOf({ raised, done }: Alert, duty: ReportedDuty): number | null {
  if (duty === 'acknowledge') return raised
  if (duty === 'dispatch') return done.acknowledge
  if (duty === 'handle') return done.dispatch ?? done.acknowledge
  return done.handle
}

interface Doings {
  readonly took: number[]
  inTime: number
  open: number
}

/** Areas are the children of the report's area that answer for the alert; what the area itself answers for stands under its own name. */
function keyOf({ plan, area }: Answerable, alert: Alert, of: Response['of']): string {
  if (of === 'unit') return alert.unit
  const { parents, codes } = plan.grid
  let at = alert.area
  while (at !== area && parents[at] !== area && at > area) at = parents[at] ?? area
  return codes[at] ?? ''
}

/** How duties were done, by area and by unit; rows by key, then in the order of {@link DUTIES}. */
export function responsesOf(source: Answerable, alerts: readonly Alert[], of: Response['of']): Response[] {
  const { policy, plan } = source
  const rows = new Map<string, Map<ReportedDuty, Doings>>()
  for (const alert of alerts) {
    const key = keyOf(source, alert, of)
    if (key === '') continue
    const duties = rows.get(key) ?? new Map<ReportedDuty, Doings>()
    rows.set(key, duties)
    const limits = policy.limits(alert.category, alert.peak)
    for (const duty of of === 'unit' ? (['handle'] as const) : DUTIES) note(duties, alert, duty, limits)
  }
  const name = (key: string): Names =>
    of === 'unit'
      ? (policy.units.get(key) ?? { zh: key, en: key })
      : (plan.grid.names[plan.grid.indexOf(key) ?? -1] ?? { zh: key, en: key })
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MOST_ROWS)
    .flatMap(([key, duties]) =>
      [...duties].map(([duty, { took, inTime, open }]) => ({
        of,
        key,
        name: name(key),
        duty,
        count: took.length,
        inTime,
        open,
        median: quantile(took, 0.5),
        p90: quantile(took, 0.9),
      })),
    )
}

function note(duties: Map<ReportedDuty, Doings>, alert: Alert, duty: ReportedDuty, limits: Limits): void {
  const [start, end] = [startOf(alert, duty), alert.done[duty]]
  const missed = alert.missed.includes(duty)
  const known = duties.get(duty)
  if (start === null || (end === null && !missed)) return
  const row = known ?? { took: [], inTime: 0, open: 0 }
  duties.set(duty, row)
  if (end === null) {
    row.open++
    return
  }
  row.took.push(end - start)
  if (!missed && (limits[duty] === 0 || end - start <= limits[duty])) row.inTime++
}

/** The nearest rank; null of nothing. */
function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}
