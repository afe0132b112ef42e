import { decodeFrame } from '../services/core/frame.ts'
import type { Frame } from '../services/core/frame.ts'
import { SUBPROTOCOL } from '../services/core/wire.ts'
import type { ClientMessage, ServerMessage, Subscribe } from '../services/core/wire.ts'
import type { Rota } from './rota.ts'

/** What a connection tells its owner. */
export interface Listener {
  /** Joined, or lost with the number of tries since the last picture. */
  link(state: 'open' | 'lost', tries: number): void
  message(message: ServerMessage): void
  frame(frame: Frame): void
  /** What to ask for on each (re)connection. */
  subscription(): Subscribe
}

const TYPES = new Set(['welcome', 'summary', 'occurrences', 'history', 'board', 'problem', 'replay'])

function isServerMessage(value: unknown): value is ServerMessage {
  return typeof value === 'object' && value !== null && 'type' in value && TYPES.has(String(value.type))
}

/** Milliseconds to stay away, from a hint such as "Connect again after 5 s."; 0 where it names none. */
export function stayAway(hint: string): number {
  return Math.min(Number(/after (\d+) s\b/.exec(hint)?.[1] ?? 0), 60) * 1000
}

/**
 * One WebSocket at a time for the life of the page: it comes back by itself, later each time, never in step with others, to
 * whichever gateway has its turn.
 */
export class Connection {
  readonly #rota: Rota
  readonly #protocols: string[]
  readonly #listener: Listener
  #socket: WebSocket | null = null
  #timer = 0
  #away = 0
  #heard = 0
  #stopped = false

  /** `token` '' where the server asks for none; it goes beside the subprotocol, since addresses end up in logs. */
  constructor(rota: Rota, token: string, listener: Listener) {
    this.#rota = rota
    this.#protocols = token === '' ? [SUBPROTOCOL] : [SUBPROTOCOL, `qingyu.token.${token}`]
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
    this.#lost(socket, true)
  }

  #send(message: ClientMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  #open(): void {
    const socket = new WebSocket(`${this.#rota.current.replace(/^http/, 'ws')}ws`, this.#protocols)
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    this.#heard = performance.now()
    // A connect that neither opens nor fails (packets dropped on the way) must not hold the wall for the system's minutes.
    this.#timer = window.setTimeout(() => this.giveUp(), this.#rota.choice ? 3000 : 8000)
    socket.addEventListener('open', () => {
      if (socket !== this.#socket) return
      window.clearTimeout(this.#timer)
      this.#heard = performance.now()
      this.#listener.link('open', 0)
      this.subscribe()
    })
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (socket !== this.#socket) return
      this.#heard = performance.now()
      this.#take(data)
    })
    socket.addEventListener('close', () => this.#lost(socket, false))
  }

  #take(data: unknown): void {
    try {
      if (data instanceof ArrayBuffer) {
        // Only a picture counts as success: a server that refuses each time is not asked faster for answering.
        this.#rota.joined()
        return this.#listener.frame(decodeFrame(data))
      }
      const message: unknown = JSON.parse(String(data))
      // Messages of a newer server that this wall does not know are none of its business.
      if (!isServerMessage(message)) return
      if (message.type === 'problem') this.#away = stayAway(message.hint)
      if (message.type === 'welcome' && message.gateways !== undefined && message.replay === undefined)
        this.#rota.learn(message.gateways)
      this.#listener.message(message)
    } catch (error) {
      console.error('qingyu: message not understood, asking for a snapshot', error)
      this.giveUp()
    }
  }

  #lost(socket: WebSocket, bad: boolean): void {
    if (socket !== this.#socket) return
    this.#socket = null
    window.clearTimeout(this.#timer)
    if (this.#stopped) return
    const wait = this.#rota.lost(performance.now(), this.#away, bad, Math.random())
    this.#away = 0
    this.#listener.link('lost', this.#rota.tries)
    this.#timer = window.setTimeout(() => this.#open(), wait)
  }
}
