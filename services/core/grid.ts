import { QingyuError } from './errors.ts'
import { outlineOf, straightened } from './grid-outline.ts'
import { boundsOf, centreOf } from './grid-shape.ts'
import { versionOf } from './grid-version.ts'
import { createLocator } from './locate.ts'

/** A kind of area: `city`, `district`, `street`, `community`, `cell`. */
export interface AreaLevel {
  readonly id: string
  readonly name: { readonly zh: string; readonly en: string }
}

/** Closed rings in WGS 84 lon,lat; outer ring first, then holes (RFC 7946); one entry per part. */
export type MultiPolygon = readonly (readonly (readonly (readonly [number, number])[])[])[]

/**
 * The tree of areas of one city, one version. Areas are numbered level by level, root first, by code inside a level, so a
 * number is stable for a version; columns are indexed by it.
 */
export interface Grid {
  /** 16 hex digits of a hash over codes, parents and shapes. */
  readonly version: string
  readonly city: string
  readonly name: { readonly zh: string; readonly en: string }
  /** IANA zone of the city, for schedules and clocks on walls. */
  readonly zone: string
  readonly levels: readonly AreaLevel[]
  /** Index in `levels` of the partition level. */
  readonly partitionLevel: number
  readonly size: number
  readonly codes: readonly string[]
  readonly names: readonly { readonly zh: string; readonly en: string }[]
  /** Responsible unit, '' where none is given. */
  readonly units: readonly string[]
  /** -1 for the root. */
  readonly parents: Int32Array
  /** Index in `levels`. */
  readonly depths: Uint8Array
  /** Centre, WGS 84 degrees: lon at 2i, lat at 2i+1. */
  readonly centres: Float64Array
  /** West, south, east, north. */
  readonly bounds: readonly [number, number, number, number]
  indexOf(code: string): number | undefined
  /** The deepest area that holds a WGS 84 point; -1 outside the city. On a shared edge the smaller index owns it. */
  locate(lon: number, lat: number): number
  polygon(area: number): MultiPolygon
}

/** Partition of an area at or below the partition level: FNV-1a of its ancestor's code at that level, modulo `partitions`; the area above: `partitions` (the roll-up). */
export function partitionOf(grid: Grid, area: number, partitions: number): number {
  let at = area
  while (at >= 0 && (grid.depths[at] ?? 0) > grid.partitionLevel) at = grid.parents[at] ?? -1
  if (at < 0 || (grid.depths[at] ?? 0) < grid.partitionLevel) return partitions
  const code = grid.codes[at] ?? ''
  let hash = 0x811c9dc5
  for (let i = 0; i < code.length; i++) hash = Math.imul(hash ^ code.charCodeAt(i), 0x01000193) >>> 0
  return hash % partitions
}

/** Index in `levels` of a level id; `city` also names the first level and `cell` the last, whatever they are called. */
export function levelIndex(grid: Pick<Grid, 'levels'>, id: string): number | undefined {
  const own = grid.levels.findIndex((level) => level.id === id)
  if (own >= 0) return own
  return id === 'city' ? 0 : id === 'cell' ? grid.levels.length - 1 : undefined
}

/** One area as handed to {@link createGrid}. */
export interface AreaSpec {
  readonly code: string
  readonly name: { readonly zh: string; readonly en: string }
  readonly unit: string
  /** Code of the parent; null for the root. */
  readonly parent: string | null
  /** Index in `levels`. */
  readonly depth: number
  /** null: the outline of its children. */
  readonly shape: MultiPolygon | null
}

/** A city before its areas are numbered. */
export interface GridSpec {
  readonly city: string
  readonly name: { readonly zh: string; readonly en: string }
  readonly zone: string
  readonly levels: readonly AreaLevel[]
  readonly partitionLevel: number
  readonly areas: readonly AreaSpec[]
}

const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Numbers the areas, derives missing outlines and builds the index. Rings must be closed and simple, parents one or more levels
 * above; throws GR-duplicate, GR-parent or GR-geometry otherwise.
 */
export function createGrid(spec: GridSpec): Grid {
  const areas = [...spec.areas].sort((a, b) => a.depth - b.depth || byCode(a.code, b.code))
  const index = new Map<string, number>()
  for (const [area, { code }] of areas.entries()) {
    const other = index.get(code)
    if (other !== undefined) throw new QingyuError('GR-duplicate', { feature: area, value: code, other })
    index.set(code, area)
  }
  const parents = Int32Array.from(areas, (area) => parentIndex(area, areas, index))
  const shapes = shapesOf(areas, parents)
  const centres = new Float64Array(areas.length * 2)
  for (const [area, shape] of shapes.entries()) centres.set(centreOf(shape), area * 2)
  const codes = areas.map(({ code }) => code)
  const depths = Uint8Array.from(areas, ({ depth }) => depth)
  return {
    version: versionOf(codes, parents, shapes),
    city: spec.city,
    name: spec.name,
    zone: spec.zone,
    levels: spec.levels,
    partitionLevel: spec.partitionLevel,
    size: areas.length,
    codes,
    names: areas.map(({ name }) => name),
    units: areas.map(({ unit }) => unit),
    parents,
    depths,
    centres,
    bounds: boundsOf(shapes.flat()),
    indexOf: (code) => index.get(code),
    locate: createLocator(shapes, parents, depths),
    polygon: (area) => shapes[area] ?? [],
  }
}

function parentIndex(area: AreaSpec, areas: readonly AreaSpec[], index: ReadonlyMap<string, number>): number {
  if (area.parent === null && area.depth === 0) return -1
  const parent = index.get(area.parent ?? '')
  if (parent === undefined || (areas[parent]?.depth ?? 0) >= area.depth)
    throw new QingyuError('GR-parent', { value: area.code, parent: area.parent ?? '(none)' })
  return parent
}

/** Shapes by area; an area without its own gets the outline of the leaves below it, with gaps that touch only it filled. */
function shapesOf(areas: readonly AreaSpec[], parents: Int32Array): MultiPolygon[] {
  const shapes: MultiPolygon[] = areas.map(({ shape }) => shape ?? [])
  const children: number[][] = areas.map(() => [])
  for (const [area, parent] of parents.entries()) children[parent]?.push(area)
  const gaps = new Set<string>()
  const pending = [...areas.keys()].filter((area) => areas[area]?.shape === null)
  if (pending.length > 0)
    for (const hole of outlineOf(shapes.filter((_, area) => children[area]?.length === 0)).holes)
      gaps.add(ringKey(hole))
  for (const area of pending.reverse()) {
    const outline = outlineOf((children[area] ?? []).map((child) => shapes[child] ?? []))
    if (outline.shape.length === 0)
      throw new QingyuError('GR-geometry', {
        value: areas[area]?.code ?? '',
        why: 'it has neither a shape nor children with one',
        datum: 'WGS 84',
      })
    shapes[area] = outline.shape.map((part) =>
      part.filter((ring, nth) => nth === 0 || !gaps.has(ringKey(ring))),
    )
  }
  // Only now: neighbours find each other by the corners that this takes away.
  for (const area of pending)
    shapes[area] = (shapes[area] ?? []).map((part) => part.map((ring) => straightened(ring)))
  return shapes
}

/** The same for the same ring, wherever it starts. */
function ringKey(ring: readonly (readonly [number, number])[]): string {
  return ring
    .slice(1)
    .map(([x, y]) => `${x},${y}`)
    .sort()
    .join(' ')
}
