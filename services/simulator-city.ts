import type { Grid } from './core/grid.ts'

/** What a simulated source observes. */
export type SourceKind = 'camera' | 'road' | 'noise' | 'air' | 'water'

/** One simulated source at a fixed place. */
export interface SimulatedSource {
  readonly kind: SourceKind
  readonly vendor: string
  readonly source: string
  /** Position in the list of all sources: the key of its own chance. */
  readonly index: number
  readonly lon: number
  readonly lat: number
  /** Metres east and north of the city's middle. */
  readonly x: number
  readonly y: number
  readonly intervalMs: number
  /** First report after the start of a cycle of `intervalMs`. */
  readonly phaseMs: number
}

/** A cell as the simulator sees it. */
export interface Spot {
  readonly area: number
  readonly lon: number
  readonly lat: number
  readonly x: number
  readonly y: number
}

/** The stage on which the day is played. */
export interface SimulatedCity {
  readonly sources: readonly SimulatedSource[]
  readonly cells: readonly Spot[]
  /** Side of a typical cell, metres. */
  readonly pitch: number
  /** Places with several sources, where incidents of their kind are centred. */
  readonly squares: readonly Spot[]
  readonly junctions: readonly Spot[]
  readonly basins: readonly Spot[]
  readonly sites: readonly Spot[]
  /** Degrees per metre. */
  readonly perMetre: { readonly lon: number; readonly lat: number }
}

/** Which vendor's account a kind of source reports under. */
const VENDORS = {
  camera: 'demo-cameras',
  road: 'demo-roads',
  noise: 'demo-meters',
  air: 'demo-meters',
  water: 'demo-water',
} as const satisfies Record<SourceKind, string>

/** The vendor whose payloads are broken now and then, so that refusals are seen. */
export const CLUMSY_VENDOR = 'demo-clumsy'

/** Accounts that the simulator signs in with; the composition root makes them at start. */
export const DEMO_VENDORS: readonly string[] = [...new Set(Object.values(VENDORS)), CLUMSY_VENDOR]

/** Report intervals to draw from, ms, shortest first. */
const INTERVALS: Readonly<Record<SourceKind, readonly [number, ...number[]]>> = {
  camera: [5_000, 10_000, 15_000],
  road: [10_000, 20_000],
  noise: [5_000, 10_000],
  air: [30_000, 60_000],
  water: [10_000, 15_000],
}
const METRES_PER_DEGREE = 111_320

/** A number in [0, 1) from a seed and up to three whole numbers; the same on every machine. Rate: per simulated value. */
export function chance(seed: number, a: number, b = 0, c = 0): number {
  let h = seed | 0
  for (const n of [a, b, c]) {
    h = Math.imul(h ^ (n | 0), 0x9e3779b1)
    h = Math.imul(h ^ (h >>> 15), 0x85ebca6b)
    h ^= h >>> 13
  }
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
}

function spotsOf(grid: Grid): { cells: Spot[]; pitch: number; perMetre: { lon: number; lat: number } } {
  const [west, south, east, north] = grid.bounds
  const [lon0, lat0] = [(west + east) / 2, (south + north) / 2]
  const perMetre = {
    lat: 1 / METRES_PER_DEGREE,
    lon: 1 / (METRES_PER_DEGREE * Math.cos((lat0 * Math.PI) / 180)),
  }
  const deepest = grid.levels.length - 1
  const cells: Spot[] = []
  for (let area = 0; area < grid.size; area++) {
    if (grid.depths[area] !== deepest) continue
    const [lon, lat] = [grid.centres[2 * area] ?? 0, grid.centres[2 * area + 1] ?? 0]
    cells.push({ area, lon, lat, x: (lon - lon0) / perMetre.lon, y: (lat - lat0) / perMetre.lat })
  }
  const width = (east - west) / perMetre.lon
  const height = (north - south) / perMetre.lat
  return { cells, pitch: Math.sqrt((width * height) / Math.max(1, cells.length)), perMetre }
}

/** `count` cells, chosen by chance and at least `apart` metres from each other where there is room. */
function scattered(cells: readonly Spot[], count: number, apart: number, seed: number, salt: number): Spot[] {
  // A shuffle by keys of chance: the same cells for the same seed, whatever the order of the grid.
  const order = cells
    .map((cell, i) => ({ cell, key: chance(seed, salt, i) }))
    .sort((a, b) => a.key - b.key)
    .map(({ cell }) => cell)
  const chosen: Spot[] = []
  for (const cell of order) {
    if (chosen.length >= count) break
    if (chosen.every(({ x, y }) => Math.hypot(x - cell.x, y - cell.y) >= apart)) chosen.push(cell)
  }
  return chosen
}

/** Cells that one of three straight main roads crosses. */
function alongRoads(cells: readonly Spot[], pitch: number, seed: number): Spot[] {
  const roads = [0, 1, 2].map((road) => {
    const angle = ((road + chance(seed, 71, road) * 0.5) * Math.PI) / 3
    return { nx: Math.sin(angle), ny: -Math.cos(angle), offset: (chance(seed, 72, road) - 0.5) * 6 * pitch }
  })
  return cells.filter(({ x, y }) =>
    roads.some(({ nx, ny, offset }) => Math.abs(x * nx + y * ny - offset) < pitch * 0.6),
  )
}

const near = (cells: readonly Spot[], { x, y }: Spot, radius: number) =>
  cells.filter((cell) => Math.hypot(cell.x - x, cell.y - y) <= radius)

/** How many sources of which kind stand in which cell. */
type Placement = readonly (readonly [SourceKind, Spot, number])[]

function placementOf(
  city: { cells: readonly Spot[]; pitch: number; road: readonly Spot[] } & Pick<
    SimulatedCity,
    'squares' | 'junctions' | 'basins' | 'sites'
  >,
  seed: number,
): Placement {
  const { cells, pitch, squares, junctions, basins, sites, road } = city
  const around = (kind: SourceKind, spots: readonly Spot[], radius: number, inside: number, beside: number) =>
    spots.flatMap((spot) =>
      near(cells, spot, radius * pitch).map(
        (cell) => [kind, cell, cell.area === spot.area ? inside : beside] as const,
      ),
    )
  const single = (kind: SourceKind, count: number, salt: number) =>
    scattered(cells, count, 0, seed, salt).map((cell) => [kind, cell, 1] as const)
  // Two and more sources where incidents are centred: one alone may not turn a cell red.
  return [
    ...around('camera', squares, 1.5, 3, 1),
    ...single('camera', 120, 11),
    ...around('road', junctions, 0.5, 2, 1),
    ...road.filter((_cell, i) => i % 2 === 0).map((cell) => ['road', cell, 1] as const),
    ...around('water', basins, 1.5, 2, 2),
    ...single('water', 60, 12),
    ...around('noise', sites, 1.2, 2, 1),
    ...single('noise', 50, 13),
    ...around('air', sites, 1.2, 2, 1),
    ...single('air', 30, 14),
  ]
}

/** Places sources over a grid: at most about 600 on 1,156 cells, the same for the same grid and seed. */
export function simulatedCity(grid: Grid, seed: number): SimulatedCity {
  const { cells, pitch, perMetre } = spotsOf(grid)
  const road = alongRoads(cells, pitch, seed)
  const squares = scattered(cells, 6, 5 * pitch, seed, 1)
  const junctions = scattered(road, 12, 2 * pitch, seed, 2)
  const basins = scattered(cells, 5, 6 * pitch, seed, 3)
  const sites = scattered(cells, 6, 5 * pitch, seed, 4)
  const sources: SimulatedSource[] = []
  const placement = placementOf({ cells, pitch, road, squares, junctions, basins, sites }, seed)
  for (const [kind, cell, count] of placement)
    for (let copy = 0; copy < count; copy++) {
      const index = sources.length
      const intervals = INTERVALS[kind]
      // Where several stand together something is watched closely.
      const intervalMs =
        count > 2
          ? intervals[0]
          : (intervals[Math.floor(chance(seed, 21, index) * intervals.length)] ?? intervals[0])
      sources.push({
        kind,
        vendor: VENDORS[kind],
        source: `${kind}-${String(index).padStart(4, '0')}`,
        index,
        lon: cell.lon,
        lat: cell.lat,
        x: cell.x,
        y: cell.y,
        intervalMs,
        phaseMs: Math.floor(chance(seed, 22, index) * intervalMs),
      })
    }
  return { sources, cells, pitch, squares, junctions, basins, sites, perMetre }
}
