import type { Grid } from './grid.ts'
import type { Datum, Registration, Sender } from './observation.ts'

/** Converts a place given in a datum to WGS 84 degrees (core/datum). */
export type ToWgs84 = (lon: number, lat: number, datum: Datum) => readonly [number, number]

/** Answers of {@link Locator} that are no area. */
export const OUTSIDE = -1
export const NO_PLACE = -2
export const UNKNOWN_AREA = -3
export const UNKNOWN_ADDRESS = -4

/** The fields of an observation that say where it was made; NaN and null where they are absent. */
export interface Whereabouts {
  readonly lon: number
  readonly lat: number
  readonly area: string | null
  readonly address: string | null
}

/** A sender with its registered area: an index, OUTSIDE or UNKNOWN_AREA where the register is wrong, NO_PLACE without one. */
export interface PlacedSender extends Sender {
  readonly fixed: number
}

const DATUMS: readonly Datum[] = ['wgs84', 'gcj02', 'bd09']

/** Finds areas for observations: the registered place first, then lon and lat, then area, then address (design §7). */
export class Locator {
  readonly #grid: Grid
  readonly #toWgs84: ToWgs84
  /** Lengths of the grid's codes, longest first. */
  readonly #lengths: readonly number[]

  constructor(grid: Grid, toWgs84: ToWgs84) {
    this.#grid = grid
    this.#toWgs84 = toWgs84
    this.#lengths = [...new Set(grid.codes.map((code) => code.length))].sort((a, b) => b - a)
  }

  /** What {@link PlacedSender.fixed} is for a registration. */
  fixed(registration: Registration | null): number {
    if (registration === null) return NO_PLACE
    const { lon, lat, area, datum } = registration
    if (lon !== undefined && lat !== undefined) return this.at(lon, lat, datum)
    return area === undefined ? NO_PLACE : (this.#grid.indexOf(area) ?? UNKNOWN_AREA)
  }

  /** Area of a place given in `datum`; OUTSIDE when the city does not hold it. */
  at(lon: number, lat: number, datum: Datum): number {
    if (!(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90)) return OUTSIDE
    if (datum === 'wgs84') return this.#grid.locate(lon, lat)
    const [east, north] = this.#toWgs84(lon, lat, datum)
    return this.#grid.locate(east, north)
  }

  /** Area index of an observation, or one of the negative answers. Rate: per observation; one comparison for a fixed source. */
  area(sender: PlacedSender, where: Whereabouts): number {
    if (sender.fixed !== NO_PLACE) return sender.fixed
    if (!Number.isNaN(where.lon)) {
      const memo = sender.memo
      if (memo.lon === where.lon && memo.lat === where.lat) return memo.area
      memo.area = this.at(where.lon, where.lat, sender.registration?.datum ?? 'wgs84')
      memo.lon = where.lon
      memo.lat = where.lat
      return memo.area
    }
    if (where.area !== null) return this.#grid.indexOf(where.area) ?? UNKNOWN_AREA
    return where.address === null ? NO_PLACE : this.#resolve(where.address)
  }

  /** The longest beginning of a unified address code that is the code of an area. */
  #resolve(address: string): number {
    for (const length of this.#lengths) {
      const area = length <= address.length ? this.#grid.indexOf(address.slice(0, length)) : undefined
      if (area !== undefined) return area
    }
    return UNKNOWN_ADDRESS
  }

  /** What may be wrong with a place outside the city: swapped, no fix, another datum, or simply elsewhere. */
  hint(lon: number, lat: number, datum: Datum): string {
    if (this.at(lat, lon, datum) !== OUTSIDE)
      return `lon and lat look swapped: lon ${lat}, lat ${lon} lies in the city.`
    if (Math.abs(lat) > 90 && Math.abs(lon) <= 90)
      return 'A latitude lies between -90 and 90: lon and lat look swapped.'
    if (lon === 0 && lat === 0) return '0, 0 is what receivers send without a fix: leave such readings out.'
    const other = DATUMS.find((each) => each !== datum && this.at(lon, lat, each) !== OUTSIDE)
    if (other !== undefined)
      return `Read as ${other} it lies in the city: have the source registered with datum ${other}.`
    const [west, south, east, north] = this.#grid.bounds.map((degrees) => Number(degrees.toFixed(4)))
    return `The city reaches from lon ${west} to ${east} and from lat ${south} to ${north}.`
  }

  /** Version of the grid, for messages. */
  get grid(): string {
    return this.#grid.version
  }
}
