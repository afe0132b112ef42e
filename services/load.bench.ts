import { connect, type Socket } from 'node:net'
import { generate } from 'mqtt-packet'

/** One run of the load generator: what to send, where, and how. Travels as JSON to a process of its own. */
export interface Load {
  readonly port: number
  readonly connections: number
  readonly messages: number
  /** Unacknowledged publishes of one connection. */
  readonly window: number
  /** Publishes a second of all connections; 0: as fast as acknowledgements come. */
  readonly perSecond: number
  /** Fixed devices in turn, each with its place. */
  readonly places: readonly (readonly [number, number])[]
  readonly indicator: string
  /** Values go round below this, so that rules have something to decide. */
  readonly below: number
  /** Makes ids of this run its own, so that nothing is taken for a duplicate. */
  readonly run: string
}

/** Message `i` of a load: about 137 bytes of JSON, the size of a sensor's report. */
function message(load: Load, i: number): { readonly topic: string; readonly payload: string } {
  const device = i % load.places.length
  const [lon, lat] = load.places[device] ?? [0, 0]
  const value = (i * 7) % load.below
  const payload = `{"id":"${load.run}-${i}","indicator":"${load.indicator}","value":${value},"time":${wallTime()},"lon":${lon.toFixed(6)},"lat":${lat.toFixed(6)}}`
  return { topic: `qingyu/v1/bench/device-${device}/observations`, payload }
}

/** Milliseconds since 1970 without a second reader of the wall clock. */
const wallTime = () => Math.floor(performance.timeOrigin + performance.now())

/** A QoS 1 PUBLISH; the identifier is set into the bytes when it is sent. */
interface Ready {
  readonly bytes: Buffer
  readonly identifierAt: number
}

function ready(topic: string, payload: string): Ready {
  const bytes = generate({ cmd: 'publish', topic, payload, qos: 1, messageId: 1, dup: false, retain: false })
  const lengthBytes = bytes.length - 1 < 130 ? 1 : 2
  return { bytes, identifierAt: 1 + lengthBytes + 2 + Buffer.byteLength(topic) }
}

/** Reads acknowledgements off a socket: after the CONNACK only four-byte PUBACKs come. */
class Publisher {
  private unacknowledged = 0
  private identifier = 0
  private rest = 0
  private readonly socket: Socket
  private readonly onAcknowledged: (count: number) => void

  constructor(socket: Socket, onAcknowledged: (count: number) => void) {
    this.socket = socket
    this.onAcknowledged = onAcknowledged
    socket.on('data', (chunk: Buffer) => {
      const bytes = this.rest + chunk.length
      const count = bytes >> 2
      this.rest = bytes & 3
      this.unacknowledged -= count
      this.onAcknowledged(count)
    })
  }

  room(window: number): number {
    return window - this.unacknowledged
  }

  send(packets: readonly Ready[]): void {
    const buffers = packets.map(({ bytes, identifierAt }) => {
      this.identifier = (this.identifier % 65_535) + 1
      bytes.writeUInt16BE(this.identifier, identifierAt)
      return bytes
    })
    this.unacknowledged += packets.length
    this.socket.write(buffers.length === 1 && buffers[0] ? buffers[0] : Buffer.concat(buffers))
  }

  end(): void {
    this.socket.destroy()
  }
}

function open(port: number, clientId: string, onAcknowledged: (count: number) => void): Promise<Publisher> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () =>
      socket.write(
        generate({
          cmd: 'connect',
          clientId,
          clean: true,
          keepalive: 0,
          protocolId: 'MQTT',
          protocolVersion: 4,
        }),
      ),
    )
    socket.once('data', (connack: Buffer) => {
      if (connack[3] === 0) resolve(new Publisher(socket, onAcknowledged))
      else reject(new Error(`CONNACK ${connack[3]}`))
    })
  })
}

/** Sends all messages of a load and resolves, in ms, once every one is acknowledged. Packets are made beforehand unless paced. */
export async function runLoad(load: Load): Promise<number> {
  let acknowledged = 0
  let sent = 0
  let finish: () => void = () => undefined
  const done = new Promise<void>((resolve) => (finish = resolve))
  let turn: () => void = () => undefined
  const publishers = await Promise.all(
    Array.from({ length: load.connections }, (_, i) =>
      open(load.port, `load-${i}`, (count) => {
        acknowledged += count
        if (acknowledged >= load.messages) finish()
        else if (load.perSecond === 0) turn()
      }),
    ),
  )
  const make = (i: number): Ready => {
    const { topic, payload } = message(load, i)
    return ready(topic, payload)
  }
  const prepared = load.perSecond === 0 ? Array.from({ length: load.messages }, (_, i) => make(i)) : []
  const take = (i: number): Ready => prepared[i] ?? make(i)
  const started = performance.now()
  const fill = (most: number) => {
    for (const publisher of publishers) {
      const count = Math.min(publisher.room(load.window), most - sent)
      if (count <= 0) continue
      publisher.send(Array.from({ length: count }, (_, k) => take(sent + k)))
      sent += count
    }
  }
  turn = () => fill(load.messages)
  if (load.perSecond === 0) turn()
  else {
    const timer = setInterval(() => {
      fill(Math.min(load.messages, Math.floor(((performance.now() - started) / 1000) * load.perSecond)))
      if (sent >= load.messages) clearInterval(timer)
    }, 5)
  }
  await done
  const elapsed = performance.now() - started
  for (const publisher of publishers) publisher.end()
  return elapsed
}

if (process.argv[2] === '--load') {
  process.once('message', (load: Load) => {
    runLoad(load).then(
      (elapsed) => process.send?.({ elapsed }, () => process.exit(0)),
      (error: unknown) => process.send?.({ error: String(error) }, () => process.exit(1)),
    )
  })
}
