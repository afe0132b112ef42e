import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { messageOf } from '../core/errors.ts'
import type { Plan } from '../core/plan.ts'
import { spell } from '../core/time.ts'
import { noticeDocument } from '../formats/notice-document.ts'
import type { Delivery, Letter, Notifier } from '../ports.ts'
import { troubleOf } from './outbound.ts'

const NAME = 'Broker'
const TIMEOUT_MS = 10_000
/** What waits for a subscriber longer is of no use to them. */
const EXPIRES_S = 4 * 3_600
/** PUBACK of a broker where nobody is subscribed [MQTT 5, 3.4.2.1]: it has dropped what it acknowledged. */
const NOBODY = 0x10
const MOST_TOPIC = 256

/** What the channel needs. */
export interface MqttSettings {
  /** `mqtt://host:1883` or `mqtts://`; the embedded listener takes observations only and is no broker. */
  readonly url: string
  readonly username: string
  readonly password: string
  /** Beginning of all topics, without a slash at its end. */
  readonly prefix: string
  readonly plan: Plan
  readonly timeoutMs?: number
}

/** A level of a topic: what could be a wildcard, another level or nothing at all is not. */
const levelOf = (text: string) => text.replace(/[^\p{L}\p{N}._-]/gu, '-') || '-'

/** `{prefix}/{area}/{category}/{person}` of a letter's first alert, `digest` for both of several; or what the person chose below the prefix. */
export function topicOf({ notice, alerts, person, to }: Letter, prefix: string, plan: Plan): string {
  if (to !== '') return `${prefix}/${to}`
  const [alert] = notice.alerts.length === 1 ? alerts : []
  const area = alert === undefined ? 'digest' : levelOf(plan.grid.codes[alert.area] ?? '')
  const category = alert === undefined ? 'digest' : levelOf(alert.category)
  return `${prefix}/${area}/${category}/${levelOf(person.id)}`
}

class MqttNotifier implements Notifier {
  readonly channel = 'mqtt'
  private readonly settings: MqttSettings
  private readonly timeoutMs: number
  private readonly client: MqttClient
  /** Packet ids that were acknowledged with nobody there; bounded by what is in flight. */
  private readonly unheard = new Set<number>()
  /** Why there is no connection, as a sentence. */
  private trouble = messageOf('CH-unreachable', { channel: NAME, why: 'no connection yet' })

  constructor(settings: MqttSettings) {
    this.settings = settings
    this.timeoutMs = settings.timeoutMs ?? TIMEOUT_MS
    const options: IClientOptions = {
      protocolVersion: 5,
      clean: true,
      reconnectPeriod: 1_000,
      // A broker that refuses us today may know us tomorrow.
      reconnectOnConnackError: true,
      connectTimeout: this.timeoutMs,
      keepalive: 30,
      ...(settings.username !== '' && { username: settings.username, password: settings.password }),
    }
    this.client = mqtt.connect(settings.url, options)
    this.client.on('error', (error) => (this.trouble = refusalOf(error)))
    // mqtt.js counts it as success, and hands out the publish instead of its PUBACK.
    this.client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback' && packet.reasonCode === NOBODY) this.unheard.add(packet.messageId ?? 0)
    })
  }

  address(to: string): string | null {
    const topic = `${this.settings.prefix}/${to}`
    // mqtt.js does not look at topics, and a broker hangs up on a wrong one.
    // oxlint-disable-next-line no-control-regex
    const sound = Buffer.byteLength(topic) <= MOST_TOPIC && !/[+#\u0000-\u001f\u007f]|^\$|\/\//.test(topic)
    if (sound && !to.endsWith('/')) return null
    return messageOf('CH-address', { channel: NAME, why: 'it is no topic without wildcards' })
  }

  async send(letter: Letter): Promise<Delivery> {
    const wrong = this.address(letter.to)
    if (wrong !== null) return { sent: false, why: wrong, retry: false }
    const signal = AbortSignal.timeout(this.timeoutMs)
    if (!(await this.connected(signal))) return { sent: false, why: this.trouble, retry: true }
    return this.publish(letter, signal)
  }

  /** Waits itself: what mqtt.js queues while it has no connection has no bound. */
  private connected(signal: AbortSignal): Promise<boolean> {
    if (this.client.connected || this.client.disconnecting) return Promise.resolve(this.client.connected)
    return new Promise((resolve) => {
      const settle = () => {
        this.client.off('connect', settle)
        signal.removeEventListener('abort', settle)
        resolve(this.client.connected)
      }
      this.client.on('connect', settle)
      signal.addEventListener('abort', settle)
    })
  }

  private publish(letter: Letter, signal: AbortSignal): Promise<Delivery> {
    const { prefix, plan } = this.settings
    const payload = JSON.stringify(noticeDocument(letter, plan))
    const properties = {
      contentType: 'application/json',
      messageExpiryInterval: EXPIRES_S,
      userProperties: { notice: letter.notice.id },
    }
    return new Promise((resolve) => {
      const late = () => {
        resolve({
          sent: false,
          why: messageOf('CH-timeout', { channel: NAME, value: spell(this.timeoutMs) }),
          retry: true,
        })
        // It would be sent again at every connection to come.
        this.client.removeOutgoingMessage(id)
      }
      signal.addEventListener('abort', late)
      this.client.publish(topicOf(letter, prefix, plan), payload, { qos: 1, properties }, (error, packet) => {
        signal.removeEventListener('abort', late)
        const heard = !this.unheard.delete(packet?.messageId ?? 0)
        resolve(error ? failureOf(error) : heard ? { sent: true } : NOT_HEARD)
      })
      const id = this.client.getLastMessageId()
      // Numbers come round: an answer that came too late was to another.
      this.unheard.delete(id)
    })
  }

  async close(): Promise<void> {
    await this.client.endAsync(true)
  }
}

const NOT_HEARD: Delivery = { sent: false, why: messageOf('CH-nobody', {}), retry: true }

const codeOf = (error: Error) => ('code' in error && typeof error.code === 'number' ? error.code : null)
const hex = (code: number) => `0x${code.toString(16)}`
const unreachable = (error: Error) => messageOf('CH-unreachable', { channel: NAME, why: troubleOf(error) })

/** Why a connection was not made: a CONNACK with a reason code is about our account, mostly. */
function refusalOf(error: Error): string {
  const code = codeOf(error)
  return code === null ? unreachable(error) : messageOf('CH-account', { channel: NAME, value: hex(code) })
}

/** A PUBACK that refuses says why by its code; rights may be given, so all but a wrong topic or payload are tried again. */
function failureOf(error: Error): Delivery {
  const code = codeOf(error)
  if (code === null) return { sent: false, why: unreachable(error), retry: true }
  const why = messageOf('CH-refused', { channel: NAME, value: hex(code) })
  return { sent: false, why, retry: code !== 0x90 && code !== 0x99 }
}

/** Letters as JSON of {@link noticeDocument} on an MQTT 5 broker, QoS 1, not retained: see {@link topicOf}. */
export function mqttNotifier(settings: MqttSettings): Notifier {
  return new MqttNotifier(settings)
}
