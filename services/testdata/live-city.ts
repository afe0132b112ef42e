import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import mqtt, { type ErrorWithReasonCode, type IClientOptions, type MqttClient } from 'mqtt'
import { pino } from 'pino'
import { hashPassword } from '../adapters/accounts.scrypt.ts'
import type { LettersAnswer, StatsAnswer } from '../api-schema.ts'
import { startApp, type App } from '../app.ts'
import { readConfig } from '../config.ts'

const home = resolve(import.meta.dirname, '../..')

/** A place inside Xianlin. */
export const PLACE = { lon: 118.891467, lat: 32.10135 }

/** What came back for one publish. */
export interface Answered {
  /** MQTT 5 reason code; 0 for success and for 3.1.1. */
  readonly reason: number
  readonly sentence: string
}

/** A message of the feedback topic, with the source it is about. */
export interface Feedback {
  readonly source: string
  readonly code: string
  readonly pointer: string
  readonly message: string
  readonly hint: string
  readonly received: number
}

/** A vendor's device with its feedback subscription, by a common MQTT library. */
export class Device {
  readonly client: MqttClient
  readonly vendor: string
  readonly feedback: Feedback[] = []
  /** Reason string of the newest PUBACK; the library hands on only those of failures. */
  private sentence = ''
  private constructor(client: MqttClient, vendor: string) {
    this.client = client
    this.vendor = vendor
    client.setMaxListeners(0)
    client.on('error', () => {})
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback') this.sentence = packet.properties?.reasonString ?? ''
    })
    client.on('message', (topic, payload) => {
      const told = JSON.parse(payload.toString()) as Omit<Feedback, 'source'>
      this.feedback.push({ ...told, source: topic.split('/')[3] ?? '' })
    })
  }

  static async to(url: string, version: 4 | 5, vendor: string, more: IClientOptions = {}): Promise<Device> {
    const client = await mqtt.connectAsync(
      url,
      {
        protocolVersion: version,
        username: vendor,
        password: passwordOf(vendor),
        reconnectPeriod: 0,
        ...more,
      },
      false,
    )
    const device = new Device(client, vendor)
    await client.subscribeAsync(`qingyu/v1/${vendor}/+/feedback`, { qos: 1 })
    return device
  }

  /** Publishes at QoS 1 below its own name, and waits for the acknowledgement. */
  send(source: string, payload: unknown): Promise<Answered> {
    const text = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload)
    return this.publish(`qingyu/v1/${this.vendor}/${source}/observations`, text)
  }

  publish(topic: string, payload: string | Buffer): Promise<Answered> {
    return new Promise((done, fail) => {
      const lost = () => fail(new Error('connection closed'))
      this.client.once('close', lost)
      this.client.publish(topic, payload, { qos: 1 }, (error) => {
        this.client.off('close', lost)
        if (error && !isReason(error)) fail(error)
        else done({ reason: isReason(error) ? error.code : 0, sentence: this.sentence })
      })
    })
  }

  /** The next feedback about a source that has this code. */
  async told(source: string, code: string): Promise<Feedback> {
    for (;;) {
      const found = this.feedback.find((one) => one.source === source && one.code === code)
      if (found) return found
      await pause(5)
    }
  }
}

const isReason = (error: unknown): error is ErrorWithReasonCode =>
  error instanceof Error && 'code' in error && typeof error.code === 'number'

function passwordOf(vendor: string): string {
  return `password of ${vendor}`
}

/** The whole program with the demo city, without the simulator, on free ports and a folder of its own. */
export interface LiveCity {
  readonly app: App
  /** What the program logged at the level of errors; `stop` rejects when there is any. */
  readonly faults: string[]
  device(version: 4 | 5, vendor?: string, more?: IClientOptions): Promise<Device>
  get<Answer>(path: string): Promise<Answer>
  post(path: string, body: string, headers?: Record<string, string>): Promise<Response>
  /** Counts once everything received so far has gone into a tick; the law of counts holds for them. */
  settled(): Promise<StatsAnswer>
  letters(vendor: string): Promise<LettersAnswer['letters']>
  /** Value of one series of `/metrics`, as `refused_total{code="OB-json"}`; 0 when it is not there. */
  metric(series: string): Promise<number>
  /** Sum of all series of one name. */
  metrics(name: string): Promise<number>
  stop(): Promise<void>
}

/** Starts a {@link LiveCity} with vendors acme and other; `sections` are laid over the configuration. */
export async function liveCity(sections: Record<string, Record<string, unknown>> = {}): Promise<LiveCity> {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-live-'))
  const vendors = Object.fromEntries(
    await Promise.all(
      ['acme', 'other'].map(
        async (name) => [name, { password: await hashPassword(passwordOf(name)) }] as const,
      ),
    ),
  )
  const over = { data: { dir }, http: { port: 0 }, demo: { enabled: false }, vendors }
  const read = readConfig(
    join(home, 'config/qingyu.yaml'),
    {},
    { ...over, clock: { tick: '100ms' }, ...sections, mqtt: { port: 0, ...sections['mqtt'] } },
  )
  const faults: string[] = []
  const log = pino({ level: 'error' }, { write: (line: string) => void faults.push(line) })
  const app = await startApp(read, { log, home, program: 'test' })
  app.failed.catch((fault: unknown) => void faults.push(String(fault)))
  const url = (path: string) => new URL(path, app.http)
  async function get<Answer>(path: string): Promise<Answer> {
    const response = await fetch(url(path))
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Answer
  }
  const series = async () => {
    const text = await (await fetch(url('/metrics'))).text()
    return [...text.matchAll(/^qingyu_(\S+) (\S+)$/gm)].map(([, name = '', value]) => ({
      name,
      value: Number(value),
    }))
  }
  const devices: Device[] = []
  return {
    app,
    faults,
    get,
    device: async (version, vendor = 'acme', more = {}) => {
      const device = await Device.to(app.mqtt, version, vendor, more)
      devices.push(device)
      return device
    },
    post: (path, body, headers = { 'content-type': 'application/json' }) =>
      fetch(url(path), { method: 'POST', body, headers }),
    async settled() {
      for (;;) {
        const stats = await get<StatsAnswer>('/api/v1/stats')
        if (stats.received === stats.ingest?.received) return stats
        await pause(20)
      }
    },
    letters: async (vendor) =>
      (await get<LettersAnswer>(`/api/v1/vendors/${vendor}/dead-letters?most=1000`)).letters,
    metric: async (name) => (await series()).find((one) => one.name === name)?.value ?? 0,
    metrics: async (name) =>
      (await series())
        .filter((one) => one.name === name || one.name.startsWith(`${name}{`))
        .reduce((sum, { value }) => sum + value, 0),
    async stop() {
      for (const { client } of devices) client.end(true)
      await app.stop()
      rmSync(dir, { recursive: true, force: true })
      if (faults.length > 0) throw new Error(faults.join('\n'))
    },
  }
}

/** An observation that is taken, unless `over` spoils it. */
export function sound(over: object = {}): Record<string, unknown> {
  return { indicator: 'people.count', value: 12, time: Date.now(), ...PLACE, ...over }
}

/** Whether received = applied + duplicate + late + quarantined + refused, and refused is its sum by code. */
export function isLawful(stats: StatsAnswer): boolean {
  const { received, applied, duplicate, late, quarantined, refused, refusedBy } = stats
  const byCode = Object.values(refusedBy).reduce((sum, count) => sum + count, 0)
  return received === applied + duplicate + late + quarantined + refused && byCode === refused
}
