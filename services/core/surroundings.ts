import Flatbush from 'flatbush'
import { toWgs84 } from './datum.ts'
import type { Grid } from './grid.ts'
import type { Registration } from './observation.ts'

/** Metres of one degree of latitude. */
const DEGREE_M = 111_195

/** A place with its distance from the middle that was asked for, in metres. */
export interface Near<Item> {
  readonly item: Item
  readonly lon: number
  readonly lat: number
  readonly metres: number
}

/** Metres between two places of one city, WGS 84 degrees; on so short a way the ground is flat. */
export function metresBetween(lon: number, lat: number, otherLon: number, otherLat: number): number {
  const east = (otherLon - lon) * Math.cos((lat * Math.PI) / 180)
  return Math.hypot(east, otherLat - lat) * DEGREE_M
}

/** Places that do not move, found by distance. */
export class Places<Item> {
  readonly #items: readonly Item[]
  readonly #points: Float64Array
  readonly #index: Flatbush | null

  constructor(places: readonly { readonly item: Item; readonly lon: number; readonly lat: number }[]) {
    this.#items = places.map(({ item }) => item)
    this.#points = Float64Array.from(places.flatMap(({ lon, lat }) => [lon, lat]))
    // An empty index cannot be made.
    this.#index = places.length === 0 ? null : new Flatbush(places.length)
    for (const { lon, lat } of places) this.#index?.add(lon, lat)
    this.#index?.finish()
  }

  /** At most `most` within `radius` metres, nearest first. */
  near(lon: number, lat: number, radius: number, most: number): Near<Item>[] {
    const high = radius / DEGREE_M
    const wide = high / Math.max(0.01, Math.cos((lat * Math.PI) / 180))
    const found = this.#index?.search(lon - wide, lat - high, lon + wide, lat + high) ?? []
    return found
      .flatMap((nth): Near<Item>[] => {
        const item = this.#items[nth]
        const [x = 0, y = 0] = this.#points.subarray(nth * 2, nth * 2 + 2)
        const metres = Math.round(metresBetween(lon, lat, x, y))
        return item === undefined || metres > radius ? [] : [{ item, lon: x, lat: y, metres }]
      })
      .sort((a, b) => a.metres - b.metres)
      .slice(0, most)
  }
}

/** A source that stands somewhere. WGS 84 degrees. */
export interface StandingSource {
  readonly source: string
  readonly kind: 'sensor' | 'camera'
  readonly lon: number
  readonly lat: number
}

/** Registered sources where they stand: at their own place, or in the middle of their area; those without either are left out. */
export function standingSources(
  registrations: ReadonlyMap<string, Registration>,
  grid: Pick<Grid, 'indexOf' | 'centres'>,
): StandingSource[] {
  return [...registrations].flatMap(([source, { lon, lat, area, datum, kind = 'sensor' }]) => {
    if (lon !== undefined && lat !== undefined) {
      const [x, y] = toWgs84(lon, lat, datum)
      return [{ source, kind, lon: x, lat: y }]
    }
    const index = area === undefined ? undefined : grid.indexOf(area)
    if (index === undefined) return []
    return [{ source, kind, lon: grid.centres[index * 2] ?? 0, lat: grid.centres[index * 2 + 1] ?? 0 }]
  })
}

/** The deepest areas by their middles. */
export function placesOfCells(grid: Pick<Grid, 'levels' | 'size' | 'depths' | 'centres'>): Places<number> {
  const deepest = grid.levels.length - 1
  const cells = Array.from({ length: grid.size }, (_, area) => area).filter(
    (area) => grid.depths[area] === deepest,
  )
  return new Places(
    cells.map((item) => ({ item, lon: grid.centres[item * 2] ?? 0, lat: grid.centres[item * 2 + 1] ?? 0 })),
  )
}
