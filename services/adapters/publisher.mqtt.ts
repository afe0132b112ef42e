import mqtt, { type ErrorWithReasonCode, type IClientOptions, type MqttClient, type Packet } from 'mqtt'
import { QingyuError, sentenceOf } from '../core/errors.ts'
import type { Answer, Bundle, Parcel, Publisher, PublisherOptions, Told } from '../publisher.ts'

/** A door that stays away this long is given up; what waits for it is rejected. */
const GIVE_UP_MS = 30_000
const CONNECT_MS = 10_000
/** PUBACK of a broker where nobody is subscribed just now [MQTT 5, 3.4.2.1]: it has dropped what it acknowledged. */
const NOBODY = 0x10
/** Between two attempts on a broker with nobody behind it. */
const AGAIN_MS = 100

const prefixOf = (vendor: string, source: string) => `qingyu/v1/${vendor}/${source}`
const CODE = /\b[A-Z]{2}-[a-z-]+\b/

/** The refusals in a feedback payload: one object or an array of them; [] when it is neither. */
function toldIn(payload: Uint8Array): Told[] {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(payload))
  } catch {
    return []
  }
  return (Array.isArray(value) ? value : [value]).flatMap((item: unknown) => {
    const { code, message } = (item ?? {}) as { code?: unknown; message?: unknown }
    return typeof code === 'string' ? [{ code, message: String(message) }] : []
  })
}

/** What a PUBACK with an error says; its reason string begins with our code where the door is ours. */
function refusalOf(error: Error, packet: Packet | undefined): Told | undefined {
  const code = (error as Partial<ErrorWithReasonCode>).code
  if (typeof code !== 'number' || code < 0x80) return undefined
  const reason = packet?.cmd === 'puback' ? (packet.properties?.reasonString ?? '') : ''
  return { code: CODE.exec(reason)?.[0] ?? `mqtt-0x${code.toString(16)}`, message: reason || error.message }
}

class MqttPublisher implements Publisher {
  readonly address: string
  private readonly client: MqttClient
  /** Rejects what is in flight when the door is given up: mqtt.js would keep it for a reconnect that never comes. */
  private readonly waiting = new Set<(error: Error) => void>()
  private readonly listeners: ((told: Told) => void)[] = []
  /** Packet ids that were acknowledged and not taken; bounded by what the caller has in flight. */
  private readonly untaken = new Set<number>()
  private giveUp: NodeJS.Timeout | undefined
  private lost: Error | undefined

  constructor(client: MqttClient, address: string) {
    this.client = client
    this.address = address
    client.on('error', (error) => {
      // A refused CONNECT will be refused again; a broken socket is tried anew.
      if ('code' in error && typeof error.code === 'number') this.fail(error)
    })
    client.on('close', () => {
      this.giveUp ??= setTimeout(() => this.fail(new Error('connection lost')), GIVE_UP_MS)
      this.giveUp.unref()
    })
    // In between mqtt.js sends again what was not acknowledged; the server filters what it had.
    client.on('connect', () => {
      clearTimeout(this.giveUp)
      this.giveUp = undefined
    })
    // mqtt.js counts it as success, and hands out the publish instead of its PUBACK.
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback' && packet.reasonCode === NOBODY) this.untaken.add(packet.messageId ?? 0)
    })
    client.on('message', (_topic, payload) => {
      for (const told of toldIn(payload)) for (const listener of this.listeners) listener(told)
    })
  }

  private fail(why: Error): void {
    this.lost = new QingyuError('IM-door', { value: this.address, why: sentenceOf(why) }, why)
    for (const reject of this.waiting) reject(this.lost)
    this.waiting.clear()
    this.client.end(true)
  }

  private publish(topic: string, payload: string): Promise<Told | undefined> {
    if (this.lost) return Promise.reject(this.lost)
    return new Promise((resolve, reject) => {
      this.waiting.add(reject)
      const attempt = (left: number) => {
        this.client.publish(topic, payload, { qos: 1 }, (error, packet) => {
          if (!error && this.untaken.delete(packet?.messageId ?? 0)) {
            if (left === 0) this.fail(new Error('nobody there takes observations'))
            else setTimeout(attempt, AGAIN_MS, left - 1)
            return
          }
          this.waiting.delete(reject)
          const told = error ? refusalOf(error, packet) : undefined
          if (error && !told) reject(error)
          else resolve(told)
        })
      }
      attempt(GIVE_UP_MS / AGAIN_MS)
    })
  }

  async send(parcel: Parcel): Promise<Answer> {
    if (parcel.kind === 'call') throw new TypeError('calls go through the HTTP door')
    const told = await this.publish(
      `${prefixOf(parcel.vendor, parcel.source)}/observations`,
      payloadOf(parcel),
    )
    return told ? { taken: 0, refused: [told] } : { taken: parcel.observations.length, refused: [] }
  }

  async sendRaw(vendor: string, source: string, bytes: string): Promise<void> {
    await this.publish(`${prefixOf(vendor, source)}/observations`, bytes)
  }

  onFeedback(listener: (told: Told) => void): void {
    this.listeners.push(listener)
  }

  async close(): Promise<void> {
    clearTimeout(this.giveUp)
    // Closing on purpose is no loss to be mourned after 30 seconds.
    this.client.removeAllListeners('close')
    await this.client.endAsync(this.lost !== undefined)
  }
}

/** One object where it is one, as a simple device would send it. */
function payloadOf({ observations }: Bundle): string {
  return JSON.stringify(observations.length === 1 ? observations[0] : observations)
}

/** Connects with MQTT 5 and listens to the vendor's feedback; throws IM-door when nobody answers within 10 s. */
export async function publishMqtt(options: PublisherOptions): Promise<Publisher> {
  const settings: IClientOptions = {
    // 5 for reason codes: 3.1.1 cannot refuse a publish.
    protocolVersion: 5,
    clean: true,
    reconnectPeriod: 500,
    connectTimeout: CONNECT_MS,
    keepalive: 30,
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
  }
  try {
    const client = await mqtt.connectAsync(options.url, settings, false)
    const publisher = new MqttPublisher(client, options.url)
    // Feedback is worth having but not needed: a foreign broker may know no such topic.
    await client.subscribeAsync(prefixOf(options.vendor, '+/feedback'), { qos: 1 }).catch(() => undefined)
    return publisher
  } catch (error) {
    throw new QingyuError('IM-door', { value: options.url, why: sentenceOf(error) || 'no answer' }, error)
  }
}
