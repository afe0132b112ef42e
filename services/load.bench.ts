import { connect, type Socket } from 'node:net'
import { generate } from 'mqtt-packet'

/** One run of the load generator: what to send, where, and how. Travels as JSON to a process of its own. */
export interface Load {
  readonly port: number
  readonly connections: number
  readonly messages: number
  /** Observations of one message, all of its device's place; 1 unless said. */
  readonly batch?: number
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

/** Observation `i` of a load, of device `device`: about 137 bytes of JSON, the size of a sensor's report. */
function observation(load: Load, device: number, i: number): string {
  const [lon, lat] = load.places[device] ?? [0, 0]
  const value = (i * 7) % load.below
  return `{"id":"${load.run}-${i}","indicator":"${load.indicator}","value":${value},"time":${wallTime()},"lon":${lon.toFixed(6)},"lat":${lat.toFixed(6)}}`
}

function message(load: Load, i: number): { readonly topic: string; readonly payload: string } {
  const { batch = 1 } = load
  const device = i % load.places.length
  const observations = Array.from({ length: batch }, (_, k) => observation(load, device, i * batch + k))
  const payload = batch === 1 ? (observations[0] ?? '') : `[${observations.join(',')}]`
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
  // The remaining length takes 7 bits a byte (MQTT 3.1.1, 2.2.3).
  const lengthBytes = bytes.length < 130 ? 1 : bytes.length < 16_387 ? 2 : 3
  return { bytes, identifierAt: 1 + lengthBytes + 2 + Buffer.byteLength(topic) }
}

/** Reads acknowledgements off a socket: after the CONNACK only four-byte PUBACKs come. */
class Publisher {
  /** When each unacknowledged publish left, oldest first; acknowledgements keep their order (MQTT 3.1.1, 4.6). */
  private readonly left: number[] = []
  /** ms from each publish to its acknowledgement. */
  readonly latencies: number[] = []
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
      const now = performance.now()
      for (const left of this.left.splice(0, count)) this.latencies.push(now - left)
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
    const now = performance.now()
    for (let i = 0; i < packets.length; i++) this.left.push(now)
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

/** One connection's share of a load: its own devices, in turn. */
class Share {
  publisher: Publisher | null = null
  private sent = 0
  private readonly prepared: readonly Ready[]
  private readonly load: Load
  private readonly index: number
  readonly messages: number

  constructor(load: Load, index: number) {
    this.load = load
    this.index = index
    this.messages =
      Math.floor(load.messages / load.connections) + (index < load.messages % load.connections ? 1 : 0)
    this.prepared = load.perSecond === 0 ? Array.from({ length: this.messages }, (_, k) => this.make(k)) : []
  }

  private make(k: number): Ready {
    const { topic, payload } = message(this.load, this.index + k * this.load.connections)
    return ready(topic, payload)
  }

  /** Sends what the window has room for, at most up to `most` messages of this share in all. */
  fill(most: number): void {
    const { publisher, load } = this
    if (publisher === null) return
    const count = Math.min(publisher.room(load.window), Math.min(most, this.messages) - this.sent)
    // A wide window is refilled by halves, so that packets travel together.
    if (count <= 0 || (load.perSecond === 0 && count < Math.min(load.window / 2, this.messages - this.sent)))
      return
    publisher.send(
      Array.from({ length: count }, (_, k) => this.prepared[this.sent + k] ?? this.make(this.sent + k)),
    )
    this.sent += count
  }
}

/** What a load took, ms. */
export interface LoadTimes {
  /** Until every message was acknowledged. */
  readonly elapsed: number
  /** From a publish to its acknowledgement: 99 in 100 took no longer. */
  readonly p99: number
}

/** Sends all messages of a load until every one is acknowledged. Packets are made beforehand unless paced. */
export async function runLoad(load: Load): Promise<LoadTimes> {
  let acknowledged = 0
  let finish: () => void = () => undefined
  const done = new Promise<void>((resolve) => (finish = resolve))
  const shares = Array.from({ length: load.connections }, (_, index) => new Share(load, index))
  for (const [index, share] of shares.entries())
    share.publisher = await open(load.port, `load-${index}`, (count) => {
      acknowledged += count
      if (acknowledged >= load.messages) finish()
      else if (load.perSecond === 0) share.fill(share.messages)
    })
  const started = performance.now()
  if (load.perSecond === 0) for (const share of shares) share.fill(share.messages)
  const timer = setInterval(() => {
    if (load.perSecond === 0) return
    const due = ((performance.now() - started) / 1000) * (load.perSecond / load.connections)
    for (const share of shares) share.fill(Math.floor(due))
  }, 5)
  await done
  clearInterval(timer)
  const elapsed = performance.now() - started
  for (const { publisher } of shares) publisher?.end()
  const latencies = shares.flatMap(({ publisher }) => publisher?.latencies ?? []).sort((a, b) => a - b)
  return { elapsed, p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0 }
}

if (process.argv[2] === '--load') {
  process.once('message', (load: Load) => {
    runLoad(load).then(
      (times) => process.send?.({ times }, () => process.exit(0)),
      (error: unknown) => process.send?.({ error: String(error) }, () => process.exit(1)),
    )
  })
}
