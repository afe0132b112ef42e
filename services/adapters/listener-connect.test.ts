import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { QingyuError } from '../core/errors.ts'
import { FakeIntake } from '../testdata/fake-intake.ts'
import { VirtualClock } from './clock.virtual.ts'
import { EVERYBODY, OPEN, publishPacket, startRig } from '../testdata/mqtt-peer.ts'
import { createAccounts, hashPassword, type Accounts } from './accounts.scrypt.ts'
import { createListener } from './source.listener.ts'

const acme = { username: 'acme', password: Buffer.from('secret') }

describe('connecting', () => {
  it.each([
    [4, { returnCode: 4 }],
    [5, { reasonCode: 0x86 }],
  ] as const)('[MQ19] refuses wrong credentials (version %i)', async (version, wanted) => {
    const accounts = createAccounts({ acme: { password: await hashPassword('secret') } })
    const { listener, peer } = await startRig({ anonymous: false }, accounts)
    const right = await peer()
    expect(await right.hello(version, acme)).toMatchObject({ cmd: 'connack', sessionPresent: false })
    for (const wrong of [
      { ...acme, password: Buffer.from('guess') },
      { username: 'nobody', password: Buffer.from('secret') },
      {},
    ]) {
      const device = await peer()
      expect(await device.hello(version, wrong)).toMatchObject({ cmd: 'connack', ...wanted })
      await device.closed()
    }
    expect(listener.metrics.refused['MQ-credentials']).toBe(3)
  })

  it('[MQ19] lets nobody in unnamed from other machines', async () => {
    const config = { mqtt: { ...OPEN, host: '0.0.0.0' } }
    const listener = createListener({ config, clock: new VirtualClock(0), accounts: EVERYBODY })
    await expect(listener.start(new FakeIntake())).rejects.toThrow('mqtt.anonymous is true')
  })

  it('[MQ20] tells MQTT 5 its limits in CONNACK', async () => {
    const { peer } = await startRig({ maxPacket: 2048 })
    const device = await peer()
    expect(await device.hello(5, { keepalive: 0, properties: { sessionExpiryInterval: 60 } })).toMatchObject({
      reasonCode: 0,
      properties: {
        receiveMaximum: 4096,
        maximumPacketSize: 2048,
        topicAliasMaximum: 10,
        retainAvailable: false,
        sessionExpiryInterval: 0,
        serverKeepAlive: 3600,
        assignedClientIdentifier: expect.stringMatching(/^qingyu-[0-9a-f]{24}$/) as string,
      },
    })
  })

  it('[MQ21] closes what sends no CONNECT within 5 s', async () => {
    const { clock, listener, peer } = await startRig()
    const [silent, slow] = [await peer(), await peer()]
    slow.raw(Buffer.from([0x10, 20, 0, 4]))
    while (listener.metrics.bytesIn < 4) await new Promise(setImmediate)
    clock.advance(7000)
    await Promise.all([silent.closed(), slow.closed()])
    expect(listener.metrics.refused['MQ-silent']).toBe(2)
  })

  it('[MQ21] takes no more than 4 KiB before CONNACK', async () => {
    const { listener, peer } = await startRig()
    const device = await peer()
    device.speak(4)
    const will = { topic: 'a', payload: Buffer.alloc(5000), qos: 0, retain: false } as const
    device.send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clientId: 'x', clean: true, will })
    await device.closed()
    expect(device.received).toHaveLength(0)
    expect(listener.metrics.refused['MQ-packet']).toBe(1)
  })

  it('[MQ22] closes a session silent for 1.5 times its keep-alive', async () => {
    const { clock, peer } = await startRig()
    const device = await peer()
    await device.hello(5, { keepalive: 10 })
    clock.advance(14_000)
    device.send({ cmd: 'pingreq' })
    expect(await device.next()).toMatchObject({ cmd: 'pingresp' })
    clock.advance(14_000)
    device.send({ cmd: 'pingreq' })
    expect(await device.next()).toMatchObject({ cmd: 'pingresp' })
    clock.advance(17_000)
    expect(await device.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x8d })
    await device.closed()
  })

  it('[MQ23] gives a client id to the newest, thrice a minute', async () => {
    const { clock, listener, peer } = await startRig()
    let before = await peer()
    await before.hello(5, { clientId: 'cam' })
    for (let i = 0; i < 3; i++) {
      const next = await peer()
      expect(await next.hello(5, { clientId: 'cam' })).toMatchObject({ reasonCode: 0 })
      expect(await before.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x8e })
      before = next
    }
    const fourth = await peer()
    expect(await fourth.hello(5, { clientId: 'cam' })).toMatchObject({ reasonCode: 0x9f })
    before.send({ cmd: 'pingreq' })
    expect(await before.next()).toMatchObject({ cmd: 'pingresp' })
    clock.advance(60_000)
    before.send({ cmd: 'pingreq' })
    expect(await before.next()).toMatchObject({ cmd: 'pingresp' })
    const later = await peer()
    expect(await later.hello(5, { clientId: 'cam' })).toMatchObject({ reasonCode: 0 })
    expect(listener.metrics.takeovers).toBe(4)
  })

  it('[MQ23] keeps client ids of two vendors apart', async () => {
    const { peer } = await startRig({}, EVERYBODY)
    const [one, other] = [await peer(), await peer()]
    await one.hello(5, { ...acme, clientId: 'cam' })
    await other.hello(5, { ...acme, username: 'other', clientId: 'cam' })
    one.send({ cmd: 'pingreq' })
    expect(await one.next()).toMatchObject({ cmd: 'pingresp' })
  })

  it('[MQ24] bounds connections in all, by address, by account', async () => {
    const all = await startRig({ maxConnections: 2 })
    const address = await startRig({ perAddress: 2 })
    for (const rig of [all, address]) {
      const [first] = [await rig.peer(), await rig.peer()]
      const third = await rig.peer()
      await third.closed()
      first.socket.destroy()
      while (rig.listener.metrics.connections > 1) await new Promise(setImmediate)
      expect(await (await rig.peer()).hello(4)).toMatchObject({ returnCode: 0 })
      expect(rig.listener.metrics.refused['MQ-quota']).toBe(1)
    }
    const account = await startRig({ perCredential: 2 }, EVERYBODY)
    const peers = [await account.peer(), await account.peer(), await account.peer(), await account.peer()]
    for (const [i, code] of [0, 0, 0x97].entries()) {
      expect(await peers[i]?.hello(5, { ...acme, clientId: `c${i}` })).toMatchObject({ reasonCode: code })
    }
    expect(await peers[3]?.hello(5, { ...acme, clientId: 'c1' })).toMatchObject({ reasonCode: 0 })
  })

  it('[MQ25] wants a client id unless the session is clean', async () => {
    const { peer } = await startRig()
    const [bare, long] = [await peer(), await peer()]
    bare.raw(Buffer.from([0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0, 0, 10, 0, 0]))
    expect(await bare.next()).toMatchObject({ cmd: 'connack', returnCode: 2 })
    expect(await long.hello(5, { clientId: 'x'.repeat(257) })).toMatchObject({ reasonCode: 0x85 })
  })

  it('[MQ26] accepts a will and publishes none', async () => {
    const { intake, peer } = await startRig()
    const device = await peer()
    const topic = 'qingyu/v1/acme/s1/observations'
    const will = { topic, payload: Buffer.from('{}'), qos: 1, retain: true } as const
    expect(await device.hello(5, { will })).toMatchObject({ reasonCode: 0 })
    device.socket.resetAndDestroy()
    const other = await peer()
    await other.hello(5)
    other.send(publishPacket(topic, 'mine', 0, 0))
    await intake.until(() => intake.taken.length > 0)
    expect(intake.taken).toEqual([{ sender: 'acme/s1', text: 'mine' }])
  })

  it('[MQ27] reads on after a password was verified', async () => {
    let release = () => {}
    const slow: Accounts = {
      verify: () =>
        new Promise((resolve) => {
          release = () => resolve('right')
        }),
      maxPayload: () => undefined,
    }
    const { intake, listener, peer } = await startRig({}, slow)
    const device = await peer()
    device.speak(4)
    device.send(
      { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clientId: 'x', clean: true, ...acme },
      publishPacket('qingyu/v1/acme/s1/observations', '{}', 1, 3),
    )
    while (listener.metrics.packets.connect < 1) await new Promise(setImmediate)
    expect(intake.taken).toEqual([])
    release()
    expect(await device.next()).toMatchObject({ cmd: 'connack', returnCode: 0 })
    await intake.until(() => intake.taken.length === 1)
    intake.commit()
    expect(await device.next()).toMatchObject({ cmd: 'puback', messageId: 3 })
  })

  it('[MQ28] names the setting when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    const clock = new VirtualClock(0)
    const listener = createListener({ config: { mqtt: { ...OPEN, port } }, clock, accounts: EVERYBODY })
    const failure = await listener.start(new FakeIntake()).catch((error: unknown) => error)
    other.close()
    expect(failure).toBeInstanceOf(QingyuError)
    expect((failure as QingyuError).message).toBe(`mqtt.port ${port} is already taken`)
    expect((failure as QingyuError).hint).toContain('QINGYU_MQTT__PORT')
  })

  it('[MQ29] settles what it took before it stops', async () => {
    const { intake, listener, peer } = await startRig()
    const device = await peer()
    await device.hello(5)
    device.send(publishPacket('qingyu/v1/acme/s1/observations', '{}', 1, 3))
    await intake.until(() => intake.taken.length === 1)
    const stopped = listener.stop()
    intake.commit()
    expect(await device.next()).toMatchObject({ cmd: 'puback', messageId: 3 })
    expect(await device.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x8b })
    await stopped
  })
})
