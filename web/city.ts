import type { AreasDocument } from '../services/core/areas.ts'
import { holds, sizeOf } from './shape.ts'

/** The tree of areas, with what the wall asks of it many times worked out once. */
export interface City {
  readonly doc: AreasDocument
  /** Index of the area that this wall is about: the city, or the top of a subtree. */
  readonly top: number
  /** Indexes of the deepest areas below it. */
  readonly cells: readonly number[]
  readonly deepest: number
  readonly indexOf: ReadonlyMap<string, number>
  /** West, south, east, north of all cells. */
  readonly bounds: readonly [number, number, number, number]
  /** Median side of a cell in degrees of latitude. */
  readonly cellSize: number
}

function liesIn(doc: AreasDocument, area: number, top: number): boolean {
  let at = area
  // Areas are numbered level by level, so that a parent's number is smaller.
  while (at > top) at = doc.parents[at] ?? -1
  return at === top
}

/** Whether an area is what the wall is about, or below it. */
export function within(city: City, area: number): boolean {
  return liesIn(city.doc, area, city.top)
}

/** Works out a {@link City} below the area `code`; of the whole city where there is no such area. */
export function cityOf(doc: AreasDocument, code = ''): City {
  const top = Math.max(0, doc.codes.indexOf(code))
  const deepest = doc.depths.reduce((most, depth) => Math.max(most, depth), 0)
  const cells = [...doc.depths.keys()].filter((i) => doc.depths[i] === deepest && liesIn(doc, i, top))
  const bounds: [number, number, number, number] = [180, 90, -180, -90]
  for (const i of cells)
    for (const part of doc.polygons[i] ?? [])
      for (const [lon, lat] of part[0] ?? []) {
        bounds[0] = Math.min(bounds[0], lon)
        bounds[1] = Math.min(bounds[1], lat)
        bounds[2] = Math.max(bounds[2], lon)
        bounds[3] = Math.max(bounds[3], lat)
      }
  const sizes = cells.map((i) => sizeOf(doc.polygons[i] ?? [])).sort((a, b) => a - b)
  const cellSize = sizes[sizes.length >> 1] ?? 0.001
  const indexOf = new Map(doc.codes.map((code, i) => [code, i]))
  return { doc, top, cells, deepest, indexOf, bounds, cellSize }
}

/** Centre of an area, lon and lat. */
export function centreOf(city: City, area: number): readonly [number, number] {
  return city.doc.centres[area] ?? [0, 0]
}

/** The ancestor of an area at a depth; the area itself when it is not deeper. */
export function ancestorAt(city: City, area: number, depth: number): number {
  let at = area
  while ((city.doc.depths[at] ?? 0) > depth) at = city.doc.parents[at] ?? 0
  return at
}

/** The cell that holds a point; -1 for none. Rate: a click. */
export function cellAt(city: City, lon: number, lat: number): number {
  const reach = 4 * city.cellSize
  for (const i of city.cells) {
    const [x, y] = centreOf(city, i)
    // Only cells of unusual size reach further; they are asked in the second round.
    if (Math.abs(x - lon) < reach && Math.abs(y - lat) < reach && holds(city.doc.polygons[i] ?? [], lon, lat))
      return i
  }
  return city.cells.find((i) => holds(city.doc.polygons[i] ?? [], lon, lat)) ?? -1
}

/** The nearest cell whose centre lies within 45° of a direction (`dx` east, `dy` north); `from` itself when there is none. */
export function step(city: City, from: number, dx: number, dy: number): number {
  const [x0, y0] = centreOf(city, from)
  const squeeze = Math.cos((y0 * Math.PI) / 180)
  let best = from
  let least = Number.POSITIVE_INFINITY
  for (const i of city.cells) {
    const [lon, lat] = centreOf(city, i)
    const [x, y] = [(lon - x0) * squeeze, lat - y0]
    const along = x * dx + y * dy
    const aside = Math.abs(x * dy - y * dx)
    // Straight ahead counts more than near: two to one.
    const cost = along + 2 * aside
    if (i !== from && along > city.cellSize * 0.2 && aside <= along && cost < least) {
      least = cost
      best = i
    }
  }
  return best
}

/** Cells whose name or code holds a text, at most `most`; exact codes first. */
export function find(city: City, text: string, most: number): readonly number[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return []
  const { codes, names } = city.doc
  const hit = (i: number): boolean =>
    [codes[i], names[i]?.zh, names[i]?.en].some((part) => part?.toLowerCase().includes(wanted))
  const found: number[] = []
  const exact = codes.findIndex((code) => code.toLowerCase() === wanted)
  if (exact >= 0) found.push(exact)
  for (let i = 0; i < codes.length && found.length < most; i++) if (i !== exact && hit(i)) found.push(i)
  return found
}
