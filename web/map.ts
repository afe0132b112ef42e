import type { PathLayer } from '@deck.gl/layers'
import { MapLibreOverlay } from '@deck.gl/maplibre'
import type { Device } from '@luma.gl/core'
import { Map as Camera, setWorkerUrl } from 'maplibre-gl'
import 'maplibre-gl/dist/maplibre-gl.css'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import type { Scheme } from '../services/core/level.ts'
import { centreOf } from './city.ts'
import type { City } from './city.ts'
import type { Board } from '../services/core/wire.ts'
import { IncidentMarks } from './incident-marks.ts'
import { Labels } from './labels.ts'
import { CellDrawing } from './map-layers.ts'
import type { Ground } from './map-layers.ts'
import { bytesOf } from './look.ts'
import type { Stroke } from './picture.ts'
import { PULSE, Pulses } from './pulses.ts'
import type { Veil } from './veil.ts'

setWorkerUrl(new URL(workerUrl, location.href).href)

/** A level change fades once, ms. */
const FADE = 300

/** What the map asks of the page. */
export interface Page {
  readonly box: HTMLElement
  readonly labels: HTMLElement
  readonly marks: SVGElement
  readonly ranks: () => Uint8Array
  readonly veil: () => Veil | null
  readonly nameOf: (area: number) => string
  readonly unitPx: () => number
  readonly ground: () => Ground
  readonly clicked: (lon: number, lat: number) => void
  /** The camera came to rest where a person put it. */
  readonly moved: (lon: number, lat: number, zoom: number) => void
  readonly drawn: (tick: number) => void
  readonly lost: () => void
  /** The camera is being moved by a person: for a map beside this one that follows it. */
  readonly moving?: (lon: number, lat: number, zoom: number) => void
  /** Lines over the cells; `unitPx`: one CSS unit. */
  readonly over?: (unitPx: number) => readonly PathLayer[]
}

/** Whether a person moved the camera, not the program. */
function byHand(event: object): boolean {
  return 'originalEvent' in event && event.originalEvent !== undefined
}

/** The centre of the wall: MapLibre for the camera, deck for what is drawn. One of each for the page's life. */
export class CityMap {
  readonly #page: Page
  readonly #camera: Camera
  readonly #overlay: MapLibreOverlay
  readonly #labels: Labels
  readonly #marks: IncidentMarks
  readonly #pulses = new Pulses()
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)')
  #device: Device | null = null
  #city: City | null = null
  #scheme: Scheme | null = null
  #drawing: CellDrawing | null = null
  #chosen = -1
  #placed = false
  #fadeFrom = 0
  #patternZoom = 0
  #frame = 0
  #later = 0
  /** Tick that is set in but not on the glass yet; 0: none. */
  #owed = 0
  #ended = false

  constructor(page: Page) {
    this.#page = page
    this.#labels = new Labels(page.labels)
    this.#marks = new IncidentMarks(page.marks)
    this.#camera = new Camera({
      container: page.box,
      style: {
        version: 8,
        sources: {},
        layers: [{ id: 'ground', type: 'background', paint: { 'background-color': page.ground().ink } }],
      },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      keyboard: false,
      renderWorldCopies: false,
      fadeDuration: 0,
    })
    this.#camera.touchZoomRotate.disableRotation()
    this.#overlay = new MapLibreOverlay({
      interleaved: false,
      layers: [],
      onDeviceInitialized: (device) => {
        this.#device = device
        void device.lost.then(() => this.#lose())
        this.#rebuild()
      },
      onAfterRender: () => this.#rendered(),
      onError: (error) => console.error('qingyu: map', error),
    })
    this.#camera.addControl(this.#overlay)
    this.#camera.getCanvas().addEventListener('webglcontextlost', () => this.#lose())
    this.#camera.on('click', (event) => page.clicked(event.lngLat.lng, event.lngLat.lat))
    this.#camera.on('move', (event) => {
      this.#name(false)
      const { lng, lat } = this.#camera.getCenter()
      if (byHand(event)) page.moving?.(lng, lat, this.#camera.getZoom())
    })
    this.#camera.on('moveend', (event) => {
      this.#patternZoom = this.#camera.getZoom()
      this.draw()
      const { lng, lat } = this.#camera.getCenter()
      if (byHand(event)) {
        this.#placed = true
        page.moved(lng, lat, this.#camera.getZoom())
      }
    })
    this.#camera.on('resize', () => (this.#placed ? this.draw() : this.home(false)))
  }

  /** Sets another city, scheme or theme in. `at`: where a link put the camera. */
  show(city: City, scheme: Scheme | null, at: { lon: number; lat: number; zoom: number } | null): void {
    const other = city !== this.#city
    this.#city = city
    this.#scheme = scheme
    if (other && at !== null) {
      this.#placed = true
      this.#camera.jumpTo({ center: [at.lon, at.lat], zoom: at.zoom })
      this.#patternZoom = at.zoom
    } else if (other) this.home(false)
    const lay = (): unknown =>
      this.#camera.setPaintProperty('ground', 'background-color', this.#page.ground().ink)
    if (this.#camera.isStyleLoaded()) lay()
    else void this.#camera.once('load', lay)
    this.#rebuild()
  }

  /** Looks where a map beside this one looks. */
  follow(lon: number, lat: number, zoom: number): void {
    this.#placed = true
    this.#camera.jumpTo({ center: [lon, lat], zoom })
  }

  /** Puts a stroke of the picture on the glass. */
  paint(stroke: Stroke, tick: number): void {
    // Nothing to draw is drawn at once: deck would not render, and the server must not take this wall for a slow one.
    if (this.#drawing === null || stroke.areas.length === 0) {
      this.#page.drawn(tick)
      return
    }
    this.#owed = tick
    this.#drawing.paint(this.#page.ranks(), stroke.whole ? null : stroke, this.#page.veil())
    this.#fadeFrom = stroke.whole || this.#still.matches ? 0 : performance.now()
    this.draw()
  }

  /** Draws the picture anew under the veil as it is now. */
  veil(): void {
    this.#drawing?.paint(this.#page.ranks(), null, this.#page.veil())
    this.draw()
  }

  /** Draws the incidents as they are now. */
  incidents(board: Pick<Board, 'incidents' | 'alerts'>): void {
    if (this.#city === null) return
    this.#marks.set(this.#city, this.#scheme, board)
    this.#name(false)
  }

  /** Opens a ring at the centre of each area. */
  pulse(areas: readonly number[]): void {
    const city = this.#city
    if (city === null || document.hidden) return
    this.#pulses.add(
      areas.map((area) => centreOf(city, area)),
      performance.now(),
    )
    this.draw()
  }

  /** Outlines an area; -1: none. Moves the camera only when the area is out of sight. */
  choose(area: number): void {
    this.#chosen = area
    if (this.#city !== null && area >= 0) {
      const [lng, lat] = centreOf(this.#city, area)
      if (!this.#camera.getBounds().contains([lng, lat]))
        this.#camera.easeTo({ center: [lng, lat], animate: !this.#still.matches })
    }
    this.draw()
  }

  /** The whole city, with room for the badge above. */
  home(eased = true): void {
    if (this.#city === null) return
    this.#placed = false
    const [west, south, east, north] = this.#city.bounds
    const u = this.#page.unitPx()
    const padding = { top: 66 * u, bottom: 34 * u, left: 34 * u, right: 34 * u }
    const animate = eased && !this.#still.matches
    this.#camera.fitBounds([west, south, east, north], { padding, animate, duration: 500, maxZoom: 18 })
    this.#patternZoom = this.#camera.getZoom()
    this.draw()
  }

  /** The camera's zoom, for those who measure. */
  get zoom(): number {
    return this.#camera.getZoom()
  }

  /** Where a place lies in the box, CSS pixels. */
  project(lon: number, lat: number): readonly [number, number] {
    const { x, y } = this.#camera.project([lon, lat])
    return [x, y]
  }

  /** Ends both and frees their contexts; only after a lost context or on a page that goes away. */
  end(): void {
    this.#ended = true
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#later)
    this.#labels.clear()
    this.#marks.clear()
    this.#drawing?.destroy()
    this.#camera.remove()
  }

  /** Draws what there is, now and for as long as something moves. */
  draw(): void {
    this.#frame ||= requestAnimationFrame((time) => this.#step(time))
  }

  #step(time: number): void {
    this.#frame = 0
    if (this.#ended || this.#drawing === null) return
    const fade = this.#fadeFrom === 0 ? 1 : Math.min(1, Math.max(0, (time - this.#fadeFrom) / FADE))
    if (fade === 1) this.#fadeFrom = 0
    const pulsing = this.#pulses.busy(time)
    const unitPx = this.#page.unitPx()
    const layers = this.#drawing.layers({
      fade,
      zoom: this.#camera.getZoom(),
      patternZoom: this.#patternZoom,
      unitPx,
      chosen: this.#chosen,
      depth: Math.max(1, this.#labels.depth),
    })
    const rings = this.#pulses.layers(time, unitPx, bytesOf(this.#page.ground().strong), this.#still.matches)
    this.#overlay.setProps({ layers: [...layers, ...(this.#page.over?.(unitPx) ?? []), ...rings] })
    if (this.#fadeFrom === 0) this.#name(true)
    // Without motion a ring only comes and goes: two drawings, not one a frame.
    if (pulsing && this.#still.matches) this.#later ||= window.setTimeout(() => this.#again(), PULSE)
    else if (this.#fadeFrom !== 0 || pulsing) this.draw()
  }

  #again(): void {
    this.#later = 0
    this.draw()
  }

  #rendered(): void {
    if (this.#owed === 0 || this.#drawing === null) return
    this.#page.drawn(this.#owed)
    this.#owed = 0
  }

  #name(settle: boolean): void {
    const { box, nameOf } = this.#page
    if (this.#city === null || this.#ended) return
    const camera = {
      width: box.clientWidth,
      height: box.clientHeight,
      project: (lon: number, lat: number) => this.project(lon, lat),
    }
    const u = this.#page.unitPx()
    if (settle) this.#labels.settle(this.#city, this.#page.ranks(), camera, u, nameOf)
    this.#labels.draw(camera, u, nameOf, this.#page.veil())
    this.#marks.draw(camera, u)
  }

  #rebuild(): void {
    if (this.#device === null || this.#city === null) return
    this.#drawing?.destroy()
    this.#drawing = new CellDrawing(this.#device, this.#city, this.#scheme, this.#page.ground())
    this.veil()
  }

  #lose(): void {
    if (this.#ended) return
    this.#page.lost()
  }
}
