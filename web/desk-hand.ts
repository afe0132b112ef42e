import { signal } from '@preact/signals'
import { cellAt } from './city.ts'
import { Glass, ringOf } from './desk-glass.ts'
import type { Bounds } from './desk-glass.ts'
import { coloured } from './desk-levels.ts'
import { Pen } from './desk-pen.ts'
import type { Scene, Sign } from './desk-pen.ts'
import { linesAround } from './incident-shape.ts'
import { Labels } from './labels.ts'
import { numeralIcons } from './numeral-icons.ts'
import { city, named, picture, scheme } from './store.ts'

type Point = readonly [number, number]

/** What a small map is about. */
export interface Matter {
  /** Codes of the incident's areas. */
  readonly areas: readonly string[]
  readonly number: number
  readonly centre: Point | null
  readonly projection: Point | null
  readonly signs: readonly Sign[]
  /** Drawn rings, degrees. */
  readonly rings: readonly (readonly Point[])[]
  /** Code of a chosen area; '' for none. */
  readonly chosen: string
  /** Takes the code of a tapped cell. */
  readonly tapped: ((code: string) => void) | null
  /** Takes a ring drawn by finger, mouse or keys, degrees; null: nothing is drawn. */
  readonly drew: ((ring: readonly Point[]) => void) | null
}

/** Names are this much smaller than a wall's. */
const NAME = 0.66
/** Pixels that a key moves the map; a cross goes a third of it. */
const STEP = 60
/** A thumb that trembles is still a tap, pixels. */
const TREMBLE = 6
/** Cells from edge to edge at least around a small incident: a place is known by its neighbours. */
const ROOMY = 9

/** One small map: what it shows, from where, and what fingers and keys do to it. */
export class Hand {
  /** Where keys would set a corner, pixels; null while none are used. */
  readonly cross = signal<Point | null>(null)
  readonly #box: HTMLElement
  readonly #canvas: HTMLCanvasElement
  readonly #labels: Labels
  readonly #fingers = new Map<number, Point>()
  #matter: Matter
  #lines: Scene['outline'] = []
  #linesOf = ''
  #glass: Glass | null = null
  #pen: Pen | null = null
  #way: readonly Point[] = []
  /** The camera stands where a person put it. */
  #placed = false
  /** This touch is a drag, no tap. */
  #dragged = false
  #frame = 0

  constructor(box: HTMLElement, canvas: HTMLCanvasElement, names: HTMLElement, matter: Matter) {
    this.#box = box
    this.#canvas = canvas
    this.#labels = new Labels(names)
    this.#matter = matter
  }

  /** Shows something else; the camera follows another incident, but not the growth of this one. */
  show(matter: Matter): void {
    this.#matter = matter
    this.draw()
  }

  /** Takes the size of its box; also after tokens or scheme changed. */
  size(): void {
    const { clientWidth: width, clientHeight: height } = this.#box
    const context = this.#canvas.getContext('2d')
    if (width === 0 || height === 0 || context === null) return
    const dpr = Math.min(devicePixelRatio, 3)
    this.#canvas.width = width * dpr
    this.#canvas.height = height * dpr
    this.#pen = new Pen(context, dpr, numeralIcons(scheme.peek()))
    if (this.#placed && this.#glass !== null) this.#look(this.#glass.sized(width, height))
    else this.fit()
  }

  /** All of the incident, with some room; the whole city where there is none. */
  fit(): void {
    const bounds = this.#bounds()
    const { clientWidth: width, clientHeight: height } = this.#box
    if (bounds === null || width === 0) return
    this.#placed = false
    const whole = this.#matter.areas.length === 0
    const margin = whole ? 8 : Math.min(width, height) * 0.16
    const roomy = whole ? 0 : ROOMY * (city.peek()?.cellSize ?? 0.001)
    this.#look(Glass.around(bounds, width, height, margin, roomy))
  }

  /** Nearer (above 1) or farther. */
  zoom(factor: number): void {
    if (this.#glass === null) return
    this.#placed = true
    this.#look(this.#glass.zoomed(factor))
  }

  /** Draws once before the next frame, however often it is asked. */
  draw(): void {
    this.#frame ||= requestAnimationFrame(() => this.#paint())
  }

  /** Frees what it holds. */
  end(): void {
    cancelAnimationFrame(this.#frame)
    this.#labels.clear()
    this.#pen = null
  }

  down(id: number, at: Point): void {
    this.#fingers.set(id, at)
    this.#dragged = this.#fingers.size > 1
    this.#way = this.#matter.drew !== null && this.#fingers.size === 1 ? [at] : []
  }

  move(id: number, to: Point): void {
    const from = this.#fingers.get(id)
    if (from === undefined || this.#glass === null) return
    if (this.#fingers.size > 1) this.#pinch(id, to)
    else if (this.#matter.drew !== null) {
      this.#way = [...this.#way, to]
      this.draw()
    } else {
      if (!this.#dragged && Math.hypot(to[0] - from[0], to[1] - from[1]) < TREMBLE) return
      this.#dragged = this.#placed = true
      this.#look(this.#glass.panned(to[0] - from[0], to[1] - from[1]))
    }
    this.#fingers.set(id, to)
  }

  up(id: number): void {
    const at = this.#fingers.get(id)
    this.#fingers.delete(id)
    if (at === undefined) return
    if (this.#matter.drew !== null && this.#way.length > 0) this.#close()
    else if (!this.#dragged) this.#tap(at)
  }

  cancel(id: number): void {
    this.#fingers.delete(id)
    this.#way = []
    this.draw()
  }

  wheel(by: number, [x, y]: Point): void {
    if (this.#glass === null) return
    this.#placed = true
    this.#look(this.#glass.zoomed(Math.exp(-by / 300), x, y))
  }

  /** What a key does: without drawing it moves the map, with drawing a cross that sets corners. False: nothing. */
  key(key: string): boolean {
    const glass = this.#glass
    const arrow = ARROWS[key]
    if (glass === null) return false
    if (key === '+' || key === '=') this.zoom(1.6)
    else if (key === '-') this.zoom(0.625)
    else if (this.#matter.drew === null) {
      if (arrow === undefined) return false
      this.#placed = true
      this.#look(glass.panned(-arrow[0] * STEP, -arrow[1] * STEP))
    } else if (arrow !== undefined || key === ' ') {
      const [x, y] = this.cross.peek() ?? [glass.width / 2, glass.height / 2]
      this.cross.value = [x + ((arrow?.[0] ?? 0) * STEP) / 3, y + ((arrow?.[1] ?? 0) * STEP) / 3]
      if (key === ' ') this.#way = [...this.#way, [x, y]]
    } else if (key === 'Enter' && this.#way.length > 2) this.#close()
    else return false
    this.draw()
    return true
  }

  #look(next: Glass): void {
    this.#glass = next
    this.draw()
  }

  #pinch(id: number, to: Point): void {
    const from = this.#fingers.get(id)
    const other = [...this.#fingers].find(([key]) => key !== id)?.[1]
    if (other === undefined || from === undefined || this.#glass === null) return
    const was = Math.hypot(from[0] - other[0], from[1] - other[1]) || 1
    const is = Math.hypot(to[0] - other[0], to[1] - other[1]) || 1
    this.#placed = true
    this.#look(this.#glass.zoomed(is / was, (to[0] + other[0]) / 2, (to[1] + other[1]) / 2))
  }

  #close(): void {
    const glass = this.#glass
    const ring = ringOf(this.#way)
    this.#way = []
    this.cross.value = null
    if (ring !== null && glass !== null) this.#matter.drew?.(ring.map(([x, y]) => glass.place(x, y)))
    this.draw()
  }

  #tap([x, y]: Point): void {
    const [known, glass] = [city.peek(), this.#glass]
    if (known === null || glass === null) return
    this.#matter.tapped?.(known.doc.codes[cellAt(known, ...glass.place(x, y))] ?? '')
  }

  #indexes(): readonly number[] {
    return this.#matter.areas.flatMap((code) => city.peek()?.indexOf.get(code) ?? [])
  }

  #bounds(): Bounds | null {
    const known = city.peek()
    if (known === null) return null
    const corners = this.#indexes().flatMap((area) =>
      (known.doc.polygons[area] ?? []).flatMap((part) => part[0] ?? []),
    )
    if (corners.length === 0) return known.bounds
    const all: [number, number, number, number] = [180, 90, -180, -90]
    for (const [lon, lat] of this.#matter.projection === null
      ? corners
      : [...corners, this.#matter.projection]) {
      all[0] = Math.min(all[0], lon)
      all[1] = Math.min(all[1], lat)
      all[2] = Math.max(all[2], lon)
      all[3] = Math.max(all[3], lat)
    }
    return all
  }

  #paint(): void {
    this.#frame = 0
    const [known, glass, pen, matter] = [city.peek(), this.#glass, this.#pen, this.#matter]
    if (known === null || glass === null || pen === null) return
    const ranks =
      coloured.peek() > 0 && picture.ranks.length === known.doc.codes.length ? picture.ranks : null
    // Worked out once for the same areas, not once a frame.
    const key = `${known.doc.grid}/${matter.areas.join()}`
    if (key !== this.#linesOf) {
      this.#lines = matter.areas.length === 0 ? [] : linesAround(known, this.#indexes())
      this.#linesOf = key
    }
    const chosen = known.indexOf.get(matter.chosen) ?? -1
    const scene = {
      ...matter,
      city: known,
      ranks,
      scheme: scheme.peek(),
      outline: this.#lines,
      way: this.#way,
      chosen,
    }
    pen.draw(glass, scene)
    const nameOf = (area: number): string => named(known.doc.names[area])
    this.#labels.settle(known, ranks ?? new Uint8Array(known.doc.codes.length), glass, NAME, nameOf)
    this.#labels.draw(glass, NAME, nameOf, null)
  }
}

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
}
