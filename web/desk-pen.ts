import type { Scheme } from '../services/core/level.ts'
import type { City } from './city.ts'
import { CellPen, trace } from './desk-cells.ts'
import type { Glass } from './desk-glass.ts'
import type { NumeralIcons } from './numeral-icons.ts'
import { token } from './plot.ts'

type Point = readonly [number, number]

/** Something near an incident, as a small sign. */
export interface Sign {
  readonly kind: 'sensor' | 'camera' | 'desk' | 'call'
  readonly lon: number
  readonly lat: number
  readonly lit: boolean
}

/** All that is drawn on a small map. */
export interface Scene {
  readonly city: City
  /** By area index; null: not known now. */
  readonly ranks: Uint8Array | null
  readonly scheme: Scheme | null
  /** Closed lines around it. */
  readonly outline: readonly (readonly Point[])[]
  /** On the badge of the outline; 0: none. */
  readonly number: number
  readonly centre: Point | null
  /** Where the centre will be; null: it stands. */
  readonly projection: Point | null
  readonly signs: readonly Sign[]
  /** Rings of silences, degrees. */
  readonly rings: readonly (readonly Point[])[]
  /** What a finger is drawing now, pixels. */
  readonly way: readonly Point[]
  readonly chosen: number
}

/** Draws a {@link Scene}; holds what does not change from one drawing to the next. */
export class Pen {
  readonly #to: CanvasRenderingContext2D
  readonly #dpr: number
  readonly #cells: CellPen

  constructor(to: CanvasRenderingContext2D, dpr: number, icons: NumeralIcons) {
    this.#to = to
    this.#dpr = dpr
    this.#cells = new CellPen(to, dpr, icons)
  }

  /** Everything, from the ground up. Rate: once a frame while something moves, else once a tick. */
  draw(glass: Glass, scene: Scene): void {
    const pen = this.#to
    pen.setTransform(this.#dpr, 0, 0, this.#dpr, 0, 0)
    pen.fillStyle = token('ink')
    pen.fillRect(0, 0, glass.width, glass.height)
    pen.lineJoin = pen.lineCap = 'round'
    this.#cells.draw(glass, scene.city, scene.ranks, scene.scheme)
    this.#borders(glass, scene.city)
    for (const ring of scene.rings) this.#ring(glass, ring)
    this.#incident(glass, scene)
    for (const sign of scene.signs) this.#sign(glass, sign)
    if (scene.chosen >= 0) this.#chosen(glass, scene)
    this.#way(scene.way)
  }

  #borders(glass: Glass, city: City): void {
    const pen = this.#to
    const above = Math.min(1, city.deepest - 1)
    if (above < 1) return
    pen.beginPath()
    for (let area = 0; area < city.doc.depths.length && (city.doc.depths[area] ?? 0) <= above; area++)
      if (city.doc.depths[area] === above)
        for (const part of city.doc.polygons[area] ?? []) for (const ring of part) trace(pen, glass, ring)
    pen.strokeStyle = token('border')
    pen.lineWidth = 1
    pen.stroke()
  }

  /** A line that is seen on any colour: the page's strongest, cased in its ground. */
  #cased(width: number, dash: readonly number[] = []): void {
    const pen = this.#to
    pen.setLineDash([...dash])
    pen.strokeStyle = token('ink')
    pen.lineWidth = width + 3
    pen.stroke()
    pen.strokeStyle = token('strong')
    pen.lineWidth = width
    pen.stroke()
    pen.setLineDash([])
  }

  #incident(glass: Glass, { outline, centre, projection, number }: Scene): void {
    const pen = this.#to
    if (outline.length === 0) return
    if (centre !== null && projection !== null) {
      const [x, y] = glass.project(...centre)
      const [px, py] = glass.project(...projection)
      pen.beginPath()
      for (const line of outline) trace(pen, glass, line, px - x, py - y)
      pen.globalAlpha = 0.75
      this.#cased(1.5, [5, 6])
      pen.globalAlpha = 1
    }
    pen.beginPath()
    for (const line of outline) trace(pen, glass, line)
    this.#cased(2.5)
    if (centre !== null && projection !== null)
      this.#arrow(glass.project(...centre), glass.project(...projection))
    if (number > 0) this.#badge(glass, outline, number)
  }

  #arrow([x, y]: Point, [px, py]: Point): void {
    const pen = this.#to
    const length = Math.hypot(px - x, py - y)
    if (length < 14) return
    const [ux, uy] = [(px - x) / length, (py - y) / length]
    const head = 9
    pen.beginPath()
    pen.moveTo(x, y)
    pen.lineTo(px, py)
    pen.moveTo(px - head * (ux - 0.6 * uy), py - head * (uy + 0.6 * ux))
    pen.lineTo(px, py)
    pen.lineTo(px - head * (ux + 0.6 * uy), py - head * (uy - 0.6 * ux))
    this.#cased(2.5)
  }

  #badge(glass: Glass, outline: Scene['outline'], number: number): void {
    const pen = this.#to
    const corners = outline.flat().map(([lon, lat]) => glass.project(lon, lat))
    // Upper left, where an arrow rarely goes; kept on the glass.
    const [x0, y0] = corners.reduce((best, at) => (at[0] + at[1] < best[0] + best[1] ? at : best), [
      1e9, 1e9,
    ] as Point)
    const r = 12
    const x = Math.min(glass.width - r - 4, Math.max(r + 4, x0 - 3))
    const y = Math.min(glass.height - r - 4, Math.max(r + 4, y0 - 3))
    pen.beginPath()
    pen.arc(x, y, r, 0, 7)
    pen.fillStyle = token('strong')
    pen.strokeStyle = token('ink')
    pen.lineWidth = 2
    pen.fill()
    pen.stroke()
    pen.fillStyle = token('ink')
    pen.font = `700 ${number > 99 ? 10 : 13}px "Inter Variable", sans-serif`
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    pen.fillText(String(number), x, y + 0.5)
  }

  #sign(glass: Glass, { kind, lon, lat, lit }: Sign): void {
    const pen = this.#to
    const [x, y] = glass.project(lon, lat)
    const r = lit ? 7 : 4.5
    pen.beginPath()
    if (kind === 'camera') {
      pen.moveTo(x - r, y - r * 0.8)
      pen.lineTo(x + r, y)
      pen.lineTo(x - r, y + r * 0.8)
      pen.closePath()
    } else if (kind === 'call') pen.arc(x, y, r * 0.8, 0, 7)
    else pen.rect(x - r * 0.75, y - r * 0.75, r * 1.5, r * 1.5)
    pen.lineWidth = 2
    // A call is a dot in a ring, as it pulses on the wall; what stands there always is hollow.
    pen.fillStyle = kind === 'call' || lit ? token('strong') : token('ink')
    pen.strokeStyle = kind === 'call' ? token('ink') : token('strong')
    pen.fill()
    pen.stroke()
  }

  #chosen(glass: Glass, { city, chosen }: Scene): void {
    const pen = this.#to
    pen.beginPath()
    for (const part of city.doc.polygons[chosen] ?? []) trace(pen, glass, part[0] ?? [])
    this.#cased(2)
  }

  #ring(glass: Glass, ring: readonly Point[]): void {
    const pen = this.#to
    pen.beginPath()
    trace(pen, glass, ring)
    pen.globalAlpha = 0.45
    pen.fillStyle = token('ink')
    pen.fill()
    pen.globalAlpha = 1
    this.#cased(2, [7, 5])
  }

  #way(way: readonly Point[]): void {
    const pen = this.#to
    pen.beginPath()
    for (const [i, [x, y]] of way.entries()) {
      if (i === 0) pen.moveTo(x, y)
      else pen.lineTo(x, y)
    }
    if (way.length > 1) this.#cased(2.5)
  }
}
