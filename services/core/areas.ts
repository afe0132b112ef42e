import type { AreaLevel, Grid, MultiPolygon } from './grid.ts'

/** `GET /api/v1/grids/{version}`: columns by area index, fetched once per version by walls. */
export interface AreasDocument {
  /** Version of the grid. */
  readonly grid: string
  readonly city: string
  readonly name: { readonly zh: string; readonly en: string }
  readonly zone: string
  readonly levels: readonly AreaLevel[]
  readonly partitionLevel: number
  readonly bounds: readonly [number, number, number, number]
  readonly codes: readonly string[]
  readonly names: readonly { readonly zh: string; readonly en: string }[]
  readonly units: readonly string[]
  /** -1 for the root. */
  readonly parents: readonly number[]
  /** Index in `levels`. */
  readonly depths: readonly number[]
  /** Lon, lat of each area. */
  readonly centres: readonly (readonly [number, number])[]
  readonly polygons: readonly MultiPolygon[]
}

/** A millionth of a degree is 0.1 m: finer than any cell's border is known. */
const rounded = (degrees: number): number => Math.round(degrees * 1e6) / 1e6

/** The document of a grid; coordinates in degrees WGS 84, rounded to 1e-6. */
export function toAreasDocument(grid: Grid): AreasDocument {
  const areas = Array.from({ length: grid.size }, (_, area) => area)
  const [west, south, east, north] = grid.bounds
  return {
    grid: grid.version,
    city: grid.city,
    name: grid.name,
    zone: grid.zone,
    levels: grid.levels,
    partitionLevel: grid.partitionLevel,
    bounds: [rounded(west), rounded(south), rounded(east), rounded(north)],
    codes: grid.codes,
    names: grid.names,
    units: grid.units,
    parents: [...grid.parents],
    depths: [...grid.depths],
    centres: areas.map((area) => [
      rounded(grid.centres[area * 2] ?? 0),
      rounded(grid.centres[area * 2 + 1] ?? 0),
    ]),
    polygons: areas.map((area) =>
      grid
        .polygon(area)
        .map((part) => part.map((ring) => ring.map(([x, y]): [number, number] => [rounded(x), rounded(y)]))),
    ),
  }
}
