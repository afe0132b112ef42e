import type { DigestAlert, DigestIncident } from '../../services/core/archive.ts'
import type { AreasDocument } from '../../services/core/areas.ts'
import { UNKNOWN } from '../../services/core/level.ts'
import type { Timeline } from '../../services/core/replay-wire.ts'
import { blobCity } from './blob-city.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Live: Sunday 22 November 2026, 20:30 in Xianlin; four days are held before it, with two hours missing. */
export const LIVE = Date.UTC(2026, 10, 22, 12, 30)
export const BEGIN = LIVE - 4 * DAY - 6 * HOUR
export const GAP = [BEGIN + 30 * HOUR, BEGIN + 33 * HOUR] as const
export const VERSION_AT = BEGIN + 2 * DAY

export const doc: AreasDocument = blobCity()
const cells = [...doc.codes.keys()].filter((i) => doc.depths[i] === 3)

const RULES = [
  ['flooding', 'water'],
  ['crowd', 'crowd'],
  ['noise-day', 'noise'],
  ['jam', 'traffic'],
] as const

function random(seed: number): () => number {
  let s = seed
  return () => (s = (s * 16807) % 2147483647) / 2147483647
}

/** Where an incident stands and how large it grows, cells. */
interface Storm {
  readonly x: number
  readonly y: number
  readonly size: number
}

/** Invented incidents with the storms behind them: more in the evening, a few grave. */
function invent(count: number): { readonly incident: DigestIncident; readonly storm: Storm }[] {
  const r = random(11)
  const made = Array.from({ length: count }, () => {
    const day = Math.floor(r() * 4.2)
    const hour = 7 + 14 * Math.sqrt(r())
    const born = Math.floor((BEGIN + day * DAY + hour * HOUR) / 1000) * 1000
    const peak = r() < 0.12 ? 4 : r() < 0.4 ? 3 : 2
    const lasts = (12 + 150 * r() ** 2) * MINUTE * (peak - 1)
    const centre = doc.centres[cells[Math.floor(r() * cells.length)] ?? 0] ?? [118.92, 32.1]
    const size = 1.2 + (peak - 1) * (0.5 + r() * 0.8)
    return { born, peak, over: born + lasts, centre, size, rule: Math.floor(r() * RULES.length) }
  })
  return made
    .filter(({ born, over }) => born < LIVE - 5 * MINUTE && !(over > GAP[0] && born < GAP[1]))
    .sort((p, q) => p.born - q.born)
    .map(({ born, peak, over, centre, size, rule }, i) => {
      const [id, category] = RULES[rule] ?? RULES[0]
      const incident: DigestIncident = {
        id: `i${born.toString(36)}-${i}`,
        number: i + 1,
        rule: id,
        category,
        born,
        over: over >= LIVE ? null : over,
        rank: peak,
        peak,
        count: Math.round(size * size * 3),
        centre,
      }
      return { incident, storm: { x: centre[0], y: centre[1], size } }
    })
}

const all = invent(52)
export const incidents: readonly DigestIncident[] = all.map(({ incident }) => incident)

export const alerts: readonly DigestAlert[] = incidents
  .filter(({ peak }) => peak >= 2)
  .map((one) => ({
    id: `a${one.id.slice(1)}`,
    number: one.number,
    incident: one.id,
    category: one.category,
    headline: '',
    area: doc.parents[cells[one.number * 13] ?? 0] ?? 0,
    raised: one.born + 20_000,
    rank: one.rank,
    peak: one.peak,
    state: one.over === null ? 'dispatched' : 'closed',
    closed: one.over,
  }))

const STEPS = ['acknowledge', 'dispatch', 'handle', 'verify', 'close'] as const
export const actions: Timeline['actions'] = alerts
  .flatMap(({ id, raised }, i) =>
    STEPS.map((verb, step) => ({
      at: raised + (step + 1) * (4 + (i % 5)) * MINUTE,
      verb,
      subject: id,
      person: ['xiaoyu', 'jinglei', 'qingfeng'][i % 3] ?? '',
    })),
  )
  .filter(({ at }) => at < LIVE)
  .sort((p, q) => p.at - q.at)

/** How grave an incident is at a time, 0 to 1: it rises for a third and falls for the rest. */
function swell({ born, over }: DigestIncident, at: number): number {
  const end = over ?? LIVE + 30 * MINUTE
  if (at < born || at > end) return 0
  const share = (at - born) / (end - born)
  return share < 0.34 ? share / 0.34 : 1 - (share - 0.34) / 0.66
}

/** Ranks of all areas at a time. `shift`: limits lower by this share, as a rehearsal tries. */
export function ranksAt(at: number, shift = 0): Uint8Array {
  const ranks = new Uint8Array(doc.codes.length)
  const active = all.filter(({ incident }) => swell(incident, at) > 0)
  cells.forEach((i, nth) => {
    const [lon, lat] = doc.centres[i] ?? [0, 0]
    let value = 0
    for (const { incident, storm } of active) {
      const away = Math.hypot((lon - storm.x) / 0.00125, (lat - storm.y) / 0.00106) / storm.size
      value = Math.max(value, (incident.peak / 4) * swell(incident, at) * (1.3 - 0.6 * away) * (1 + shift))
    }
    ranks[i] = value > 0.85 ? 4 : value > 0.62 ? 3 : value > 0.4 ? 2 : value > 0.22 ? 1 : 0
    if (nth % 131 === 0) ranks[i] = UNKNOWN
  })
  for (let i = ranks.length - 1; i > 0; i--) {
    const above = doc.parents[i] ?? 0
    const [own, best] = [ranks[i] ?? 0, ranks[above] ?? 0]
    if (own !== UNKNOWN && own > best) ranks[above] = own
  }
  return ranks
}

const IDS = ['normal', 'blue', 'yellow', 'orange', 'red'] as const

/** Cells by level id of ranks. */
export function countsOf(ranks: Uint8Array): Record<string, number> {
  const counts: Record<string, number> = { normal: 0, blue: 0, yellow: 0, orange: 0, red: 0, unknown: 0 }
  for (const i of cells) {
    const id = IDS[ranks[i] ?? 0] ?? 'unknown'
    counts[id] = (counts[id] ?? 0) + 1
  }
  return counts
}

/** Columns of a stretch, as timelines and rehearsals tell them. */
export function columnsOf(from: number, to: number, most: number, shift = 0) {
  const columnMs = Math.max(MINUTE, Math.ceil((to - from) / most / MINUTE) * MINUTE)
  const times: number[] = []
  const levels: Record<string, number[]> = {}
  for (let at = Math.ceil(from / columnMs) * columnMs; at <= Math.min(to, LIVE); at += columnMs) {
    if (at > GAP[0] && at <= GAP[1]) continue
    times.push(at)
    for (const [id, count] of Object.entries(countsOf(ranksAt(at, shift)))) (levels[id] ??= []).push(count)
  }
  return { columnMs, times, levels }
}
