import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { planFrom } from './config-plan.ts'
import { readConfig } from './config.ts'
import { readGrid } from './core/grid-file.ts'
import { CLUMSY_VENDOR, DEMO_VENDORS } from './simulator-city.ts'
import { simulatorModel, type Publication, type SimulatorModel } from './simulator-model.ts'

const root = resolve(import.meta.dirname, '..')
const MINUTE = 60_000

const rulesFile = join(root, 'config/rules/xianlin.yaml')
const gridFile = join(root, 'config/cities/xianlin.geojson')
const { grid } = readGrid(readFileSync(gridFile, 'utf8'), gridFile)
if (!grid) throw new Error('the demo city cannot be read')
const plan = planFrom(readConfig(rulesFile, {}, { city: { grid: gridFile } }).config, grid, rulesFile)
const cellCount = grid.depths.filter((depth) => depth === grid.levels.length - 1).length

const NOON = Date.parse('2026-11-20T12:00:00+08:00')
const STARTS = ['02:00', '08:00', '18:00', '21:45'].map((hour) => Date.parse(`2026-11-20T${hour}:00+08:00`))

/** One value or call with its cell. */
interface Told {
  readonly area: number
  readonly indicator: string
  readonly time: number
  readonly value: number
  readonly source: string
}

function toldBy(publications: readonly Publication[]): Told[] {
  const areaOf = (place: { lon?: number; lat?: number }) => grid?.locate(place.lon ?? 0, place.lat ?? 0) ?? -1
  return publications.flatMap((publication) => {
    if (!('parcel' in publication)) return []
    const { parcel, time } = publication
    if (parcel.kind === 'call')
      return [{ area: areaOf(parcel), indicator: `call.${parcel.service}`, time, value: 1, source: 'desk' }]
    const { source } = parcel
    return parcel.observations.map((each) => ({ ...each, area: areaOf(each), source }))
  })
}

/** By indicator, as far back as its longest window. */
type Held = Map<string, readonly Told[]>

/** Rank of each cell at a time: a rough stand-in for the pipeline, which has tests of its own. */
function colours(all: Held, at: number): Map<number, number> {
  const ranks = new Map<number, number>()
  const local = new Date(at + 8 * 60 * MINUTE).toISOString().slice(11, 16)
  const night = local >= '22:00' || local < '06:00'
  for (const rule of plan.rules.rules) {
    if (rule.id === (night ? 'noise-day' : 'noise-night')) continue
    const cells = new Map<number, { count: number; sum: number; sources: Set<string> }>()
    for (const { area, time, value, source } of all.get(rule.indicator) ?? []) {
      if (time <= at - rule.windowMs) continue
      const cell = cells.get(area) ?? { count: 0, sum: 0, sources: new Set<string>() }
      cells.set(area, cell)
      cell.count += 1
      cell.sum += value
      cell.sources.add(source)
    }
    for (const [area, { count, sum, sources }] of cells) {
      if (count < rule.minSamples) continue
      const folded = rule.fold === 'sum' ? sum : sum / count
      const met = (limit: number) => (rule.direction === 'above' ? folded >= limit : folded <= limit)
      const rank = rule.limits.reduce<number>(
        (best, limit, r) => (limit !== null && met(limit) ? r : best),
        0,
      )
      const capped = sources.size < 2 ? Math.min(rank, rule.singleSourceMax) : rank
      ranks.set(area, Math.max(ranks.get(area) ?? 0, capped))
    }
  }
  return ranks
}

type Step = (ranks: Map<number, number>, at: number) => void

function play(model: SimulatorModel, start: number, minutes: number, everyMs: number, step: Step) {
  const held: Held = new Map()
  for (let at = start + everyMs; at <= start + minutes * MINUTE; at += everyMs) {
    const fresh = toldBy(model.between(at - everyMs, at))
    for (const { indicator, windowMs } of plan.rules.rules) {
      const kept = (held.get(indicator) ?? []).filter(
        ({ time }) => time > at - windowMs && time <= at - everyMs,
      )
      held.set(indicator, [...kept, ...fresh.filter((told) => told.indicator === indicator)])
    }
    step(colours(held, at), at)
  }
}

describe('simulated day', () => {
  it('[IM40] says the same for the same seed, however it is asked', () => {
    const [one, two] = [simulatorModel(grid, 7, NOON), simulatorModel(grid, 7, NOON)]
    const whole = one.between(NOON, NOON + 5 * MINUTE)
    const pieces = Array.from({ length: 1200 }, (_, i) =>
      two.between(NOON + i * 250, NOON + (i + 1) * 250),
    ).flat()
    const sortKey = (publication: Publication) => JSON.stringify(publication)
    expect(pieces.map(sortKey).toSorted()).toEqual(whole.map(sortKey).toSorted())
    expect(simulatorModel(grid, 8, NOON).between(NOON, NOON + MINUTE)).not.toEqual(
      one.between(NOON, NOON + MINUTE),
    )
  })

  it('[IM41] spreads 300 to 600 sources over the city', () => {
    const { sources } = simulatorModel(grid, 1, NOON).city
    expect(sources.length).toBeGreaterThanOrEqual(300)
    expect(sources.length).toBeLessThanOrEqual(600)
    expect(new Set(sources.map(({ vendor, source }) => `${vendor}/${source}`)).size).toBe(sources.length)
    for (const { lon, lat, intervalMs, vendor } of sources) {
      expect(grid.locate(lon, lat)).toBeGreaterThan(0)
      expect(intervalMs).toBeGreaterThanOrEqual(5_000)
      expect(intervalMs).toBeLessThanOrEqual(60_000)
      expect(DEMO_VENDORS).toContain(vendor)
    }
  })

  it('[IM42] colours a cell within 20 seconds', () => {
    for (const start of STARTS)
      for (const seed of [1, 2, 3]) {
        let first = Infinity
        play(simulatorModel(grid, seed, start), start, 0.5, 1_000, (ranks, at) => {
          if ([...ranks.values()].some((rank) => rank > 0)) first = Math.min(first, at - start)
        })
        expect(first, `seed ${seed}, ${new Date(start).toISOString()}`).toBeLessThanOrEqual(20_000)
      }
  })

  it.each(STARTS)('[IM43] stays calm and reaches every level (start %i)', (start) => {
    const reached = new Set<number>()
    let [fewest, lastNews, longest] = [1, start, 0]
    let before = new Set<number>()
    play(simulatorModel(grid, 1, start), start, 30, 10_000, (ranks, at) => {
      const coloured = [...ranks].filter(([, rank]) => rank > 0)
      for (const [, rank] of coloured) reached.add(rank)
      fewest = Math.min(fewest, 1 - coloured.length / cellCount)
      if (coloured.some(([area]) => !before.has(area))) {
        longest = Math.max(longest, at - lastNews)
        lastNews = at
      }
      before = new Set(coloured.map(([area]) => area))
    })
    expect(longest).toBeLessThanOrEqual(3 * MINUTE)
    expect(reached).toEqual(new Set([1, 2, 3, 4]))
    expect(fewest).toBeGreaterThan(0.8)
  })

  it('[IM44] lets calls follow a flood', () => {
    const model = simulatorModel(grid, 1, NOON)
    const storm = Array.from({ length: 30 }, (_, m) => model.incidents(NOON + m * MINUTE))
      .flat()
      .find(({ kind }) => kind === 'storm')
    const { start = 0, end = 0 } = storm ?? {}
    const calls = model.between(start, end).flatMap((publication) => {
      if (!('parcel' in publication)) return []
      const { parcel } = publication
      return parcel.kind === 'call' && parcel.service === 'water' ? [parcel] : []
    })
    expect(calls.length).toBeGreaterThan(20)
    expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length)
    for (const { time, lon = 0, lat = 0 } of calls) {
      expect(time - start).toBeGreaterThan(MINUTE)
      expect(grid.locate(lon, lat)).toBeGreaterThanOrEqual(0)
    }
  })

  it('[IM45] falls silent here and there, and blunders now and then', () => {
    const model = simulatorModel(grid, 1, NOON)
    const later = model.between(NOON + 8 * MINUTE, NOON + 11 * MINUTE)
    const heard = new Set(
      later.flatMap((p) => ('parcel' in p && p.parcel.kind === 'bundle' ? [p.parcel.source] : [])),
    )
    const silent = model.city.sources.length - heard.size
    expect(silent).toBeGreaterThan(0)
    expect(silent).toBeLessThan(model.city.sources.length * 0.05)
    const raw = model.between(NOON, NOON + 10 * MINUTE).flatMap((p) => ('bytes' in p ? [p.bytes] : []))
    expect(raw.length).toBeGreaterThan(20)
    expect(raw.some((bytes) => bytes.includes('NaN'))).toBe(true)
    const parsed = raw.filter(
      (bytes) => bytes.startsWith('{') && bytes.endsWith('}') && !bytes.includes('NaN'),
    )
    const swapped = parsed.map((bytes) => JSON.parse(bytes) as { lat: number }).filter(({ lat }) => lat > 90)
    expect(swapped.length).toBeGreaterThan(0)
    expect(DEMO_VENDORS).toContain(CLUMSY_VENDOR)
  })
})
