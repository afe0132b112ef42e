import { fork, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect as connectMqtt } from 'mqtt'
import { WebSocket } from 'ws'
import type { Load, LoadTimes } from './load.bench.ts'
import type { Measure } from './measure.bench.ts'

const here = dirname(fileURLToPath(import.meta.url))
const home = resolve(here, '../..')

/** The default tick, ms. */
const TICK_MS = 1000

/** A running server under measurement. */
export interface Server {
  readonly mqttPort: number
  readonly httpPort: number
  stop(): Promise<void>
}

/** A free TCP port of the loopback address. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => done(port))
    })
  })
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (let i = 0; i < 300 && child.exitCode === null; i++) {
    const up = await fetch(url)
      .then((response) => response.ok)
      .catch(() => false)
    if (up) return
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`Nothing answers at ${url}.`)
}

const ended = (child: ChildProcess) =>
  new Promise<void>((done) => (child.exitCode === null ? child.once('exit', () => done()) : done()))

/** The whole embedded program in a process of its own: demo city with its rules, accounts off, rates open. */
export async function startQingyu(settings: Readonly<Record<string, string>> = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'qingyu-bench-'))
  const [mqttPort, httpPort] = [await freePort(), await freePort()]
  const env = {
    ...process.env,
    QINGYU_DATA__DIR: join(folder, 'data'),
    QINGYU_HTTP__PORT: String(httpPort),
    QINGYU_MQTT__PORT: String(mqttPort),
    QINGYU_MQTT__ANONYMOUS: 'true',
    QINGYU_MQTT__RATE: '1000000',
    QINGYU_MQTT__BURST: '1000000',
    QINGYU_MQTT__PER_ADDRESS: '100000',
    QINGYU_MQTT__PER_CREDENTIAL: '100000',
    ...settings,
  }
  const child = spawn(
    process.execPath,
    [join(home, 'services/qingyu.mjs'), 'serve', '--config', join(home, 'config/qingyu.yaml'), '--no-demo'],
    { env, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  await answers(`http://127.0.0.1:${httpPort}/readyz`, child)
  return {
    mqttPort,
    httpPort,
    stop: async () => {
      child.kill('SIGTERM')
      await ended(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function startMosquitto(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'qingyu-mosquitto-'))
  const mqttPort = await freePort()
  const file = join(folder, 'mosquitto.conf')
  writeFileSync(
    file,
    `listener ${mqttPort} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_inflight_messages 0\nmax_queued_messages 0\nset_tcp_nodelay true\n`,
  )
  const child = spawn('mosquitto', ['-c', file], {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
  })
  await new Promise<void>((done, fail) => {
    child.once('error', fail)
    const probe = connectMqtt({ port: mqttPort, host: '127.0.0.1', reconnectPeriod: 50 })
    probe.once('connect', () => probe.end(true, {}, () => done()))
  })
  return {
    mqttPort,
    httpPort: 0,
    stop: async () => {
      child.kill('SIGTERM')
      await ended(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Runs a load in a process of its own, until all is acknowledged. */
export function runElsewhere(load: Load): Promise<LoadTimes> {
  return new Promise((done, fail) => {
    const child = fork(join(here, 'load.bench.js'), ['--load'])
    child.once('message', ({ times, error }: { times?: LoadTimes; error?: string }) =>
      times === undefined ? fail(new Error(error)) : done(times),
    )
    child.once('error', fail)
    child.send(load)
  })
}

/** Cells' centres of the server's grid. */
export async function placesOf(httpPort: number, most: number): Promise<[number, number][]> {
  const { grid } = (await (await fetch(`http://127.0.0.1:${httpPort}/api/v1/levels`)).json()) as {
    grid: string
  }
  const areas = (await (await fetch(`http://127.0.0.1:${httpPort}/api/v1/grids/${grid}`)).json()) as {
    depths: number[]
    centres: [number, number][]
  }
  const deepest = Math.max(...areas.depths)
  const cells = areas.depths.flatMap((depth, i) => (depth === deepest ? [i] : []))
  return cells.slice(0, most).map((i) => areas.centres[i] ?? [0, 0])
}

/** A wall that draws everything at once and says so. */
export function openWall(httpPort: number, onFrame: (frame: Buffer) => void): Promise<WebSocket> {
  return new Promise((done, fail) => {
    const socket = new WebSocket(`ws://127.0.0.1:${httpPort}/ws`, 'qingyu.v1')
    socket.once('error', fail)
    socket.once('open', () => {
      socket.send(JSON.stringify({ type: 'subscribe', layer: 'levels' }))
      done(socket)
    })
    socket.on('message', (data: Buffer, binary: boolean) => {
      if (!binary) return
      onFrame(data)
      socket.send(JSON.stringify({ type: 'drawn', tick: data.readDoubleLE(8) }))
    })
  })
}

async function applied(httpPort: number): Promise<number> {
  const stats = (await (await fetch(`http://127.0.0.1:${httpPort}/api/v1/stats`)).json()) as {
    applied: number
  }
  return stats.applied
}

/** Baseline: a bare mqtt.js subscriber behind Mosquitto that only counts; the ms until it has counted all. */
async function countBehindMosquitto(server: Server, load: Load): Promise<number> {
  const subscriber = connectMqtt({ port: server.mqttPort, host: '127.0.0.1' })
  await new Promise((done) => subscriber.once('connect', done))
  await subscriber.subscribeAsync('qingyu/v1/+/+/observations', { qos: 1 })
  let count = 0
  const all = new Promise<number>((done) =>
    subscriber.on('message', () => {
      if (++count === load.messages) done(performance.now())
    }),
  )
  const { elapsed } = await runElsewhere(load)
  const acknowledged = performance.now()
  const counted = await all
  await subscriber.endAsync()
  return elapsed + Math.max(0, counted - acknowledged)
}

/**
 * Ours: the ms until the last PUBACK, which follows the log, with the rules and a wall at work meanwhile. Counts are as of a tick,
 * so what is applied by then is told a tick later: whoever is further behind than two ticks has not kept up, and fails.
 */
async function throughQingyu(server: Server, load: Load): Promise<number> {
  const before = await applied(server.httpPort)
  const { elapsed } = await runElsewhere(load)
  const acknowledged = performance.now()
  while ((await applied(server.httpPort)) - before < load.messages) {
    if (performance.now() - acknowledged > 2 * TICK_MS)
      throw new Error('The rules did not keep up with the log.')
    await new Promise((done) => setTimeout(done, 20))
  }
  return elapsed
}

async function compare(
  measure: Measure,
  id: string,
  shape: Pick<Load, 'connections' | 'messages' | 'window'>,
): Promise<void> {
  const qingyu = await startQingyu()
  const mosquitto = await startMosquitto()
  const wall = await openWall(qingyu.httpPort, () => undefined)
  const places = await placesOf(qingyu.httpPort, 500)
  let round = 0
  const load = (server: Server): Load => ({
    ...shape,
    port: server.mqttPort,
    perSecond: 0,
    places,
    indicator: 'people.count',
    below: 40,
    run: `${id}-${round++}`,
  })
  try {
    await measure.ratio(id, 'observations/s', {
      ours: async () => (shape.messages / (await throughQingyu(qingyu, load(qingyu)))) * 1000,
      baseline: async () =>
        (shape.messages / (await countBehindMosquitto(mosquitto, load(mosquitto)))) * 1000,
    })
  } finally {
    wall.terminate()
    await qingyu.stop()
    await mosquitto.stop()
  }
}

/** `pipeline.pipelined`: 20 publishers that do not wait for acknowledgements. */
export const pipelined = (measure: Measure): Promise<void> =>
  compare(measure, 'pipeline.pipelined', { connections: 20, messages: 200_000, window: 1000 })

/** `pipeline.lockstep`: 500 devices with one publish in flight each. */
export const lockstep = (measure: Measure): Promise<void> =>
  compare(measure, 'pipeline.lockstep', { connections: 500, messages: 60_000, window: 1 })
