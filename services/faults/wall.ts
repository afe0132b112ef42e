import { createHash } from 'node:crypto'
import { WebSocket } from 'ws'
import { decodeFrame } from '../core/frame.ts'
import { SUBPROTOCOL, type ServerMessage, type Subscribe, type Summary } from '../core/wire.ts'

/** A gateway that sends nothing for this long, not even one of its pings, is left; one that does not answer is given up, ms. */
const SILENT_MS = 8000
const HANDSHAKE_MS = 2000
const AGAIN_MS = 250
/** Frames, and boards, remembered for comparison; an hour of ticks. */
const MOST_FRAMES = 3600

/** A wall as a browser has one: follows a gateway, resumes from its last tick, turns to the next address when it loses one. */
export class Wall {
  readonly name: string
  /** The newest summary. */
  summary: Summary | null = null
  connections = 0
  /** Connections after the first that went on by deltas from the last tick. */
  resumed = 0
  /** Frames by what they were made from and to, `previous>tick`, with a hash of their bytes. */
  readonly frames = new Map<string, string>()
  /** Boards by their tick, with a hash of what they say. */
  readonly boards = new Map<string, string>()
  #longest = 0
  #heard: number
  #epoch = ''
  #tick = 0
  #next = 0
  #socket: WebSocket | null = null
  #isOver = false
  #silence: NodeJS.Timeout | undefined
  readonly #addresses: readonly string[]
  readonly #now: () => number

  constructor(name: string, addresses: readonly string[], now: () => number) {
    this.name = name
    this.#addresses = addresses
    this.#now = now
    this.#heard = now()
    this.#connect()
  }

  /** The newest tick drawn, ms since 1970; 0 before the first. */
  get tick(): number {
    return this.#tick
  }

  /** Longest time between two frames since it was last asked for, ms. */
  takeGap(): number {
    const gap = Math.max(this.#longest, this.#now() - this.#heard)
    this.#longest = 0
    return gap
  }

  close(): void {
    this.#isOver = true
    clearTimeout(this.#silence)
    this.#socket?.terminate()
  }

  #connect(): void {
    const address = this.#addresses[this.#next++ % this.#addresses.length] ?? ''
    const socket = new WebSocket(`${address.replace('http', 'ws')}/ws`, SUBPROTOCOL, {
      handshakeTimeout: HANDSHAKE_MS,
    })
    this.#socket = socket
    const resume = this.#tick === 0 ? {} : { resume: { epoch: this.#epoch, tick: this.#tick } }
    const subscribe: Subscribe = { type: 'subscribe', layer: 'levels', depth: 'cell', ...resume }
    const heard = () => {
      clearTimeout(this.#silence)
      this.#silence = setTimeout(() => socket.terminate(), SILENT_MS)
    }
    socket.on('open', () => socket.send(JSON.stringify(subscribe)))
    socket.on('ping', heard)
    socket.on('message', (data: Buffer, isBinary) => {
      heard()
      if (isBinary) this.#draw(socket, data)
      else this.#read(JSON.parse(data.toString()) as ServerMessage, data)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(this.#silence)
      if (!this.#isOver) setTimeout(() => this.#isOver || this.#connect(), AGAIN_MS)
    })
  }

  #read(message: ServerMessage, data: Buffer): void {
    if (message.type === 'summary') this.summary = message
    if (message.type === 'board') keep(this.boards, String(message.tick), data)
    if (message.type !== 'welcome') return
    this.#epoch = message.epoch
    if (this.connections++ > 0 && message.resumed) this.resumed++
  }

  #draw(socket: WebSocket, data: Buffer): void {
    const frame = decodeFrame(data)
    const now = this.#now()
    this.#longest = Math.max(this.#longest, now - this.#heard)
    this.#heard = now
    this.#tick = frame.tick
    const previous = frame.kind === 'delta' ? frame.previous : 0
    keep(this.frames, `${previous}>${frame.tick}`, data)
    socket.send(JSON.stringify({ type: 'drawn', tick: frame.tick }))
  }
}

function keep(hashes: Map<string, string>, key: string, data: Buffer): void {
  hashes.set(key, createHash('sha256').update(data).digest('base64'))
  if (hashes.size > MOST_FRAMES) hashes.delete(hashes.keys().next().value ?? '')
}

/** What two walls were told for the same ticks: how much of it, and for which it differs. */
export interface Common {
  readonly common: number
  readonly differing: readonly string[]
}

/** Frames that both walls were sent from and to the same ticks, or boards of the same ticks. */
export function inCommon(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): Common {
  const common = [...one.keys()].filter((key) => other.has(key))
  return { common: common.length, differing: common.filter((key) => one.get(key) !== other.get(key)) }
}
