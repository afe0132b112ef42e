import mqtt from 'mqtt'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ERRORS, type ErrorCode } from '../core/errors.ts'
import type { Refusal } from '../core/observation.ts'
import { EVERYBODY, OPEN, publishPacket, startRig, type Peer } from '../testdata/mqtt-peer.ts'
import { createAccounts } from './accounts.scrypt.ts'
import { systemClock } from './clock.system.ts'
import { lent, sourceContract } from './source.contract.ts'
import { createListener } from './source.listener.ts'

const TOPIC = 'qingyu/v1/acme/s1/observations'
const refusal = (code: ErrorCode, pointer = ''): Refusal => ({
  code,
  pointer,
  message: 'says why',
  hint: 'Mend it.',
})

/** Answered once everything sent before it was dealt with. */
async function ping(peer: Peer): Promise<void> {
  peer.send({ cmd: 'pingreq' })
  expect((await peer.next())?.cmd).toBe('pingresp')
}

describe('publishing', () => {
  it.each([4, 5] as const)('[MQ1] acknowledges QoS 1 only when durable (version %i)', async (version) => {
    const { intake, peer } = await startRig()
    const device = await peer()
    await device.hello(version)
    device.send(publishPacket(TOPIC, '{"a":1}', 1, 7), publishPacket(TOPIC, '{"a":2}', 1, 8))
    await intake.until(() => intake.taken.length === 2)
    await ping(device)
    intake.commit()
    expect(await device.next()).toMatchObject({ cmd: 'puback', messageId: 7 })
    expect(await device.next()).toMatchObject({ cmd: 'puback', messageId: 8 })
    expect(intake.taken).toEqual([
      { sender: 'acme/s1', text: '{"a":1}' },
      { sender: 'acme/s1', text: '{"a":2}' },
    ])
  })

  it.each([4, 5] as const)('[MQ2] takes a QoS 2 publish once (version %i)', async (version) => {
    const { intake, listener, peer } = await startRig()
    const device = await peer()
    await device.hello(version)
    device.send(publishPacket(TOPIC, '{}', 2, 9))
    device.send({ ...publishPacket(TOPIC, '{}', 2, 9), dup: true })
    await ping(device)
    intake.commit()
    expect(await device.next()).toMatchObject({ cmd: 'pubrec', messageId: 9 })
    expect(await device.next()).toMatchObject({ cmd: 'pubrec', messageId: 9 })
    expect(intake.taken).toHaveLength(1)
    expect(listener.metrics.repeated).toBe(1)
    device.send({ cmd: 'pubrel', messageId: 9 })
    expect(await device.next()).toMatchObject({ cmd: 'pubcomp', messageId: 9 })
    device.send(publishPacket(TOPIC, '{}', 2, 9))
    await intake.until(() => intake.taken.length === 2)
  })

  it('[MQ3] answers QoS 0 with nothing', async () => {
    const { intake, peer } = await startRig()
    const device = await peer()
    await device.hello(4)
    device.send(publishPacket(TOPIC, '{}', 0, 0))
    await ping(device)
    intake.commit()
    await ping(device)
    expect(intake.taken).toHaveLength(1)
  })

  it('[MQ4] tells MQTT 5 why a payload was refused', async () => {
    const { intake, peer } = await startRig()
    const device = await peer()
    await device.hello(5)
    intake.refusing = () => ({ accepted: 0, refusals: [refusal('OB-range', '/value')] })
    device.send(publishPacket(TOPIC, '{}', 1, 1))
    expect(await device.next()).toMatchObject({
      cmd: 'puback',
      messageId: 1,
      reasonCode: ERRORS['OB-range'].mqtt,
      properties: { reasonString: 'OB-range at /value: says why. Mend it.' },
    })
    device.send(publishPacket(TOPIC, '{}', 2, 2))
    expect(await device.next()).toMatchObject({ cmd: 'pubrec', messageId: 2, reasonCode: 0x99 })
    device.send(publishPacket(TOPIC, '{}', 2, 2))
    expect(await device.next()).toMatchObject({ cmd: 'pubrec', messageId: 2, reasonCode: 0x99 })
  })

  it('[MQ5] says which part of a batch was refused', async () => {
    const { intake, peer } = await startRig()
    const device = await peer()
    await device.hello(5)
    intake.refusing = () => ({ accepted: 7, refusals: Array<Refusal>(3).fill(refusal('OB-time', '/2/time')) })
    device.send(publishPacket(TOPIC, '[]', 1, 1))
    await ping(device)
    intake.commit()
    const answer = await device.next()
    expect(answer).toMatchObject({ cmd: 'puback', messageId: 1, reasonCode: 0 })
    expect(JSON.stringify(answer)).toContain('3 of 10 refused: OB-time at /2/time')
  })

  it('[MQ6] withholds reason strings from who asked for none', async () => {
    const { intake, peer } = await startRig()
    const device = await peer()
    await device.hello(5, { properties: { requestProblemInformation: false } })
    intake.refusing = () => ({ accepted: 0, refusals: [refusal('OB-json')] })
    device.send(publishPacket(TOPIC, '{', 1, 1))
    const answer = await device.next()
    expect(answer).toMatchObject({ cmd: 'puback', reasonCode: 0x99 })
    expect(answer).not.toHaveProperty('properties')
  })

  it('[MQ7] keeps confirmations in the order of publishes', async () => {
    const { intake, peer } = await startRig()
    const device = await peer()
    await device.hello(5)
    intake.refusing = (text) => (text === 'bad' ? { accepted: 0, refusals: [refusal('OB-json')] } : null)
    device.send(
      publishPacket(TOPIC, 'good', 1, 1),
      publishPacket(TOPIC, 'bad', 1, 2),
      publishPacket(TOPIC, 'good', 1, 3),
    )
    await ping(device)
    intake.commit()
    expect([await device.next(), await device.next(), await device.next()]).toMatchObject([
      { messageId: 1, reasonCode: 0 },
      { messageId: 2, reasonCode: 0x99 },
      { messageId: 3, reasonCode: 0 },
    ])
  })

  it('[MQ8] acknowledges a refused payload of MQTT 3.1.1', async () => {
    const { intake, peer } = await startRig()
    const device = await peer()
    await device.hello(4)
    intake.refusing = () => ({ accepted: 0, refusals: [refusal('OB-json')] })
    device.send(publishPacket(TOPIC, '{', 1, 4))
    expect(await device.next()).toMatchObject({ cmd: 'puback', messageId: 4 })
  })

  it('[MQ9] resolves topic aliases and refuses wrong ones', async () => {
    const { intake, peer } = await startRig()
    const device = await peer()
    const hello = await device.hello(5)
    expect(hello).toMatchObject({ properties: { topicAliasMaximum: 10 } })
    const alias = (topicAlias: number) => ({ properties: { topicAlias } })
    device.send({ ...publishPacket(TOPIC, 'one', 0, 0), ...alias(3) })
    device.send({ ...publishPacket('', 'two', 0, 0), ...alias(3) })
    device.send({ ...publishPacket('qingyu/v1/acme/s2/observations', 'three', 0, 0), ...alias(3) })
    device.send({ ...publishPacket('', 'four', 0, 0), ...alias(3) })
    await intake.until(() => intake.taken.length === 4)
    expect(intake.taken.map(({ sender }) => sender)).toEqual(['acme/s1', 'acme/s1', 'acme/s2', 'acme/s2'])
    device.send({ ...publishPacket(TOPIC, 'five', 0, 0), ...alias(11) })
    expect(await device.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x94 })
    await device.closed()
  })

  it('[MQ10] takes a retained publish like every other', async () => {
    const { intake, peer } = await startRig()
    const device = await peer()
    expect(await device.hello(5)).toMatchObject({ properties: { retainAvailable: false } })
    device.send({ ...publishPacket(TOPIC, '{}', 1, 1), retain: true })
    await intake.until(() => intake.taken.length === 1)
    intake.commit()
    expect(await device.next()).toMatchObject({ cmd: 'puback', messageId: 1 })
  })
})

describe('permissions', () => {
  it('[MQ11] refuses a topic that is none of ours', async () => {
    const { intake, peer } = await startRig({}, EVERYBODY)
    const [five, four] = [await peer(), await peer()]
    await five.hello(5, { username: 'acme', password: Buffer.from('x') })
    await four.hello(4, { username: 'acme', password: Buffer.from('x') })
    four.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: 'qingyu/v1/acme/+/feedback', qos: 0 }],
    })
    expect(await four.next()).toMatchObject({ cmd: 'suback', granted: [0] })
    five.send(publishPacket('weather/now', '{}', 1, 1))
    expect(await five.next()).toMatchObject({ cmd: 'puback', reasonCode: 0x90 })
    const told = await four.next()
    expect(told).toMatchObject({ cmd: 'publish', topic: 'qingyu/v1/acme/-/feedback' })
    expect(JSON.parse(String(told?.cmd === 'publish' ? told.payload : ''))).toMatchObject({
      code: 'MQ-topic',
      pointer: '',
      message: 'Topic weather/now is not qingyu/v1/acme/<source>/observations',
      received: expect.any(Number) as number,
    })
    four.send(publishPacket('weather/now', '{}', 1, 2))
    const after = new Set([(await four.next())?.cmd, (await four.next())?.cmd])
    expect(after).toEqual(new Set(['puback', 'publish']))
    expect(intake.refused.map(({ sender, refusal: { code } }) => [sender, code])).toEqual([
      ['acme/-', 'MQ-topic'],
      ['acme/-', 'MQ-topic'],
    ])
  })

  it('[MQ12] keeps a vendor below its own name', async () => {
    const { intake, peer } = await startRig({}, EVERYBODY)
    const device = await peer()
    await device.hello(5, { username: 'acme', password: Buffer.from('x') })
    device.send(publishPacket('qingyu/v1/other/s1/observations', '{}', 1, 1))
    expect(await device.next()).toMatchObject({ cmd: 'puback', reasonCode: 0x87 })
    expect(intake.taken).toEqual([])
    expect(intake.refused).toMatchObject([{ sender: 'acme/-', refusal: { code: 'MQ-not-permitted' } }])
  })

  it.each([
    [4, 0x80],
    [5, 0x87],
  ] as const)('[MQ13] grants only own feedback (version %i)', async (version, refused) => {
    const { peer } = await startRig({}, EVERYBODY)
    const device = await peer()
    await device.hello(version, { username: 'acme', password: Buffer.from('x') })
    const topics = [
      'qingyu/v1/acme/+/feedback',
      'qingyu/v1/acme/s1/feedback',
      'qingyu/v1/other/+/feedback',
      'qingyu/v1/+/+/feedback',
      'qingyu/v1/acme/#',
      '#',
      '$share/g/qingyu/v1/acme/+/feedback',
      'qingyu/v1/acme/s1/observations',
    ]
    device.send({ cmd: 'subscribe', messageId: 5, subscriptions: topics.map((topic) => ({ topic, qos: 2 })) })
    expect(await device.next()).toMatchObject({
      cmd: 'suback',
      messageId: 5,
      granted: [1, 1, refused, refused, refused, refused, refused, refused],
    })
    device.send({ cmd: 'unsubscribe', messageId: 6, unsubscriptions: ['qingyu/v1/acme/s1/feedback', 'x'] })
    expect(await device.next()).toMatchObject(
      version === 5 ? { cmd: 'unsuback', granted: [0, 0x11] } : { cmd: 'unsuback', messageId: 6 },
    )
  })
})

sourceContract('the listener', async (intake) => {
  const begin = async () => {
    const made = createListener({ config: { mqtt: OPEN }, clock: systemClock, accounts: createAccounts({}) })
    await made.start(intake)
    return made
  }
  let source = await begin()
  let acknowledged = 0
  onTestFinished(() => source.stop())
  return {
    source,
    async vendor() {
      const options = { protocolVersion: 5, reconnectPeriod: 0 } as const
      const vendor = lent(await mqtt.connectAsync(source.address, options))
      vendor.on('packetreceive', ({ cmd }) => {
        if (cmd === 'puback') acknowledged++
      })
      return vendor
    },
    acknowledged: () => acknowledged,
    async restart() {
      await source.stop()
      source = await begin()
    },
  }
})
