import { HIDDEN } from '../services/core/frame.ts'
import { centreOf } from './city.ts'
import type { City } from './city.ts'

/** What the map can tell of its camera, in CSS pixels of its container. */
export interface Camera {
  project(lon: number, lat: number): readonly [number, number]
  readonly width: number
  readonly height: number
}

/** Room that one name needs before a level of areas is named, in units. */
const ROOM = 215

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

/** Names of the areas above, as text on the page: sharp in every script, and read by machines that read pages. */
export class Labels {
  readonly #box: HTMLElement
  readonly #made = new Map<number, HTMLElement>()

  constructor(box: HTMLElement) {
    this.#box = box
  }

  /** Places the names that fit without touching one another. Rate: once a camera frame. */
  draw(
    city: City,
    ranks: Uint8Array,
    camera: Camera,
    unitPx: number,
    nameOf: (area: number) => string,
  ): void {
    const depth = depthOfNames(city, camera, unitPx)
    const taken: (readonly [number, number, number, number])[] = []
    const shown = new Set<number>()
    for (let area = 0; area < city.doc.depths.length; area++) {
      if (city.doc.depths[area] !== depth || depth === city.deepest || ranks[area] === HIDDEN) continue
      const [lon, lat] = centreOf(city, area)
      const [x, y] = camera.project(lon, lat)
      const name = nameOf(area)
      // Chinese characters are about twice as wide as Latin letters.
      const wide = [...name].reduce((sum, letter) => sum + (letter > '\u2e80' ? 1.05 : 0.58), 0) * 20 * unitPx
      const half = wide / 2 + 4 * unitPx
      const [w, h] = [half, 16 * unitPx]
      const out = x - half < 0 || x + half > camera.width || y - h < 0 || y + h > camera.height
      if (out || taken.some(([tx, ty, tw, th]) => Math.abs(tx - x) < tw + w && Math.abs(ty - y) < th + h))
        continue
      taken.push([x, y, w, h])
      shown.add(area)
      this.#place(area, name, x, y)
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

  #place(area: number, name: string, x: number, y: number): void {
    let element = this.#made.get(area)
    if (element === undefined) {
      element = document.createElement('span')
      this.#made.set(area, element)
      this.#box.append(element)
    }
    if (element.textContent !== name) element.textContent = name
    element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px) translate(-50%, -50%)`
  }
}
