import { describe, expect, it, onTestFinished } from 'vitest'
import type { Config } from '../config-schema.ts'
import { brokerClient, makeSource, send, startSource } from '../testdata/broker-bench.ts'
import { FakeIntake } from '../testdata/fake-intake.ts'
import { HAS_MOSQUITTO, Mosquitto, Secrets } from '../testdata/mosquitto.ts'
import { connack, scriptedBroker, suback } from '../testdata/scripted-broker.ts'
import { until } from '../testdata/small-server.ts'
import { VirtualClock } from './clock.virtual.ts'
import { brokerMetrics } from './metrics.broker.ts'

describe('trouble with the broker', () => {
  it('[MB14] is told with the next attempt, which soon comes once a second', async () => {
    const clock = new VirtualClock(5)
    const source = makeSource('mqtt://127.0.0.1:1', { clock, subscribe: false })
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
    const source = await startSource(broker, intake, { clock })
    await broker.stop('SIGTERM')
    await until(() => !source.standing.ready)
    await broker.run()
    clock.advance(150)
    await until(() => source.standing.ready)
    await send(await brokerClient(broker), [1])
    await intake.until(() => intake.taken.length === 1)
  })

  it('[MB17] ends the start where waiting mends nothing', async () => {
    const intake = new FakeIntake()
    await expect(makeSource('localhost:1883').start(intake)).rejects.toThrow(
      'broker.url is localhost:1883, expected mqtt://host:1883 or mqtts://host:8883',
    )
    await expect(makeSource('mqtt://localhost', { broker: { group: 'a/b' } }).start(intake)).rejects.toThrow(
      'broker.group is a/b, expected 1 to 64 characters without /, + and #',
    )
    const noFile = makeSource('mqtts://localhost:8883', { broker: { ca: '/nowhere/ca.crt' } })
    await expect(noFile.start(intake)).rejects.toThrow('broker.ca is /nowhere/ca.crt')
  })

  it('[MB15] is named when the subscription is refused', async () => {
    const url = await scriptedBroker((packet) =>
      packet.cmd === 'connect' ? [connack()] : packet.cmd === 'subscribe' ? [suback(packet, 0x87)] : [],
    )
    const source = makeSource(url, { broker: { username: 'qingyu' } })
    await source.start(new FakeIntake())
    expect(source.standing.state).toContain(
      'refuses the shared subscription to observations: Subscribe error: Not authorized; next try',
    )
    expect(source.standing.state).toContain('Permit it to account qingyu')
    await source.stop()
  })

  it.each([0x86, 0x87, 5])('[MB15] is named when the account is refused (%i)', async (code) => {
    const url = await scriptedBroker((packet) => (packet.cmd === 'connect' ? [connack(code)] : []))
    const clock = new VirtualClock(5)
    const source = makeSource(url, { clock, broker: { username: 'qingyu', password: 'wrong' } })
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
      const source = makeSource(broker.url, { broker: { ...right, ...settings } })
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
    const source = makeSource(broker.url, { subscribe: false })
    await source.start(null)
    onTestFinished(() => source.stop())
    const vendor = await brokerClient(broker)
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
    const counted = brokerMetrics(source)().map(({ name, samples }) => [name, samples[0]?.value])
    expect(counted).toEqual([
      ['broker_connected', 1],
      ['broker_sessions', 0],
      ['broker_messages_total', 0],
      ['broker_feedback_total', 1],
    ])
  })
})
