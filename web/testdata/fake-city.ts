import { encodeDelta } from '../../services/core/frame.ts'
import { LEGAL_SCHEME, UNKNOWN, levelId } from '../../services/core/level.ts'
import type { Board, Summary } from '../../services/core/wire.ts'
import { blobCity } from './blob-city.ts'
import { boardOf } from './board.ts'
import { CALLS, ranksOf, seriousOf } from './scenes.ts'
import type { Scene } from './scenes.ts'

/** Epoch of the invented city's frames. */
export const EPOCH = '00000000000000e1'

/** The invented city as it goes from tick to tick. */
export class FakeCity {
  readonly doc = blobCity()
  scene: Scene
  beat = 0
  at: number
  previous = 0
  ranks: Uint8Array
  missing: readonly number[] = []
  missingSince = 0
  readonly #real: boolean
  constructor(scene: Scene, start: number | null) {
    this.scene = scene
    this.#real = start === null
    this.at = start ?? Date.now()
    this.ranks = ranksOf(this.doc, scene, 0)
  }

  /** Takes it to another tick of its own clock, `start` + whole seconds. */
  go(start: number, at: number): void {
    this.beat = Math.round((at - start) / 1000)
    this.previous = this.at
    this.at = start + this.beat * 1000
    this.ranks = ranksOf(this.doc, this.scene, this.beat)
  }

  delta(): Uint8Array {
    const next = ranksOf(this.doc, this.scene, ++this.beat)
    for (let i = 0; i < next.length; i++) if (this.lost(i)) next[i] = this.ranks[i] ?? 0
    const areas = [...next.keys()].filter((i) => next[i] !== this.ranks[i])
    this.previous = this.at
    this.at = this.#real ? Date.now() : this.at + 1000
    this.ranks = next
    return encodeDelta(
      EPOCH,
      this.at,
      this.previous,
      Uint32Array.from(areas),
      Uint8Array.from(areas, (i) => next[i] ?? 0),
    )
  }

  /** Whether an area is missing, by itself or with what is above it. */
  lost(area: number): boolean {
    if (this.missing.length === 0) return false
    if (area === 0 || this.missing.includes(area)) return true
    const parent = this.doc.parents[area] ?? 0
    return parent > 0 && this.lost(parent)
  }

  board(): Board {
    return boardOf(this.doc, this.scene, this.ranks, this.at)
  }

  summary(): Summary {
    const levels: Record<string, number> = {}
    for (let i = 0; i < this.ranks.length; i++)
      if (this.doc.depths[i] === 3) {
        const id = levelId(LEGAL_SCHEME, this.ranks[i] ?? UNKNOWN)
        levels[id] = (levels[id] ?? 0) + 1
      }
    for (const id of ['normal', 'blue', 'yellow', 'orange', 'red', 'unknown']) levels[id] ??= 0
    const serious = this.scene === 'calm' ? [] : seriousOf(this.doc, this.ranks, this.at)
    const lost = (row: { readonly index: number }): boolean => this.lost(row.index)
    const storm = this.scene === 'storm' || this.scene === 'allred'
    return {
      type: 'summary',
      tick: this.at,
      now: this.at + 140,
      levels,
      top: { rank: this.ranks[0] ?? 0, since: this.at - 60_000 },
      serious: [...serious.filter((row) => !lost(row)), ...serious.filter(lost)],
      sources: { alive: this.scene === 'blind' ? 0 : 4812, known: 4827 },
      counts: {
        received: 1_284_306 + this.beat * 350,
        applied: 1_283_900,
        duplicate: 163,
        late: 212,
        quarantined: 2,
        refused: 29,
      },
      newest: this.at - 640,
      lag: { p50: 210, p99: 560 },
      latency: { p50: 310, p99: 640 },
      calls: storm ? CALLS.map(([indicator, zh, en, count]) => ({ indicator, name: { zh, en }, count })) : [],
      missed: 0,
      ...(this.missing.length > 0 && {
        behind: [
          { areas: this.missing, at: this.missingSince },
          { areas: [0], at: this.missingSince },
        ],
        parts: { told: 15, all: 16 },
      }),
    }
  }
}

/** Why an area has its colour. */
export function explain(city: FakeCity, code: string): unknown {
  const row = seriousOf(city.doc, city.ranks, city.at).find((one) => one.code === code)
  const index = city.doc.codes.indexOf(code)
  const none = { zh: '', en: '' }
  const blind = row?.reason === 'no-data'
  const iso = (ms: number): string => new Date(ms).toISOString()
  return {
    code,
    name: city.doc.names[index] ?? none,
    grid: city.doc.grid,
    epoch: EPOCH,
    tick: city.at,
    level: levelId(LEGAL_SCHEME, city.ranks[index] ?? UNKNOWN),
    since: iso(row?.since ?? city.at - 900_000),
    reason: row?.reason ?? 'within-limits',
    sentence:
      row === undefined
        ? { zh: '所有规则均在限值以内。', en: 'All rules are within their limits.' }
        : blind
          ? {
              zh: `${row.indicatorName.zh}：来源失联，超过两个上报周期没有数据。`,
              en: `${row.indicatorName.en}: silent for more than two report intervals.`,
            }
          : {
              zh: `${row.indicatorName.zh}（15 分钟均值）${row.value} ${row.unit}，高于限值 ${row.limit} ${row.unit}，已持续 26 分钟。`,
              en: `${row.indicatorName.en} (15 min mean) is ${row.value} ${row.unit}, above the limit of ${row.limit} ${row.unit}, for 26 minutes.`,
            },
    clears:
      row?.limit == null
        ? none
        : {
            zh: `低于 ${(row.limit * 0.9).toFixed(2)} ${row.unit} 并保持 5 分钟`,
            en: `it stays below ${(row.limit * 0.9).toFixed(2)} ${row.unit} for 5 min`,
          },
    rule: row === undefined ? null : { id: row.rule, version: 'c0ffee0011223344', name: row.indicatorName },
    reading:
      row === undefined
        ? null
        : {
            indicator: row.indicator,
            value: row.value,
            unit: row.unit,
            limit: row.limit,
            samples: row.samples,
            sources: row.sources,
          },
    readings:
      row === undefined
        ? [{ indicator: 'noise', value: 47, unit: 'dB', limit: 55, samples: 15, sources: 1 }]
        : [],
    children: [],
    complete: true,
    observations:
      row === undefined || blind
        ? []
        : [0, 1, 2, 3, 4].map((i) => ({
            source: `hanhai/water-${String(17 + (i % 3) * 4).padStart(4, '0')}`,
            area: code,
            time: iso(city.at - i * 60_000),
            value: (row.value ?? 0) * (1 - i * 0.012),
          })),
  }
}

/** The last hour of an area's readings. */
export function course(city: FakeCity, code: string): unknown {
  const row = seriousOf(city.doc, city.ranks, city.at).find((one) => one.code === code)
  const top = row?.value ?? 1
  return {
    readings: [...Array(61).keys()].map((i) => ({
      pane: new Date(city.at - (60 - i) * 60_000).toISOString(),
      value: top * (0.18 + 0.82 / (1 + Math.exp(-(i - 38) / 4)) + 0.03 * Math.sin(i * 1.7)),
    })),
  }
}
