import imported from 'gcoord'
import proj4 from 'proj4'
import type { Datum } from './observation.ts'

// Seen from Node, its declarations put `transform` under a second `default` that the CommonJS module does not have.
type Gcoord = typeof imported extends { readonly default: infer Inner } ? Inner : typeof imported
const gcoord = imported as unknown as Gcoord

/** Longitude and latitude in degrees, or easting and northing in metres. */
export type Place = [number, number]

/** WGS 84 degrees of a place given in another datum; CGCS2000 differs from WGS 84 by centimetres and passes unchanged. */
export function toWgs84(lon: number, lat: number, datum: Datum): Place {
  switch (datum) {
    case 'wgs84':
    case 'cgcs2000':
      return [lon, lat]
    case 'gcj02':
      return gcoord.transform<Place>([lon, lat], gcoord.GCJ02, gcoord.WGS84)
    case 'bd09':
      return gcoord.transform<Place>([lon, lat], gcoord.BD09, gcoord.WGS84)
  }
}

/** A WGS 84 place as `datum` writes it, degrees. */
export function fromWgs84(lon: number, lat: number, datum: Datum): Place {
  switch (datum) {
    case 'wgs84':
    case 'cgcs2000':
      return [lon, lat]
    case 'gcj02':
      return gcoord.transform<Place>([lon, lat], gcoord.WGS84, gcoord.GCJ02)
    case 'bd09':
      return gcoord.transform<Place>([lon, lat], gcoord.WGS84, gcoord.BD09)
  }
}

/** First EPSG number, zone or meridian it stands for, of the four Gauss-Krüger series of CGCS2000. */
const SERIES = [
  { first: 4491, last: 4501, meridian: 75, step: 6, zone: 13 },
  { first: 4502, last: 4512, meridian: 75, step: 6, zone: null },
  { first: 4513, last: 4533, meridian: 75, step: 3, zone: 25 },
  { first: 4534, last: 4554, meridian: 75, step: 3, zone: null },
] as const

/** Both ways between WGS 84 degrees and a projection's metres (easting, northing). */
export interface Projection {
  toWgs84(easting: number, northing: number): Place
  fromWgs84(lon: number, lat: number): Place
}

/**
 * CGCS2000 by EPSG number: 4490 geographic, 4491–4554 Gauss-Krüger (6° and 3°, with and without the zone number before the
 * easting); undefined for any other number.
 */
export function cgcs2000(epsg: number): Projection | undefined {
  if (epsg === 4490) return { toWgs84: (lon, lat) => [lon, lat], fromWgs84: (lon, lat) => [lon, lat] }
  const series = SERIES.find((each) => epsg >= each.first && epsg <= each.last)
  if (series === undefined || !Number.isInteger(epsg)) return undefined
  const nth = epsg - series.first
  const meridian = series.meridian + nth * series.step
  const falseEasting = 500_000 + (series.zone === null ? 0 : (series.zone + nth) * 1_000_000)
  const projected = `+proj=tmerc +lat_0=0 +lon_0=${meridian} +k=1 +x_0=${falseEasting} +y_0=0 +ellps=GRS80 +units=m +no_defs`
  const converter = proj4(projected, '+proj=longlat +ellps=GRS80 +no_defs')
  const pair = (to: readonly number[]): Place => [to[0] ?? NaN, to[1] ?? NaN]
  return {
    toWgs84: (easting, northing) => pair(converter.forward([easting, northing])),
    fromWgs84: (lon, lat) => pair(converter.inverse([lon, lat])),
  }
}
