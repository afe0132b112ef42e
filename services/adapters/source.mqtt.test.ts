import mqtt, { type MqttClient } from 'mqtt'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Refusal } from '../core/observation.ts'
import { FakeIntake } from '../testdata/fake-intake.ts'
import { VirtualClock } from './clock.virtual.ts'
import { HAS_MOSQUITTO, Mosquitto } from '../testdata/mosquitto.ts'
import { createBrokerSource, type BrokerSource } from './source.mqtt.ts'

const TOPIC = 'qingyu/v1/acme/s1/observations'

async function start(broker: Mosquitto, intake: FakeIntake, name = 'one'): Promise<BrokerSource> {
  const config = { broker: { url: broker.url, username: '', password: '', group: 'g', ca: '' } }
  const source = createBrokerSource({ config, clock: new VirtualClock(5), name })
  await source.start(intake)
  onTestFinished(async () => {
    intake.commit()
    await source.stop()
  })
  return source
}

async function client(broker: Mosquitto): Promise<MqttClient> {
  const made = await mqtt.connectAsync(broker.url, { protocolVersion: 5 })
  onTestFinished(() => made.endAsync(true))
  return made
}

const send = (from: MqttClient, numbers: readonly number[]) =>
  Promise.all(numbers.map((n) => from.publishAsync(TOPIC, `{"n":${n}}`, { qos: 1 })))
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const distinct = (intake: FakeIntake) => new Set(intake.taken.map(({ text }) => text)).size

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

describe.skipIf(!HAS_MOSQUITTO)('existing broker', () => {
  it('[MQ33] acknowledges a broker only when durable', async () => {
    const broker = await Mosquitto.start()
    const intake = new FakeIntake()
    const source = await start(broker, intake)
    const publisher = await client(broker)
    await send(publisher, range(0, 500))
    await intake.until(() => distinct(intake) === 500)
    expect(source.metrics).toMatchObject({ connected: true, received: 500, acknowledged: 0 })
    intake.commit()
    await until(() => source.metrics.acknowledged === 500)
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    '[MQ34] loses nothing when the broker restarts by %s',
    async (signal) => {
      const broker = await Mosquitto.start()
      const intake = new FakeIntake()
      const source = await start(broker, intake)
      const publisher = await client(broker)
      await send(publisher, range(0, 100))
      await intake.until(() => distinct(intake) === 100)
      intake.commit()
      await until(() => source.metrics.acknowledged === 100)
      await send(publisher, range(100, 200))
      await intake.until(() => distinct(intake) === 200)
      await broker.save()
      await broker.stop(signal)
      await until(() => !source.metrics.connected)
      await broker.run()
      await until(() => source.metrics.redelivered >= 100)
      await send(await client(broker), range(200, 300))
      await intake.until(() => distinct(intake) === 300)
      intake.commit()
      await until(() => source.metrics.acknowledged >= 300)
      expect(source.metrics.redelivered).toBe(100)
    },
  )

  it('[MQ35] gets back what it had not acknowledged when it restarts', async () => {
    const broker = await Mosquitto.start()
    const before = new FakeIntake()
    const config = { broker: { url: broker.url, username: '', password: '', group: 'g', ca: '' } }
    const clock = new VirtualClock(5)
    const source = createBrokerSource({ config, clock, name: 'same' })
    await source.start(before)
    const publisher = await client(broker)
    await send(publisher, range(0, 50))
    await before.until(() => distinct(before) === 50)
    const stopped = source.stop()
    clock.advance(5000)
    await stopped
    await send(publisher, range(50, 60))
    const after = new FakeIntake()
    await start(broker, after, 'same')
    await after.until(() => distinct(after) === 60)
  })

  it('[MQ36] counts no retained message', async () => {
    const broker = await Mosquitto.start()
    const publisher = await client(broker)
    await publisher.publishAsync(TOPIC, '{"old":1}', { qos: 1, retain: true })
    const intake = new FakeIntake()
    await start(broker, intake)
    await publisher.publishAsync(TOPIC, '{"new":1}', { qos: 1, retain: true })
    await intake.until(() => intake.taken.length > 0)
    expect(intake.taken.map(({ text }) => text)).toEqual(['{"new":1}'])
  })

  it('[MQ37] publishes feedback back to the broker', async () => {
    const broker = await Mosquitto.start()
    const intake = new FakeIntake()
    const refusal: Refusal = { code: 'OB-json', pointer: '', message: 'no', hint: 'yes' }
    intake.refusing = () => ({ accepted: 0, refusals: [refusal] })
    const source = await start(broker, intake)
    const vendor = await client(broker)
    await vendor.subscribeAsync('qingyu/v1/acme/+/feedback', { qos: 1 })
    const told = new Promise<string[]>((resolve) => {
      vendor.once('message', (topic, payload) => resolve([topic, payload.toString()]))
    })
    await send(vendor, [1])
    const [topic, payload] = await told
    expect(topic).toBe('qingyu/v1/acme/s1/feedback')
    expect(JSON.parse(payload ?? '')).toEqual({ ...refusal, received: 5 })
    await until(() => source.metrics.acknowledged === 1)
  })

  it('[MQ38] stops taking while the intake is congested', async () => {
    const broker = await Mosquitto.start()
    const intake = new FakeIntake()
    const source = await start(broker, intake)
    const publisher = await client(broker)
    intake.congested = true
    await send(publisher, range(0, 20))
    expect(intake.taken).toEqual([])
    intake.relieve()
    await intake.until(() => distinct(intake) === 20)
    intake.commit()
    await until(() => source.metrics.acknowledged === 20)
  })
})
