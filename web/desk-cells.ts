import { UNKNOWN } from '../services/core/level.ts'
import type { Scheme } from '../services/core/level.ts'
import { centreOf } from './city.ts'
import type { City } from './city.ts'
import type { Glass } from './desk-glass.ts'
import { lookOf } from './look.ts'
import type { NumeralIcons } from './numeral-icons.ts'
import { token } from './plot.ts'
import { tile } from './shape.ts'

type Point = readonly [number, number]

/** Cells smaller than this many pixels are plain: no gaps, no patterns. */
const PLAIN = 5
const tiles = new WeakMap<City, Map<number, readonly (readonly Point[])[]>>()

/** Outer rings of a cell as drawn, worked out once. */
function tilesOf(city: City, cell: number): readonly (readonly Point[])[] {
  const known = tiles.get(city) ?? new Map<number, readonly (readonly Point[])[]>()
  tiles.set(city, known)
  let made = known.get(cell)
  if (made === undefined) {
    made = (city.doc.polygons[cell] ?? []).map((part) => tile(part[0] ?? [], city.cellSize))
    known.set(cell, made)
  }
  return made
}

/** Runs along a ring, `dx` and `dy` pixels beside where it lies. */
export function trace(
  pen: CanvasRenderingContext2D | Path2D,
  glass: Glass,
  ring: readonly Point[],
  dx = 0,
  dy = 0,
): void {
  for (const [i, [lon, lat]] of ring.entries()) {
    const [x, y] = glass.project(lon, lat)
    if (i === 0) pen.moveTo(x + dx, y + dy)
    else pen.lineTo(x + dx, y + dy)
  }
  pen.closePath()
}

/** The mark of a pattern, as a small canvas to be repeated; null for plain ones. */
function markOf(pattern: string, dpr: number): HTMLCanvasElement | null {
  if (pattern === 'plain' || pattern === 'solid') return null
  const canvas = document.createElement('canvas')
  const side = Math.round((pattern === 'stripes' ? 10 : 7) * dpr)
  canvas.width = canvas.height = side
  const pen = canvas.getContext('2d')
  if (pen === null) return null
  pen.fillStyle = pen.strokeStyle = pattern === 'stripes' ? token('blind-stripe') : 'rgb(0 0 0 / 0.4)'
  if (pattern === 'dots') {
    pen.arc(side / 2, side / 2, side * 0.2, 0, 7)
    pen.fill()
    return canvas
  }
  pen.lineWidth = side * (pattern === 'stripes' ? 0.35 : 0.26)
  // Three lines, so that the corners of neighbours meet.
  for (const at of [-1, 0, 1]) {
    pen.moveTo(at * side - side, side * 2)
    pen.lineTo(at * side + side * 2, -side)
  }
  pen.stroke()
  return canvas
}

/** Draws the cells of a city: colour, pattern and numeral. */
export class CellPen {
  readonly #to: CanvasRenderingContext2D
  readonly #dpr: number
  readonly #icons: NumeralIcons
  readonly #marks = new Map<string, CanvasPattern | null>()

  constructor(to: CanvasRenderingContext2D, dpr: number, icons: NumeralIcons) {
    this.#to = to
    this.#dpr = dpr
    this.#icons = icons
  }

  /** The cells that are seen. `ranks` by area index; null: not known now. */
  draw(glass: Glass, city: City, ranks: Uint8Array | null, scheme: Scheme | null): void {
    const pen = this.#to
    const [west, south, east, north] = glass.bounds
    const side = city.cellSize * glass.look.scale
    const reach = 2 * city.cellSize
    const paths = new Map<number, Path2D>()
    const numbered: (readonly [number, number])[] = []
    for (const cell of city.cells) {
      const [lon, lat] = centreOf(city, cell)
      if (lon < west - 2 * reach || lon > east + 2 * reach || lat < south - reach || lat > north + reach)
        continue
      const rank = ranks === null ? 0 : (ranks[cell] ?? UNKNOWN)
      let path = paths.get(rank)
      if (path === undefined) paths.set(rank, (path = new Path2D()))
      const rings =
        side < PLAIN ? (city.doc.polygons[cell] ?? []).map((part) => part[0] ?? []) : tilesOf(city, cell)
      for (const ring of rings) trace(path, glass, ring)
      if (rank > 0 && side >= (this.#icons.room.get(rank) ?? 99)) numbered.push([cell, rank])
    }
    for (const [rank, path] of paths) {
      const look = lookOf(scheme, rank)
      const unknown = look.id === 'unknown'
      pen.fillStyle = rank === 0 ? token('normal') : unknown ? token('blind-ground') : look.colour
      pen.fill(path)
      const mark = rank === 0 || side < PLAIN ? null : this.#mark(look.pattern, glass)
      if (mark === null) continue
      pen.fillStyle = mark
      pen.fill(path)
    }
    for (const [cell, rank] of numbered) {
      const at = this.#icons.mapping[rank]
      const [x, y] = glass.project(...centreOf(city, cell))
      const size = Math.min(side * 0.8, 34)
      if (at !== undefined)
        pen.drawImage(
          this.#icons.atlas,
          at.x,
          at.y,
          at.width,
          at.height,
          x - size / 2,
          y - size / 2,
          size,
          size,
        )
    }
  }

  /** A pattern that lies on the ground, not on the glass. */
  #mark(pattern: string, glass: Glass): CanvasPattern | null {
    let made = this.#marks.get(pattern)
    if (made === undefined) {
      const canvas = markOf(pattern, this.#dpr)
      made = canvas === null ? null : this.#to.createPattern(canvas, 'repeat')
      this.#marks.set(pattern, made)
    }
    const [x, y] = glass.project(Math.round(glass.look.lon), Math.round(glass.look.lat))
    made?.setTransform(new DOMMatrix().translate(x % 70, y % 70).scale(1 / this.#dpr))
    return made
  }
}
