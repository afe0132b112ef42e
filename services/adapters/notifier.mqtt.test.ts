import { createServer, type AddressInfo } from 'node:net'
import mqtt from 'mqtt'
import mqttPacket from 'mqtt-packet'
import { describe, expect, it, onTestFinished } from 'vitest'
import { HAS_MOSQUITTO, Mosquitto } from '../testdata/mosquitto.ts'
import { alertOf, letterOf, noticeOf } from '../testdata/sample-alert.ts'
import { smallPlan } from '../testdata/small-city.ts'
import { notifierContract } from './notifier.contract.ts'
import { mqttNotifier, topicOf } from './notifier.mqtt.ts'

const plan = smallPlan()
const PREFIX = 'qingyu/v1/alerts'

interface Message {
  readonly topic: string
  readonly payload: { readonly id: string }
  readonly qos: number
  readonly retain: boolean
  readonly notice: string
}

/** A notifier on a real broker, with somebody who listens to all alerts. */
async function mqttBench() {
  const broker = await Mosquitto.start()
  const listener = await mqtt.connectAsync(broker.url, { protocolVersion: 5 })
  const messages: Message[] = []
  listener.on('message', (topic, payload, { qos, retain, properties }) => {
    const { notice } = { ...properties?.userProperties }
    messages.push({
      topic,
      payload: JSON.parse(payload.toString()) as Message['payload'],
      qos,
      retain,
      notice: String(notice),
    })
  })
  await listener.subscribeAsync(`${PREFIX}/#`, { qos: 1 })
  const notifier = mqttNotifier({
    url: broker.url,
    username: '',
    password: '',
    prefix: PREFIX,
    plan,
    timeoutMs: 2_000,
  })
  const dispose = async () => {
    await notifier.close()
    await listener.endAsync(true)
  }
  /** A round trip of the listener's own: whatever was acknowledged before has come. */
  const settled = async () => {
    await listener.unsubscribeAsync('none')
    return messages
  }
  return { broker, listener, notifier, settled, dispose }
}

if (HAS_MOSQUITTO)
  notifierContract('mqtt', async () => {
    const { broker, notifier, settled, dispose } = await mqttBench()
    return {
      notifier,
      to: 'officers/li',
      wrong: ['a/#', '+/a', 'a//b', 'a/', 'a\u0000b', 'x'.repeat(300)],
      received: async () => (await settled()).map(({ payload }) => payload.id),
      vanish: () => broker.stop('SIGKILL'),
      dispose,
    }
  })

describe.skipIf(!HAS_MOSQUITTO)('MQTT channel', () => {
  it('[CH50] publishes to area, category and person, at least once, not retained', async () => {
    const { notifier, settled, dispose } = await mqttBench()
    onTestFinished(dispose)
    expect(await notifier.send(letterOf(plan, ''))).toEqual({ sent: true })
    expect(await settled()).toMatchObject([
      {
        topic: `${PREFIX}/3201/air/li`,
        qos: 1,
        retain: false,
        notice: 'nmia2-1',
        payload: { id: 'nmia2-1' },
      },
    ])
  })

  it('[CH51] says that nobody listens instead of that it was sent', async () => {
    const { listener, notifier, dispose } = await mqttBench()
    onTestFinished(dispose)
    await listener.unsubscribeAsync(`${PREFIX}/#`)
    const letter = letterOf(plan, '')
    expect(await notifier.send(letter)).toEqual({
      sent: false,
      why: 'Nobody is subscribed to the topic',
      retry: true,
    })
    await listener.subscribeAsync(`${PREFIX}/#`, { qos: 1 })
    expect(await notifier.send(letter)).toEqual({ sent: true })
  })

  it('[CH52] goes on when the broker comes back', async () => {
    const { broker, listener, notifier, dispose } = await mqttBench()
    onTestFinished(dispose)
    await notifier.send(letterOf(plan, ''))
    await broker.stop('SIGKILL')
    expect(await notifier.send(letterOf(plan, ''))).toMatchObject({ sent: false, retry: true })
    const back = new Promise((resolve) => listener.once('connect', resolve))
    await broker.run()
    await back
    await listener.subscribeAsync(`${PREFIX}/#`, { qos: 1 })
    let delivery = await notifier.send(letterOf(plan, ''))
    while (!delivery.sent) delivery = await notifier.send(letterOf(plan, ''))
    expect(delivery).toEqual({ sent: true })
  })

  it('[CH17] gives up a broker that hangs', async () => {
    const { broker, listener, dispose } = await mqttBench()
    onTestFinished(dispose)
    const settings = { url: broker.url, username: '', password: '', prefix: PREFIX, plan, timeoutMs: 300 }
    const notifier = mqttNotifier(settings)
    onTestFinished(() => notifier.close())
    await notifier.send(letterOf(plan, ''))
    broker.signal('SIGSTOP')
    const delivery = await notifier.send(letterOf(plan, ''))
    broker.signal('SIGCONT')
    expect(delivery).toEqual({ sent: false, why: 'Broker did not answer within 300 ms', retry: true })
    expect(listener.connected).toBe(true)
  })
})

/** A broker on the loopback that refuses the first to connect, and acknowledges what comes later. */
async function reluctantBroker(): Promise<string> {
  let refusals = 1
  const server = createServer((socket) => {
    const parser = mqttPacket.parser({ protocolVersion: 5 })
    const send = (packet: mqttPacket.Packet) =>
      socket.write(mqttPacket.generate(packet, { protocolVersion: 5 }))
    parser.on('packet', ({ cmd, messageId }) => {
      if (cmd === 'connect')
        send({ cmd: 'connack', sessionPresent: false, reasonCode: refusals-- > 0 ? 0x87 : 0 })
      if (cmd === 'publish') send({ cmd: 'puback', messageId: messageId ?? 0, reasonCode: 0 })
    })
    socket.on('data', (bytes) => parser.parse(bytes)).on('error', () => {})
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it('[CH44] keeps a letter while the broker refuses the account', async () => {
  const url = await reluctantBroker()
  const notifier = mqttNotifier({ url, username: 'u', password: 'p', prefix: PREFIX, plan, timeoutMs: 600 })
  onTestFinished(() => notifier.close())
  const letter = letterOf(plan, '')
  expect(await notifier.send(letter)).toEqual({
    sent: false,
    why: 'Broker refuses our account (0x87)',
    retry: true,
  })
  let delivery = await notifier.send(letter)
  while (!delivery.sent) delivery = await notifier.send(letter)
  expect(delivery).toEqual({ sent: true })
})

it('[CH53] makes every word one level of a topic', () => {
  const letter = letterOf(plan, '', noticeOf(), [alertOf({ category: 'a/b+#' })])
  expect(topicOf(letter, PREFIX, plan)).toBe(`${PREFIX}/3201/a-b--/li`)
  const digest = letterOf(plan, '', noticeOf({ occasion: 'digest', alerts: ['a', 'b'] }))
  expect(topicOf(digest, PREFIX, plan)).toBe(`${PREFIX}/digest/digest/li`)
  expect(topicOf(letterOf(plan, 'mine'), PREFIX, plan)).toBe(`${PREFIX}/mine`)
})
