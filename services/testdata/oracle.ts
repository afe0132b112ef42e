import { partitionOf } from '../core/grid.ts'
import { UNKNOWN } from '../core/level.ts'
import type { Plan } from '../core/plan.ts'
import type { ParentRule, Rule } from '../core/rule.ts'

/** One observation as it stands in a log. */
export interface Said {
  readonly kind: 'said'
  readonly source: string
  readonly id: string
  readonly area: number
  readonly indicator: number
  /** In steps of the indicator's resolution. */
  readonly value: number
  readonly time: number
}

/** What a partition's log holds, in order. */
export type Line = Said | { readonly kind: 'tick'; readonly at: number }

/** What became of the observations, and the rank of every area after every tick. */
export interface Truth {
  readonly applied: readonly Said[]
  readonly duplicate: number
  readonly late: number
  readonly ranks: ReadonlyMap<number, readonly number[]>
}

interface Memory {
  rank: number
  since: Map<number, number>
}

/**
 * A second, deliberately naive reading of the same log: keeps every observation for ever, folds by filtering all of them, and
 * judges every area at every tick. Knows limits, deadband, delays, evidence, single sources, panes, silence and worst child.
 */
export function truthOf(plan: Plan, logs: readonly (readonly Line[])[]): Truth {
  const seen: { readonly said: Said; readonly from: number }[] = []
  const tally = { duplicate: 0, late: 0 }
  for (const log of logs) readPartition(plan, log, seen, tally)
  const own = logs.map((log) => new Set(log.flatMap((line) => (line.kind === 'tick' ? [line.at] : []))))
  const ticks = [...new Set(own.flatMap((ats) => [...ats]))].sort((a, b) => a - b)
  const memories = new Map<string, Memory>()
  const ranks = new Map<number, number[]>()
  let before = Array.from({ length: plan.grid.size }, () => UNKNOWN)
  for (const at of ticks) {
    const applied = seen.flatMap(({ said, from }) => (from <= at ? [said] : []))
    // A crash may keep a tick from a partition: its areas are then not judged at it. The roll-up is, at every tick.
    const hears = (area: number) => own[partitionOf(plan.grid, area, plan.partitions)]?.has(at) ?? true
    before = judgeAll(plan, applied, memories, at, before, hears)
    ranks.set(at, before)
  }
  return { applied: seen.map(({ said }) => said), ...tally, ranks }
}

function readPartition(
  plan: Plan,
  log: readonly Line[],
  seen: { said: Said; from: number }[],
  tally: { duplicate: number; late: number },
): void {
  const ids = new Set<string>()
  let last = Number.NEGATIVE_INFINITY
  let waiting: Said[] = []
  for (const line of log) {
    if (line.kind === 'tick') {
      if (line.at <= last) continue
      last = line.at
      for (const said of waiting) seen.push({ said, from: last })
      waiting = []
      continue
    }
    if (startOfPane(plan, line) <= last - heldMs(plan, line.indicator)) tally.late++
    else if (ids.has(`${line.source} ${line.id}`)) tally.duplicate++
    else waiting.push(line)
    ids.add(`${line.source} ${line.id}`)
  }
}

function paneMs(plan: Plan, indicator: number): number {
  return plan.indicators.list[indicator]?.paneMs ?? 1
}

function startOfPane(plan: Plan, { time, indicator }: Said): number {
  return Math.floor(time / paneMs(plan, indicator)) * paneMs(plan, indicator)
}

function heldMs(plan: Plan, indicator: number): number {
  const code = plan.indicators.list[indicator]?.code
  const windows = plan.rules.rules.filter((rule) => rule.indicator === code).map((rule) => rule.windowMs)
  return Math.max(...windows) + (plan.indicators.list[indicator]?.latenessMs ?? 0)
}

function isBelow(plan: Plan, area: number, top: number): boolean {
  for (let at = area; at >= 0; at = plan.grid.parents[at] ?? -1) if (at === top) return true
  return false
}

function judgeAll(
  plan: Plan,
  applied: readonly Said[],
  memories: Map<string, Memory>,
  at: number,
  before: readonly number[],
  hears: (area: number) => boolean,
): number[] {
  const ranks = [...before]
  for (let area = plan.grid.size - 1; area >= 0; area--) {
    if (!hears(area)) continue
    const level = plan.grid.levels[plan.grid.depths[area] ?? 0]?.id
    const verdicts = plan.rules.rules
      .filter((rule) => rule.level === level)
      .map((rule) => judge(plan, rule, area, applied, memories, at))
    const parent = plan.rules.parents.find((rule) => rule.level === level)
    if (parent) verdicts.push(fromChildren(plan, parent, area, ranks))
    ranks[area] = gravest(verdicts.filter((rank) => rank !== null))
  }
  return ranks
}

function gravest(ranks: readonly number[]): number {
  const warned = ranks.filter((rank) => rank !== UNKNOWN && rank > 0)
  if (warned.length > 0) return Math.max(...warned)
  return ranks.length === 0 || ranks.includes(UNKNOWN) ? UNKNOWN : 0
}

function fromChildren(plan: Plan, rule: ParentRule, area: number, ranks: readonly number[]): number | null {
  const known = ranks.filter((rank, child) => plan.grid.parents[child] === area && rank !== UNKNOWN)
  if (known.length === 0) return null
  if (rule.kind === 'worst') return Math.max(...known)
  for (let rank = rule.share.length - 1; rank > 0; rank--) {
    const share = rule.share[rank] ?? null
    const met = known.filter((child) => child >= rank).length
    if (share !== null && met > 0 && met / known.length >= share) return rank
  }
  return 0
}

function fold(rule: Rule, said: readonly Said[], resolution: number): number | null {
  const values = said.map(({ value }) => value)
  const sum = values.reduce((total, value) => total + value, 0)
  if (rule.fold === 'count') return said.length
  if (rule.fold === 'sum') return sum * resolution
  if (rule.fold === 'sources') return new Set(said.map(({ source }) => source)).size
  if (values.length === 0) return null
  if (rule.fold === 'mean') return (sum / values.length) * resolution
  if (rule.fold === 'min') return Math.min(...values) * resolution
  if (rule.fold === 'max') return Math.max(...values) * resolution
  throw new Error(`The oracle does not know the fold ${rule.fold}.`)
}

/** null where the rule says nothing of the area: a measurement that nobody ever made there. */
function judge(
  plan: Plan,
  rule: Rule,
  area: number,
  applied: readonly Said[],
  memories: Map<string, Memory>,
  at: number,
): number | null {
  const column = plan.indicators.index.get(rule.indicator) ?? -1
  const indicator = plan.indicators.list[column]
  const said = applied.filter((one) => one.indicator === column && isBelow(plan, one.area, area))
  if (!indicator || (said.length === 0 && indicator.kind === 'measurement')) return null
  const memory = memories.get(`${rule.id} ${area}`) ?? { rank: UNKNOWN, since: new Map<number, number>() }
  memories.set(`${rule.id} ${area}`, memory)
  const within = said.filter(
    (one) => startOfPane(plan, one) > at - rule.windowMs && startOfPane(plan, one) <= at,
  )
  const sources = new Set(within.map(({ source }) => source)).size
  const silent =
    indicator.kind === 'measurement' &&
    rule.noDataAfterMs > 0 &&
    at - Math.max(...said.map(({ time }) => time)) > rule.noDataAfterMs
  const lacking =
    within.length < rule.minSamples ||
    sources < rule.minSources ||
    fold(rule, within, indicator.resolution) === null
  if (silent || (lacking && indicator.kind === 'measurement')) {
    memory.rank = UNKNOWN
    memory.since.clear()
    return UNKNOWN
  }
  const crosses = (value: number | null, limit: number, slack: number) =>
    value !== null &&
    (rule.direction === 'above'
      ? value >= limit || (slack > 0 && value > limit - slack)
      : value <= limit || (slack > 0 && value < limit + slack))
  const met = (rank: number, slack: number): boolean => {
    const limit = rule.limits[rank] ?? null
    if (lacking || limit === null) return false
    if (rule.panes === null) return crosses(fold(rule, within, indicator.resolution), limit, slack)
    return panesThatCross(plan, rule, within, at, (value) => crosses(value, limit, slack)) >= rule.panes.n
  }
  const cap = (rank: number) =>
    sources === 1 ? Math.min(rank, lastLimited(rule, rule.singleSourceMax)) : rank
  memory.rank = step(rule, memory, at, cap, met)
  return memory.rank
}

function lastLimited(rule: Rule, most: number): number {
  let rank = most
  while (rank > 0 && (rule.limits[rank] ?? null) === null) rank--
  return rank
}

function panesThatCross(
  plan: Plan,
  rule: Rule,
  within: readonly Said[],
  at: number,
  crosses: (value: number | null) => boolean,
): number {
  const column = plan.indicators.index.get(rule.indicator) ?? -1
  const indicator = plan.indicators.list[column]
  const length = paneMs(plan, column)
  let count = 0
  for (let i = 0; i < (rule.panes?.m ?? 0); i++) {
    const start = Math.floor(at / length) * length - i * length
    const pane = within.filter((one) => startOfPane(plan, one) === start)
    const empty = pane.length === 0 && indicator?.kind === 'measurement'
    if (!empty && crosses(fold(rule, pane, indicator?.resolution ?? 1))) count++
  }
  return count
}

/** Up to the gravest rank met for the on-delay; down past every rank left for the off-delay. */
function step(
  rule: Rule,
  memory: Memory,
  at: number,
  cap: (rank: number) => number,
  met: (rank: number, slack: number) => boolean,
): number {
  const before = memory.rank === UNKNOWN ? 0 : memory.rank
  const top = rule.limits.length - 1
  for (let rank = 1; rank <= top; rank++) {
    const runs = rank > before ? cap(rank) === rank && met(rank, 0) : !met(rank, rule.deadband)
    if (!runs) memory.since.delete(rank)
    else if (!memory.since.has(rank)) memory.since.set(rank, at)
  }
  const lasts = (rank: number, delay: number) =>
    memory.since.has(rank) && at - (memory.since.get(rank) ?? 0) >= delay
  let next = before
  for (let rank = top; rank > before && next === before; rank--) if (lasts(rank, rule.onDelayMs)) next = rank
  while (next > 0 && next <= before && ((rule.limits[next] ?? null) === null || lasts(next, rule.offDelayMs)))
    next--
  next = cap(next)
  for (let rank = Math.min(before, next) + 1; rank <= Math.max(before, next); rank++)
    memory.since.delete(rank)
  return next
}
