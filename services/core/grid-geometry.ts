import type { Findings } from './grid-finding.ts'
import type { MultiPolygon } from './grid.ts'
import { isTree, shown, type GridSettings } from './grid-settings.ts'
import { ringArea, type Position } from './grid-shape.ts'
import { crossingOf } from './grid-sweep.ts'

/** Brings a position of the file to WGS 84 degrees. */
export type ToWgs84 = (x: number, y: number) => readonly [number, number]

/** Corners are rounded to a billionth of a degree (0.1 mm), so that what was one corner before a projection is one after it. */
const BILLION = 1e9
/** Ends nearer than this to another edge touch it and do not cross it, degrees. */
const TOUCH = 1e-8

/** Why a ring is not one. */
class BadRing {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

/** A feature's geometry in WGS 84, rings closed and turned as RFC 7946 says; null when it has none or is bad (then GR-geometry). */
export function readGeometry(
  geometry: unknown,
  code: string,
  settings: GridSettings,
  place: ToWgs84,
  findings: Findings,
): MultiPolygon | null {
  if (geometry === null) return null
  const datum = settings.epsg === undefined ? settings.datum : `EPSG:${settings.epsg}`
  const bad = (why: string): null => {
    findings.add('GR-geometry', { value: code, why, datum })
    return null
  }
  if (!isTree(geometry)) return bad('it has no geometry')
  const { type, coordinates } = geometry
  if (type !== 'Polygon' && type !== 'MultiPolygon')
    return bad(`it is a ${shown(type)}, not a Polygon or MultiPolygon`)
  const parts = type === 'Polygon' ? [coordinates] : coordinates
  if (!Array.isArray(parts) || parts.length === 0) return bad('it has no parts')
  const shape: [number, number][][][] = []
  for (const [nth, part] of parts.entries()) {
    if (!Array.isArray(part) || part.length === 0) return bad(`part ${nth} has no rings`)
    const rings: [number, number][][] = []
    for (const [at, ring] of part.entries()) {
      const read = readRing(ring, at === 0, settings.epsg !== undefined, place)
      if (read instanceof BadRing) return bad(`ring ${at} of part ${nth} ${read.why}`)
      rings.push(read)
    }
    shape.push(rings)
  }
  return shape
}

/** A closed ring, turned counter-clockwise when outer; repeated positions are dropped, as projections and editors leave some. */
function readRing(
  ring: unknown,
  outer: boolean,
  projected: boolean,
  place: ToWgs84,
): [number, number][] | BadRing {
  if (!Array.isArray(ring)) return new BadRing('is not a list of positions')
  if (ring.length < 4) return new BadRing(`has ${ring.length} positions, at least 4 are needed`)
  const [first, last] = [shown(ring[0]), shown(ring.at(-1))]
  const positions: [number, number][] = []
  for (const [nth, each] of ring.entries()) {
    const read = readPosition(each, projected, place)
    if (typeof read === 'string') return new BadRing(`has at ${nth} ${read}`)
    const before = positions.at(-1)
    if (before === undefined || before[0] !== read[0] || before[1] !== read[1]) positions.push(read)
  }
  const [start, end] = [positions[0], positions.at(-1)]
  if (start?.[0] !== end?.[0] || start?.[1] !== end?.[1])
    return new BadRing(`is not closed: it begins at ${first} and ends at ${last}`)
  const crossing = crossingOf(
    positions.slice(1).map((to, nth) => ({ from: positions[nth] ?? to, to, layer: 0 })),
    TOUCH,
  )
  if (crossing !== null)
    return new BadRing(`crosses itself near ${crossing.map((each) => each.toFixed(6)).join(',')}`)
  const area = ringArea(positions)
  if (positions.length < 4 || area === 0) return new BadRing('encloses nothing')
  return area > 0 === outer ? positions : positions.reverse()
}

/** A position in WGS 84, or what is wrong with it. Heights (RFC 7946 allows a third number) are left out. */
function readPosition(position: unknown, projected: boolean, place: ToWgs84): [number, number] | string {
  if (!Array.isArray(position)) return `${shown(position)}, not a position`
  const [x, y] = position as unknown[]
  if (typeof x !== 'number' || typeof y !== 'number' || !Number.isFinite(x) || !Number.isFinite(y))
    return `${shown(position)}, not two numbers`
  if (!projected && Math.abs(y) > 90 && Math.abs(x) <= 90)
    return `${shown(position)}: latitude stands before longitude`
  if (!projected && !inRange([x, y])) return `${shown(position)}, outside of longitude and latitude`
  const [lon, lat] = place(x, y)
  if (!inRange([lon, lat])) return `${shown(position)}, which is nowhere in this projection`
  return [Math.round(lon * BILLION) / BILLION, Math.round(lat * BILLION) / BILLION]
}

function inRange([lon, lat]: Position): boolean {
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90
}
