import type { AreasDocument } from '../../services/core/areas.ts'
import { HIDDEN } from '../../services/core/frame.ts'
import { UNKNOWN } from '../../services/core/level.ts'
import type { Serious } from '../../services/core/wire.ts'

/** What the invented city goes through. */
export type Scene = 'calm' | 'storm' | 'allred' | 'blind'

/** Centre, size in cells and strength of the storms. */
export const STORMS = [
  [-9.5, 6, 3.9, 1],
  [10, -6, 2.7, 0.78],
  [1.5, 13, 2.2, 0.62],
] as const

function random(seed: number): () => number {
  let s = seed
  return () => (s = (s * 16807) % 2147483647) / 2147483647
}

/** Beats after which a storm is where it was. */
export const PERIOD = 20

/** Ranks of all areas in a scene; `beat` sways the storms a little, so that deltas have something to say. */
export function ranksOf(doc: AreasDocument, scene: Scene, beat: number): Uint8Array {
  const ranks = new Uint8Array(doc.codes.length)
  const r = random(7)
  for (let i = 0; i < ranks.length; i++) {
    if (doc.depths[i] !== 3) continue
    if (scene === 'allred') ranks[i] = 4
    if (scene === 'blind') ranks[i] = UNKNOWN
    const [noise, chance, silence] = [(r() - 0.5) * 0.14, r(), r()]
    if (scene !== 'storm') continue
    const [lon, lat] = doc.centres[i] ?? [0, 0]
    const [x, y] = [(lon - 118.92) / 0.00125, (lat - 32.1) / 0.00106]
    let v = chance < 0.014 ? 0.3 : 0
    for (const [sx, sy, size, strength] of STORMS) {
      const distance = Math.hypot(x - sx - 0.9 * Math.sin((2 * Math.PI * beat) / PERIOD), y - sy) / size
      v = Math.max(v, strength * (1.25 - distance * 0.75) + noise)
    }
    ranks[i] = v > 0.92 ? 4 : v > 0.68 ? 3 : v > 0.4 ? 2 : v > 0.2 ? 1 : 0
    if (silence < 0.009) ranks[i] = UNKNOWN
  }
  for (let i = ranks.length - 1; i > 0; i--) {
    const above = doc.parents[i] ?? 0
    const [own, best] = [ranks[i] ?? 0, ranks[above] ?? 0]
    if (own !== UNKNOWN && own !== HIDDEN && own > best) ranks[above] = own
  }
  return ranks
}

const WHAT = [
  ['water.level', '积水深度', 'Water depth', 'm', [0, 0.05, 0.1, 0.2, 0.3], 1.36],
  ['people.density', '人群密度', 'Crowd density', '人/m²', [0, 1.5, 2.5, 3.5, 5], 1.1],
  ['noise', '噪声', 'Noise', 'dB', [0, 55, 65, 70, 80], 1.03],
  ['pm25', '细颗粒物', 'PM2.5', 'µg/m³', [0, 75, 115, 150, 250], 1.08],
  ['traffic.speed', '道路通行', 'Road traffic', '辆/分', [0, 40, 60, 90, 120], 1.2],
] as const

/** The most serious cells of a scene. */
export function seriousOf(doc: AreasDocument, ranks: Uint8Array, now: number): Serious[] {
  const graves = [...doc.codes.keys()].filter((i) => doc.depths[i] === 3 && (ranks[i] ?? 0) > 0)
  const weight = (i: number): number => (ranks[i] === UNKNOWN ? 0.5 : (ranks[i] ?? 0))
  const per = new Map<number, number>()
  return graves
    .sort((a, b) => weight(b) - weight(a) || a - b)
    .filter((i) => {
      const rank = ranks[i] ?? 0
      per.set(rank, (per.get(rank) ?? 0) + 1)
      return (per.get(rank) ?? 0) <= 4
    })
    .slice(0, 20)
    .map((index, i) => {
      const rank = ranks[index] ?? 0
      const blind = rank === UNKNOWN
      const [indicator, zh, en, unit, limits, over] = WHAT[(i * 7 + rank) % WHAT.length] ?? WHAT[0]
      const limit = limits[blind ? 2 : rank] ?? null
      return {
        code: doc.codes[index] ?? '',
        name: doc.names[index] ?? { zh: '', en: '' },
        index,
        rank,
        since: now - 60_000 * (7 + 11 * i),
        indicator,
        indicatorName: { zh, en },
        unit,
        reason: blind ? ('no-data' as const) : ('above-limit' as const),
        rule: `${indicator}.${rank}`,
        value: blind || limit === null ? null : limit * over,
        limit: blind ? null : limit,
        samples: blind ? 0 : 62,
        sources: blind ? 0 : 3,
      }
    })
}

/** Six hours of levels that lead to a scene. */
export function historyOf(scene: Scene, now: number): { times: number[]; levels: Record<string, number[]> } {
  const columns = [...Array(72).keys()]
  const k = (i: number): number => Math.max(0, (i - 48) / 24)
  const bump = (i: number): number => (i > 30 && i < 37 ? 22 : 0)
  const full = scene === 'allred'
  const quiet = scene === 'calm' || scene === 'blind'
  return {
    times: columns.map((i) => now - (71 - i) * 300_000),
    levels: {
      unknown: columns.map((i) =>
        scene === 'blind' && i > 66 ? 1156 : quiet ? 2 : 6 + Math.round(6 * k(i)),
      ),
      blue: columns.map((i) =>
        Math.round(quiet ? 3 + 3 * Math.sin(i / 5) : 14 + 7 * Math.sin(i / 5) + 60 * k(i)),
      ),
      yellow: columns.map((i) =>
        Math.round(quiet ? Math.max(0, 2 * Math.sin(i / 7)) : 6 + bump(i) + 42 * k(i)),
      ),
      orange: columns.map((i) => Math.round(quiet ? 0 : 19 * k(i) ** 2)),
      red: columns.map((i) => Math.round(full ? 1156 * k(i) ** 2 : quiet ? 0 : 8 * k(i) ** 3)),
    },
  }
}

/** Calls of the last hour. */
export const CALLS = [
  ['call.water', '积水', 'Flooding', 61],
  ['call.noise', '噪声', 'Noise', 34],
  ['call.parking', '违章停车', 'Illegal parking', 22],
  ['call.lamp', '路灯', 'Street lamp', 14],
  ['call.manhole', '井盖', 'Manhole cover', 11],
] as const
