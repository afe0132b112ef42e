/** A kind of area: `city`, `district`, `street`, `community`, `cell`. */
export interface AreaLevel {
  readonly id: string
  readonly name: { readonly zh: string; readonly en: string }
}

/** Closed rings in WGS 84 lon,lat; outer ring first, then holes (RFC 7946); one entry per part. */
export type MultiPolygon = readonly (readonly (readonly [number, number])[][])[]

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
