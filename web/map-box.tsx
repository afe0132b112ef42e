import { useEffect, useRef } from 'preact/hooks'
import { effect } from '@preact/signals'
import type { JSX } from 'preact'
import { cellAt } from './city.ts'
import { choose, home } from './keys.ts'
import type { CityMap, Page } from './map.ts'
import { token } from './plot.ts'
import { drawn, paintWith } from './session.ts'
import {
  board,
  chosen,
  city,
  lang,
  mapFault,
  named,
  picture,
  scheme,
  table,
  theme,
  unit,
  veil,
  view,
} from './store.ts'

/** Failures after which the page is loaded anew, and the time in which they count, ms. */
const TRIES = 3
const MEMORY = 10 * 60_000
const REBUILD_AFTER = 300
const NOTHING = { incidents: [], alerts: [] }

/** Whether this browser can draw a map at all. */
export function canDraw(): boolean {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null
  } catch {
    return false
  }
}

/** Colours of the map that are not warnings, from the page's tokens. */
export function ground(): ReturnType<Page['ground']> {
  return {
    ink: token('ink'),
    normal: token('normal'),
    stripe: token('blind-stripe'),
    blind: token('blind-ground'),
    border: token('border'),
    net: token('net'),
    strong: token('strong'),
  }
}

/** Lost contexts of this browser tab within {@link MEMORY}, this one counted; kept over a reload. */
function losses(): number {
  const key = 'qingyu.map.lost'
  const past = (sessionStorage.getItem(key) ?? '').split(',').map(Number)
  const recent = [...past.filter((at) => at > 0 && Date.now() - at < MEMORY), Date.now()]
  sessionStorage.setItem(key, recent.join())
  return recent.length
}

class Keeper {
  #map: CityMap | null = null
  #over = false
  readonly #box: HTMLElement
  readonly #labels: HTMLElement
  readonly #marks: SVGElement

  constructor(box: HTMLElement, labels: HTMLElement, marks: SVGElement) {
    this.#box = box
    this.#labels = labels
    this.#marks = marks
  }

  async build(): Promise<void> {
    if (!canDraw()) {
      table.value = 'forced'
      return
    }
    try {
      const { CityMap: Made } = await import('./map.ts')
      if (this.#over) return
      this.#map = new Made(this.#page())
    } catch (error) {
      console.error('qingyu: map', error)
      this.lost()
      return
    }
    mapFault.value = false
    const map = this.#map
    paintWith({
      paint: (stroke, tick) => map.paint(stroke, tick),
      pulse: ({ items }) => map.pulse(items.map((item) => item.index)),
    })
    home.run = () => {
      view.value = null
      map.home()
    }
    this.show()
    this.incidents()
    map.choose(chosen.peek())
  }

  show(): void {
    const known = city.peek()
    if (known === null) return
    this.#map?.show(known, scheme.peek(), view.peek())
    this.incidents()
  }

  choose(area: number): void {
    this.#map?.choose(area)
  }

  veil(): void {
    this.#map?.veil()
  }

  incidents(): void {
    this.#map?.incidents(board.peek() ?? NOTHING)
  }

  redraw(): void {
    this.#map?.draw()
  }

  /** Once lost, map and Deck are made anew, at most twice; then the page is, and if that did not help, a table stands in. */
  lost(): void {
    this.#clear()
    mapFault.value = true
    const times = losses()
    if (times > TRIES) table.value = 'forced'
    else if (times === TRIES) location.reload()
    else setTimeout(() => void this.build(), REBUILD_AFTER)
  }

  end(): void {
    this.#over = true
    this.#clear()
  }

  #clear(): void {
    paintWith(null)
    this.#map?.end()
    this.#map = null
  }

  #page(): Page {
    return {
      box: this.#box,
      labels: this.#labels,
      marks: this.#marks,
      ranks: () => picture.ranks,
      veil: () => veil.peek(),
      nameOf: (area) => named(city.peek()?.doc.names[area]),
      unitPx: () => unit.peek(),
      ground,
      clicked: (lon, lat) => {
        const known = city.peek()
        if (known === null) return
        const hit = cellAt(known, lon, lat)
        choose(hit === chosen.peek() ? -1 : hit)
      },
      moved: (lon, lat, zoom) => (view.value = { lon, lat, zoom }),
      drawn,
      lost: () => this.lost(),
    }
  }
}

/** Where it is. */
export function MapBox(): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const labels = useRef<HTMLDivElement>(null)
  const marks = useRef<SVGSVGElement>(null)
  useEffect(() => {
    if (box.current === null || labels.current === null || marks.current === null) return
    const keeper = new Keeper(box.current, labels.current, marks.current)
    void keeper.build()
    const stops = [
      effect(() => void [city.value, scheme.value, theme.value, requestAnimationFrame(() => keeper.show())]),
      effect(() => keeper.choose(chosen.value)),
      effect(() => void [veil.value, keeper.veil()]),
      effect(() => void [board.value, keeper.incidents()]),
      effect(() => void [lang.value, unit.value, keeper.redraw()]),
    ]
    return () => {
      for (const stop of stops) stop()
      keeper.end()
    }
  }, [])
  return (
    <div class={table.value === '' ? 'map' : 'map hidden'}>
      <div class="gl" ref={box} />
      <div class="labels" ref={labels} aria-hidden="true" />
      <svg class="incidents" ref={marks} aria-hidden="true" />
    </div>
  )
}
