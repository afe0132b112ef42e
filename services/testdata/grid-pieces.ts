import { layLattice } from '../core/city-lattice.ts'
import { seeded } from '../core/city-random.ts'
import type { AreaSpec, GridSpec, MultiPolygon } from '../core/grid.ts'
import { Findings } from '../core/grid-finding.ts'
import { readSettings, type GridSettings } from '../core/grid-settings.ts'

/** Lon, lat of the south-western corner of {@link box} pieces. */
const ORIGIN = [118.9, 32.1] as const
/** Side of one unit of {@link box}, degrees. */
export const UNIT = 0.001

/** A rectangle in units from the origin, closed, counter-clockwise. */
export function box(west: number, south: number, east: number, north: number): [number, number][] {
  const at = (x: number, y: number): [number, number] => [
    Math.round((ORIGIN[0] + x * UNIT) * 1e6) / 1e6,
    Math.round((ORIGIN[1] + y * UNIT) * 1e6) / 1e6,
  ]
  return [at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)]
}

/** A cell or the root (`parent` null) of {@link cityOf}. */
export function area(
  code: string,
  parent: string | null,
  shape: MultiPolygon | null,
  depth = parent === null ? 0 : 1,
): AreaSpec {
  return { code, name: { zh: code, en: code }, unit: '', parent, depth, shape }
}

/** A city of the given areas; levels city, street, cell as deep as they go. */
export function cityOf(areas: readonly AreaSpec[]): GridSpec {
  const depth = Math.max(...areas.map((each) => each.depth))
  const ids = depth < 2 ? ['city', 'cell'] : ['city', 'street', 'cell']
  return {
    city: 'pieces',
    name: { zh: '片', en: 'Pieces' },
    zone: 'Asia/Shanghai',
    levels: ids.map((id) => ({ id, name: { zh: id, en: id } })),
    partitionLevel: 1,
    areas,
  }
}

/** A city of irregular cells that share their corners, seeded. */
export function irregular(cells: number, seed: number): GridSpec {
  const plots = layLattice({
    centre: ORIGIN,
    cells,
    cell: [100, 87],
    form: 'hexagon',
    stray: 0.13,
    hills: [{ at: [0, 0], radius: [600, 600], height: 1 }],
    random: seeded(seed),
  })
  return cityOf([
    area('C', null, null),
    ...plots.map(({ ring }, nth) => area(`C${String(nth).padStart(4, '0')}`, 'C', [[ring]])),
  ])
}

/** Settings of an import: city `C`, streets `C1`, cells `C101`, unless told otherwise. */
export function settingsOf(more: Readonly<Record<string, unknown>> = {}): GridSettings {
  const findings = new Findings()
  const name = { zh: '试', en: 'Trial' }
  const levels = ['city', 'street', 'cell'].map((id) => ({ id, name }))
  const base = { city: 'trial', name, zone: 'Asia/Shanghai', levels, digits: [1, 2, 4], root: 'C' }
  const settings = readSettings({ ...base, ...more }, 'trial.geojson', findings)
  if (findings.fatal) throw new TypeError(findings.list[0]?.message)
  return settings
}

/** A GeoJSON feature with a code and polygons, each a list of rings. */
export function feature(code: unknown, ...parts: unknown[][]): object {
  const geometry = parts.length === 0 ? null : { type: 'MultiPolygon', coordinates: parts }
  return {
    type: 'Feature',
    properties: { code, zh: `${String(code)}号`, en: `No ${String(code)}` },
    geometry,
  }
}

/** A GeoJSON FeatureCollection. */
export function collection(...features: readonly object[]): object {
  return { type: 'FeatureCollection', features }
}
