import type { Position, Ring } from './grid-shape.ts'
import { metresPerDegree } from './grid-shape.ts'

/** One cell of ground: a closed ring, where it lies in metres (east, north), and the cells that share an edge with it. */
export interface Plot {
  readonly ring: Ring
  readonly at: Position
  /** Rows run from north to south. */
  readonly row: number
  readonly neighbours: readonly number[]
}

/** A round hill of the field that shapes a city; metres from the centre. */
export interface Hill {
  readonly at: Position
  readonly radius: Position
  readonly height: number
}

/** How a lattice of cells is laid. */
export interface LatticeSpec {
  /** Lon, lat of the centre. */
  readonly centre: Position
  /** Number of cells kept: those highest in the field of `hills`. */
  readonly cells: number
  /** Width and height of a cell in metres. */
  readonly cell: Position
  /** `square`: columns stand over each other; `brick`: every other row is shifted by half a cell; `hexagon`: bricks with bent sides. */
  readonly form: 'square' | 'brick' | 'hexagon'
  /** How far a corner strays, as a share of the cell; below 0.2 cells stay simple. */
  readonly stray: number
  readonly hills: readonly Hill[]
  readonly random: () => number
}

const MILLION = 1e6
/** A sixth of the height bends a brick's long sides into a regular hexagon. */
const BEND = 1 / 6

/**
 * Lays cells that share every corner with their neighbours, so that no gap or overlap can be. Uses only + − × ÷ (powers
 * are not exact) beyond the rounded scale, so that every machine makes the same city.
 */
export function layLattice(spec: LatticeSpec): Plot[] {
  const half = Math.ceil(extent(spec))
  const field = (x: number, y: number): number =>
    spec.hills.reduce((sum, { at, radius, height }) => {
      const [dx, dy] = [(x - at[0]) / radius[0], (y - at[1]) / radius[1]]
      const slope = 1 + dx * dx + dy * dy
      return sum + height / (slope * slope)
    }, 0)
  const places: { column: number; row: number; x: number; y: number; rank: number }[] = []
  for (let row = -half; row < half; row++)
    for (let column = -half; column < half; column++) {
      const x = (column + 0.5 + shift(spec, row)) * spec.cell[0]
      const y = -(row + 0.5) * spec.cell[1]
      places.push({ column, row, x, y, rank: field(x, y) })
    }
  places.sort((a, b) => b.rank - a.rank || a.row - b.row || a.column - b.column)
  const kept = places.slice(0, spec.cells).sort((a, b) => a.row - b.row || a.column - b.column)
  const corner = cornerMaker(spec)
  const index = new Map(kept.map(({ column, row }, nth) => [`${column} ${row}`, nth]))
  return kept.map(({ column, row, x, y }) => ({
    ring: cornersOf(spec, column, row).map(([k, line]) => corner(k, line)),
    at: [x, y] as const,
    row,
    neighbours: besides(spec, row)
      .map(([dx, dy]) => index.get(`${column + dx} ${row + dy}`))
      .filter((each) => each !== undefined),
  }))
}

/** Rows and columns to look at on each side of the centre. */
function extent({ hills, cell }: LatticeSpec): number {
  const reach = hills.map(({ at, radius }) =>
    Math.max(Math.abs(at[0]) + radius[0] * 3, Math.abs(at[1]) + radius[1] * 3),
  )
  return Math.max(...reach) / Math.min(...cell)
}

const odd = (n: number): boolean => n % 2 !== 0

function shift({ form }: LatticeSpec, row: number): number {
  return form !== 'square' && odd(row) ? 0.5 : 0
}

/** Corners as (half columns, line), counter-clockwise and closed; lines are counted southward, line `row` is the northern side. */
function cornersOf(spec: LatticeSpec, column: number, row: number): [number, number][] {
  const k = column * 2 + (shift(spec, row) === 0 ? 0 : 1)
  return spec.form === 'square'
    ? [
        [k, row + 1],
        [k + 2, row + 1],
        [k + 2, row],
        [k, row],
        [k, row + 1],
      ]
    : [
        [k, row + 1],
        [k + 1, row + 1],
        [k + 2, row + 1],
        [k + 2, row],
        [k + 1, row],
        [k, row],
        [k, row + 1],
      ]
}

function besides({ form }: LatticeSpec, row: number): [number, number][] {
  if (form === 'square')
    return [
      [-1, 0],
      [1, 0],
      [0, -1],
      [0, 1],
    ]
  const west = odd(row) ? 0 : -1
  return [
    [-1, 0],
    [1, 0],
    [west, -1],
    [west + 1, -1],
    [west, 1],
    [west + 1, 1],
  ]
}

/** Makes each corner once, in whole millionths of a degree. */
function cornerMaker(spec: LatticeSpec): (k: number, line: number) => Position {
  const [lon, lat] = spec.centre
  // Rounded to nine digits: cosines differ in the last one between engines.
  const [east, north] = metresPerDegree(lat).map((metres) => Number(metres.toPrecision(9)))
  const made = new Map<string, Position>()
  const square = spec.form === 'square'
  return (k, line) => {
    const key = `${k} ${line}`
    const known = made.get(key)
    if (known !== undefined) return known
    const bend = spec.form !== 'hexagon' ? 0 : odd(k + line) ? -BEND : BEND
    const x = (k / 2 + (spec.random() - 0.5) * 2 * spec.stray) * spec.cell[0]
    const y = -(line + bend + (spec.random() - 0.5) * 2 * spec.stray) * spec.cell[1]
    const degrees: Position = square
      ? [
          lon * MILLION + Math.round((spec.cell[0] / (east ?? 1)) * MILLION) * (k / 2),
          lat * MILLION - Math.round((spec.cell[1] / (north ?? 1)) * MILLION) * line,
        ]
      : [lon * MILLION + (x / (east ?? 1)) * MILLION, lat * MILLION + (y / (north ?? 1)) * MILLION]
    const corner: Position = [Math.round(degrees[0]) / MILLION, Math.round(degrees[1]) / MILLION]
    made.set(key, corner)
    return corner
  }
}
