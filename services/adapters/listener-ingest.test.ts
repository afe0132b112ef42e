import mqtt from 'mqtt'
import { describe, expect, it, onTestFinished } from 'vitest'
import { entriesOf, ingestBench, observation, rowsOf, turn } from '../testdata/ingest-bench.ts'
import { EVERYBODY, OPEN, Peer, publishPacket } from '../testdata/mqtt-peer.ts'
import { createListener } from './source.listener.ts'

const TOPIC = 'qingyu/v1/acme/cam-1/observations'

/** The listener before the real ingest stage on a log in memory. */
async function start() {
  const bench = ingestBench()
  const listener = createListener({ config: { mqtt: OPEN }, clock: bench.clock, accounts: EVERYBODY })
  await bench.ingest.start()
  await listener.start(bench.ingest)
  onTestFinished(async () => {
    await listener.stop()
    await bench.ingest.stop()
  })
  return { ...bench, listener }
}

describe('listener before ingest', () => {
  it('[MQ47] has in the log what it acknowledged', async () => {
    const { listener, log, ingest } = await start()
    const options = { protocolVersion: 5, username: 'acme', password: 'x' } as const
    const client = await mqtt.connectAsync(listener.address, options)
    onTestFinished(() => client.endAsync(true))
    await client.subscribeAsync('qingyu/v1/acme/+/feedback')
    const heard = new Promise<unknown>((resolve) => {
      client.once('message', (_topic, payload) => resolve(JSON.parse(payload.toString())))
    })
    const values = Array.from({ length: 500 }, (_, i) => i)
    await Promise.all(
      values.map((i) => client.publishAsync(TOPIC, JSON.stringify(observation(i, i % 50)), { qos: 1 })),
    )
    const entries = (await Promise.all([0, 1, 2, 3].map((partition) => entriesOf(log, partition)))).flat()
    expect(new Set(rowsOf(entries).map(({ value }) => value))).toEqual(new Set(values))
    const swapped = JSON.stringify(observation(1, 0, { lon: 32.055, lat: 118.905 }))
    await expect(client.publishAsync(TOPIC, swapped, { qos: 1 })).rejects.toMatchObject({ code: 0x99 })
    expect(await heard).toMatchObject({ code: 'OB-outside', received: expect.any(Number) as number })
    expect(ingest.stats()).toMatchObject({ received: 501, accepted: 500, refused: 1 })
  })

  it('[MQ47] acknowledges nothing while the disk is full', async () => {
    const { listener, disk, ingest, clock } = await start()
    const device = await Peer.to(Number(new URL(listener.address).port))
    onTestFinished(() => void device.socket.destroy())
    await device.hello(4)
    disk.fault = 'ENOSPC'
    device.send(publishPacket(TOPIC, JSON.stringify(observation(1)), 1, 1))
    while (ingest.stats().failures === 0) await turn()
    device.send({ cmd: 'pingreq' })
    expect(await device.next()).toMatchObject({ cmd: 'pingresp' })
    disk.fault = undefined
    clock.advance(200)
    expect(await device.next()).toMatchObject({ cmd: 'puback', messageId: 1 })
  })
})
