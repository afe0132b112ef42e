import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { generate, type Packet } from 'mqtt-packet'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FakeIntake } from '../testdata/fake-intake.ts'
import { VirtualClock } from './clock.virtual.ts'
import { EVERYBODY, OPEN, publishPacket } from '../testdata/mqtt-peer.ts'
import { Framer, type FrameSink } from './listener-frames.ts'
import { createListener, type Listener } from './source.listener.ts'

/** A transport without a network: what the listener writes is kept, what arrives is pushed. */
class Wire extends Duplex {
  readonly written: Buffer[] = []
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk)
    done()
  }

  /** Confirmations and everything else, each in order: how the two mix depends on when the log was asked. */
  get answers(): { acks: string[]; others: string[] } {
    const acks: string[] = []
    const others: string[] = []
    const bytes = Buffer.concat(this.written)
    for (let at = 0; at < bytes.length;) {
      let start = at + 1
      let length = 0
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[start++] ?? 0
        length += (byte & 127) << shift
        if (byte < 128) break
      }
      const type = (bytes[at] ?? 0) >> 4
      const into = type === 4 || type === 5 || type === 7 ? acks : others
      into.push(bytes.toString('hex', at, start + length))
      at = start + length
    }
    return { acks, others }
  }
}

async function start(): Promise<{ listener: Listener; intake: FakeIntake; clock: VirtualClock }> {
  const intake = new FakeIntake()
  intake.instant = true
  const clock = new VirtualClock(0)
  const listener = createListener({
    config: { mqtt: { ...OPEN, maxPacket: 4096 } },
    clock,
    accounts: EVERYBODY,
  })
  await listener.start(intake)
  onTestFinished(() => listener.stop())
  return { listener, intake, clock }
}

/** Pushes the pieces, each in a turn of its own, and hangs up. */
async function feed(listener: Listener, pieces: readonly Buffer[]): Promise<Wire> {
  const wire = new Wire()
  listener.attach(wire, 'test')
  for (const piece of pieces) {
    wire.push(piece)
    await new Promise(setImmediate)
  }
  wire.push(null)
  return wire
}

async function hungUp(wire: Wire): Promise<void> {
  if (!wire.destroyed) await new Promise((resolve) => wire.once('close', resolve))
}

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [
    0,
    ...new Set(cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b)),
    bytes.length,
  ]
  return places
    .slice(1)
    .map((end, i) => bytes.subarray(places[i], end))
    .filter((piece) => piece.length > 0)
}

const TOPIC = 'qingyu/v1/acme/s1/observations'

function conversation(version: 4 | 5): Buffer {
  const packets: Packet[] = [
    {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      clientId: 'c',
      clean: true,
      keepalive: 10,
    },
    publishPacket(TOPIC, '{"a":1}', 1, 1),
    publishPacket(TOPIC, 'x'.repeat(300), 2, 2),
    { cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: 'qingyu/v1/acme/+/feedback', qos: 1 }] },
    publishPacket('elsewhere', '', 0, 0),
    { cmd: 'pubrel', messageId: 2 },
    { cmd: 'pingreq' },
    { ...publishPacket(TOPIC, 'last', 1, 4), ...(version === 5 ? { properties: { topicAlias: 1 } } : {}) },
    ...(version === 4 ? [publishPacket(TOPIC, 'y'.repeat(5000), 1, 5)] : []),
    publishPacket(TOPIC, 'after', 0, 0),
  ]
  return Buffer.concat(packets.map((packet) => generate(packet, { protocolVersion: version })))
}

describe('framing', () => {
  it.each([4, 5] as const)('[MQ30] ends alike however the bytes are cut (version %i)', async (version) => {
    const bytes = conversation(version)
    const { listener, intake } = await start()
    const outcome = async (parts: readonly Buffer[]) => {
      intake.taken.length = intake.refused.length = 0
      const wire = await feed(listener, parts)
      await hungUp(wire)
      const refused = intake.refused.map(({ sender, refusal }) => [sender, refusal.code, refusal.message])
      return { out: wire.answers, taken: [...intake.taken], refused }
    }
    const whole = await outcome([bytes])
    expect(whole.taken.map(({ text }) => text.slice(0, 5))).toEqual(['{"a":', 'xxxxx', 'last', 'after'])
    expect(whole.refused.map(([, code]) => code)).toEqual(
      version === 4 ? ['MQ-topic', 'OB-size'] : ['MQ-topic'],
    )
    expect(await outcome([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 20 }), async (cuts) => {
        expect(await outcome(pieces(bytes, cuts))).toEqual(whole)
      }),
      { numRuns: 60 },
    )
  })

  it('[MQ31] keeps at most one packet and one chunk', () => {
    let most = 0
    const sink: FrameSink = { frame: () => true, oversize: () => true, broken: () => {} }
    const framer = new Framer(sink, 4096)
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 30 }), (chunks) => {
        for (const chunk of chunks) {
          framer.push(Buffer.from(chunk))
          most = Math.max(most, framer.waiting)
        }
      }),
    )
    expect(most).toBeLessThanOrEqual(4096 + 2000)
  })

  it('[MQ32] outlives ten thousand malformed sessions', async () => {
    const { listener, intake, clock } = await start()
    const hello = generate(
      { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clientId: '', clean: true },
      { protocolVersion: 5 },
    )
    const good = conversation(5)
    let seed = 1
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return (seed >>> 8) % below
    }
    const garbage = () => Buffer.from(Array.from({ length: 1 + random(60) }, () => random(256)))
    const spoilt = () => {
      const copy = Buffer.from(good)
      for (let i = 0; i < 3; i++) copy[random(copy.length)] = random(256)
      return copy
    }
    const wires: Wire[] = []
    for (let i = 0; i < 10_000; i++) {
      const wire = new Wire()
      listener.attach(wire, `test ${i % 300}`)
      wire.push(i % 3 === 0 ? garbage() : i % 3 === 1 ? Buffer.concat([hello, garbage()]) : spoilt())
      wires.push(wire)
      if (i % 200 === 199) {
        await new Promise(setImmediate)
        for (const each of wires.splice(0)) each.destroy()
        await new Promise(setImmediate)
        clock.advance(1000)
      }
    }
    expect(listener.metrics.opened).toBe(10_000)
    expect(listener.metrics.connections).toBe(0)
    const refused = Object.values(listener.metrics.refused).reduce((sum, count) => sum + count, 0)
    expect(refused).toBeGreaterThan(3000)
    const wire = await feed(listener, [good])
    await hungUp(wire)
    expect(intake.taken.at(-1)?.text).toBe('after')
  })
})
