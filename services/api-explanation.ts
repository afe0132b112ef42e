import { behindIn, tickOfArea, type ApiParts } from './api-parts.ts'
import type { ExplanationAnswer, Reading } from './api-schema.ts'
import { readingOf } from './api-levels.ts'
import { explain, limitsById, scheduleText, whatClears, type Case } from './core/explain.ts'
import { partitionOf } from './core/grid.ts'
import { levelId } from './core/level.ts'
import type { Standing } from './core/layer.ts'
import type { RuleBook } from './core/rule-book.ts'
import { readSeries, seriesKey } from './core/series.ts'
import { isoOf } from './core/time.ts'
import { areaIndex } from './gateway-message.ts'
import type { PlanNow } from './rules-now.ts'
import { MOST_ROWS_READ, scanLog, type Budget } from './log-scan.ts'

/** Contributing observations of one answer, and areas below that are named. */
const MOST_OBSERVATIONS = 100
const MOST_CHILDREN = 100
/** Observations of a window may have been sent a little before it began by our clock. */
const SKEW_MS = 60_000

/** `GET /api/v1/areas/{code}/explanation`: why an area has its level under the rules in force, from rule and readings down to observations. */
export async function explanationAnswer(
  around: ApiParts,
  { plan, book }: PlanNow,
  code: string,
): Promise<ExplanationAnswer> {
  const parts = { ...around, plan }
  const { gateway, log } = parts
  const area = areaIndex(plan.grid, code)
  const standing = gateway.picture.standing(area)
  const about = caseOf(parts, book, area, standing)
  const { decision } = standing
  const evidence = await observationsOf(parts, area, standing)
  return {
    code,
    level: levelId(plan.scheme, standing.rank),
    since: standing.since > 0 ? isoOf(standing.since) : null,
    reason: decision?.reason ?? 'no-source',
    name: about.area,
    grid: plan.grid.version,
    epoch: log.epoch,
    tick: gateway.picture.tick,
    sentence: explain(about),
    clears: whatClears(about),
    rule: ruleOf(about, plan.rules.version),
    reading: readingOf(decision, plan),
    readings: await readingsNow(parts, book, area),
    children: childrenOf(parts, area, standing),
    ...evidence,
    ...behindIn(parts, { top: area, depth: plan.grid.depths[area] ?? 0 }),
  }
}

function caseOf({ plan }: ApiParts, book: RuleBook, area: number, { rank, decision }: Standing): Case {
  const code = plan.grid.codes[area] ?? ''
  const use = book.at(plan.grid.depths[area] ?? 0).find(({ rule }) => rule.id === decision?.rule)
  return {
    area: plan.grid.names[area] ?? { zh: code, en: code },
    rank,
    decision,
    rule: use?.rule ?? null,
    terms: use === undefined ? null : book.terms(use, area),
    indicator: plan.indicators.list[plan.indicators.index.get(decision?.indicator ?? '') ?? -1] ?? null,
    scheme: plan.scheme,
  }
}

function ruleOf({ rule, terms, scheme }: Case, ruleSet: string): ExplanationAnswer['rule'] {
  if (rule === null || terms === null) return null
  return {
    id: rule.id,
    version: rule.version,
    ruleSet,
    name: rule.name,
    direction: rule.direction,
    limits: limitsById(terms, scheme),
    deadband: terms.deadband,
    onDelay: terms.onDelayMs,
    offDelay: terms.offDelayMs,
    minSamples: rule.minSamples,
    minSources: rule.minSources,
    schedule: rule.schedule === null ? null : scheduleText(rule.schedule),
  }
}

/** What each rule of the area's level sees in the windows held now. */
async function readingsNow(parts: ApiParts, book: RuleBook, area: number): Promise<Reading[]> {
  const { plan, state, log } = parts
  const tick = tickOfArea(parts, area)
  const uses = book.at(plan.grid.depths[area] ?? 0)
  const partition = partitionOf(plan.grid, area, log.partitions)
  const readings: Reading[] = []
  for (const indicator of new Set(uses.map((use) => use.indicator))) {
    const bytes = await state.entry(partition, seriesKey(area, indicator.code))
    if (bytes === undefined) continue
    for (const reading of readSeries(plan, area, indicator.code, bytes, tick)) {
      const use = uses.find(({ rule }) => rule.id === reading.rule)
      const { rule, fold, windowMs, value, samples, sources } = reading
      const limit =
        use === undefined ? null : (book.terms(use, area).limits.find((each) => each !== null) ?? null)
      const { code, unit } = indicator
      readings.push({ indicator: code, rule, fold, window: windowMs, value, unit, limit, samples, sources })
    }
  }
  return readings
}

/** The areas below that have the level in question, where it comes from below. */
function childrenOf(
  { plan, gateway }: ApiParts,
  area: number,
  { rank, decision }: Standing,
): ExplanationAnswer['children'] {
  if (decision?.reason !== 'worst-child' && decision?.reason !== 'share-of-children') return []
  const children: ExplanationAnswer['children'] = []
  for (let child = area + 1; child < plan.grid.size && children.length < MOST_CHILDREN; child++) {
    if (plan.grid.parents[child] !== area || gateway.picture.ranks[child] !== rank) continue
    const code = plan.grid.codes[child] ?? ''
    children.push({
      code,
      name: plan.grid.names[child] ?? { zh: code, en: code },
      level: levelId(plan.scheme, rank),
    })
  }
  return children
}

/** The observations inside the window of the deciding rule, newest first, read from the log of the partitions concerned. */
async function observationsOf(
  parts: ApiParts,
  area: number,
  { decision }: Standing,
): Promise<Pick<ExplanationAnswer, 'observations' | 'complete'>> {
  const { plan, gateway, log } = parts
  const fromBelow = decision?.reason === 'worst-child' || decision?.reason === 'share-of-children'
  if (decision === null || fromBelow || decision.windowMs <= 0) return { observations: [], complete: true }
  const { picture } = gateway
  const tick = tickOfArea(parts, area)
  const from = tick - decision.windowMs
  const resolution =
    plan.indicators.list[plan.indicators.index.get(decision.indicator) ?? -1]?.resolution ?? 1
  const scope = { top: area, depth: plan.grid.levels.length }
  const found: { source: string; area: number; time: number; value: number }[] = []
  const own = partitionOf(plan.grid, area, log.partitions)
  const partitions = own < log.partitions ? [own] : Array.from({ length: log.partitions }, (_, i) => i)
  let complete = true
  for (const partition of partitions) {
    const budget: Budget = { rows: MOST_ROWS_READ / partitions.length, cut: false }
    await scanLog(parts, partition, from - SKEW_MS, budget, (rows) => {
      const column = rows.indicators.indexOf(decision.indicator)
      if (column < 0) return
      for (let i = 0; i < rows.rows; i++) {
        const time = rows.time(i)
        if (rows.indicator(i) !== column || time <= from || time > tick) continue
        if (!picture.inside(scope, rows.area(i))) continue
        const source = rows.sources[rows.source(i)] ?? ''
        found.push({ source, area: rows.area(i), time, value: rows.value(i) * resolution })
      }
      // Sorted off now and then, so that a busy window costs no memory.
      if (found.length > 10 * MOST_OBSERVATIONS) keepNewest(found)
    })
    if (budget.cut) complete = false
  }
  keepNewest(found)
  const observations = found.map((row) => ({
    source: row.source,
    area: plan.grid.codes[row.area] ?? '',
    time: isoOf(row.time),
    value: Number(row.value.toPrecision(12)),
  }))
  return { observations, complete }
}

function keepNewest(found: { time: number }[]): void {
  found.sort((a, b) => b.time - a.time)
  found.length = Math.min(found.length, MOST_OBSERVATIONS)
}
