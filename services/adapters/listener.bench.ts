import { connect } from 'node:net'
import { Duplex } from 'node:stream'
import { generate } from 'mqtt-packet'
import type { Sender } from '../core/observation.ts'
import { observationsTopic } from '../core/topic.ts'
import type { Measure } from '../measure.bench.ts'
import type { Clock, Intake, Receipt } from '../ports.ts'
import { createListener } from './source.listener.ts'

const PUBLISHES = 300_000
const READ = 65_536
const HELLO = generate({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clientId: 'bench',
  clean: true,
  keepalive: 0,
})
/** As large as the observations that the measured costs of the parts were taken with. */
const PAYLOAD = JSON.stringify({
  indicator: 'pm25',
  value: 57.3,
  time: '2026-11-22T08:00:00.000+08:00',
  lon: 118.912345,
  lat: 32.112233,
  id: 'b7e41f0c9a',
}).padEnd(137)

/** Everything is good and durable at the end of the read: what is left is the cost of the listener. */
class TrivialIntake implements Intake {
  durable = 0
  received = 0
  readonly congested = false
  private readonly receipt: Receipt = { accepted: 1, refusals: null, commit: 1 }
  private readonly senders = new Map<string, Sender>()
  private tell: () => void = () => {}

  sender(vendor: string, source: string): Sender {
    const name = `${vendor}/${source}`
    let sender = this.senders.get(name)
    if (sender === undefined) {
      const key = new TextEncoder().encode(name)
      sender = { vendor, source, key, registration: null, memo: { lon: NaN, lat: NaN, area: -1 } }
      this.senders.set(name, sender)
    }
    return sender
  }

  accept(): Receipt {
    this.received++
    this.receipt.commit = this.durable + 1
    return this.receipt
  }

  refuse(): void {}

  commit(): void {
    this.durable++
    this.tell()
  }

  onDurable(listener: () => void): void {
    this.tell = listener
  }

  onRelief(): void {}

  settled(): Promise<void> {
    return Promise.resolve()
  }
}

class Sink extends Duplex {
  bytes = 0
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytes += chunk.length
    done()
  }
}

/** Time as told by the monotonic clock; timers never run in a bench. */
const clock: Clock = { now: () => performance.timeOrigin + performance.now(), at: () => () => {} }

async function start(intake: Intake) {
  const mqtt = {
    enabled: true,
    host: '127.0.0.1',
    port: 0,
    anonymous: true,
    maxPacket: 65_536,
    maxConnections: 100,
    perCredential: 100,
    perAddress: 100,
    rate: 1_000_000,
    burst: 1_000_000,
  }
  const accounts = { verify: () => Promise.resolve('wrong' as const), maxPayload: () => undefined }
  const listener = createListener({ config: { mqtt }, clock, accounts })
  await listener.start(intake)
  return listener
}

/** A stream of QoS 1 publishes over so many topics, cut into reads. */
function reads(topics: number, publishes: number): Buffer[] {
  const packets = Array.from({ length: publishes }, (_, i) =>
    generate({
      cmd: 'publish',
      topic: observationsTopic('acme', `sensor-${i % topics}`),
      payload: PAYLOAD,
      qos: 1,
      messageId: 1 + (i % 65_535),
      dup: false,
      retain: false,
    }),
  )
  const stream = Buffer.concat(packets)
  const cut: Buffer[] = []
  for (let at = 0; at < stream.length; at += READ) cut.push(stream.subarray(at, at + READ))
  return cut
}

/** Microseconds a QoS 1 publish, pipelined, without a network: framing, topic, rate, order, PUBACK. */
async function cost(chunks: readonly Buffer[], publishes: number): Promise<number> {
  const intake = new TrivialIntake()
  const listener = await start(intake)
  const wire = new Sink()
  listener.attach(wire, 'bench')
  wire.emit('data', HELLO)
  const from = performance.now()
  for (const chunk of chunks) {
    wire.emit('data', chunk)
    intake.commit()
  }
  const micros = ((performance.now() - from) * 1000) / publishes
  if (intake.received !== publishes) throw new Error(`${intake.received} of ${publishes} were taken`)
  wire.destroy()
  await listener.stop()
  return micros
}

/** Publishes a second over TCP on the loopback, pipelined by a client in the same process. */
async function throughput(chunks: readonly Buffer[], publishes: number): Promise<number> {
  const intake = new TrivialIntake()
  const listener = await start(intake)
  const socket = connect(Number(new URL(listener.address).port), '127.0.0.1')
  let acknowledged = -4
  const from = performance.now()
  const done = new Promise<void>((resolve) => {
    socket.on('data', (bytes) => {
      acknowledged += bytes.length
      if (acknowledged >= publishes * 4) resolve()
    })
  })
  const committing = setInterval(() => intake.commit(), 1)
  socket.write(HELLO)
  for (const chunk of chunks)
    if (!socket.write(chunk)) await new Promise((resume) => socket.once('drain', resume))
  await done
  const perSecond = (publishes * 1000) / (performance.now() - from)
  clearInterval(committing)
  socket.destroy()
  await listener.stop()
  return perSecond
}

/** Cost of the listener alone: one topic a socket, a thousand topics on one socket, and over TCP. */
export async function listenerCosts(measure: Measure): Promise<void> {
  const one = reads(1, PUBLISHES)
  const many = reads(1000, PUBLISHES)
  await measure.value('listener.publish', 'µs/publish', () => cost(one, PUBLISHES))
  await measure.value('listener.topics', 'µs/publish', () => cost(many, PUBLISHES))
  await measure.value('listener.tcp', 'publishes/s', () => throughput(many, PUBLISHES))
}
