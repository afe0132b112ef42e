import { batch, effect } from '@preact/signals'
import type { DeskBeat, DeskNews } from '../services/core/stream-wire.ts'
import { apiUrl } from './desk-api.ts'
import { refusalIn, refusalOf } from './refusal.ts'
import { hearServer, startClock } from './desk-clock.ts'
import { EventReader } from './desk-events.ts'
import type { ServerEvent } from './desk-events.ts'
import { expired, loadGrid, loadOpened, loadRows } from './desk-session.ts'
import * as desk from './desk-store.ts'
import { player } from './player.ts'
import { Rota } from './rota.ts'
import { now, server } from './store.ts'

/** Silence after which the server is asked whether it is there, and the longest wait for that, ms: cut off is told within ten seconds. */
const SILENT = 3500
const PATIENCE = 3500
/** Questions instead of a stream, ms. */
export const POLL = 5000
/** News that comes in one burst is fetched once, ms. */
const GATHER = 150

/** The gateways in turn; the wall's welcome names the others. */
export const rota = new Rota(server.peek())

/** Says how the desk is joined. */
function joined(state: 'connecting' | 'open' | 'polling' | 'lost', tries = 0): void {
  const was = desk.join.peek()
  if (was.state === state && was.tries === tries) return
  batch(() => {
    if (state === 'lost' && was.state !== 'lost') desk.lostAt.value = now.peek() || 0
    desk.join.value = { state, tries }
  })
}

/** One life of the desk's connection: from signing in to signing out. */
export class Live {
  readonly #end = new AbortController()
  #stream: AbortController | null = null
  #heard = 0
  #asking = false
  #timer = 0
  #wanted = { rows: false, opened: false }
  #gathering = 0
  #last = ''
  #streamless = 0

  /** Begins; it goes on by itself until {@link stop}. */
  start(): void {
    addEventListener('offline', this.#offline)
    addEventListener('online', this.#online)
    void this.#run()
  }

  /** Ends for good. */
  stop(): void {
    removeEventListener('offline', this.#offline)
    removeEventListener('online', this.#online)
    clearTimeout(this.#timer)
    clearTimeout(this.#gathering)
    this.#end.abort()
    this.#stream?.abort()
  }

  /** Looks whether anything was heard lately. Rate: four times a second. */
  beat(): void {
    if (this.#stream === null || this.#asking || performance.now() - this.#heard < SILENT) return
    void this.#ask(this.#stream)
  }

  readonly #offline = (): void => this.#stream?.abort()
  readonly #online = (): void => {
    clearTimeout(this.#timer)
    if (this.#stream === null) void this.#run()
  }

  /** A silent stream may be a calm city or a cable that was pulled: a question tells which. */
  async #ask(stream: AbortController): Promise<void> {
    this.#asking = true
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE), this.#end.signal])
      const response = await fetch(new URL('livez', server.peek()), { signal, cache: 'no-store' })
      if (!response.ok) throw new Error(`HTTP ${response.status}`)
      this.#heard = performance.now()
    } catch {
      stream.abort()
    } finally {
      this.#asking = false
    }
  }

  async #run(): Promise<void> {
    if (this.#stream !== null || this.#end.signal.aborted) return
    const stream = new AbortController()
    this.#stream = stream
    this.#heard = performance.now()
    let away = 0
    try {
      await loadRows()
      void loadOpened()
      void loadGrid().catch(() => undefined)
      await this.#read(stream)
      // A stream that ends at once, again and again, is one that something on the way does not let through.
      this.#streamless++
    } catch (thrown) {
      const refusal = refusalOf(thrown)
      if (expired(refusal)) return
      away = refusal.after * 1000
      this.#streamless = 0
    } finally {
      stream.abort()
      this.#stream = null
    }
    if (this.#end.signal.aborted) return
    if (this.#streamless > 2 && navigator.onLine) return this.#poll()
    const wait = rota.lost(performance.now(), away, false, Math.random())
    joined('lost', rota.tries)
    server.value = rota.current
    this.#timer = window.setTimeout(() => void this.#run(), wait)
  }

  async #poll(): Promise<void> {
    try {
      await loadRows()
      void loadOpened()
      joined('polling')
    } catch {
      this.#streamless = 0
    }
    this.#timer = window.setTimeout(() => void (this.#streamless > 0 ? this.#poll() : this.#run()), POLL)
  }

  async #read(stream: AbortController): Promise<void> {
    const response = await fetch(apiUrl('desk/stream'), {
      signal: stream.signal,
      credentials: 'include',
      cache: 'no-store',
      headers: { accept: 'text/event-stream', ...(this.#last === '' ? {} : { 'last-event-id': this.#last }) },
    })
    if (!response.ok) throw await refusalIn(response)
    const bytes = response.body?.getReader()
    if (bytes === undefined) return
    const events = new EventReader()
    joined('open')
    for (;;) {
      const { done, value } = await bytes.read()
      if (done) return
      this.#heard = performance.now()
      rota.joined()
      for (const event of events.feed(value)) {
        this.#streamless = 0
        if (this.#take(event)) return
      }
    }
  }

  /** True when the stream is to be opened anew. */
  #take({ event, data, id }: ServerEvent): boolean {
    if (id !== '') this.#last = id
    const body: unknown = JSON.parse(data)
    if (event === 'end') return true
    if (event === 'reset') this.#want({ rows: true, opened: true })
    if (event === 'beat' && isBeat(body)) {
      hearServer(body.now)
      desk.tick.value = Math.max(desk.tick.peek(), body.tick)
    }
    if (event === 'notice') this.#want({ rows: true, opened: false })
    if (event !== 'news' || !isNews(body)) return false
    desk.tick.value = Math.max(desk.tick.peek(), body.tick)
    const chosen = body.alerts.includes(desk.chosenId.peek())
    if (body.alerts.length > 0) this.#want({ rows: true, opened: chosen })
    return false
  }

  #want(what: { readonly rows: boolean; readonly opened: boolean }): void {
    this.#wanted = { rows: this.#wanted.rows || what.rows, opened: this.#wanted.opened || what.opened }
    this.#gathering ||= window.setTimeout(() => {
      const { rows, opened } = this.#wanted
      this.#wanted = { rows: false, opened: false }
      this.#gathering = 0
      // What fails here comes again with the next news; a lost connection is told by the stream.
      if (rows) void loadRows().catch(() => undefined)
      if (opened) void loadOpened()
    }, GATHER)
  }
}

function isBeat(body: unknown): body is DeskBeat {
  return typeof body === 'object' && body !== null && 'tick' in body && 'now' in body
}

function isNews(body: unknown): body is DeskNews {
  return (
    typeof body === 'object' &&
    body !== null &&
    'tick' in body &&
    'alerts' in body &&
    Array.isArray(body.alerts)
  )
}

/** Joins whenever somebody is signed in and keeps what is opened in step; once, for the page's life. */
export function keepLive(): void {
  let life: Live | null = null
  effect(() => {
    const signedIn = desk.me.value !== null
    if (signedIn === (life !== null)) return
    life?.stop()
    life = signedIn ? new Live() : null
    life?.start()
  })
  effect(() => {
    const id = desk.chosenId.value
    if (desk.me.value !== null && id !== '') void loadOpened()
  })
  effect(() => {
    if (desk.filter.value.whose === 'closed' && desk.me.value !== null) void loadRows().catch(() => undefined)
  })
  // The desk hears of ticks at which something happened; walls and questions may be further.
  desk.tick.subscribe((tick) => void (tick > (player?.at.peek() ?? Infinity) && player?.reach(tick)))
  startClock(() => life?.beat())
}
