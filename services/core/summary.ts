import type { Counts, Occurrence, TickRecord } from './change.ts'
import { levelId, UNKNOWN, type Scheme } from './level.ts'
import type { Picture, Scope, View } from './layer.ts'
import { ownersOf } from './ownership.ts'
import type { Plan } from './plan.ts'
import { noCounts } from './record.ts'
import type { Missing, Occurrences, Serious, Summary } from './wire.ts'

/** At most this many rows of "most serious", occurrences of a tick, and kinds of calls go to a wall. */
export const MOST_SERIOUS = 20
export const MOST_OCCURRENCES = 200
export const MOST_CALL_KINDS = 12

type Spread = { readonly p50: number; readonly p99: number }

/** What all partitions say of themselves at a tick, added up. */
export interface Totals {
  readonly counts: Counts
  readonly refusedBy: Readonly<Record<string, number>>
  readonly sources: { readonly alive: number; readonly known: number }
  readonly newest: number
  /** p99 is the worst partition's; p50 the median of the partitions', each weighing what it applied in this tick. */
  readonly lag: Spread | null
}

/** Totals of a log on which nothing has ticked. */
export const NO_TOTALS: Totals = {
  counts: noCounts(),
  refusedBy: {},
  sources: { alive: 0, known: 0 },
  newest: 0,
  lag: null,
}

/** Adds up what partitions said last; `latest` holds that by partition and is brought up to date with the records of this tick. */
export function totalsOf(records: readonly TickRecord[], latest: Map<number, TickRecord>): Totals {
  const lags: { p50: number; weight: number }[] = []
  let p99 = 0
  for (const record of records) {
    const applied = record.counts.applied - (latest.get(record.partition)?.counts.applied ?? 0)
    latest.set(record.partition, record)
    if (record.lag === null) continue
    p99 = Math.max(p99, record.lag.p99)
    lags.push({ p50: record.lag.p50, weight: Math.max(1, applied) })
  }
  const counts = noCounts()
  const sources = { alive: 0, known: 0 }
  let newest = 0
  for (const record of latest.values()) {
    counts.received += record.counts.received
    counts.applied += record.counts.applied
    counts.duplicate += record.counts.duplicate
    counts.late += record.counts.late
    counts.quarantined += record.counts.quarantined
    counts.refused += record.counts.refused
    sources.alive += record.sources.alive
    sources.known += record.sources.known
    newest = Math.max(newest, record.newest)
  }
  const lag = lags.length === 0 ? null : { p50: weightedMedian(lags), p99 }
  return { counts, refusedBy: latest.get(0)?.refusedBy ?? {}, sources, newest, lag }
}

function weightedMedian(rows: { p50: number; weight: number }[]): number {
  rows.sort((a, b) => a.p50 - b.p50)
  const half = rows.reduce((sum, row) => sum + row.weight, 0) / 2
  let passed = 0
  for (const row of rows) if ((passed += row.weight) >= half) return row.p50
  return 0
}

/**
 * The gravest areas of a view that decide by a rule of their own: gravest first, then longest, then smallest index. What is
 * missing comes after all that is known now.
 */
export function seriousOf(picture: Picture, view: View, plan: Plan): readonly Serious[] {
  const owners = ownersOf(plan)
  const missing = new Set(picture.behind.map(({ partition }) => partition))
  const rows: { area: number; old: number; rank: number; since: number }[] = []
  for (const area of picture.warned) {
    if (!picture.sees(view, area)) continue
    const { rank, since } = picture.standing(area)
    rows.push({ area, old: missing.has(owners[area] ?? -1) ? 1 : 0, rank, since })
  }
  rows.sort((a, b) => a.old - b.old || b.rank - a.rank || a.since - b.since || a.area - b.area)
  return rows.slice(0, MOST_SERIOUS).flatMap((row) => seriousRow(picture, row.area, plan) ?? [])
}

function seriousRow(picture: Picture, area: number, plan: Plan): Serious | undefined {
  const { rank, since, decision } = picture.standing(area)
  if (decision === null) return undefined
  const code = plan.grid.codes[area] ?? ''
  const indicator = plan.indicators.list[plan.indicators.index.get(decision.indicator) ?? -1]
  return {
    code,
    name: plan.grid.names[area] ?? { zh: code, en: code },
    index: area,
    rank,
    since,
    indicator: decision.indicator,
    indicatorName: indicator?.name ?? { zh: decision.indicator, en: decision.indicator },
    unit: indicator?.unit ?? '',
    reason: decision.reason,
    rule: decision.rule,
    value: decision.value,
    limit: decision.limit,
    samples: decision.samples,
    sources: decision.sources,
  }
}

/** Areas at the view's depth per level, by level id; the last is `unknown`. */
export function levelsOf(view: View, scheme: Scheme): Readonly<Record<string, number>> {
  const levels: Record<string, number> = {}
  for (const rank of [...scheme.levels.keys(), UNKNOWN])
    levels[levelId(scheme, rank)] = view.counts[rank] ?? 0
  return levels
}

/** Calls of the last hour inside a view by indicator, most first, then by code. */
export function callsOf(picture: Picture, view: View, plan: Plan): Summary['calls'] {
  const counts = new Map<string, number>()
  const from = picture.tick - 3_600_000
  for (const call of picture.calls)
    if (call.time > from && picture.inside(view, call.area))
      counts.set(call.indicator, (counts.get(call.indicator) ?? 0) + 1)
  return [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, MOST_CALL_KINDS)
    .map(([indicator, count]) => ({
      indicator,
      name: plan.indicators.list[plan.indicators.index.get(indicator) ?? -1]?.name ?? {
        zh: indicator,
        en: indicator,
      },
      count,
    }))
}

/** The newest occurrences of one tick inside a view, lifted to the deepest area that the view shows; undefined when none. */
export function occurrencesOf(
  picture: Picture,
  view: View,
  records: readonly TickRecord[],
): Occurrences | undefined {
  const inside: Occurrence[] = []
  for (const record of records)
    // What a partition that was behind makes good is no news.
    if (record.at === picture.tick)
      for (const occurrence of record.occurrences)
        if (picture.inside(view, occurrence.area)) inside.push(occurrence)
  if (inside.length === 0) return undefined
  inside.sort((a, b) => a.time - b.time || a.area - b.area)
  const items = inside.slice(-MOST_OCCURRENCES).map(({ area, indicator, time }) => {
    let index = area
    while ((picture.grid.depths[index] ?? 0) > view.depth) index = picture.grid.parents[index] ?? 0
    return { index, indicator, time }
  })
  return { type: 'occurrences', tick: picture.tick, items }
}

/**
 * What of a scope is missing from the picture: of each partition that is behind its areas at the partition level (the top
 * of the scope where that lies deeper), of the roll-up those above. Rate: per view and tick while one is behind.
 */
export function missingOf(picture: Picture, scope: Scope, plan: Plan): readonly Missing[] {
  const { depths, partitionLevel, size } = plan.grid
  const owners = ownersOf(plan)
  const deeper = (depths[scope.top] ?? 0) > partitionLevel
  return picture.behind.flatMap(({ partition, at }) => {
    const areas: number[] = deeper && owners[scope.top] === partition ? [scope.top] : []
    // Areas are numbered level by level.
    for (let area = 0; area < size && (depths[area] ?? 0) <= partitionLevel; area++)
      if (owners[area] === partition && picture.sees(scope, area)) areas.push(area)
    return areas.length === 0 ? [] : [{ areas, at }]
  })
}

function partsOf(picture: Picture, plan: Plan): Pick<Summary, 'parts'> {
  const late = picture.behind.filter(({ partition }) => partition < plan.partitions).length
  return late === 0 ? {} : { parts: { told: plan.partitions - late, all: plan.partitions } }
}

/** Everything of a summary that is the same for all walls of a view. */
export function summaryOf(
  picture: Picture,
  view: View,
  plan: Plan,
  totals: Totals,
): Omit<Summary, 'now' | 'latency' | 'missed'> {
  const top = picture.standing(view.top)
  const behind = missingOf(picture, view, plan)
  return {
    type: 'summary',
    tick: picture.tick,
    levels: levelsOf(view, plan.scheme),
    top: { rank: top.rank, since: top.since },
    serious: seriousOf(picture, view, plan),
    sources: totals.sources,
    counts: totals.counts,
    newest: totals.newest,
    lag: totals.lag,
    calls: callsOf(picture, view, plan),
    ...(behind.length > 0 && { behind }),
    ...partsOf(picture, plan),
  }
}
