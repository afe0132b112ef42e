import { createGrid, type AreaSpec, type MultiPolygon } from './grid.ts'
import type { ReadGrid } from './grid-file.ts'
import { Findings } from './grid-finding.ts'
import type { GridSettings, SquaresSettings } from './grid-settings.ts'
import { metresPerDegree, partHolds } from './grid-shape.ts'

/** Design §8. */
export const MOST_AREAS = 1_000_000
/** Lines are whole millionths of a degree (0.1 m), so neighbours share them exactly. */
const MILLION = 1e6

interface Lattice {
  readonly west: number
  readonly north: number
  /** Millionths of a degree. */
  readonly stepX: number
  readonly stepY: number
  readonly columns: number
  readonly rows: number
}

/** Steps are those of the middle latitude: columns stand straight, cells differ in width by the cosine. */
function latticeFor(squares: SquaresSettings): Lattice {
  const [east, north] = metresPerDegree((squares.south + squares.north) / 2)
  const stepX = Math.max(1, Math.round((squares.cellMetres / east) * MILLION))
  const stepY = Math.max(1, Math.round((squares.cellMetres / north) * MILLION))
  return {
    west: Math.round(squares.west * MILLION),
    north: Math.round(squares.north * MILLION),
    stepX,
    stepY,
    columns: Math.ceil(((squares.east - squares.west) * MILLION - 1) / stepX),
    rows: Math.ceil(((squares.north - squares.south) * MILLION - 1) / stepY),
  }
}

/** Column A, B, … Z, AA and row 1, 2, … as on a city map. */
function mapReference(column: number, row: number): string {
  let letters = ''
  for (let at = column; at >= 0; at = Math.floor(at / 26) - 1)
    letters = String.fromCharCode(65 + (at % 26)) + letters
  return letters + (row + 1)
}

/** A square block of cells, at any level. */
interface Block {
  readonly code: string
  readonly reference: string
  readonly depth: number
  readonly column: number
  readonly row: number
  /** Cells along a side. */
  readonly side: number
}

/** Square cells in square blocks of cells; codes run west to east, north to south inside each block. */
export function gridFromSquares(
  settings: GridSettings & { readonly squares: SquaresSettings },
  file: string,
): ReadGrid {
  const { squares, levels } = settings
  const lattice = latticeFor(squares)
  const findings = new Findings()
  // A side of each level's blocks in cells; the root is one block of everything.
  const sides = [
    Math.max(lattice.columns, lattice.rows),
    ...squares.groups.map((_, nth) => product(squares.groups.slice(nth))),
    1,
  ]
  const size = sides.reduce(
    (sum, side) => sum + Math.ceil(lattice.columns / side) * Math.ceil(lattice.rows / side),
    0,
  )
  if (!(size <= MOST_AREAS)) {
    findings.add('GR-size', { file, value: size, most: MOST_AREAS })
    return { grid: null, findings: findings.list }
  }
  const areas: AreaSpec[] = []
  const root = { code: squares.codePrefix, reference: '', depth: 0, column: 0, row: 0, side: sides[0] ?? 1 }
  const add = (block: Block, parent: string | null): boolean => {
    const at = areas.length
    const leaf = block.depth === levels.length - 1
    const shape = leaf ? squareAt(lattice, squares, block.column, block.row) : null
    if (leaf && shape === null) return false
    areas.push({
      code: block.code,
      name: parent === null ? settings.name : nameOf(settings, block),
      unit: '',
      parent,
      depth: block.depth,
      shape,
    })
    let any = leaf
    for (const child of leaf ? [] : childrenOf(block, sides[block.depth + 1] ?? 1, lattice))
      any = add(child, block.code) || any
    // A block outside the outline goes again.
    if (!any) areas.length = at
    return any
  }
  if (!add(root, null)) {
    findings.add('GR-file', { file, why: 'no cell lies within the outline' })
    return { grid: null, findings: findings.list }
  }
  return { grid: createGrid({ ...settings, areas }), findings: [] }
}

const product = (factors: readonly number[]): number => factors.reduce((all, each) => all * each, 1)

function nameOf({ levels }: GridSettings, { depth, reference }: Block): { zh: string; en: string } {
  const level = levels[depth]?.name ?? { zh: '', en: '' }
  return { zh: `${level.zh} ${reference}`.trim(), en: `${level.en} ${reference}`.trim() }
}

/** Blocks inside a block, west to east, north to south. */
function childrenOf(block: Block, side: number, lattice: Lattice): Block[] {
  const east = Math.min(block.column + block.side, lattice.columns)
  const south = Math.min(block.row + block.side, lattice.rows)
  const across = Math.ceil((east - block.column) / side)
  const down = Math.ceil((south - block.row) / side)
  const width = Math.max(2, String(across * down).length)
  return Array.from({ length: across * down }, (_, nth) => {
    const [x, y] = [nth % across, Math.floor(nth / across)]
    return {
      code: block.code + String(nth + 1).padStart(width, '0'),
      reference: [block.reference, mapReference(x, y)].filter((part) => part !== '').join('-'),
      depth: block.depth + 1,
      column: block.column + x * side,
      row: block.row + y * side,
      side,
    }
  })
}

/** The cell's square; null when its centre lies outside the outline. */
function squareAt(
  lattice: Lattice,
  squares: SquaresSettings,
  column: number,
  row: number,
): MultiPolygon | null {
  const west = (lattice.west + column * lattice.stepX) / MILLION
  const east = (lattice.west + (column + 1) * lattice.stepX) / MILLION
  const north = (lattice.north - row * lattice.stepY) / MILLION
  const south = (lattice.north - (row + 1) * lattice.stepY) / MILLION
  const { within } = squares
  if (within !== undefined) {
    const first = within[0]
    const ring = first === undefined ? within : [...within, first]
    if (!partHolds([ring], (west + east) / 2, (south + north) / 2)) return null
  }
  return [
    [
      [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
      ],
    ],
  ]
}
