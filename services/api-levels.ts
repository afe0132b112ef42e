import { askEach } from './area-batches.ts'
import { behindIn, instantOf, spanOf, type ApiParts } from './api-parts.ts'
import type {
  AreaAnswer,
  LevelHistoryAnswer,
  LevelsAnswer,
  LevelsQuery,
  Reading,
  SpanQuery,
} from './api-schema.ts'
import type { Decision } from './core/change.ts'
import { QingyuError } from './core/errors.ts'
import { levelId, UNKNOWN } from './core/level.ts'
import { holds } from './core/alert-place.ts'
import type { Grid } from './core/grid.ts'
import type { Standing } from './core/layer.ts'
import type { Plan } from './core/plan.ts'
import { isoOf } from './core/time.ts'
import { areaIndex, depthOf } from './gateway-message.ts'

/** Areas of one answer; a larger subtree must be asked for in parts. */
const MOST_AREAS = 50_000

/** The reading behind a decision, with its unit; null where the level comes from the areas below. */
export function readingOf(decision: Decision | null, plan: Plan): Reading | null {
  if (decision === null || decision.indicator === '') return null
  const { indicator, rule, fold, windowMs, value, limit, samples, sources } = decision
  const unit = plan.indicators.list[plan.indicators.index.get(indicator) ?? -1]?.unit ?? ''
  return { indicator, rule, fold, window: windowMs, value, unit, limit, samples, sources }
}

function areaNow(area: number, standing: Standing, plan: Plan) {
  return {
    code: plan.grid.codes[area] ?? '',
    level: levelId(plan.scheme, standing.rank),
    since: standing.since > 0 ? isoOf(standing.since) : null,
    reason: standing.decision?.reason ?? 'no-source',
  }
}

/** An area with its level, and the reading behind it. */
export function areaRow(area: number, standing: Standing, plan: Plan): LevelsAnswer['areas'][number] {
  const reading = readingOf(standing.decision, plan)
  return { ...areaNow(area, standing, plan), readings: reading === null ? [] : [reading] }
}

/** The area and all below it down to a level of the grid; the area alone without one. GW-parameter. */
export function areasBelow(grid: Grid, top: number, level: string | undefined): number[] {
  if (level === undefined) return [top]
  const depth = Math.max(depthOf(grid, level), grid.depths[top] ?? 0)
  const areas: number[] = []
  for (let area = top; area < grid.size; area++)
    if (area === top || ((grid.depths[area] ?? 0) <= depth && holds(grid, top, area))) areas.push(area)
  if (areas.length > MOST_AREAS)
    throw new QingyuError('GW-parameter', {
      field: 'depth',
      value: level,
      expected: `at most ${MOST_AREAS} areas, not ${areas.length}; name a smaller area`,
    })
  return areas
}

/** What was in force at a time of the past. */
async function standingAt(parts: ApiParts, area: number, at: number): Promise<Standing> {
  const line = await parts.state.levelAt(area, at)
  return line === undefined
    ? { rank: UNKNOWN, since: 0, decision: null }
    : { rank: line.decision.rank, since: line.since, decision: line.decision }
}

/** `GET /api/v1/levels`: levels of an area and those below, now or at a time. RY-future, AV-gap. */
export async function levelsAnswer(parts: ApiParts, query: LevelsQuery): Promise<LevelsAnswer> {
  const { plan, gateway, state, log } = parts
  const newest = gateway.picture.tick
  // Until the picture has caught up the state knows better.
  const past = query.at !== undefined || !gateway.ready
  const at = query.at === undefined ? await state.tick() : instantOf('at', query.at)
  if (query.at !== undefined && (await isArchived(parts, query, at))) {
    if (parts.past === undefined) throw new QingyuError('AV-gap', { value: isoOf(at), held: 'nothing here' })
    return parts.past({ at, area: query.area, depth: query.depth })
  }
  const top = areaIndex(plan.grid, query.area)
  const areas = areasBelow(plan.grid, top, query.depth)
  const depth = query.depth === undefined ? 0 : depthOf(plan.grid, query.depth)
  const standings = past
    ? await askEach(areas, (area) => standingAt(parts, area, at))
    : areas.map((area) => gateway.picture.standing(area))
  return {
    grid: plan.grid.version,
    epoch: log.epoch,
    tick: past ? Math.min(at, await state.tick()) : newest,
    areas: standings.map((standing, i) => areaRow(areas[i] ?? 0, standing, plan)),
    ...(!past && behindIn(parts, { top, depth: Math.max(depth, plan.grid.depths[top] ?? 0) })),
  }
}

/** Whether a time is asked of the archive: as wanted, or because the state keeps nothing so old. RY-future. */
async function isArchived(
  { config, state, clock, past }: ApiParts,
  { source }: LevelsQuery,
  at: number,
): Promise<boolean> {
  const newest = await state.tick()
  const now = config.clock.source === 'data' ? newest : Math.max(newest, clock.now() + config.clock.skew)
  if (at > now) throw new QingyuError('RY-future', { value: isoOf(at), newest: isoOf(newest) })
  if (source !== undefined) return source === 'archive'
  return past !== undefined && at < newest - config.state.history
}

/** `GET /api/v1/areas/{code}`: what the grid says of an area, and its level. */
export function areaAnswer(parts: ApiParts, code: string): AreaAnswer {
  const { plan, gateway } = parts
  const { grid } = plan
  const area = areaIndex(grid, code)
  const children: string[] = []
  for (let other = area + 1; other < grid.size; other++)
    if (grid.parents[other] === area) children.push(grid.codes[other] ?? '')
  return {
    ...areaNow(area, gateway.picture.standing(area), plan),
    name: grid.names[area] ?? { zh: code, en: code },
    kind: grid.levels[grid.depths[area] ?? 0]?.id ?? '',
    unit: grid.units[area] ?? '',
    parent: grid.codes[grid.parents[area] ?? -1] ?? null,
    children,
    centre: [grid.centres[2 * area] ?? 0, grid.centres[2 * area + 1] ?? 0],
    grid: grid.version,
    ...behindIn(parts, { top: area, depth: grid.depths[area] ?? 0 }),
  }
}

/** `GET /api/v1/areas/{code}/levels`: how the level of an area changed, oldest first; of too many the newest. */
export async function levelHistoryAnswer(
  { plan, gateway, state }: ApiParts,
  code: string,
  query: SpanQuery,
): Promise<LevelHistoryAnswer> {
  const { from, to } = spanOf(query, gateway.picture.tick)
  const lines = await state.levels(areaIndex(plan.grid, code), from, to, query.most)
  return {
    code,
    levels: lines.map(({ at, since, decision }) => ({
      at: isoOf(at),
      level: levelId(plan.scheme, decision.rank),
      since: isoOf(since),
      reason: decision.reason,
      rule: decision.rule,
      value: decision.value,
      limit: decision.limit,
    })),
  }
}
