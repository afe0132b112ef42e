import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { parse } from 'yaml'
import { built } from './testdata/app-process.ts'
import { HOME } from './testdata/compose.ts'
import { NativeCompose } from './testdata/compose-native.ts'
import { HAS_KAFKA } from './testdata/kafka.ts'
import { HAS_MOSQUITTO } from './testdata/mosquitto.ts'
import { HAS_REDIS } from './testdata/redis.ts'

const OURS = [
  'ingest-1',
  'ingest-2',
  'aggregate-1',
  'aggregate-2',
  'alert-1',
  'alert-2',
  'archive-1',
  'archive-2',
  'gateway-1',
  'gateway-2',
]
const SERVERS = ['kafka:9092', 'kafka:9093', 'redis:6379', 'mosquitto:8883']

interface Stats {
  readonly applied: number
  readonly refused: number
}

describe.skipIf(!HAS_KAFKA || !HAS_REDIS || !HAS_MOSQUITTO)(
  'the services of docker-compose.yml',
  { shuffle: false },
  () => {
    let compose: NativeCompose
    let password: string

    beforeAll(async () => {
      built()
      compose = await NativeCompose.make([...SERVERS, ...OURS.map((name) => `${name}:8080`)])
      password = compose.secrets.vendor('acme')
      await Promise.all(['kafka', 'redis', 'mosquitto'].map((name) => compose.start(name)))
      await Promise.all(OURS.map((name) => compose.start(name)))
    }, 180_000)
    afterAll(() => compose.end())

    const ask = (name: string, path: string, token = compose.secrets.text('wall-token')) =>
      fetch(`http://127.0.0.1:${compose.port(name, 8080)}${path}`, {
        headers: { authorization: `Bearer ${token}` },
      })
    const stats = async (name: string) => (await (await ask(name, '/api/v1/stats')).json()) as Stats

    /** Places in the shared subscription that processes fill. */
    const places = (...names: readonly string[]) =>
      Promise.all(
        names.map(async (name) => {
          const page = await (await ask(name, '/metrics')).text()
          return Number(/^qingyu_broker_sessions (\d+)$/m.exec(page)?.[1] ?? 0)
        }),
      )
    const soon = { timeout: 50_000, interval: 100 }

    async function vendor(): Promise<MqttClient> {
      const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${compose.port('mosquitto', 8883)}`, {
        protocolVersion: 5,
        username: 'acme',
        password,
        ca: readFileSync(compose.secrets.path('ca.crt')),
      })
      onTestFinished(() => client.endAsync(true))
      return client
    }

    /** A wall on a gateway, once it has a picture. */
    async function wall(name: string): Promise<void> {
      const protocols = ['qingyu.v1', `qingyu.token.${compose.secrets.text('wall-token')}`]
      const socket = new WebSocket(`ws://127.0.0.1:${compose.port(name, 8080)}/ws`, protocols)
      onTestFinished(() => socket.terminate())
      await once(socket, 'open')
      socket.send(JSON.stringify({ type: 'subscribe', layer: 'levels' }))
      await once(socket, 'message')
    }

    it('[DP12] take an observation by TLS in at one end and show it at the other', async () => {
      const client = await vendor()
      await wall('gateway-1')
      await client.subscribeAsync('qingyu/v1/acme/+/feedback', { qos: 1 })
      // Mosquitto grants every subscription: to a guess at the name of our group, too, which then takes nothing from us.
      await client.subscribeAsync('$share/qingyu/qingyu/v1/+/+/observations', { qos: 1 })
      const heard = new Promise<string>((resolve) => client.once('message', (topic) => resolve(topic)))
      const observation = {
        indicator: 'water.level',
        value: 0.12,
        time: new Date().toISOString(),
        lon: 118.912,
        lat: 32.101,
      }
      const topic = 'qingyu/v1/acme/gauge-7/observations'
      await client.publishAsync(topic, JSON.stringify(observation), { qos: 1 })
      await client.publishAsync(topic, 'nonsense', { qos: 1 })
      expect(await heard).toBe('qingyu/v1/acme/gauge-7/feedback')
      for (const gateway of ['gateway-1', 'gateway-2']) {
        let seen = await stats(gateway)
        while (seen.applied < 1 || seen.refused < 1) seen = await stats(gateway)
        expect(seen).toMatchObject({ applied: 1, refused: 1 })
      }
      const foreign = client.publishAsync('qingyu/v1/other/gauge-7/observations', '{}', { qos: 1 })
      await expect(foreign).rejects.toMatchObject({ code: 0x87 })
    })

    it('[DP13] export every metric that the dashboard and the alerts look at', async () => {
      await ask('gateway-1', '/api/v1/stats', 'wrong')
      const pages = await Promise.all(OURS.map(async (name) => (await ask(name, '/metrics')).text()))
      const exported = new Set(
        pages.flatMap((page) => [...page.matchAll(/^# TYPE (\w+)/gm)]).map((m) => m[1]),
      )
      const read = (name: string) => readFileSync(join(HOME, 'deploy', name), 'utf8')
      const { groups } = parse(read('prometheus/alerts.yml')) as {
        groups: readonly { rules: readonly { expr: string }[] }[]
      }
      const asked = [
        ...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
        ...[...read('grafana/dashboards/qingyu.json').matchAll(/"expr": "(.*)"/g)].map((m) => m[1] ?? ''),
      ]
      const names = asked.flatMap((expression) => expression.match(/\bqingyu_\w+/g) ?? [])
      expect(names.length).toBeGreaterThan(30)
      expect([...new Set(names)].filter((name) => !exported.has(name))).toEqual([])
    })

    it('[DP14] take over the places of a process at the broker, and share them when it is back', async () => {
      await expect.poll(() => places('ingest-1', 'ingest-2'), soon).toEqual([8, 8])
      expect(await compose.stop('ingest-2')).toBe('exit 0')
      await expect.poll(() => places('ingest-1'), soon).toEqual([16])
      await compose.start('ingest-2')
      await expect.poll(() => places('ingest-1', 'ingest-2'), soon).toEqual([8, 8])
    })

    it('[DP15] end in order when they are told to', async () => {
      expect(await Promise.all(OURS.map((name) => compose.stop(name)))).toEqual(OURS.map(() => 'exit 0'))
    })
  },
)
