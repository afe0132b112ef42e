import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { seededRandom } from './adapters/random.seeded.ts'
import { isLawful, liveCity, sound, type Device, type LiveCity } from './testdata/live-city.ts'
import { Peer, publishPacket } from './testdata/mqtt-peer.ts'

/** Repeat a failing run with the seed that it prints. */
const SEED = Number(process.env['HOSTILE_SEED'] ?? 20261122)
const TOPIC = 'qingyu/v1/acme/s1/observations'
const ACCOUNT = { username: 'acme', password: Buffer.from('password of acme') }

let city: LiveCity
let healthy: Device
let ports: { readonly mqtt: number; readonly http: number }
let drips: Peer[] = []
let dripping: NodeJS.Timeout
let memory = 0

beforeAll(async () => {
  process.stdout.write(`hostile vendors, seed ${SEED}\n`)
  city = await liveCity({ mqtt: { rate: 100_000, burst: 100_000 } })
  ports = { mqtt: Number(new URL(city.app.mqtt).port), http: Number(new URL(city.app.http).port) }
  healthy = await city.device(5, 'other')
  // Slow lorises from here on: a byte of a CONNECT now and then.
  drips = await Promise.all(Array.from({ length: 20 }, () => Peer.to(ports.mqtt)))
  dripping = setInterval(() => {
    for (const drip of drips) if (!drip.isClosed) drip.raw(Buffer.from([0]))
  }, 2_000)
  for (const drip of drips) drip.raw(Buffer.from([0x10, 0x64]))
  // All of them taken in, so that no test counts one for its own.
  while ((await city.metric('mqtt_opened_total')) <= drips.length) await pause(5)
  memory = process.memoryUsage().rss
})
afterAll(async () => {
  clearInterval(dripping)
  for (const drip of drips) drip.socket.destroy()
  await city.stop()
})

/** Whoever behaves is served as ever, and every observation is in one counter. */
async function stillServes(): Promise<void> {
  expect(await healthy.send('s1', sound())).toEqual({ reason: 0, sentence: '' })
  expect((await fetch(`${city.app.http}/livez`)).status).toBe(200)
  expect(isLawful(await city.settled())).toBe(true)
  expect(healthy.client.connected).toBe(true)
  expect(city.faults).toEqual([])
  // Both sides of every socket are in this process; the bound is for what would grow with the attack.
  expect(process.memoryUsage().rss - memory).toBeLessThan(512 * 1024 * 1024)
}
afterEach(stillServes)

/** Connections opened, let in and refused since the start. */
const doors = async () => ({
  opened: await city.metrics('mqtt_opened_total'),
  admitted: await city.metrics('mqtt_admitted_total'),
  refused: await city.metrics('mqtt_refused_total'),
})

async function admitted(version: 4 | 5 = 5): Promise<Peer> {
  const peer = await Peer.to(ports.mqtt)
  expect(await peer.hello(version, ACCOUNT)).toMatchObject({ cmd: 'connack' })
  return peer
}

// Anew for every test, which run in any order.
let random = seededRandom(SEED)
beforeEach(() => {
  random = seededRandom(SEED)
})
const upTo = (most: number) => random.uint32() % most
const bytes = (length: number) => Buffer.from(Array.from({ length }, () => upTo(256)))

describe('strangers at the MQTT port', () => {
  it('[MQ67] are refused or let in, each counted once', async () => {
    const before = await doors()
    const connectOf = (length: number) => Buffer.concat([Buffer.from([0x10, length]), bytes(length)])
    const strangers = [
      ...Array.from({ length: 60 }, () => bytes(1 + upTo(200))),
      ...Array.from({ length: 30 }, () => connectOf(1 + upTo(100))),
      Buffer.from('GET / HTTP/1.1\r\nHost: qingyu\r\n\r\n'),
      Buffer.from([0x10]),
      Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff]),
      Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]),
      Buffer.from([0x30, 0x05]),
      Buffer.alloc(0),
    ]
    for (const said of strangers) {
      const peer = await Peer.to(ports.mqtt)
      peer.socket.end(said)
      await peer.closed()
    }
    const count = strangers.length
    await expect
      .poll(async () => {
        const now = await doors()
        return [now.opened - before.opened, now.admitted + now.refused - before.admitted - before.refused]
      })
      .toEqual([count, count])
  })

  it('[MQ68] hold no memory before they are known', async () => {
    const before = await doors()
    const giant = Buffer.alloc(8 * 1024 * 1024, 0x41)
    giant.set([0x10, 0xff, 0xff, 0xff, 0x03])
    const peers = await Promise.all(Array.from({ length: 10 }, () => Peer.to(ports.mqtt)))
    for (const peer of peers) peer.raw(giant)
    await Promise.all(peers.map((peer) => peer.closed()))
    expect((await doors()).refused - before.refused).toBe(10)
  })

  it('[MQ69] have five seconds to say who they are', async () => {
    await Promise.all(drips.map((drip) => drip.closed()))
    await expect
      .poll(() => city.metric('mqtt_refused_total{code="MQ-silent"}'))
      .toBeGreaterThanOrEqual(drips.length)
  })

  it('[MQ70] storm in with one client id and tire themselves only', async () => {
    const before = await doors()
    const peers = await Promise.all(Array.from({ length: 120 }, () => Peer.to(ports.mqtt)))
    const answers = await Promise.all(
      peers.map((peer, i) => peer.hello(i % 2 ? 4 : 5, { ...ACCOUNT, clientId: 'twin' })),
    )
    const welcomed = answers.filter(
      (answer) => answer?.cmd === 'connack' && (answer.returnCode ?? answer.reasonCode) === 0,
    )
    const now = await doors()
    expect(welcomed.length).toBeLessThanOrEqual(4)
    expect(now.opened - before.opened).toBe(120)
    expect(now.admitted - before.admitted).toBe(welcomed.length)
    await expect.poll(async () => (await doors()).refused - before.refused).toBe(120 - welcomed.length)
    for (const peer of peers) peer.socket.destroy()
    await Promise.all(peers.map((peer) => peer.closed()))
  })
})

const SOUND = () => JSON.stringify(sound({ id: String(random.uint32()) }))

/** One way to spoil a payload each; the outcome is ingest's to say, but must be one counter a payload. */
const SPOILERS: readonly ((text: string) => string | Buffer)[] = [
  (text) => text.slice(0, 1 + upTo(text.length - 1)),
  (text) => text.slice(upTo(text.length)),
  (text) => {
    const spoilt = Buffer.from(text)
    spoilt[upTo(spoilt.length)] = upTo(256)
    return spoilt
  },
  (text) => Buffer.concat([Buffer.from(text), bytes(1 + upTo(5))]),
  () => bytes(1 + upTo(300)),
  (text) =>
    text.replace(
      '12',
      ['NaN', 'Infinity', '1e400', '-1e999', '9'.repeat(400), '0x10', '1.', '.5'][upTo(8)] ?? '',
    ),
  (text) =>
    text.replace(
      '{',
      `{"${['__proto__', 'constructor', 'prototype', 'value', 'time', 'phone'][upTo(6)]}":1,`,
    ),
  (text) => text.replace('{', `{"x":${'['.repeat(20_000)}`),
  (text) => text.replace('{', `{"x":${'{"a":'.repeat(50)}1${'}'.repeat(50)},`),
  (text) => text.replace('people.count', '\\ud800'.repeat(1 + upTo(30))),
  (text) => text.replace('"value"', `"${'k'.repeat(upTo(6000))}"`),
  () => `{${Array.from({ length: 300 }, (_, i) => `"k${i}":0`).join()}}`,
  () => '[]',
  () => ['null', 'true', '0', '""', '"x"', '{}', '[', ']', '\u0000', ' '][upTo(10)] ?? '',
]
const spoilt = () => (SPOILERS[upTo(SPOILERS.length)] ?? String)(SOUND())

describe('a hostile vendor', () => {
  it('[MQ71] is told of each of 1,500 malformed payloads in one way', async () => {
    const device = await city.device(5)
    const before = await city.settled()
    const payloads = Array.from({ length: 1500 }, spoilt)
    const answers = await Promise.all(payloads.map((payload, i) => device.send(`s${i % 7}`, payload)))
    const after = await city.settled()
    const refused = answers.filter(({ reason }) => reason >= 0x80).length
    expect(answers.map(({ reason }) => reason).filter((reason) => ![0, 0x99].includes(reason))).toEqual([])
    expect(refused).toBeGreaterThan(1000)
    expect(after.received - before.received).toBe(1500)
    expect(after.refused + after.quarantined - before.refused - before.quarantined).toBe(refused)
    expect(device.client.connected).toBe(true)
    device.client.end(true)
  })

  it('[GW64] is answered each of 500 malformed calls in one way', async () => {
    const before = await city.settled()
    const call = () => SOUND().replace('people.count', 'call.noise')
    const statuses: number[] = []
    const sender = async () => {
      while (statuses.length < 500) {
        statuses.push(0)
        const at = statuses.length - 1
        const body = (SPOILERS[at % SPOILERS.length] ?? String)(call())
        const answer = await city.post('/api/v1/reports', body as string)
        await answer.text()
        statuses[at] = answer.status
      }
    }
    await Promise.all(Array.from({ length: 10 }, sender))
    const after = await city.settled()
    const taken = statuses.filter((status) => status === 201).length
    expect(statuses.filter((status) => ![201, 400, 413, 415, 422].includes(status))).toEqual([])
    expect(taken).toBeLessThan(250)
    expect(after.received - before.received).toBe(500)
    expect(after.refused + after.quarantined - before.refused - before.quarantined).toBe(500 - taken)
  })

  it('[MQ72] is cut off for topics that no vendor may name', async () => {
    const before = await doors()
    const topics = [
      'qingyu/v1/acme/+/observations',
      'qingyu/#',
      'qingyu/v1/acme/\u0000/observations',
      'a\ud800b',
    ]
    for (const topic of topics) {
      const peer = await admitted()
      const name = topic === 'a\ud800b' ? Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x62]) : Buffer.from(topic)
      const body = Buffer.concat([
        Buffer.from([0, name.length]),
        name,
        Buffer.from([0, 1, 0]),
        Buffer.from('{}'),
      ])
      peer.raw(Buffer.concat([Buffer.from([0x32, body.length]), body]))
      await peer.closed()
    }
    const now = await doors()
    expect([now.admitted - before.admitted, now.refused - before.refused]).toEqual([4, 4])
  })

  it('[MQ73] gains nothing by abusing QoS 2', async () => {
    const before = await city.settled()
    const peer = await admitted()
    for (let i = 0; i < 50; i++) peer.send({ ...publishPacket(TOPIC, SOUND(), 2, 7), dup: i > 0 })
    for (let i = 0; i < 50; i++) expect(await peer.next()).toMatchObject({ cmd: 'pubrec', messageId: 7 })
    peer.send({ cmd: 'pubrel', messageId: 7 }, { cmd: 'pubrel', messageId: 99 })
    expect(await peer.next()).toMatchObject({ cmd: 'pubcomp', messageId: 7 })
    expect(await peer.next()).toMatchObject({ cmd: 'pubcomp', messageId: 99 })
    expect((await city.settled()).received - before.received).toBe(1)
    for (let id = 1; id <= 4097; id++) peer.send(publishPacket(TOPIC, SOUND(), 2, id))
    await peer.closed()
    const after = await city.settled()
    expect(after.received - before.received).toBeLessThanOrEqual(1 + 4097)
    const spoiltFlags = await admitted(4)
    spoiltFlags.raw(Buffer.from([0x36, 4, 0, 1, 0x61, 0]))
    await spoiltFlags.closed()
  })

  it('[MQ74] has one batch of 1,001 refused whole', async () => {
    const device = await city.device(5)
    const before = await city.settled()
    const batch = JSON.stringify(Array.from({ length: 1001 }, () => ({})))
    expect(await device.send('s1', batch)).toMatchObject({ reason: 0x97 })
    expect((await city.settled()).received - before.received).toBe(1)
    device.client.end(true)
  })
})

/** Sends raw bytes to the HTTP port; the answer up to its end. */
async function raw(said: string | Buffer): Promise<string> {
  const socket = connect(ports.http, '127.0.0.1')
  socket.on('error', () => {})
  let heard = ''
  socket.on('data', (part) => (heard += part.toString('latin1')))
  socket.write(said)
  await once(socket, 'close')
  return heard
}

const upgrade = (path: string, key = 'dGhlIHNhbXBsZSBub25jZQ==') =>
  `GET ${path} HTTP/1.1\r\nHost: q\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: qingyu.v1\r\n\r\n`

interface Ended {
  readonly code: number
}

/** Opens a WebSocket, lets `act` do its worst, and answers how it was closed. */
async function wall(
  act: (ws: WebSocket) => void,
  protocols: readonly string[] = ['qingyu.v1'],
  headers: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const ws = new WebSocket(`${city.app.http.replace('http', 'ws')}/ws`, [...protocols], { headers })
  ws.on('error', () => {})
  const closed = new Promise<Ended>((resolve) => ws.on('close', (code) => resolve({ code })))
  ws.on('open', () => act(ws))
  return closed
}

const turnedAway = async () =>
  (await city.metrics('wall_closed_total')) + (await city.metrics('http_refused_total'))

describe('a hostile wall', () => {
  it('[GW65] is closed with a code, and counted once', async () => {
    const before = await turnedAway()
    const flood = (ws: WebSocket) => {
      for (let i = 0; i < 200; i++) ws.send('{"type":"drawn","tick":1}')
    }
    const ends = await Promise.all([
      wall(flood),
      wall((ws) => ws.send('x'.repeat(17_000))),
      wall((ws) => ws.send('{"type":')),
      wall((ws) => ws.send('{"type":"drawn","tick":"now"}')),
      wall((ws) => ws.send('{"type":"subscribe","layer":"levels","area":"__proto__"}')),
      wall((ws) => ws.send(Buffer.from([1, 2, 3]))),
      wall((ws) => ws.send('['.repeat(10_000))),
      wall(() => {}, []),
      wall(() => {}, ['qingyu.v1'], { origin: 'http://evil.example' }),
    ])
    expect(ends.map(({ code }) => code)).toEqual([4429, 1009, 4400, 4400, 4404, 4400, 4400, 4400, 4403])
    expect((await turnedAway()) - before).toBe(ends.length)
  })

  it('[GW66] is answered whatever it sends to the port', async () => {
    const before = await turnedAway()
    const answers = await Promise.all(
      [
        upgrade('//'),
        upgrade('http://['),
        upgrade('/elsewhere'),
        upgrade('/ws', 'short'),
        'NONSENSE\r\n\r\n',
        'GET / HTTP/9.9\r\n\r\n',
        `GET / HTTP/1.1\r\nHost: q\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
        'GET /%ff%fe HTTP/1.1\r\nHost: q\r\nConnection: close\r\n\r\n',
        'POST /api/v1/reports HTTP/1.1\r\nHost: q\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ].map(raw),
    )
    expect(answers.map((answer) => answer.slice(9, 12))).toEqual([
      '404',
      '404',
      '404',
      '400',
      '400',
      '400',
      '400',
      '404',
      '400',
    ])
    expect((await turnedAway()) - before).toBe(answers.length)
  })
})

describe('all at once', () => {
  it('[OB86] leaves a healthy vendor served and each thing in one counter', async () => {
    const before = await city.settled()
    const hostile = await city.device(4)
    const sent = Array.from({ length: 200 }, (_, i) => healthy.send(`h${i % 5}`, sound({ id: `h${i}` })))
    const noise = Array.from({ length: 400 }, () => hostile.send('s9', spoilt()))
    const strangers = Array.from({ length: 20 }, async () => {
      const peer = await Peer.to(ports.mqtt)
      peer.raw(bytes(300))
      peer.socket.end()
      return peer.closed()
    })
    const walls = Array.from({ length: 10 }, () => wall((ws) => ws.send('x'.repeat(17_000))))
    const answers = await Promise.all(sent)
    await Promise.all([...noise, ...strangers, ...walls])
    const after = await city.settled()
    expect(answers.filter(({ reason }) => reason !== 0)).toEqual([])
    expect(after.received - before.received).toBe(600)
    expect(after.applied - before.applied).toBeGreaterThanOrEqual(200)
    expect((await city.letters('other')).length).toBe(0)
    hostile.client.end(true)
  })
})
