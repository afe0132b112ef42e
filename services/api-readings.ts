import { setImmediate as nextTurn } from 'node:timers/promises'
import { instantOf, spanOf, type ApiParts } from './api-parts.ts'
import type { ReadingsAnswer, ReadingsQuery } from './api-schema.ts'
import { readDuration } from './config.ts'
import type { ReadingHistory } from './core/commit.ts'
import { holds } from './core/alert-place.ts'
import { QingyuError } from './core/errors.ts'
import type { Indicator } from './core/indicator.ts'
import { UTC, zoneNamed } from './core/local-time.ts'
import { foldPanes, joined, type Folded } from './core/readings-fold.ts'
import { isoOf } from './core/time.ts'
import { areaIndex } from './gateway-message.ts'

/** Panes read for one answer, and at once before others may run: 90 days of minutes. */
const MOST_PANES = 131_072
const AT_ONCE = 4_096
const DAY = 86_400_000
/** Areas whose panes are put together for one above them. */
const MOST_BELOW = 2_000

/** `GET /api/v1/areas/{code}/readings`: panes of an indicator, or folded to steps, oldest first; of too many the newest. */
export async function readingsAnswer(
  parts: ApiParts,
  code: string,
  query: ReadingsQuery,
): Promise<ReadingsAnswer> {
  const { plan, gateway, config } = parts
  const area = areaIndex(plan.grid, code)
  const indicator = plan.indicators.list[plan.indicators.index.get(query.indicator) ?? -1]
  if (indicator === undefined)
    throw new QingyuError('GW-parameter', {
      field: 'indicator',
      value: query.indicator,
      expected: 'a code of GET /api/v1/indicators',
    })
  const span = spanOf(query, gateway.picture.tick)
  const stepMs = stepOf(query.resolution, indicator)
  const isFolded = stepMs > indicator.paneMs
  const read = await panesOf(parts, area, indicator, span, isFolded ? MOST_PANES : query.most)
  const zone = zoneNamed(plan.grid.zone) ?? UTC
  const all = isFolded ? foldPanes(read.panes, indicator.fold, stepMs, zone) : read.panes
  const isGone =
    query.from !== undefined && instantOf('from', query.from) < gateway.picture.tick - config.state.history
  return {
    code,
    indicator: indicator.code,
    unit: indicator.unit,
    fold: indicator.fold,
    resolution: stepMs,
    areas: read.areas,
    cut: read.cut || all.length > query.most || isGone,
    readings: all
      .slice(-query.most)
      .map(({ pane, value, samples }) => ({ pane: isoOf(pane), value, samples })),
  }
}

/** GW-parameter for what is no length of time from a pane to a day that the day is a multiple of. */
function stepOf(resolution: string | undefined, { paneMs }: Indicator): number {
  if (resolution === undefined) return paneMs
  const step = /^\d{1,12}$/.test(resolution) ? Number(resolution) : (readDuration(resolution) ?? NaN)
  if (step >= paneMs && step % paneMs === 0 && DAY % step === 0) return step
  throw new QingyuError('GW-parameter', {
    field: 'resolution',
    value: resolution,
    expected: `ms, or a length as 5m, 1h, 1d: a multiple of the pane (${paneMs} ms) that a day is a multiple of`,
  })
}

/** Panes, oldest first; `cut`: older ones were left out. */
interface Read {
  readonly panes: readonly Folded[]
  readonly cut: boolean
}

/**
 * Panes of an area; where it has none of its own, for no rule looks at it as a whole, those of the areas below it together, of
 * the first level that has some. GW-parameter where these are too many.
 */
async function panesOf(
  parts: ApiParts,
  area: number,
  indicator: Indicator,
  span: { readonly from: number; readonly to: number },
  most: number,
): Promise<Read & { readonly areas: number }> {
  const { grid } = parts.plan
  const own = await panesIn(parts, area, indicator, span, most)
  if (own.panes.length > 0) return { ...own, areas: 1 }
  for (let depth = (grid.depths[area] ?? 0) + 1; depth < grid.levels.length; depth++) {
    const below = [...grid.codes.keys()].filter(
      (each) => grid.depths[each] === depth && holds(grid, area, each),
    )
    if (below.length > MOST_BELOW)
      throw new QingyuError('GW-parameter', {
        field: 'code',
        value: grid.codes[area] ?? '',
        expected: `an area with at most ${MOST_BELOW} below it, not ${below.length}`,
      })
    const found = await together(parts, below, indicator, span, most)
    if (found.panes.length > 0) return { ...found, areas: below.length }
  }
  return { ...own, areas: 1 }
}

async function together(
  parts: ApiParts,
  areas: readonly number[],
  indicator: Indicator,
  span: { readonly from: number; readonly to: number },
  most: number,
): Promise<Read> {
  const each = Math.min(most, Math.floor(MOST_PANES / Math.max(1, areas.length)))
  const all = new Map<number, Folded>()
  let cut = false
  for (const area of areas) {
    const read = await panesIn(parts, area, indicator, span, each)
    cut ||= read.cut
    for (const pane of read.panes) {
      const held = all.get(pane.pane)
      all.set(pane.pane, held === undefined ? pane : joined(indicator.fold, held, pane))
    }
  }
  return { panes: [...all.values()].sort((a, b) => a.pane - b.pane), cut }
}

/** The newest panes of a span, read from its end a part at a time. */
async function panesIn(
  { state }: ApiParts,
  area: number,
  { code }: Indicator,
  { from, to }: { readonly from: number; readonly to: number },
  most: number,
): Promise<Read> {
  const found: (readonly ReadingHistory[])[] = []
  let [left, end] = [most, to]
  while (left > 0) {
    const panes = await state.readings(area, code, from, end, Math.min(left, AT_ONCE))
    found.unshift(panes)
    left -= panes.length
    const first = panes[0]?.pane ?? from
    if (panes.length < AT_ONCE || first <= from) break
    end = first - 1
    await nextTurn()
  }
  const panes = found.flat()
  const [first] = panes
  const isCut =
    left <= 0 && first !== undefined && (await state.readings(area, code, from, first.pane - 1, 1)).length > 0
  return { panes, cut: isCut }
}
