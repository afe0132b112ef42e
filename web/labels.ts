import { HIDDEN } from '../services/core/frame.ts'
import { ancestorAt, centreOf } from './city.ts'
import type { City } from './city.ts'
import { gravity } from './look.ts'
import type { Veil } from './veil.ts'

/** What the map can tell of its camera, in CSS pixels of its container. */
export interface Camera {
  project(lon: number, lat: number): readonly [number, number]
  readonly width: number
  readonly height: number
}

/** Room that one name needs before a level of areas is named, in units. */
const ROOM = 215
const SIZE = 20
/** Places tried for one name. */
const TRIED = 48

/**
 * Depth whose names fit: the deepest level above the cells whose areas stand far enough apart; at least the level below the
 * top. `unitPx`: one CSS unit.
 */
export function depthOfNames(city: City, camera: Camera, unitPx: number): number {
  const [west, south, east, north] = city.bounds
  const [x0, y0] = camera.project(west, north)
  const [x1, y1] = camera.project(east, south)
  const surface = Math.abs((x1 - x0) * (y1 - y0))
  let depth = Math.min(1, city.deepest)
  for (let d = depth + 1; d < city.deepest; d++) {
    const areas = city.doc.depths.reduce((sum, at) => sum + (at === d ? 1 : 0), 0)
    if (Math.sqrt(surface / Math.max(1, areas)) >= ROOM * unitPx) depth = d
  }
  return depth
}

/** Width of a name in pixels; Chinese characters are about twice as wide as Latin letters. */
export function widthOf(name: string, unitPx: number): number {
  return Array.from(name).reduce((sum, letter) => sum + (letter > '\u2e80' ? 1.05 : 0.58), 0) * SIZE * unitPx
}

type Spot = readonly [number, number]

/**
 * Where in its area a name hides least of what is grave: near the middle when all is calm. `cells`: of the area; `half`: half
 * of the name's box in pixels.
 */
export function quietSpot(
  city: City,
  area: number,
  cells: readonly number[],
  ranks: Uint8Array,
  camera: Camera,
  half: Spot,
): Spot {
  const [cx, cy] = camera.project(...centreOf(city, area))
  const at = cells.map((cell) => camera.project(...centreOf(city, cell)))
  const reach = Math.max(1, ...at.map(([x, y]) => Math.hypot(x - cx, y - cy)))
  const cost = ([x, y]: Spot): number => {
    let [hidden, grave] = [0, 0]
    for (const [i, [px, py]] of at.entries())
      if (Math.abs(px - x) < half[0] && Math.abs(py - y) < half[1]) {
        hidden++
        grave += gravity(ranks[cells[i] ?? 0] ?? 0)
      }
    // The mean, not the sum: where all is red, the middle is as good as the edge.
    return (12 * grave) / Math.max(1, hidden) + (1.5 * Math.hypot(x - cx, y - cy)) / reach
  }
  const stride = Math.max(1, Math.floor(cells.length / TRIED))
  let best = area
  let least = cost([cx, cy])
  for (let i = 0; i < cells.length; i += stride) {
    const spot = at[i]
    const price = spot === undefined ? Number.POSITIVE_INFINITY : cost(spot)
    if (price < least) {
      least = price
      best = cells[i] ?? area
    }
  }
  return centreOf(city, best)
}

/** Names of the areas above, as text on the page: sharp in every script. */
export class Labels {
  readonly #box: HTMLElement
  readonly #made = new Map<number, HTMLElement>()
  #city: City | null = null
  #depth = -1
  #cells = new Map<number, number[]>()
  #spots = new Map<number, Spot>()

  constructor(box: HTMLElement) {
    this.#box = box
  }

  /** Depth of the areas that are named now; -1 before the first. */
  get depth(): number {
    return this.#depth
  }

  /** Finds the quiet spots anew. Rate: once a tick and once a rest of the camera. */
  settle(
    city: City,
    ranks: Uint8Array,
    camera: Camera,
    unitPx: number,
    nameOf: (area: number) => string,
  ): void {
    const depth = depthOfNames(city, camera, unitPx)
    if (city !== this.#city || depth !== this.#depth) {
      this.#city = city
      this.#depth = depth
      this.#cells = new Map()
      for (const cell of city.cells) {
        const above = ancestorAt(city, cell, depth)
        const set = this.#cells.get(above)
        if (set === undefined) this.#cells.set(above, [cell])
        else set.push(cell)
      }
    }
    this.#spots = new Map()
    if (depth === city.deepest) return
    for (const [area, cells] of this.#cells) {
      const half = [widthOf(nameOf(area), unitPx) / 2 + 8 * unitPx, 22 * unitPx] as const
      if (ranks[area] !== HIDDEN) this.#spots.set(area, quietSpot(city, area, cells, ranks, camera, half))
    }
  }

  /** Places the names that fit without touching one another. Rate: once a camera frame. */
  draw(camera: Camera, unitPx: number, nameOf: (area: number) => string, veil: Veil | null): void {
    const taken: (readonly [number, number, number])[] = []
    const shown = new Set<number>()
    for (const [area, spot] of this.#spots) {
      const [x, y] = camera.project(...spot)
      const name = nameOf(area)
      const [w, h] = [widthOf(name, unitPx) / 2 + 4 * unitPx, 16 * unitPx]
      const out = x - w < 0 || x + w > camera.width || y - h < 0 || y + h > camera.height
      if (out || taken.some(([tx, ty, tw]) => Math.abs(tx - x) < tw + w && Math.abs(ty - y) < 2 * h)) continue
      taken.push([x, y, w])
      shown.add(area)
      this.#place(area, name, x, y, veil?.mask[area] === 1)
    }
    for (const [area, element] of this.#made)
      if (!shown.has(area)) {
        element.remove()
        this.#made.delete(area)
      }
  }

  /** Takes all names away. */
  clear(): void {
    for (const element of this.#made.values()) element.remove()
    this.#made.clear()
  }

  #place(area: number, name: string, x: number, y: number, veiled: boolean): void {
    let element = this.#made.get(area)
    if (element === undefined) {
      element = document.createElement('span')
      this.#made.set(area, element)
      this.#box.append(element)
    }
    if (element.textContent !== name) element.textContent = name
    element.classList.toggle('veiled', veiled)
    element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px) translate(-50%, -50%)`
  }
}
