import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import mqtt from 'mqtt'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Call, Told } from '../publisher.ts'
import { HAS_MOSQUITTO, Mosquitto } from '../testdata/mosquitto.ts'
import { EVERYBODY, startRig } from '../testdata/mqtt-peer.ts'
import { until } from '../testdata/small-server.ts'
import { publishHttp } from './publisher.http.ts'
import { publishMqtt } from './publisher.mqtt.ts'

const bundle = (value: number) => ({
  kind: 'bundle' as const,
  vendor: 'acme',
  source: 's1',
  observations: [{ indicator: 'pm25', value, time: 1_449_244_800_000, lon: 116.4, lat: 39.9 }],
})
const refusal = { code: 'OB-range' as const, pointer: '/value', message: 'Value -1', hint: 'Check.' }

async function httpDoor(answer: (request: IncomingMessage, body: string) => [number, object]) {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      const [status, problem] = answer(request, body)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(problem))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('MQTT publisher', () => {
  it('[IM15] resolves when the listener has it durable', async () => {
    const { intake, listener } = await startRig()
    const publisher = await publishMqtt({ url: listener.address, vendor: 'acme' })
    let answered = false
    const answer = publisher.send(bundle(1)).finally(() => (answered = true))
    await intake.until(() => intake.taken.length === 1)
    expect(answered).toBe(false)
    intake.commit()
    expect(await answer).toEqual({ taken: 1, refused: [] })
    expect(intake.taken[0]).toEqual({ sender: 'acme/s1', text: JSON.stringify(bundle(1).observations[0]) })
    await publisher.close()
  })

  it('[IM16] tells a refusal at once and by feedback', async () => {
    const { intake, listener } = await startRig()
    intake.instant = true
    intake.refusing = (text) => (text.includes('-1') ? { accepted: 0, refusals: [refusal] } : null)
    const publisher = await publishMqtt({ url: listener.address, vendor: 'acme' })
    const told = new Promise<Told>((resolve) => publisher.onFeedback(resolve))
    expect(await publisher.send(bundle(-1))).toMatchObject({ taken: 0, refused: [{ code: 'OB-range' }] })
    listener.feedback('acme', 's1', [{ ...refusal, received: 5 }])
    expect(await told).toEqual({ code: 'OB-range', message: 'Value -1' })
    await publisher.sendRaw('acme', 's1', '{"nonsense')
    expect(intake.taken.at(-1)?.text).toBe('{"nonsense')
    await publisher.close()
  })

  it('[IM17] says who does not answer', async () => {
    await expect(publishMqtt({ url: 'mqtt://127.0.0.1:1', vendor: 'acme' })).rejects.toMatchObject({
      code: 'IM-door',
    })
    const { listener } = await startRig({ anonymous: false })
    await expect(publishMqtt({ url: listener.address, vendor: 'acme' })).rejects.toMatchObject({
      code: 'IM-door',
    })
    const known = await startRig({ anonymous: false }, EVERYBODY)
    const account = { vendor: 'acme', username: 'acme', password: 'secret' }
    const publisher = await publishMqtt({ url: known.listener.address, ...account })
    await publisher.close()
    await expect(publishHttp({ url: 'http://127.0.0.1:1', vendor: 'acme' })).rejects.toMatchObject({
      code: 'IM-door',
    })
  })
})

describe.skipIf(!HAS_MOSQUITTO)('MQTT publisher before a broker', () => {
  it('[MB10] sends again what nobody there took', async () => {
    const broker = await Mosquitto.start()
    const acknowledged: unknown[] = []
    const publisher = await publishMqtt({ url: broker.url, vendor: 'acme' })
    onTestFinished(() => publisher.close())
    const observer = await mqtt.connectAsync(broker.url, { protocolVersion: 5 })
    onTestFinished(() => observer.endAsync(true))
    observer.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback') acknowledged.push(packet.reasonCode)
    })
    let isTaken = false
    const answers = [1, 2, 3].map((n) => publisher.send(bundle(n)).finally(() => (isTaken = true)))
    await observer.publishAsync('qingyu/v1/acme/s1/observations', '{}', { qos: 1 })
    expect([acknowledged, isTaken]).toEqual([[0x10], false])
    const heard = new Set<number>()
    observer.on('message', (_topic, payload) => {
      heard.add((JSON.parse(payload.toString()) as { value: number }).value)
    })
    await observer.subscribeAsync('$share/g/qingyu/v1/+/+/observations', { qos: 1 })
    expect(await Promise.all(answers)).toEqual(Array(3).fill({ taken: 1, refused: [] }))
    await until(() => heard.size === 3)
  })
})

describe('HTTP publisher', () => {
  const call: Call = {
    kind: 'call',
    id: 'ny-7',
    service: 'noise',
    time: 1_651_377_603_000,
    lon: -73.9,
    lat: 40.8,
  }

  it('[IM18] posts a report and counts a problem', async () => {
    const bodies: unknown[] = []
    const url = await httpDoor((request, body) => {
      if (request.url === '/livez') return [200, {}]
      bodies.push([request.headers.authorization, JSON.parse(body)])
      return body.includes('lon') ? [201, {}] : [422, { code: 'OB-place', detail: 'No place' }]
    })
    const publisher = await publishHttp({ url, vendor: 'hotline', token: 't0k' })
    expect(await publisher.send(call)).toEqual({ taken: 1, refused: [] })
    const { lon: _lon, lat: _lat, ...placeless } = call
    expect(await publisher.send(placeless)).toEqual({
      taken: 0,
      refused: [{ code: 'OB-place', message: 'No place' }],
    })
    expect(bodies[0]).toEqual([
      'Bearer t0k',
      { service: 'noise', id: 'ny-7', time: '2022-05-01T04:00:03.000Z', lon: -73.9, lat: 40.8 },
    ])
  })

  it('[IM19] tries a busy door again with the same id', async () => {
    const ids: string[] = []
    const url = await httpDoor((request, body) => {
      if (request.url === '/livez') return [200, {}]
      ids.push((JSON.parse(body) as { id: string }).id)
      return ids.length < 3 ? [503, {}] : [201, {}]
    })
    const publisher = await publishHttp({ url, vendor: 'hotline' })
    expect(await publisher.send(call)).toEqual({ taken: 1, refused: [] })
    expect(ids).toEqual(['ny-7', 'ny-7', 'ny-7'])
  })
})
