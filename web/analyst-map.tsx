import { effect, signal } from '@preact/signals'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { differenceOf, SHADES } from './analyst-differences.ts'
import type { Difference } from './analyst-differences.ts'
import { outlineLayers } from './analyst-outline.ts'
import type { Scene } from './analyst-scene.ts'
import { a, result } from './analyst-store.ts'
import { cellAt } from './city.ts'
import type { City } from './city.ts'
import { canDraw, ground } from './map-box.tsx'
import type { CityMap } from './map.ts'
import { lang, named, theme, unit, view } from './store.ts'

/** Cell that is pointed out on every map, by code; '' for none. */
export const chosenCell = signal('')
const NOTHING = { incidents: [], alerts: [] }
const REBUILD_AFTER = 300
/** Lost contexts after which this map is given up. */
const TRIES = 3

/** The maps of the page: one that is moved takes the others with it. */
const all = new Set<Pane>()

/** One map of one scene; with a difference it shows that instead of the scene's colours. */
class Pane {
  readonly #scene: Scene
  readonly #boxes: readonly [HTMLElement, HTMLElement, SVGElement]
  readonly #isDifference: boolean
  /** There is something on the glass to look at. */
  readonly built = signal(false)
  #map: CityMap | null = null
  #over = false
  #losses = 0
  #difference: Difference | null = null

  constructor(scene: Scene, boxes: readonly [HTMLElement, HTMLElement, SVGElement], isDifference: boolean) {
    this.#scene = scene
    this.#boxes = boxes
    this.#isDifference = isDifference
  }

  async build(): Promise<void> {
    const { CityMap: Made } = await import('./map.ts')
    if (this.#over) return
    this.#map = new Made(this.#page())
    const map = this.#map
    if (!this.#isDifference)
      this.#scene.paintWith({
        paint: (stroke, tick) => map.paint(stroke, tick),
        pulse: ({ items }) => map.pulse(items.map(({ index }) => index)),
      })
    all.add(this)
    this.show()
    this.choose()
    this.built.value = true
  }

  /** Sets city, colours and what is outlined in. */
  show(): void {
    const city = this.#scene.city.peek()
    if (city === null || this.#map === null) return
    const found = this.#isDifference ? result.peek() : null
    this.#difference = found === null ? null : differenceOf(city, found)
    const scheme = this.#isDifference ? SHADES[theme.peek()] : (this.#scene.welcome.peek()?.scheme ?? null)
    this.#map.show(city, scheme, view.peek())
    this.incidents()
  }

  incidents(): void {
    this.#map?.incidents(this.#isDifference ? NOTHING : (this.#scene.board.peek() ?? NOTHING))
  }

  veil(): void {
    this.#map?.veil()
  }

  redraw(): void {
    this.#map?.draw()
  }

  choose(): void {
    this.#map?.choose(this.#scene.city.peek()?.indexOf.get(chosenCell.peek()) ?? -1)
  }

  follow(lon: number, lat: number, zoom: number): void {
    this.#map?.follow(lon, lat, zoom)
  }

  home(): void {
    this.#map?.home()
  }

  end(): void {
    this.#over = true
    this.#clear()
  }

  #clear(): void {
    all.delete(this)
    this.built.value = false
    if (!this.#isDifference) this.#scene.paintWith(null)
    this.#map?.end()
    this.#map = null
  }

  #page(): ConstructorParameters<typeof CityMap>[0] {
    const [box, labels, marks] = this.#boxes
    const scene = this.#scene
    const city = (): City | null => scene.city.peek()
    return {
      box,
      labels,
      marks,
      ranks: () => this.#difference?.ranks ?? scene.picture.ranks,
      veil: () => (this.#isDifference ? null : scene.veil.peek()),
      nameOf: (area) => named(city()?.doc.names[area]),
      unitPx: () => unit.peek(),
      ground,
      clicked: (lon, lat) => {
        const known = city()
        const hit = known === null ? -1 : cellAt(known, lon, lat)
        const code = known?.doc.codes[hit] ?? ''
        chosenCell.value = code === chosenCell.peek() ? '' : code
      },
      moving: (lon, lat, zoom) => {
        for (const other of all) if (other !== this) other.follow(lon, lat, zoom)
      },
      moved: (lon, lat, zoom) => (view.value = { lon, lat, zoom }),
      over: (unitPx) => {
        const known = city()
        return this.#difference === null || known === null ? [] : outlineLayers(this.#difference, unitPx)
      },
      drawn: (tick) => scene.drawn(tick),
      lost: () => {
        this.#clear()
        if (++this.#losses < TRIES && !this.#over) setTimeout(() => void this.build(), REBUILD_AFTER)
      },
    }
  }
}

/** All of the city again, on every map. */
export function homeAll(): void {
  view.value = null
  for (const pane of all) pane.home()
}

/** What is still missing before there is a picture; '' once there is. */
function missing(scene: Scene, isDifference: boolean, isBuilt: boolean): string {
  if (scene.fault.value !== '') return a('refused', { why: scene.fault.value })
  if (scene.welcome.value === null) return a(scene.link.value === 'lost' ? 'offline' : 'connecting')
  if (scene.city.value === null) return a('loadingGrid')
  if (scene.drawing.value === 0 && !isDifference) return a('waitingPicture')
  return isBuilt ? '' : a('drawingMap')
}

/** Where it is, was, or would be otherwise. */
export function MapPane(props: { readonly scene: Scene; readonly isDifference?: boolean }): JSX.Element {
  const { scene } = props
  const isDifference = props.isDifference === true
  const box = useRef<HTMLDivElement>(null)
  const labels = useRef<HTMLDivElement>(null)
  const marks = useRef<SVGSVGElement>(null)
  const able = useMemo(canDraw, [])
  const [built, setBuilt] = useState(false)
  useEffect(() => {
    if (!able || box.current === null || labels.current === null || marks.current === null) return
    const pane = new Pane(scene, [box.current, labels.current, marks.current], isDifference)
    pane.build().catch((error: unknown) => console.error('qingyu: map', error))
    const shown = (): unknown => [scene.city.value, scene.welcome.value?.scheme.id, theme.value, result.value]
    const stops = [
      effect(() => setBuilt(pane.built.value)),
      effect(() => void [shown(), requestAnimationFrame(() => pane.show())]),
      effect(() => void [scene.board.value, pane.incidents()]),
      effect(() => void [scene.veil.value, pane.veil()]),
      effect(() => void [chosenCell.value, pane.choose()]),
      effect(() => void [lang.value, unit.value, pane.redraw()]),
    ]
    return () => {
      for (const stop of stops) stop()
      pane.end()
    }
  }, [scene, isDifference])
  const lacks = able ? missing(scene, isDifference, built) : a('noMap')
  return (
    <div class="map" data-drawing={scene.drawing.value}>
      <div class="gl" ref={box} />
      <div class="labels" ref={labels} aria-hidden="true" />
      <svg class="incidents" ref={marks} aria-hidden="true" />
      {lacks !== '' && <p class="missing">{lacks}</p>}
    </div>
  )
}
