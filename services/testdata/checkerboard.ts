import type { Grid } from '../core/grid.ts'
import { indicatorsOf, type Indicator } from '../core/indicator.ts'
import { LEGAL_SCHEME } from '../core/level.ts'
import type { Plan } from '../core/plan.ts'

const WEST = 118.9
const SOUTH = 32.05
const SIDE = 0.01
const EDGE = 10

/** A city of 10 × 10 square cells in 2 × 2 streets, for tests that need a place and not a map. */
export function checkerboard(): Grid {
  const cells = EDGE * EDGE
  const size = 1 + 4 + cells
  const codes = ['3201']
  const parents = new Int32Array(size)
  const depths = new Uint8Array(size)
  const centres = new Float64Array(size * 2)
  parents[0] = -1
  for (let street = 0; street < 4; street++) {
    codes.push(`32010${street + 1}`)
    depths[1 + street] = 1
  }
  const byCell = new Int32Array(cells)
  for (let street = 0; street < 4; street++)
    for (let k = 0; k < 25; k++) {
      const x = (street % 2) * 5 + (k % 5)
      const y = Math.floor(street / 2) * 5 + Math.floor(k / 5)
      const area = codes.push(`32010${street + 1}${String(k + 1).padStart(3, '0')}`) - 1
      parents[area] = 1 + street
      depths[area] = 2
      byCell[y * EDGE + x] = area
      centres[area * 2] = WEST + (x + 0.5) * SIDE
      centres[area * 2 + 1] = SOUTH + (y + 0.5) * SIDE
    }
  const index = new Map(codes.map((code, i) => [code, i]))
  const names = (id: string) => ({ zh: id, en: id })
  return {
    version: '00000000c0ffee00',
    city: 'checkerboard',
    name: names('checkerboard'),
    zone: 'Asia/Shanghai',
    levels: ['city', 'street', 'cell'].map((id) => ({ id, name: names(id) })),
    partitionLevel: 1,
    size,
    codes,
    names: codes.map(names),
    units: codes.map(() => ''),
    parents,
    depths,
    centres,
    bounds: [WEST, SOUTH, WEST + EDGE * SIDE, SOUTH + EDGE * SIDE],
    indexOf: (code) => index.get(code),
    locate(lon, lat) {
      const x = Math.floor((lon - WEST) / SIDE)
      const y = Math.floor((lat - SOUTH) / SIDE)
      return x < 0 || y < 0 || x >= EDGE || y >= EDGE ? -1 : (byCell[y * EDGE + x] ?? -1)
    },
    polygon: () => [],
  }
}

function indicator(
  code: string,
  kind: Indicator['kind'],
  resolution: number,
  range: [number, number],
): Indicator {
  return {
    code,
    name: { zh: code, en: code },
    unit: 'unit',
    kind,
    resolution,
    range,
    paneMs: 60_000,
    fold: 'mean',
    intervalMs: 60_000,
    category: 'test',
    latenessMs: 300_000,
  }
}

/** A plan over {@link checkerboard} with three indicators and no rules. */
export function checkerboardPlan(changes: Partial<Plan> = {}): Plan {
  return {
    grid: checkerboard(),
    indicators: indicatorsOf([
      indicator('pm25', 'measurement', 0.1, [0, 1000]),
      indicator('people.count', 'measurement', 1, [0, 100_000]),
      indicator('call.noise', 'occurrence', 1, [1, 1]),
    ]),
    rules: { version: '1', rules: [], parents: [] },
    scheme: LEGAL_SCHEME,
    partitions: 4,
    tickMs: 1000,
    registrations: new Map(),
    ...changes,
  }
}
