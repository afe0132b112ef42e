import { layLattice } from './city-lattice.ts'
import { seeded } from './city-random.ts'
import { createGrid, type AreaSpec, type Grid } from './grid.ts'

/** What locating costs on this machine. */
export interface LocateBench {
  /** Median of the rounds. */
  readonly pointsPerSecond: number
  /** Slowest and fastest round, points/s. */
  readonly spread: readonly [number, number]
  readonly polygons: number
}

const ROUNDS = 7

/** A city of `count` irregular hexagons that share their corners, in one level below the whole. */
export function irregularCity(count: number, seed: number): Grid {
  const radius = Math.sqrt(count) * 60
  const plots = layLattice({
    centre: [114.25, 22.72],
    cells: count,
    cell: [100, 87],
    form: 'hexagon',
    stray: 0.13,
    hills: [{ at: [0, 0], radius: [radius, radius], height: 1 }],
    random: seeded(seed),
  })
  const cells = plots.map(({ ring }, nth): AreaSpec => ({
    code: `C${String(nth).padStart(6, '0')}`,
    name: { zh: '', en: '' },
    unit: '',
    parent: 'C',
    depth: 1,
    shape: [[ring]],
  }))
  const root: AreaSpec = {
    code: 'C',
    name: { zh: '', en: '' },
    unit: '',
    parent: null,
    depth: 0,
    shape: null,
  }
  const level = (id: string) => ({ id, name: { zh: id, en: id } })
  return createGrid({
    city: 'bench',
    name: { zh: '测试', en: 'Bench' },
    zone: 'UTC',
    levels: [level('city'), level('cell')],
    partitionLevel: 1,
    areas: [root, ...cells],
  })
}

/** Points a second located among irregular polygons, all inside the city; the same points in every round and on every machine. */
export function locateBench(polygons = 10_000, points = 500_000): LocateBench {
  const grid = irregularCity(polygons, 1)
  const random = seeded(2)
  const [west, south, east, north] = grid.bounds
  const places = new Float64Array(points * 2)
  for (let at = 0; at < places.length;) {
    const lon = west + random() * (east - west)
    const lat = south + random() * (north - south)
    if (grid.locate(lon, lat) < 0) continue
    places[at++] = lon
    places[at++] = lat
  }
  const rates: number[] = []
  let sum = 0
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now()
    for (let at = 0; at < places.length; at += 2) sum += grid.locate(places[at] ?? 0, places[at + 1] ?? 0)
    rates.push((points * 1000) / (performance.now() - from))
  }
  rates.sort((a, b) => a - b)
  // The sum is looked at, so that no engine may leave the work out.
  if (sum <= 0) throw new RangeError(`sum of area numbers is ${sum}`)
  return {
    pointsPerSecond: Math.round(rates[ROUNDS >> 1] ?? 0),
    spread: [Math.round(rates[0] ?? 0), Math.round(rates.at(-1) ?? 0)],
    polygons,
  }
}
