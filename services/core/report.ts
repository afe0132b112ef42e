import type { Alert } from './alert.ts'
import { holds } from './alert-place.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { CallCounts } from './call-book.ts'
import type { LevelHistory } from './commit.ts'
import type { Grid } from './grid.ts'
import { UNKNOWN, type Rank } from './level.ts'
import type { Plan } from './plan.ts'
import { responsesOf, type Response } from './report-response.ts'

type Names = { readonly zh: string; readonly en: string }

/** Rows at most of each list. */
const MOST_ROWS = 50
const MOST_REPEATS = 12
/** A place is a repeat one from so many alerts or calls on. */
const REPEATED = 2

/** One column of the colours over time: the gravest level of its span, and how much of it was spent at each, ms by rank. */
export interface Column {
  readonly at: number
  readonly worst: Rank
  readonly spent: Readonly<Record<number, number>>
}

/** Civic weather of an area over a span: what is read on paper the day after. */
export interface Report {
  readonly area: { readonly code: string; readonly name: Names }
  readonly from: number
  readonly to: number
  /** What came until this tick is in it; `to` once that is over. */
  readonly until: number
  readonly columns: readonly Column[]
  /** Time at each rank over the whole span, ms; what no level is known of stands at {@link UNKNOWN}. */
  readonly spent: Readonly<Record<number, number>>
  readonly worst: Rank
  readonly alerts: {
    readonly raised: number
    readonly closed: number
    readonly open: number
    readonly exercises: number
    readonly byHand: number
    /** By category: how many, the gravest, and how long their conditions lasted in all, ms. */
    readonly categories: readonly {
      readonly category: string
      readonly name: Names
      readonly count: number
      readonly worst: Rank
      readonly lasted: number
    }[]
  }
  readonly calls: readonly { readonly indicator: string; readonly name: Names; readonly count: number }[]
  readonly responses: readonly Response[]
  /** Places that come again: most alerts first, then most calls. */
  readonly repeats: readonly {
    readonly code: string
    readonly name: Names
    readonly alerts: number
    readonly calls: number
  }[]
}

/** What a report is made from. */
export interface ReportSource {
  readonly plan: Plan
  readonly policy: AlertPolicy
  /** Index of the area; [from, to) in ms; width of a column in ms. */
  readonly area: number
  readonly from: number
  readonly to: number
  readonly columnMs: number
  /** Newest tick, within [from, to]. */
  readonly until: number
  /** Decisions of the area in the order of their ticks, beginning with the one in force at `from`. */
  readonly lines: readonly LevelHistory[]
  /** Alerts raised in the span, of any area. */
  readonly alerts: readonly Alert[]
  /** Occurrences of the span by area, of any area. */
  readonly calls: ReadonlyMap<number, CallCounts>
}

/** Makes the report of a span. Exercises are counted and left out of all else. Rate: per request. */
export function reportOf(source: ReportSource): Report {
  const { plan, area, from, to } = source
  const { grid } = plan
  const inside = source.alerts.filter((alert) => holds(grid, area, alert.area))
  const real = inside.filter(({ exercise }) => !exercise)
  const calls = new Map([...source.calls].filter(([place]) => holds(grid, area, place)))
  const columns = columnsOf(source)
  const spent: Record<number, number> = {}
  for (const column of columns)
    for (const [rank, ms] of Object.entries(column.spent)) spent[+rank] = (spent[+rank] ?? 0) + ms
  return {
    area: { code: grid.codes[area] ?? '', name: nameOf(grid, area) },
    from,
    to,
    until: source.until,
    columns,
    spent,
    worst: Math.max(
      0,
      ...Object.keys(spent)
        .map(Number)
        .filter((rank) => rank !== UNKNOWN),
    ),
    alerts: {
      raised: real.length,
      closed: real.filter(({ closed }) => closed !== null).length,
      open: real.filter(({ closed }) => closed === null).length,
      exercises: inside.length - real.length,
      byHand: real.filter(({ incident }) => incident === null).length,
      categories: categoriesOf(source, real),
    },
    calls: callsOf(plan, calls),
    responses: [...responsesOf(source, real, 'area'), ...responsesOf(source, real, 'unit')],
    repeats: repeatsOf(grid, real, calls),
  }
}

function nameOf(grid: Grid, area: number): Names {
  const code = grid.codes[area] ?? ''
  return grid.names[area] ?? { zh: code, en: code }
}

/** Rate: per decision and column. */
function columnsOf({ from, until, columnMs, lines }: ReportSource): Column[] {
  const columns: Column[] = []
  let next = 0
  let rank: Rank = UNKNOWN
  for (let at = from; at < until; at += columnMs) {
    const end = Math.min(until, at + columnMs)
    const spent: Record<number, number> = {}
    let since = at
    for (; next < lines.length && (lines[next]?.at ?? end) < end; next++) {
      const line = lines[next]
      if (line === undefined) break
      const begins = Math.max(at, line.at)
      if (begins > since) spent[rank] = (spent[rank] ?? 0) + begins - since
      since = begins
      rank = line.decision.rank
    }
    if (end > since) spent[rank] = (spent[rank] ?? 0) + end - since
    const known = Object.keys(spent)
      .map(Number)
      .filter((one) => one !== UNKNOWN)
    columns.push({ at, worst: known.length === 0 ? UNKNOWN : Math.max(...known), spent })
  }
  return columns
}

function categoriesOf(
  { policy, until }: ReportSource,
  alerts: readonly Alert[],
): Report['alerts']['categories'] {
  const rows = new Map<string, { count: number; worst: Rank; lasted: number }>()
  for (const alert of alerts) {
    const row = rows.get(alert.category) ?? { count: 0, worst: 0, lasted: 0 }
    const over = alert.ended ?? alert.closed ?? until
    rows.set(alert.category, {
      count: row.count + 1,
      worst: Math.max(row.worst, alert.peak),
      lasted: row.lasted + Math.max(0, Math.min(until, over) - alert.raised),
    })
  }
  return [...rows]
    .map(([category, row]) => {
      const name = policy.categories.get(category)?.name ?? { zh: category, en: category }
      return { category, name, ...row }
    })
    .sort((a, b) => b.count - a.count || (a.category < b.category ? -1 : 1))
    .slice(0, MOST_ROWS)
}

function callsOf({ indicators }: Plan, calls: ReadonlyMap<number, CallCounts>): Report['calls'] {
  const totals = new Map<string, number>()
  for (const counts of calls.values())
    for (const [indicator, count] of Object.entries(counts))
      totals.set(indicator, (totals.get(indicator) ?? 0) + count)
  return [...totals]
    .map(([indicator, count]) => {
      const known = indicators.list[indicators.index.get(indicator) ?? -1]
      return { indicator, name: known?.name ?? { zh: indicator, en: indicator }, count }
    })
    .sort((a, b) => b.count - a.count || (a.indicator < b.indicator ? -1 : 1))
    .slice(0, MOST_ROWS)
}

function repeatsOf(
  grid: Grid,
  alerts: readonly Alert[],
  calls: ReadonlyMap<number, CallCounts>,
): Report['repeats'] {
  const places = new Map<number, { alerts: number; calls: number }>()
  const at = (area: number): { alerts: number; calls: number } => {
    const known = places.get(area) ?? { alerts: 0, calls: 0 }
    places.set(area, known)
    return known
  }
  for (const alert of alerts) at(alert.worst.area).alerts++
  for (const [area, counts] of calls)
    at(area).calls += Object.values(counts).reduce((sum, count) => sum + count, 0)
  return [...places]
    .filter(([, { alerts: often, calls: many }]) => often >= REPEATED || many >= REPEATED)
    .sort(([a, x], [b, y]) => y.alerts - x.alerts || y.calls - x.calls || a - b)
    .slice(0, MOST_REPEATS)
    .map(([area, row]) => ({ code: grid.codes[area] ?? '', name: nameOf(grid, area), ...row }))
}
