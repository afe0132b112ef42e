import type { MqttClient } from 'mqtt'
import type { Refusal } from '../core/observation.ts'
import { feedbackTopic } from '../core/topic.ts'
import type { Standing } from '../ports.ts'
import { BrokerConnection, type Broker, type Connected } from './broker-connection.ts'
import { brokerRefusal } from './broker-fault.ts'
import type { BrokerMetrics } from './broker-metrics.ts'

/** Messages on their way to the broker; more are dropped and counted. */
const MOST_FLYING = 1000

/** The way back to vendors: a connection of its own, that keeps nothing at the broker and never waits behind observations. */
export class BrokerFeedback implements Connected {
  readonly clientId: string
  readonly session = { clean: true }
  private readonly broker: Broker
  private readonly metrics: BrokerMetrics
  private readonly connection: BrokerConnection
  private client: MqttClient | null = null
  private flying = 0
  private hasWarned = false

  /** `name` tells the processes of a group apart. */
  constructor(broker: Broker, name: string, metrics: BrokerMetrics) {
    this.clientId = `qingyu-${broker.settings.group}-${name}-feedback`
    this.broker = broker
    this.metrics = metrics
    this.connection = new BrokerConnection(broker, this)
  }

  get standing(): Standing {
    return this.connection.standing
  }

  /** Resolves once connected, or after the first failed attempt. */
  start(): Promise<void> {
    return this.connection.start()
  }

  stop(): Promise<void> {
    return this.connection.stop()
  }

  joined(client: MqttClient): Promise<void> {
    this.client = client
    return Promise.resolve()
  }

  left(): void {
    this.client = null
    this.metrics.feedbackDropped += this.flying
    this.flying = 0
  }

  /** One message a refusal; dropped and counted while there is no connection or too much is on its way. */
  tell(vendor: string, source: string, refusals: readonly (Refusal & { readonly received: number })[]): void {
    const { client, metrics } = this
    for (const { code, pointer, message, hint, received } of refusals) {
      if (client === null || this.flying >= MOST_FLYING) {
        metrics.feedbackDropped++
        continue
      }
      this.flying++
      const payload = JSON.stringify({ code, pointer, message, hint, received })
      client.publish(feedbackTopic(vendor, source), payload, { qos: 1 }, (error) => {
        // Of a lost connection all that flew is counted as dropped already.
        if (client !== this.client) return
        this.flying--
        if (error) this.refused(error)
        else metrics.feedbackSent++
      })
    }
  }

  /** Said once: it would be said of every message. */
  private refused(error: unknown): void {
    this.metrics.feedbackDropped++
    if (this.hasWarned) return
    this.hasWarned = true
    const { settings, log } = this.broker
    const { code, message, hint } = brokerRefusal(error, 'publishing feedback', settings)
    log?.warn({ code, hint }, message)
  }
}
