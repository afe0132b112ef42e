import { batch, computed, signal } from '@preact/signals'
import type { AreasDocument } from '../services/core/areas.ts'
import type { Frame } from '../services/core/frame.ts'
import type { Board, Missing, Occurrences, ServerMessage, Summary, Welcome } from '../services/core/wire.ts'
import { askAt } from './analyst-api.ts'
import { cityOf } from './city.ts'
import type { City } from './city.ts'
import { Connection } from './connection.ts'
import { ServerClock } from './freshness.ts'
import type { Link } from './freshness.ts'
import { Picture } from './picture.ts'
import type { Stroke } from './picture.ts'
import { Rota } from './rota.ts'
import { area } from './store.ts'
import { wallToken } from './token.ts'
import { veilOf } from './veil.ts'

/** What a map wants to hear at once, not through signals. */
export interface Painter {
  paint(stroke: Stroke, tick: number): void
  pulse(occurrences: Occurrences): void
}

/** Grids by version: live and replay mostly share one, and what is worked out of it. At most a handful. */
const grids = new Map<string, Promise<AreasDocument>>()
const MOST_GRIDS = 4
const AGAIN = 3000

function gridOf(base: string, version: string): Promise<AreasDocument> {
  const known = grids.get(version)
  if (known !== undefined) return known
  const asked = askAt<AreasDocument>(base, `grids/${encodeURIComponent(version)}`)
  grids.set(version, asked)
  asked.catch(() => grids.delete(version))
  const oldest = grids.keys().next().value
  if (grids.size > MOST_GRIDS && oldest !== undefined) grids.delete(oldest)
  return asked
}

/** One city as one socket tells of it: the live one, or that of a replay session. */
export class Scene {
  readonly picture = new Picture()
  readonly welcome = signal<Welcome | null>(null)
  readonly city = signal<City | null>(null)
  readonly summary = signal<Summary | null>(null)
  readonly board = signal<Board | null>(null)
  readonly link = signal<Link>('connecting')
  readonly fault = signal('')
  /** Number of the picture: it changes in place. */
  readonly drawing = signal(0)
  /** Tick of the picture, ms; 0: none yet. */
  readonly tick = signal(0)
  /** The server's clock, ms; NaN until heard. Moves four times a second. */
  readonly now = signal(Number.NaN)
  readonly veil = computed(() => {
    const behind = JSON.parse(this.#behind.value) as readonly Missing[]
    return this.city.value === null || behind.length === 0 ? null : veilOf(this.city.value, behind)
  })
  /** As text: it stays the same for as long as nothing changes. */
  readonly #behind = computed(() => JSON.stringify(this.summary.value?.behind ?? []))
  /** Hears what the server says beside pictures. */
  heard: ((message: ServerMessage) => void) | null = null
  #painter: Painter | null = null
  #connection: Connection | null = null
  #clock = new ServerClock()
  #timer = 0
  #base = ''

  /** Joins the server whose pages lie at `base`; what was seen of another is forgotten. */
  join(base: string): void {
    if (base === this.#base && this.#connection !== null) return
    this.leave()
    this.#base = base
    this.#clock = new ServerClock()
    this.#connection = new Connection(new Rota(base), wallToken(), {
      subscription: () => {
        const { epoch, tick } = this.picture
        return {
          type: 'subscribe',
          layer: 'levels',
          ...(area.peek() === '' ? {} : { area: area.peek() }),
          ...(epoch === '' ? {} : { resume: { epoch, tick } }),
        }
      },
      link: (state) => (this.link.value = state),
      message: (message) => this.#hear(message),
      frame: (frame) => this.#take(frame),
    })
    this.#connection.start()
    this.#timer = window.setInterval(() => (this.now.value = this.#clock.now(performance.now())), 250)
  }

  /** Leaves for good, and forgets what was seen. */
  leave(): void {
    this.#connection?.stop()
    this.#connection = null
    clearInterval(this.#timer)
    this.#base = ''
    this.picture.epoch = ''
    this.picture.tick = 0
    this.picture.ranks = new Uint8Array(0)
    batch(() => {
      this.welcome.value = null
      this.summary.value = null
      this.board.value = null
      this.fault.value = ''
      this.link.value = 'connecting'
      this.drawing.value = 0
      this.tick.value = 0
    })
  }

  /** Hands strokes to a map; null when it is gone. */
  paintWith(painter: Painter | null): void {
    this.#painter = painter
  }

  /** Says that a tick is on the glass. */
  drawn(tick: number): void {
    this.#connection?.drawn(tick)
  }

  #hear(message: ServerMessage): void {
    if (message.type === 'welcome') this.#greet(message)
    if (message.type === 'summary') {
      this.#clock.hear(message.now, performance.now())
      this.summary.value = message
    }
    if (message.type === 'board') this.board.value = message
    if (message.type === 'occurrences') this.#painter?.pulse(message)
    if (message.type === 'problem') this.fault.value = `${message.message}. ${message.hint}`
    this.heard?.(message)
  }

  #greet(welcome: Welcome): void {
    this.#clock.hear(welcome.now, performance.now())
    this.welcome.value = welcome
    if (this.city.peek()?.doc.grid !== welcome.grid) void this.#load(this.#base, welcome.grid)
  }

  async #load(base: string, grid: string): Promise<void> {
    try {
      const doc = await gridOf(base, grid)
      if (base === this.#base) this.city.value = cityOf(doc, area.peek())
    } catch (error) {
      if (base !== this.#base) return
      this.fault.value = error instanceof Error ? error.message : String(error)
      setTimeout(() => base === this.#base && void this.#load(base, grid), AGAIN)
    }
  }

  #take(frame: Frame): void {
    const stroke = this.picture.apply(frame)
    // A delta that does not continue the picture, as after a jump: ask anew, without the resume that led here.
    if (stroke === null) {
      this.picture.epoch = ''
      this.#connection?.subscribe()
      return
    }
    batch(() => {
      this.drawing.value++
      this.tick.value = frame.tick
      this.fault.value = ''
    })
    if (document.hidden) this.drawn(frame.tick)
    else if (this.#painter === null) requestAnimationFrame(() => this.drawn(frame.tick))
    else this.#painter.paint(stroke, frame.tick)
  }
}
