import mqtt, { type MqttClient } from 'mqtt'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Config } from '../config-schema.ts'
import type { Intake, Ownership } from '../ports.ts'
import { FakeIntake } from '../testdata/fake-intake.ts'
import { HAS_MOSQUITTO, Mosquitto, Secrets } from '../testdata/mosquitto.ts'
import { publishPacket } from '../testdata/mqtt-peer.ts'
import { connack, scriptedBroker, suback } from '../testdata/scripted-broker.ts'
import { until } from '../testdata/small-server.ts'
import { systemClock } from './clock.system.ts'
import { VirtualClock } from './clock.virtual.ts'
import { publishMqtt } from './publisher.mqtt.ts'
import { lent, sourceContract } from './source.contract.ts'
import { createBrokerSource, type BrokerOptions, type BrokerSource } from './source.mqtt.ts'

const TOPIC = 'qingyu/v1/acme/s1/observations'

interface Given extends Partial<Omit<BrokerOptions, 'config'>> {
  readonly broker?: Partial<Config['broker']>
}

/** A source before the broker, made and not started. */
function make(url: string, { broker, ...given }: Given = {}): BrokerSource {
  const settings = { url, username: '', password: '', group: 'g', ca: '', ...broker }
  return createBrokerSource({
    config: { broker: settings },
    clock: systemClock,
    name: 'one',
    subscribe: true,
    ...given,
  })
}

/** A source before the broker, started, and not stopped by the test's end. */
async function begin(broker: Mosquitto, intake: Intake, given?: Given): Promise<BrokerSource> {
  const source = make(broker.url, given)
  await source.start(intake)
  return source
}

async function start(broker: Mosquitto, intake: FakeIntake, given?: Given): Promise<BrokerSource> {
  const source = await begin(broker, intake, given)
  onTestFinished(async () => {
    intake.commit()
    await source.stop()
  })
  return source
}

async function client(broker: Mosquitto): Promise<MqttClient> {
  return lent(await mqtt.connectAsync(broker.url, { protocolVersion: 5 }))
}

const bundle = (value: number) => ({
  kind: 'bundle' as const,
  vendor: 'acme',
  source: 's1',
  observations: [{ indicator: 'pm25', value, time: 1_449_244_800_000 }],
})
/** Sessions given and taken by hand. */
class Places implements Ownership {
  readonly held: readonly number[] = []
  private own: (place: number, lost: AbortSignal) => Promise<void> = () => Promise.resolve()
  private readonly given = new Map<number, { readonly lost: AbortController; readonly done: Promise<void> }>()

  start(own: (place: number, lost: AbortSignal) => Promise<void>): Promise<void> {
    this.own = own
    return Promise.resolve()
  }

  gain(place: number): void {
    const lost = new AbortController()
    this.given.set(place, { lost, done: this.own(place, lost.signal) })
  }

  async lose(place: number): Promise<void> {
    const one = this.given.get(place)
    this.given.delete(place)
    one?.lost.abort()
    await one?.done
  }

  reached(): void {}

  async stop(): Promise<void> {
    await Promise.all([...this.given.keys()].map((place) => this.lose(place)))
  }
}

const send = (from: MqttClient, numbers: readonly number[]) =>
  Promise.all(numbers.map((n) => from.publishAsync(TOPIC, `{"n":${n}}`, { qos: 1 })))
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const distinct = (intake: FakeIntake) => new Set(intake.taken.map(({ text }) => text)).size

describe.skipIf(!HAS_MOSQUITTO)('existing broker', () => {
  sourceContract('an existing broker', async (intake) => {
    const broker = await Mosquitto.start()
    let source = await begin(broker, intake)
    onTestFinished(async () => {
      if (intake instanceof FakeIntake) intake.commit()
      await source.stop()
    })
    return {
      source,
      vendor: () => client(broker),
      acknowledged: () => source.metrics.acknowledged,
      async restart() {
        await source.stop()
        source = await begin(broker, intake)
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
      await until(() => !source.standing.ready)
      await broker.run()
      await until(() => source.metrics.redelivered >= 100)
      await send(await client(broker), range(200, 300))
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
    const source = await begin(broker, before, { clock })
    const publisher = await client(broker)
    await send(publisher, range(0, 50))
    await before.until(() => distinct(before) === 50)
    const stopped = source.stop()
    await until(() => clock.next !== undefined)
    clock.advance(5000)
    await stopped
    await send(publisher, range(50, 60))
    const after = new FakeIntake()
    await start(broker, after)
    await after.until(() => distinct(after) === 60)
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    '[MB9] has all that our publisher was told is taken, over restarts by %s',
    async (signal) => {
      const broker = await Mosquitto.start()
      const intake = new FakeIntake()
      intake.instant = true
      await start(broker, intake)
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
      for (let restart = 0; restart < 3; restart++) {
        const before = told.length
        await until(() => told.length > before + 500)
        await broker.stop(signal)
        await broker.run()
      }
      const before = told.length
      await until(() => told.length > before + 500)
      isOver = true
      await Promise.all(flows)
      const taken = new Set(intake.taken.map(({ text }) => (JSON.parse(text) as { value: number }).value))
      expect(told.filter((n) => !taken.has(n))).toEqual([])
    },
  )
})

describe.skipIf(!HAS_MOSQUITTO)('several processes', () => {
  it('[MB11] share what comes, and each gets what waited for it', async () => {
    const broker = await Mosquitto.start()
    const [one, two] = [new FakeIntake(), new FakeIntake()]
    one.instant = true
    two.instant = true
    await start(broker, one, { name: 'one' })
    const other = await begin(broker, two, { name: 'two' })
    const publisher = await client(broker)
    await send(publisher, range(0, 100))
    await until(() => distinct(one) + distinct(two) === 100)
    expect([distinct(one), distinct(two)]).toEqual([50, 50])
    await other.stop()
    await send(publisher, range(100, 200))
    await one.until(() => distinct(one) === 100)
    await start(broker, two, { name: 'two' })
    await two.until(() => distinct(two) === 100)
  })

  it('[MB12] take up the sessions of one that is gone, with what waits in them', async () => {
    const broker = await Mosquitto.start()
    const gone = new FakeIntake()
    const [mine, yours] = [new Places(), new Places()]
    const shared = (ownership: Places) => ({ shared: { sessions: 4, ownership } })
    // Its clock stands still: it will not come back by itself.
    const first = await begin(broker, gone, { name: 'gone', clock: new VirtualClock(5), ...shared(mine) })
    for (const place of range(0, 4)) mine.gain(place)
    await until(() => first.sessions === 4)
    const publisher = await client(broker)
    await send(publisher, range(0, 100))
    await gone.until(() => distinct(gone) === 100)
    const stays = new FakeIntake()
    stays.instant = true
    const second = await start(broker, stays, { name: 'stays', ...shared(yours) })
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
    const source = await start(broker, intake)
    const publisher = await client(broker)
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
    const source = make(url)
    await source.start(intake)
    expect([source.standing.ready, intake.taken.length]).toEqual([true, 0])
    intake.instant = true
    intake.relieve()
    await until(() => acknowledged.length === 50)
    expect(intake.taken.map(({ text }) => Number(text))).toEqual(acknowledged)
    await source.stop()
  })
})

describe('trouble with the broker', () => {
  it('[MB14] is told with the next attempt, which soon comes once a second', async () => {
    const clock = new VirtualClock(5)
    const source = make('mqtt://127.0.0.1:1', { clock, subscribe: false })
    await source.start(new FakeIntake())
    for (const least of [100, 200, 400, 800, 1000, 1000]) {
      await until(() => clock.next !== undefined)
      const wait = (clock.next ?? 0) - clock.now()
      expect(wait).toBeGreaterThanOrEqual(least)
      expect(wait).toBeLessThanOrEqual(least * 1.5)
      expect(source.standing.ready).toBe(false)
      expect(source.standing.state).toMatch(
        /^not connected: Broker at mqtt:\/\/127\.0\.0\.1:1 does not answer: connect ECONNREFUSED 127\.0\.0\.1:1; next try in .*s\. Start it, or correct broker\.url/,
      )
      clock.advance(wait)
    }
    await source.stop()
  })

  it.skipIf(!HAS_MOSQUITTO)('[MB14] is over within 150 ms when a broker comes back at once', async () => {
    const broker = await Mosquitto.start()
    const clock = new VirtualClock(5)
    const intake = new FakeIntake()
    const source = await start(broker, intake, { clock })
    await broker.stop('SIGTERM')
    await until(() => !source.standing.ready)
    await broker.run()
    clock.advance(150)
    await until(() => source.standing.ready)
    await send(await client(broker), [1])
    await intake.until(() => intake.taken.length === 1)
  })

  it('[MB17] ends the start where waiting mends nothing', async () => {
    const intake = new FakeIntake()
    await expect(make('localhost:1883').start(intake)).rejects.toThrow(
      'broker.url is localhost:1883, expected mqtt://host:1883 or mqtts://host:8883',
    )
    const noFile = make('mqtts://localhost:8883', { broker: { ca: '/nowhere/ca.crt' } })
    await expect(noFile.start(intake)).rejects.toThrow('broker.ca is /nowhere/ca.crt')
  })

  it('[MB15] is named when the subscription is refused', async () => {
    const url = await scriptedBroker((packet) =>
      packet.cmd === 'connect' ? [connack()] : packet.cmd === 'subscribe' ? [suback(packet, 0x87)] : [],
    )
    const source = make(url, { broker: { username: 'qingyu' } })
    await source.start(new FakeIntake())
    expect(source.standing.state).toContain(
      'refuses subscription $share/g/qingyu/v1/+/+/observations: Subscribe error: Not authorized; next',
    )
    expect(source.standing.state).toContain('Permit it to account qingyu')
    await source.stop()
  })

  it.each([0x86, 0x87, 5])('[MB15] is named when the account is refused (%i)', async (code) => {
    const url = await scriptedBroker((packet) => (packet.cmd === 'connect' ? [connack(code)] : []))
    const clock = new VirtualClock(5)
    const source = make(url, { clock, broker: { username: 'qingyu', password: 'wrong' } })
    await source.start(new FakeIntake())
    expect(source.standing.state).toContain('refuses account qingyu: ')
    expect(source.standing.state).toContain('Correct broker.username and broker.password')
    expect(source.standing.state).not.toContain('wrong')
    // Nobody mends that within a second.
    expect((clock.next ?? 0) - clock.now()).toBeGreaterThanOrEqual(5000)
    await source.stop()
  })
})

describe.skipIf(!HAS_MOSQUITTO)('a broker with TLS and accounts', () => {
  it('[MB15] is told from a stranger, and from one under another name', async () => {
    const secrets = await Secrets.make()
    const stranger = await Secrets.make()
    const broker = await Mosquitto.start(secrets)
    const account = { username: 'qingyu', password: secrets.text('broker-password') }
    const right = { ...account, ca: secrets.path('ca.crt') }
    const stateOf = async (settings: Partial<Config['broker']>) => {
      const source = make(broker.url, { broker: { ...right, ...settings } })
      await source.start(new FakeIntake())
      const { state } = source.standing
      await source.stop()
      return state
    }
    expect(await stateOf({})).toBe('connected')
    expect(await stateOf({ ca: stranger.path('ca.crt') })).toContain('cannot be trusted')
    expect(await stateOf({ ca: '' })).toContain('Name in broker.ca the file of the authority')
    // The same address, by a name that the certificate does not hold.
    expect(await stateOf({ url: `mqtts://127.1:${broker.port}` })).toContain('cannot be trusted: Hostname/IP')
    expect(await stateOf({ password: 'guessed' })).toContain('refuses account qingyu: Not authorized')
    expect(await stateOf({ url: `mqtt://127.0.0.1:${broker.port}` })).toContain(
      'mqtts:// where it speaks TLS',
    )
  })

  it('[MB16] hears feedback of a process that takes nothing in', async () => {
    const broker = await Mosquitto.start()
    const source = make(broker.url, { subscribe: false })
    await source.start(null)
    onTestFinished(() => source.stop())
    const vendor = await client(broker)
    const codes: unknown[] = []
    vendor.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback') codes.push(packet.reasonCode)
    })
    await send(vendor, [1])
    expect([codes, source.standing]).toEqual([[0x10], { ready: true, state: 'connected' }])
    await vendor.subscribeAsync('qingyu/v1/acme/+/feedback', { qos: 1 })
    const heard = new Promise<string>((resolve) => vendor.once('message', (topic) => resolve(topic)))
    const late = { code: 'OB-late', pointer: '', message: 'no', hint: 'yes', received: 5 } as const
    source.feedback('acme', 's1', [late])
    expect(await heard).toBe('qingyu/v1/acme/s1/feedback')
    await until(() => source.metrics.feedbackSent === 1)
  })
})
