import { panned, timeAt, zoomed } from './analyst-axis.ts'
import type { Span } from './analyst-axis.ts'
import { isIn } from './analyst-rows.ts'
import type { Rows } from './analyst-rows.ts'

/** What hands can do on the timeline. Times in ms, places in pixels of the page from the glass's corner. */
export interface Hands {
  readonly rows: () => Rows
  readonly span: () => Span | null
  readonly bounds: () => Span | null
  readonly width: () => number
  look(span: Span): void
  lookAtAll(): void
  /** Scrubs: the head follows the pointer. */
  scrub(at: number): void
  /** A brush being drawn; null: none. */
  brush(span: Span | null): void
  click(x: number, y: number): void
  hover(x: number, y: number): void
  leave(): void
}

/** A pointer that moved less than this clicked, pixels. */
const STILL = 4
/** A click waits so long for its second one, ms. */
const DOUBLE = 220
/** Zoom of one pixel of the wheel. */
const WHEEL = 0.0018

type Drag = 'brush' | 'scrub' | 'whole' | 'pan'

/** Drag to zoom in, wheel and pinch to zoom, shift or middle button to pan, double click for all; the ruler scrubs. */
export class Pointer {
  readonly #glass: HTMLElement
  readonly #hands: Hands
  readonly #fingers = new Map<number, number>()
  #drag: Drag | null = null
  #from = { x: 0, y: 0, at: 0 }
  #moved = false
  #click = 0

  constructor(glass: HTMLElement, hands: Hands) {
    this.#glass = glass
    this.#hands = hands
  }

  /** Listens; answers how to stop. */
  listen(): () => void {
    const over = new AbortController()
    const on = <Kind extends keyof HTMLElementEventMap>(
      kind: Kind,
      act: (event: HTMLElementEventMap[Kind]) => void,
    ): void => this.#glass.addEventListener(kind, act, { signal: over.signal, passive: false })
    on('pointerdown', (event) => this.#down(event))
    on('pointermove', (event) => this.#move(event))
    on('pointerup', (event) => this.#up(event))
    on('pointercancel', (event) => this.#up(event, true))
    on('pointerleave', () => this.#hands.leave())
    on('wheel', (event) => this.#wheel(event))
    on('dblclick', () => this.#double())
    return () => {
      clearTimeout(this.#click)
      over.abort()
    }
  }

  #place({ clientX, clientY }: MouseEvent): { x: number; y: number } {
    const box = this.#glass.getBoundingClientRect()
    return { x: clientX - box.left, y: clientY - box.top }
  }

  #at(x: number): number {
    const span = this.#hands.span()
    return span === null ? 0 : timeAt(x, span, this.#hands.width())
  }

  #down(event: PointerEvent): void {
    if (event.button > 1) return
    this.#glass.setPointerCapture(event.pointerId)
    const { x, y } = this.#place(event)
    this.#fingers.set(event.pointerId, x)
    this.#from = { x, y, at: this.#at(x) }
    this.#moved = false
    if (this.#fingers.size > 1) {
      this.#drag = null
      return this.#hands.brush(null)
    }
    const rows = this.#hands.rows()
    this.#drag = isIn(rows.whole, y)
      ? 'whole'
      : isIn(rows.ruler, y)
        ? 'scrub'
        : event.shiftKey || event.button === 1
          ? 'pan'
          : 'brush'
    if (this.#drag === 'scrub') this.#hands.scrub(this.#from.at)
    if (this.#drag === 'whole') this.#centre(x)
  }

  /** Moves the window of the small row under the pointer. */
  #centre(x: number): void {
    const [span, all] = [this.#hands.span(), this.#hands.bounds()]
    if (span === null || all === null) return
    const half = (span.to - span.from) / 2
    const at = timeAt(x, all, this.#hands.width())
    this.#hands.look({ from: at - half, to: at + half })
  }

  #move(event: PointerEvent): void {
    const { x, y } = this.#place(event)
    const before = this.#fingers.get(event.pointerId)
    if (before === undefined) return this.#hands.hover(x, y)
    if (this.#fingers.size > 1) return this.#pinch(event.pointerId, x)
    this.#moved ||= Math.hypot(x - this.#from.x, y - this.#from.y) > STILL
    this.#fingers.set(event.pointerId, x)
    if (this.#drag === 'scrub') this.#hands.scrub(this.#at(x))
    if (this.#drag === 'whole') this.#centre(x)
    if (this.#drag === 'pan') this.#pan(before - x)
    if (this.#drag === 'brush' && this.#moved) this.#hands.brush(this.#brushed(x))
  }

  #brushed(x: number): Span {
    const at = this.#at(Math.min(Math.max(x, 0), this.#hands.width()))
    return { from: Math.min(at, this.#from.at), to: Math.max(at, this.#from.at) }
  }

  #pan(pixels: number): void {
    const [span, all] = [this.#hands.span(), this.#hands.bounds()]
    if (span === null || all === null) return
    this.#hands.look(panned(span, (pixels / this.#hands.width()) * (span.to - span.from), all))
  }

  #pinch(finger: number, x: number): void {
    const [span, all] = [this.#hands.span(), this.#hands.bounds()]
    const other = [...this.#fingers].find(([id]) => id !== finger)?.[1]
    const before = this.#fingers.get(finger) ?? x
    this.#fingers.set(finger, x)
    if (span === null || all === null || other === undefined) return
    const apart = Math.max(8, Math.abs(x - other))
    const next = zoomed(span, this.#at((x + other) / 2), Math.abs(before - other) / apart, all)
    this.#hands.look(panned(next, (((before - x) / 2) * (next.to - next.from)) / this.#hands.width(), all))
    this.#moved = true
  }

  #up(event: PointerEvent, cancelled = false): void {
    const { x, y } = this.#place(event)
    const wasPinch = this.#fingers.size > 1
    this.#fingers.delete(event.pointerId)
    const drag = this.#drag
    this.#drag = null
    if (drag !== 'brush' || wasPinch || cancelled) return this.#hands.brush(null)
    this.#hands.brush(null)
    if (this.#moved) return this.#hands.look(this.#brushed(x))
    clearTimeout(this.#click)
    this.#click = window.setTimeout(() => this.#hands.click(x, y), DOUBLE)
  }

  #double(): void {
    clearTimeout(this.#click)
    this.#hands.lookAtAll()
  }

  #wheel(event: WheelEvent): void {
    const [span, all] = [this.#hands.span(), this.#hands.bounds()]
    if (span === null || all === null) return
    event.preventDefault()
    const unit = event.deltaMode === 1 ? 16 : 1
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit]
    if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) return this.#pan(dx === 0 ? dy : dx)
    // A pinch of a touchpad arrives as a wheel with the control key, in small steps.
    const factor = Math.exp(dy * WHEEL * (event.ctrlKey ? 6 : 1))
    this.#hands.look(zoomed(span, this.#at(this.#place(event).x), factor, all))
  }
}
