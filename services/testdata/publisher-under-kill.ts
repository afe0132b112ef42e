import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { generate, parser } from 'mqtt-packet'
import { observationsTopic } from '../core/topic.ts'
import type { Message } from './seeded-day.ts'

/** Messages on their way at once. */
export const WINDOW = 500

/** One connection's worth of work. */
export interface Stretch {
  /** Messages below this one are sent. */
  readonly to: number
  /** Messages sent once more though they are acknowledged. */
  readonly repeated: number
  /** How far behind the newest acknowledged one they end; beyond the window none of them can stand in for one that was lost. */
  readonly behind: number
  /** Called while nobody listens; throws when nobody will. */
  readonly onWaiting?: () => void
  /** Hears of all that is acknowledged so far, at the connection and at each acknowledgement. */
  readonly onAcknowledged?: (all: number) => void
}

/** Publishes a list in its order at QoS 1, one connection after another, and knows what was acknowledged. */
export class PublisherUnderKill {
  readonly isAcknowledged: Uint8Array
  acknowledged = 0
  readonly #messages: readonly Message[]
  readonly #port: number

  constructor(messages: readonly Message[], port: number) {
    this.#messages = messages
    this.#port = port
    this.isAcknowledged = new Uint8Array(messages.length)
  }

  /** Connects as soon as somebody listens, sends what is not acknowledged yet; resolves when all of it is, or the peer is gone. */
  async stretch(work: Stretch): Promise<void> {
    let socket = await this.#connected()
    while (socket === undefined) {
      work.onWaiting?.()
      await pause(5)
      socket = await this.#connected()
    }
    await this.#converse(socket, work)
  }

  #connected(): Promise<Socket | undefined> {
    return new Promise((done) => {
      const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
      socket.once('connect', () => done(socket))
      socket.once('error', () => done(undefined))
    })
  }

  #converse(socket: Socket, { to, repeated, behind, onAcknowledged }: Stretch): Promise<void> {
    const first = this.isAcknowledged.indexOf(0)
    const begin = first < 0 ? this.#messages.length : first
    const last = Math.max(0, begin - behind)
    let next = Math.max(0, last - repeated)
    const waiting = new Map<number, number>()
    const fill = () => {
      const packets: Buffer[] = []
      for (; next < to && waiting.size < WINDOW; next++) {
        if (next === last) next = begin
        if (next >= to) break
        const packet = (next % 65_535) + 1
        waiting.set(packet, next)
        packets.push(this.#packet(next, packet))
      }
      if (packets.length > 0) socket.write(Buffer.concat(packets))
    }
    const reader = parser({ protocolVersion: 4 })
    reader.on('packet', (packet) => {
      if (packet.cmd === 'puback') this.#take(waiting, packet.messageId ?? 0)
      onAcknowledged?.(this.acknowledged)
      fill()
      if (waiting.size === 0 && next >= to) socket.end()
    })
    socket.on('data', (bytes) => reader.parse(bytes))
    // Acknowledgements that were on their way when the peer died still count: data comes before the close.
    const closed = new Promise<void>((done) => socket.once('close', () => done()))
    socket.on('error', () => {})
    const client = { clientId: 'under-kill', clean: true, keepalive: 0 } as const
    socket.write(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, ...client }))
    return closed
  }

  #take(waiting: Map<number, number>, packet: number): void {
    const index = waiting.get(packet)
    if (index === undefined) throw new Error(`packet ${packet} was acknowledged and not sent`)
    waiting.delete(packet)
    if (this.isAcknowledged[index] === 1) return
    this.isAcknowledged[index] = 1
    this.acknowledged++
  }

  #packet(index: number, messageId: number): Buffer {
    const message = this.#messages[index]
    if (message === undefined) throw new RangeError(`message ${index}`)
    const { source, observations } = message
    const payload = JSON.stringify(observations.length === 1 ? observations[0] : observations)
    const topic = observationsTopic('seeded', source)
    return generate({ cmd: 'publish', topic, payload, qos: 1, messageId, dup: false, retain: false })
  }
}
