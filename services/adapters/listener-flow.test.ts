import mqtt from 'mqtt'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Refusal } from '../core/observation.ts'
import { observationsTopic } from '../core/topic.ts'
import { EVERYBODY, publishPacket, startRig, type Peer } from '../testdata/mqtt-peer.ts'
import { FEEDBACK_WAITING, Outbox } from './listener-feedback.ts'
import { Door } from './listener-limits.ts'
import { noMetrics } from './listener-metrics.ts'
import { Routes, takeToken } from './listener-routes.ts'
import { AckRing } from './listener-acks.ts'
import { FakeIntake } from '../testdata/fake-intake.ts'

const TOPIC = 'qingyu/v1/acme/s1/observations'
const burst = (count: number, qos: 0 | 1 | 2, first = 1) =>
  Array.from({ length: count }, (_, i) => publishPacket(TOPIC, String(i), qos, first + i))
const told = (i: number) =>
  ({ code: 'OB-json', pointer: '', message: `no ${i}`, hint: 'yes', received: i }) as const

async function answered(peer: Peer, count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect(await peer.next()).toMatchObject({ cmd: 'puback' })
}

describe('back-pressure', () => {
  it('[MQ39] delays a source above its rate, and drops nothing', async () => {
    const { clock, intake, listener, peer } = await startRig({ rate: 10, burst: 20 })
    intake.instant = true
    const device = await peer()
    await device.hello(4)
    device.send(...burst(50, 1))
    await answered(device, 20)
    expect(intake.taken).toHaveLength(20)
    const other = await peer()
    await other.hello(4)
    other.send(publishPacket(observationsTopic('acme', 's2'), 'free', 1, 1))
    await answered(other, 1)
    for (let i = 0; i < 30; i++) {
      clock.advance(100)
      await answered(device, 1)
    }
    expect(intake.taken.filter(({ sender }) => sender === 'acme/s1').map(({ text }) => text)).toEqual(
      Array.from({ length: 50 }, (_, i) => String(i)),
    )
    expect(listener.metrics.paused.rate).toBe(30)
  })

  it('[MQ39] fills a bucket again up to its burst', () => {
    const bucket = { tokens: 2, at: 0 }
    expect([0, 0, 0].map(() => takeToken(bucket, 0, 10, 5))).toEqual([0, 0, 100])
    expect(takeToken(bucket, 100, 10, 5)).toBe(0)
    expect(takeToken(bucket, 1e9, 10, 5)).toBe(0)
    expect(bucket.tokens).toBe(4)
  })

  it('[MQ40] stops reading all sockets while congested', async () => {
    const { intake, listener, peer } = await startRig()
    const peers = [await peer(), await peer()]
    for (const device of peers) await device.hello(4)
    intake.congested = true
    for (const device of peers) device.send(...burst(5, 1))
    while (listener.metrics.paused.congested < 2) await new Promise(setImmediate)
    expect(intake.taken).toEqual([])
    intake.relieve()
    await intake.until(() => intake.taken.length === 10)
    intake.commit()
    for (const device of peers) await answered(device, 5)
  })

  it('[MQ41] reads no further than 4,096 unconfirmed publishes', async () => {
    const { intake, listener, peer } = await startRig()
    const device = await peer()
    await device.hello(5)
    device.send(...burst(5000, 1))
    while (listener.metrics.paused.unacknowledged < 1) await new Promise(setImmediate)
    expect(intake.taken).toHaveLength(4096)
    intake.commit()
    await answered(device, 4096)
    await intake.until(() => intake.taken.length === 5000)
    intake.commit()
    await answered(device, 904)
  })

  it('[MQ41] ends a session with 4,097 open QoS 2 exchanges', async () => {
    const { intake, peer } = await startRig()
    intake.instant = true
    const device = await peer()
    await device.hello(5)
    device.send(...burst(4097, 2))
    for (let i = 0; i < 4096; i++) expect(await device.next()).toMatchObject({ cmd: 'pubrec' })
    expect(await device.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x93 })
  })

  it('[MQ42] refuses a packet above the limit by version', async () => {
    const { intake, listener, peer } = await startRig({ maxPacket: 4096 })
    intake.instant = true
    const [five, four] = [await peer(), await peer()]
    await five.hello(5)
    await four.hello(4)
    const large = publishPacket(TOPIC, 'x'.repeat(100_000), 1, 1)
    five.send(large)
    expect(await five.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x95 })
    four.send(large, publishPacket(TOPIC, 'small', 1, 2))
    expect(await four.next()).toMatchObject({ cmd: 'puback', messageId: 1 })
    expect(await four.next()).toMatchObject({ cmd: 'puback', messageId: 2 })
    expect(intake.taken).toEqual([{ sender: 'acme/s1', text: 'small' }])
    expect(intake.refused.map(({ sender, refusal }) => [sender, refusal.code])).toEqual([
      ['acme/s1', 'OB-size'],
      ['acme/s1', 'OB-size'],
    ])
    expect(intake.refused[0]?.refusal.message).toContain('100000 bytes')
    expect(listener.metrics.refused['OB-size']).toBe(1)
  })

  it('[MQ42] takes larger packets from a vendor granted them', async () => {
    const { intake, peer } = await startRig({ maxPacket: 4096 }, { ...EVERYBODY, maxPayload: () => 200_000 })
    const device = await peer()
    const hello = await device.hello(5, { username: 'acme', password: Buffer.from('x') })
    expect(hello).toMatchObject({ properties: { maximumPacketSize: 201_024 } })
    device.send(publishPacket(TOPIC, 'x'.repeat(200_000), 0, 0))
    await intake.until(() => intake.taken.length === 1)
  })
})

describe('feedback', () => {
  it('[MQ43] tells each refusal to who subscribed to it', async () => {
    const { listener, peer } = await startRig({}, EVERYBODY)
    const login = (username: string) => ({ username, password: Buffer.from('x') })
    const [all, one, other] = [await peer(), await peer(), await peer()]
    await all.hello(5, login('acme'))
    await one.hello(4, login('acme'))
    await other.hello(4, login('other'))
    const subscribe = async (device: Peer, topic: string, qos: 0 | 1) => {
      device.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos }] })
      expect(await device.next()).toMatchObject({ cmd: 'suback', granted: [qos] })
    }
    await subscribe(all, 'qingyu/v1/acme/+/feedback', 1)
    await subscribe(one, 'qingyu/v1/acme/s2/feedback', 0)
    await subscribe(other, 'qingyu/v1/other/+/feedback', 0)
    listener.feedback('acme', 's1', [told(1)])
    listener.feedback('acme', 's2', [told(2)])
    listener.feedback('other', 's2', [told(3)])
    const read = async (device: Peer) => {
      const packet = await device.next()
      if (packet?.cmd !== 'publish') throw new Error(`no publish but ${packet?.cmd}`)
      return [packet.topic, packet.qos, (JSON.parse(String(packet.payload)) as { received: number }).received]
    }
    expect(await read(all)).toEqual(['qingyu/v1/acme/s1/feedback', 1, 1])
    expect(await read(all)).toEqual(['qingyu/v1/acme/s2/feedback', 1, 2])
    expect(await read(one)).toEqual(['qingyu/v1/acme/s2/feedback', 0, 2])
    expect(await read(other)).toEqual(['qingyu/v1/other/s2/feedback', 0, 3])
    one.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: ['qingyu/v1/acme/s2/feedback'] })
    expect(await one.next()).toMatchObject({ cmd: 'unsuback' })
    listener.feedback('acme', 's2', [told(4)])
    one.send({ cmd: 'pingreq' })
    expect(await one.next()).toMatchObject({ cmd: 'pingresp' })
  })

  it('[MQ44] keeps a thousand for a slow subscriber, newest first to stay', () => {
    const metrics = noMetrics()
    const sent: string[] = []
    const end = { version: 4, mostBytes: Infinity, mostFlying: 2, roomy: () => true }
    const outbox = new Outbox({ ...end, send: (bytes) => sent.push(Buffer.from(bytes).toString()) }, metrics)
    for (let i = 0; i < FEEDBACK_WAITING + 12; i++) outbox.publish('t', `<${i}>`, 1)
    expect(outbox.queued).toBe(FEEDBACK_WAITING)
    expect(metrics).toMatchObject({ feedbackSent: 2, feedbackDropped: 10 })
    outbox.acknowledged(1)
    outbox.acknowledged(1)
    expect(sent).toHaveLength(3)
    expect(sent[2]).toContain('<12>')
  })

  it('[MQ44] drops QoS 0 for a socket that is full', () => {
    const metrics = noMetrics()
    const end = { version: 5, mostBytes: Infinity, mostFlying: 2, roomy: () => false, send: () => {} }
    new Outbox(end, metrics).publish('t', 'x', 0)
    new Outbox({ ...end, roomy: () => true, mostBytes: 4 }, metrics).publish('t', 'x', 0)
    expect(metrics).toMatchObject({ feedbackSent: 0, feedbackDropped: 2 })
  })
})

describe('bounds', () => {
  it('[MQ45] remembers topics in two bounded generations', () => {
    const routes = new Routes(new FakeIntake(), 5, 10)
    const find = (source: string) => {
      const bytes = Buffer.from(observationsTopic('acme', source))
      return routes.find(bytes, 0, bytes.length, 'acme', 0)
    }
    const first = find('s-0')
    if (first !== null) first.bucket.tokens = 1
    for (let i = 1; i < 100; i++) find(`s-${i}`)
    expect(routes.size).toBeLessThanOrEqual(20)
    expect(find('s-0')).not.toBe(first)
    expect(find('s-0')?.bucket.tokens).toBe(1)
    expect(find('S')).toBeNull()
    const foreign = Buffer.from(observationsTopic('acme', 's-1'))
    expect(routes.find(foreign, 0, foreign.length, 'other', 0)).toBeNull()
  })

  it('[MQ45] holds confirmations in order while it grows', () => {
    const ring = new AckRing(100)
    const note = Buffer.from([1, 2, 3])
    for (let id = 1; id <= 10; id++) ring.push(0x40, id, 1)
    expect(ring.take(1)).toHaveLength(40)
    for (let id = 11; id <= 110; id++) ring.push(0x40, id, id, id === 50 ? note : null)
    expect(ring.full).toBe(true)
    expect(ring.take(10)).toBeNull()
    const bytes = ring.take(60)
    expect(bytes?.length).toBe(49 * 4 + 3)
    expect(bytes?.subarray(0, 4)).toEqual(Buffer.from([0x40, 2, 0, 11]))
    expect(bytes?.subarray(39 * 4, 39 * 4 + 3)).toEqual(note)
    expect(ring.take(1000)?.subarray(-4)).toEqual(Buffer.from([0x40, 2, 0, 110]))
    expect(ring.length).toBe(0)
  })

  it('[MQ24] forgets who has left', () => {
    const door = new Door<string>({ maxConnections: 2, perAddress: 1, perCredential: 1 })
    for (let i = 0; i < 100; i++) {
      expect(door.enter('a')).toBeNull()
      expect(door.enter('a')).toMatchObject({ most: 1 })
      door.sit('acme', 'c', 'first', i)
      expect([door.hasRoom('acme', false), door.hasRoom('acme', true)]).toEqual([false, true])
      door.rise('acme', 'c', 'first')
      door.leave('a')
    }
    expect([door.connections, door.holder('acme', 'c')]).toEqual([0, undefined])
  })
})

describe('real clients', () => {
  it.each([4, 5] as const)('[MQ46] serves a common client library (version %i)', async (protocolVersion) => {
    const { intake, listener } = await startRig({}, EVERYBODY)
    intake.instant = true
    const refusals: Refusal[] = [{ code: 'OB-json', pointer: '', message: 'no', hint: 'yes' }]
    intake.refusing = (text) => (text === 'bad' ? { accepted: 0, refusals } : null)
    const client = await mqtt.connectAsync(listener.address, {
      protocolVersion,
      username: 'acme',
      password: 'x',
    })
    onTestFinished(() => client.endAsync(true))
    const granted = await client.subscribeAsync('qingyu/v1/acme/+/feedback', { qos: 1 })
    expect(granted).toMatchObject([{ qos: 1 }])
    const heard = new Promise<string>((resolve) => {
      client.once('message', (topic) => resolve(topic))
    })
    for (const qos of [0, 1, 2] as const) {
      await Promise.all(
        Array.from({ length: 100 }, (_, i) => client.publishAsync(TOPIC, `${qos}.${i}`, { qos })),
      )
    }
    const bad = client.publishAsync(TOPIC, 'bad', { qos: 1 })
    const outcome: unknown = await bad.catch((error: unknown) => error)
    expect((outcome as { code?: number }).code).toBe(protocolVersion === 5 ? 0x99 : undefined)
    expect(await heard).toBe('qingyu/v1/acme/s1/feedback')
    expect(new Set(intake.taken.map(({ text }) => text)).size).toBe(301)
    expect(intake.taken).toHaveLength(301)
  })
})
