import type { Change, Decision, TickRecord } from '../core/change.ts'
import type { Grid } from '../core/grid.ts'
import { indicatorsOf } from '../core/indicator.ts'
import { LEGAL_SCHEME } from '../core/level.ts'
import type { Plan } from '../core/plan.ts'
import { emptyTickRecord } from '../core/record.ts'

const names = (text: string) => ({ zh: `${text}区`, en: text })

/** A city of `streets` streets in a row, each a row of `cells` square cells of 0.01 degrees from 118.00, 32.00. */
export function smallGrid(streets = 2, cells = 4): Grid {
  const size = 1 + streets + streets * cells
  const codes: string[] = ['32']
  const parents = new Int32Array(size).fill(-1)
  const depths = new Uint8Array(size)
  const centres = new Float64Array(2 * size)
  for (let s = 0; s < streets; s++) {
    codes.push(`32${String(s + 1).padStart(2, '0')}`)
    parents[1 + s] = 0
    depths[1 + s] = 1
  }
  for (let s = 0; s < streets; s++)
    for (let c = 0; c < cells; c++) {
      const area = 1 + streets + s * cells + c
      codes.push(`32${String(s + 1).padStart(2, '0')}${String(c + 1).padStart(3, '0')}`)
      parents[area] = 1 + s
      depths[area] = 2
      centres.set([118 + c / 100 + 0.005, 32 + s / 100 + 0.005], 2 * area)
    }
  const east = 118 + cells / 100
  const north = 32 + streets / 100
  const box = (w: number, s: number, e: number, n: number) => [
    [
      [
        [w, s],
        [e, s],
        [e, n],
        [w, n],
        [w, s],
      ] as [number, number][],
    ],
  ]
  return {
    version: '00112233445566aa',
    city: '32',
    name: { zh: '小城', en: 'Small City' },
    zone: 'Asia/Shanghai',
    levels: [
      { id: 'city', name: { zh: '市', en: 'City' } },
      { id: 'street', name: { zh: '街道', en: 'Street' } },
      { id: 'cell', name: { zh: '网格', en: 'Cell' } },
    ],
    partitionLevel: 1,
    size,
    codes,
    names: codes.map(names),
    units: codes.map(() => ''),
    parents,
    depths,
    centres,
    bounds: [118, 32, east, north],
    indexOf: (code) => {
      const at = codes.indexOf(code)
      return at < 0 ? undefined : at
    },
    locate: (lon, lat) => {
      if (lon < 118 || lat < 32 || lon >= east || lat >= north) return -1
      return 1 + streets + Math.floor((lat - 32) * 100) * cells + Math.floor((lon - 118) * 100)
    },
    polygon: (area) => {
      const [lon, lat] = [centres[2 * area] ?? 0, centres[2 * area + 1] ?? 0]
      if (depths[area] === 2) return box(lon - 0.005, lat - 0.005, lon + 0.005, lat + 0.005)
      return box(118, 32, east, north)
    },
  }
}

/** The plan of a {@link smallGrid}: noise calls and PM2.5, one rule each on cells, streets and city by their worst child. */
export function smallPlan(grid = smallGrid()): Plan {
  const base = { resolution: 1, paneMs: 60_000, latenessMs: 300_000 } as const
  const rule = {
    version: 'r1',
    level: 'cell',
    windowMs: 300_000,
    direction: 'above',
    deadband: 0,
    onDelayMs: 0,
    offDelayMs: 60_000,
    minSamples: 1,
    minSources: 1,
    panes: null,
    schedule: null,
    overrides: new Map(),
  } as const
  return {
    grid,
    indicators: indicatorsOf([
      {
        ...base,
        code: 'call.noise',
        name: { zh: '噪声投诉', en: 'Noise calls' },
        unit: 'calls',
        kind: 'occurrence',
        range: [0, 1000],
        fold: 'count',
        intervalMs: 0,
        category: 'noise',
      },
      {
        ...base,
        code: 'pm25',
        name: { zh: '细颗粒物', en: 'PM2.5' },
        unit: 'µg/m³',
        kind: 'measurement',
        range: [0, 2000],
        fold: 'mean',
        intervalMs: 60_000,
        category: 'air',
      },
    ]),
    rules: {
      version: 'rules-1',
      rules: [
        {
          ...rule,
          id: 'noise-calls',
          name: { zh: '噪声投诉聚集', en: 'Noise calls gather' },
          indicator: 'call.noise',
          fold: 'count',
          limits: [null, 2, 4, 6, 8],
          singleSourceMax: 4,
          noDataAfterMs: 0,
        },
        {
          ...rule,
          id: 'pm25-high',
          name: { zh: '细颗粒物偏高', en: 'PM2.5 is high' },
          indicator: 'pm25',
          fold: 'mean',
          limits: [null, 75, 115, 150, 250],
          deadband: 5,
          singleSourceMax: 3,
          noDataAfterMs: 120_000,
        },
      ],
      parents: [
        { level: 'street', kind: 'worst' },
        { level: 'city', kind: 'worst' },
      ],
    },
    scheme: LEGAL_SCHEME,
    partitions: 2,
    tickMs: 1_000,
    registrations: new Map(),
  }
}

/** A decision of the PM2.5 rule. */
export function decided(rank: number, value: number | null = 80, part: Partial<Decision> = {}): Decision {
  return {
    rank,
    reason: rank === 0 ? 'within-limits' : 'above-limit',
    rule: 'pm25-high',
    indicator: 'pm25',
    fold: 'mean',
    windowMs: 300_000,
    value,
    limit: 75,
    samples: 5,
    sources: 2,
    ...part,
  }
}

/** A change of one area to a rank at a tick. */
export function changed(
  area: number,
  from: number,
  rank: number,
  since: number,
  part: Partial<Change> = {},
): Change {
  return { ...decided(rank), area, from, since, ...part }
}

/** A tick record with nothing in it but what is given. */
export function tickRecord(partition: number, at: number, part: Partial<TickRecord> = {}): TickRecord {
  return { ...emptyTickRecord(partition, at), ...part }
}
