import mqtt, { type MqttClient } from 'mqtt'
import { observationsTopic } from '../core/topic.ts'

/** PUBACK of a broker where nobody is subscribed [MQTT 5, 3.4.2.1]: what it acknowledged it has thrown away. */
const NOBODY = 0x10
/** Between two attempts for one message, ms. */
const AGAIN_MS = 200
const RECONNECT_MS = 500

/** A message as it is sent as often as it needs. */
export interface Outgoing {
  readonly source: string
  readonly payload: string
  /** Observations in it. */
  readonly count: number
}

/** One vendor by a common MQTT library: QoS 1, and the same bytes again until the broker has them. */
export class Vendor {
  readonly name: string
  /** Messages not acknowledged yet. */
  waiting = 0
  /** Messages sent again, by us or by the library after a reconnect. */
  again = 0
  readonly #client: MqttClient
  readonly #acknowledged: (count: number) => void
  /** Packets of messages that nobody took. */
  readonly #untaken = new Set<number>()

  constructor(name: string, url: string, acknowledged: (count: number) => void) {
    this.name = name
    this.#acknowledged = acknowledged
    const settings = { protocolVersion: 5, clientId: name, reconnectPeriod: RECONNECT_MS } as const
    const client = mqtt.connect(url, settings)
    this.#client = client
    client.on('error', () => {})
    client.on('packetsend', (packet) => {
      if (packet.cmd === 'publish' && packet.dup) this.again++
    })
    // The library takes this reason for success, and hands on the PUBLISH.
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback' && packet.reasonCode === NOBODY) this.#untaken.add(packet.messageId ?? 0)
    })
  }

  send(message: Outgoing): void {
    this.waiting++
    this.#attempt(message)
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true)
  }

  #attempt(message: Outgoing): void {
    const topic = observationsTopic(this.name, message.source)
    this.#client.publish(topic, message.payload, { qos: 1 }, (error, packet) => {
      const isTaken = !error && !this.#untaken.delete(packet?.messageId ?? 0)
      if (isTaken) {
        this.waiting--
        this.#acknowledged(message.count)
        return
      }
      this.again++
      setTimeout(() => this.#attempt(message), AGAIN_MS)
    })
  }
}
