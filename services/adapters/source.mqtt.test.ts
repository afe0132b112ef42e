import { describe, expect, it, onTestFinished } from 'vitest'
import {
  beginSource,
  bundle,
  brokerClient,
  distinct,
  makeSource,
  Places,
  range,
  send,
  startSource,
  TOPIC,
} from '../testdata/broker-bench.ts'
import { FakeIntake, type Taken } from '../testdata/fake-intake.ts'
import { HAS_MOSQUITTO, Mosquitto } from '../testdata/mosquitto.ts'
import { publishPacket } from '../testdata/mqtt-peer.ts'
import { connack, scriptedBroker, suback } from '../testdata/scripted-broker.ts'
import { until } from '../testdata/small-server.ts'
import { VirtualClock } from './clock.virtual.ts'
import { publishMqtt } from './publisher.mqtt.ts'
import { sourceContract } from './source.contract.ts'

describe.skipIf(!HAS_MOSQUITTO)('existing broker', () => {
  sourceContract('an existing broker', async (intake) => {
    const broker = await Mosquitto.start()
    let source = await beginSource(broker, intake)
    onTestFinished(async () => {
      if (intake instanceof FakeIntake) intake.commit()
      await source.stop()
    })
    return {
      source,
      vendor: () => brokerClient(broker),
      acknowledged: () => source.metrics.acknowledged,
      async restart() {
        await source.stop()
        source = await beginSource(broker, intake)
      },
    }
  })
})

describe.skipIf(!HAS_MOSQUITTO)('restarts', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    '[MB8] gets back what it had not acknowledged when the broker restarts by %s',
    async (signal) => {
      const broker = await Mosquitto.start()
      const intake = new FakeIntake()
      const source = await startSource(broker, intake)
      const publisher = await brokerClient(broker)
      await send(publisher, range(0, 100))
      await intake.until(() => distinct(intake) === 100)
      intake.commit()
      await until(() => source.metrics.acknowledged === 100)
      await send(publisher, range(100, 200))
      await intake.until(() => distinct(intake) === 200)
      await broker.save()
      await broker.stop(signal)
      await until(() => !source.standing.ready)
      await broker.run()
      await until(() => source.metrics.redelivered >= 100)
      await send(await brokerClient(broker), range(200, 300))
      await intake.until(() => distinct(intake) === 300)
      intake.commit()
      await until(() => source.metrics.acknowledged >= 300)
      expect(source.metrics.redelivered).toBe(100)
    },
  )

  it('[MB8] gets back what it had not acknowledged when it restarts', async () => {
    const broker = await Mosquitto.start()
    const before = new FakeIntake()
    const clock = new VirtualClock(5)
    const source = await beginSource(broker, before, { clock })
    const publisher = await brokerClient(broker)
    await send(publisher, range(0, 50))
    await before.until(() => distinct(before) === 50)
    const stopped = source.stop()
    await until(() => clock.next !== undefined)
    clock.advance(5000)
    await stopped
    await send(publisher, range(50, 60))
    const after = new FakeIntake()
    await startSource(broker, after)
    await after.until(() => distinct(after) === 60)
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    '[MB9] has all that our publisher was told is taken, over restarts by %s',
    async (signal) => {
      const broker = await Mosquitto.start()
      const intake = new FakeIntake()
      intake.instant = true
      await startSource(broker, intake)
      const publisher = await publishMqtt({ url: broker.url, vendor: 'acme' })
      onTestFinished(() => publisher.close())
      const told: number[] = []
      let next = 0
      let isOver = false
      const flow = async () => {
        while (!isOver) {
          const n = next++
          await publisher.send(bundle(n))
          told.push(n)
        }
      }
      const flows = range(0, 20).map(flow)
      const kills: number[] = []
      for (let restart = 0; restart < 3; restart++) {
        const before = told.length
        await until(() => told.length > before + 500)
        if (signal === 'SIGKILL') kills.push(told.length)
        await broker.stop(signal)
        await broker.run()
      }
      const before = told.length
      await until(() => told.length > before + 500)
      isOver = true
      await Promise.all(flows)
      await publisher.send(bundle(-1))
      const valueOf = ({ text }: Taken) => (JSON.parse(text) as { value: number }).value
      await intake.until(() => intake.taken.some((taken) => valueOf(taken) === -1))
      const taken = new Set(intake.taken.map(valueOf))
      // A broker that is killed may take with it what it was handing on: nothing told long before, nothing told after.
      const wasFlying = (place: number) => kills.some((kill) => place > kill - 100 && place < kill + 40)
      expect(told.filter((n, place) => !taken.has(n) && !wasFlying(place))).toEqual([])
    },
  )
})

describe.skipIf(!HAS_MOSQUITTO)('several processes', () => {
  it('[MB11] share what comes, and each gets what waited for it', async () => {
    const broker = await Mosquitto.start()
    const [one, two] = [new FakeIntake(), new FakeIntake()]
    one.instant = true
    two.instant = true
    await startSource(broker, one, { name: 'one' })
    const other = await beginSource(broker, two, { name: 'two' })
    const publisher = await brokerClient(broker)
    await send(publisher, range(0, 100))
    await until(() => distinct(one) + distinct(two) === 100)
    expect([distinct(one), distinct(two)]).toEqual([50, 50])
    await other.stop()
    await send(publisher, range(100, 200))
    await one.until(() => distinct(one) === 100)
    await startSource(broker, two, { name: 'two' })
    await two.until(() => distinct(two) === 100)
  })

  it('[MB12] take up the sessions of one that is gone, with what waits in them', async () => {
    const broker = await Mosquitto.start()
    const gone = new FakeIntake()
    const [mine, yours] = [new Places(), new Places()]
    const shared = (ownership: Places) => ({ shared: { sessions: 4, ownership } })
    // Its clock stands still: it will not come back by itself.
    const first = await beginSource(broker, gone, {
      name: 'gone',
      clock: new VirtualClock(5),
      ...shared(mine),
    })
    for (const place of range(0, 4)) mine.gain(place)
    await until(() => first.sessions === 4)
    const publisher = await brokerClient(broker)
    await send(publisher, range(0, 100))
    await gone.until(() => distinct(gone) === 100)
    const stays = new FakeIntake()
    stays.instant = true
    const second = await startSource(broker, stays, { name: 'stays', ...shared(yours) })
    expect([second.sessions, second.standing]).toEqual([0, { ready: true, state: 'connected' }])
    for (const place of range(0, 4)) yours.gain(place)
    await stays.until(() => distinct(stays) === 100)
    await until(() => first.sessions === 0)
    await send(publisher, range(100, 200))
    await stays.until(() => distinct(stays) === 200)
    gone.commit()
    await first.stop()
    await yours.lose(3)
    expect(second.sessions).toBe(3)
  })
})

describe.skipIf(!HAS_MOSQUITTO)('a slow log', () => {
  it('[MB13] leaves all but a bounded part with the broker, and loses nothing', async () => {
    const broker = await Mosquitto.start()
    const intake = new FakeIntake()
    const source = await startSource(broker, intake)
    const publisher = await brokerClient(broker)
    await send(publisher, range(0, 10_000))
    await intake.until(() => intake.taken.length === 4096)
    intake.congested = true
    intake.commit()
    // All that may fly does again, held back now.
    await until(() => source.metrics.acknowledged === 4096)
    expect(intake.taken).toHaveLength(4096)
    intake.instant = true
    intake.relieve()
    await intake.until(() => intake.taken.length === 10_000)
    expect(distinct(intake)).toBe(10_000)
    await until(() => source.metrics.acknowledged === 10_000)
    expect(source.standing).toEqual({ ready: true, state: 'connected' })
  })

  it('[MB13] stops reading when what it holds back is large, and loses nothing', async () => {
    const broker = await Mosquitto.start()
    const intake = new FakeIntake()
    intake.congested = true
    await startSource(broker, intake)
    const publisher = await brokerClient(broker)
    const large = 'x'.repeat(65_536)
    await Promise.all(range(0, 1000).map((n) => publisher.publishAsync(TOPIC, `${n} ${large}`, { qos: 1 })))
    expect(intake.taken).toEqual([])
    intake.relieve()
    await intake.until(() => distinct(intake) === 1000)
  })

  it('[MB13] hears the broker behind what it holds back', async () => {
    const held = range(1, 51).map((messageId) => publishPacket(TOPIC, `${messageId}`, 1, messageId))
    const acknowledged: number[] = []
    const url = await scriptedBroker((packet) => {
      if (packet.cmd === 'connect') return [connack()]
      if (packet.cmd === 'subscribe') return [...held, suback(packet, 1)]
      if (packet.cmd === 'puback') acknowledged.push(packet.messageId ?? 0)
      return []
    })
    const intake = new FakeIntake()
    intake.congested = true
    const source = makeSource(url)
    await source.start(intake)
    expect([source.standing.ready, intake.taken.length]).toEqual([true, 0])
    intake.instant = true
    intake.relieve()
    await until(() => acknowledged.length === 50)
    expect(intake.taken.map(({ text }) => Number(text))).toEqual(acknowledged)
    await source.stop()
  })
})
