import { decodeFrame } from '../services/core/frame.ts'
import type { Frame } from '../services/core/frame.ts'
import { SUBPROTOCOL } from '../services/core/wire.ts'
import type { ClientMessage, ServerMessage, Subscribe } from '../services/core/wire.ts'
import { waitBefore } from './backoff.ts'

/** What a connection tells its owner. */
export interface Listener {
  /** Joined, or lost with the number of failed tries so far and the server's reason where it gave one. */
  link(state: 'open' | 'lost', tries: number, why: string): void
  message(message: ServerMessage): void
  frame(frame: Frame): void
  /** What to ask for on each (re)connection. */
  subscription(): Subscribe
}

const TYPES = new Set(['welcome', 'summary', 'occurrences', 'history', 'problem'])

function isServerMessage(value: unknown): value is ServerMessage {
  return typeof value === 'object' && value !== null && 'type' in value && TYPES.has(String(value.type))
}

function retryAfter(reason: string): number {
  const seconds = Number(/"?retryAfter"?\s*[:=]\s*(\d+(?:\.\d+)?)/.exec(reason)?.[1] ?? 0)
  return Math.min(seconds, 60) * 1000
}

/** One WebSocket to the server for the life of the page: it comes back by itself, later each time, never in step with others. */
export class Connection {
  readonly #url: string
  readonly #listener: Listener
  #socket: WebSocket | null = null
  #timer = 0
  #tries = 0
  #heard = 0
  #stopped = false

  constructor(url: string, listener: Listener) {
    this.#url = url
    this.#listener = listener
  }

  /** Opens the socket. */
  start(): void {
    this.#stopped = false
    this.#open()
  }

  /** Closes for good. */
  stop(): void {
    this.#stopped = true
    window.clearTimeout(this.#timer)
    this.#socket?.close(1000)
  }

  /** Monotonic time at which anything came last, ms. */
  get heard(): number {
    return this.#heard
  }

  /** Asks again for a view, on the open socket: after a gap, or for another area. */
  subscribe(): void {
    this.#send(this.#listener.subscription())
  }

  /** Says that everything up to this tick is on the glass. */
  drawn(tick: number): void {
    this.#send({ type: 'drawn', tick })
  }

  /** Gives a silent socket up; a close that waits for a dead peer would take minutes. */
  giveUp(): void {
    const socket = this.#socket
    if (socket === null) return
    socket.close()
    this.#lost(socket, '')
  }

  #send(message: ClientMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  #open(): void {
    const socket = new WebSocket(this.#url, SUBPROTOCOL)
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    this.#heard = performance.now()
    // A connect that neither opens nor fails (packets dropped on the way) must not hold the wall for the system's minutes.
    this.#timer = window.setTimeout(() => this.giveUp(), 8000)
    socket.addEventListener('open', () => {
      if (socket !== this.#socket) return
      window.clearTimeout(this.#timer)
      this.#heard = performance.now()
      this.#listener.link('open', 0, '')
      this.subscribe()
    })
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (socket !== this.#socket) return
      this.#heard = performance.now()
      this.#tries = 0
      this.#take(data)
    })
    socket.addEventListener('close', (event) => this.#lost(socket, event.reason))
  }

  #take(data: unknown): void {
    try {
      if (data instanceof ArrayBuffer) return this.#listener.frame(decodeFrame(data))
      const message: unknown = JSON.parse(String(data))
      // Messages of a newer server that this wall does not know are none of its business.
      if (isServerMessage(message)) this.#listener.message(message)
    } catch (error) {
      console.error('qingyu: message not understood, asking for a snapshot', error)
      this.giveUp()
    }
  }

  #lost(socket: WebSocket, reason: string): void {
    if (socket !== this.#socket) return
    this.#socket = null
    window.clearTimeout(this.#timer)
    if (this.#stopped) return
    const wait = waitBefore(this.#tries, Math.random()) + retryAfter(reason)
    this.#tries++
    this.#listener.link('lost', this.#tries, reason)
    this.#timer = window.setTimeout(() => this.#open(), wait)
  }
}
