import { randomInt } from 'node:crypto'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import type { IPublishPacket } from 'mqtt-packet'
import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import { hintOf, messageOf, sentenceOf } from '../core/errors.ts'
import type { Refusal, Sender } from '../core/observation.ts'
import { feedbackTopic, NO_SOURCE, parseObservationsTopic, sharedObservationsFilter } from '../core/topic.ts'
import type { Clock, Intake, Source } from '../ports.ts'
import { ACK, AckRing } from './listener-acks.ts'

/** Publishes the broker may send unacknowledged, and so the most that is delivered twice after a cut. */
const RECEIVE_MAXIMUM = 4096
/** The broker keeps our place, and what comes meanwhile, this long, s. */
const SESSION_EXPIRY = 7 * 86_400
/** Feedback publishes on their way to the broker; more are dropped and counted. */
const FEEDBACK_FLYING = 1000
/** Waits between attempts to connect, ms; doubled from the first to the last, and up to a half more by chance. */
const FIRST_WAIT = 500
const LAST_WAIT = 30_000
/** What is accepted may settle this long before we disconnect, ms. */
const SETTLE = 5000

/** Counters since the start, for `/metrics`. */
export interface BrokerMetrics {
  connected: boolean
  received: number
  /** Publishes the broker sent again that it had sent before (DUP). */
  redelivered: number
  /** Retained messages, which are not news: not counted as observations. */
  retained: number
  acknowledged: number
  reconnects: number
  feedbackSent: number
  feedbackDropped: number
}

/** An existing broker as a source. */
export interface BrokerSource extends Source {
  readonly metrics: BrokerMetrics
}

/** `name` tells processes of one group apart and stays the same over restarts: the broker keeps our session under it. */
export interface BrokerOptions {
  readonly config: Pick<Config, 'broker'>
  readonly clock: Clock
  readonly name: string
  readonly log?: Logger
}

/** Tells `mqtt` that a packet is dealt with, but not to acknowledge it: that follows once it is durable. */
const HELD = new Error('acknowledged later')

class MqttBrokerSource implements BrokerSource {
  readonly metrics: BrokerMetrics = {
    connected: false,
    received: 0,
    redelivered: 0,
    retained: 0,
    acknowledged: 0,
    reconnects: 0,
    feedbackSent: 0,
    feedbackDropped: 0,
  }
  private readonly options: BrokerOptions
  private readonly ring = new AckRing(RECEIVE_MAXIMUM)
  private intake: Intake | null = null
  private client: MqttClient | null = null
  /** The packet that waits for congestion or the ring to clear; one at most, as `mqtt` hands them out one by one. */
  private halted: (() => void) | null = null
  private flushing = false
  private isStopping = false
  private feedbackFlying = 0
  private wait = FIRST_WAIT

  constructor(options: BrokerOptions) {
    this.options = options
  }

  /** Without the account that a URL may name: addresses are shown and logged. */
  get address(): string {
    return this.options.config.broker.url.replace(/\/\/[^@/]*@/, '//')
  }

  /** Resolves once subscribed, or after the first failed attempt: a broker that is away is waited for, not fatal. */
  async start(intake: Intake): Promise<void> {
    this.intake = intake
    intake.onDurable(() => {
      this.flush()
    })
    intake.onRelief(() => {
      this.goOn()
    })
    await new Promise<void>((resolve) => {
      this.client = this.connect(resolve)
    })
  }

  feedback(
    vendor: string,
    source: string,
    refusals: readonly (Refusal & { readonly received: number })[],
  ): void {
    const { client, metrics } = this
    for (const { code, pointer, message, hint, received } of refusals) {
      if (client === null || !client.connected || this.feedbackFlying >= FEEDBACK_FLYING) {
        metrics.feedbackDropped++
        continue
      }
      this.feedbackFlying++
      const payload = JSON.stringify({ code, pointer, message, hint, received })
      client.publish(feedbackTopic(vendor, source), payload, { qos: 1 }, () => {
        this.feedbackFlying--
      })
      metrics.feedbackSent++
    }
  }

  async stop(): Promise<void> {
    this.isStopping = true
    const { client, intake } = this
    if (client === null || intake === null) return
    if (this.ring.length > 0) await this.settled(intake)
    this.flush()
    await client.endAsync()
    this.metrics.connected = false
  }

  /** Waits until everything taken is durable, or the log failed, or the time is up. */
  private async settled(intake: Intake): Promise<void> {
    const { clock } = this.options
    let cancel = () => {}
    const late = new Promise<void>((resolve) => {
      cancel = clock.at(clock.now() + SETTLE, resolve)
    })
    await Promise.race([intake.settled(this.ring.newestCommit).catch(() => {}), late])
    cancel()
  }

  private connect(ready: () => void): MqttClient {
    const { broker } = this.options.config
    const settings: IClientOptions = {
      protocolVersion: 5,
      clientId: `qingyu-${broker.group}-${this.options.name}`,
      clean: false,
      resubscribe: false,
      reconnectPeriod: FIRST_WAIT,
      properties: { sessionExpiryInterval: SESSION_EXPIRY, receiveMaximum: RECEIVE_MAXIMUM },
      ...(broker.username === '' ? {} : { username: broker.username, password: broker.password }),
    }
    const client = mqtt.connect(broker.url, settings)
    // The hook of `mqtt` before its own acknowledgement, which an error prevents without any other effect.
    client.handleMessage = (packet, done) => {
      this.take(packet, done)
    }
    client.on('connect', () => {
      void this.connected(client).then(ready)
    })
    client.on('error', (error) => {
      this.options.log?.warn({ error: sentenceOf(error), broker: this.address }, 'broker')
    })
    client.on('close', () => {
      this.disconnected(client)
      ready()
    })
    return client
  }

  /** Subscribes on every connection: mosquitto 2.0 forgets shared subscriptions of a kept session when it restarts. */
  private async connected(client: MqttClient): Promise<void> {
    this.wait = FIRST_WAIT
    this.metrics.connected = true
    const filter = sharedObservationsFilter(this.options.config.broker.group)
    try {
      await client.subscribeAsync(filter, { qos: 1 })
    } catch (error) {
      this.options.log?.error({ error: sentenceOf(error), filter }, 'broker refuses the subscription')
    }
  }

  /** What is not acknowledged comes again on the next connection; the state's duplicate filter knows it. */
  private disconnected(client: MqttClient): void {
    this.metrics.connected = false
    this.ring.clear()
    this.halted = null
    this.metrics.reconnects++
    // Chance after the cap: a fleet that was cut off together must not come back together.
    client.options.reconnectPeriod = this.wait + randomInt(this.wait / 2)
    this.wait = Math.min(LAST_WAIT, this.wait * 2)
  }

  /** Rate: every observation that comes by a broker. Packets that cannot be taken now hold up those behind them. */
  private take(packet: IPublishPacket, done: (error?: Error) => void): void {
    const { intake } = this
    // After a cut `mqtt` still hands out what it had read: its packet ids mean nothing to the next connection.
    if (intake === null || this.isStopping || this.client?.connected !== true) return
    if (intake.congested || this.ring.full) {
      this.halted = () => {
        this.take(packet, done)
      }
      return
    }
    this.metrics.received++
    if (packet.dup) this.metrics.redelivered++
    const commit = this.accept(intake, packet)
    if (packet.qos === 0 || packet.messageId === undefined) {
      done()
      return
    }
    this.ring.push(ACK.puback, packet.messageId, commit)
    this.schedule()
    done(HELD)
  }

  /** The commit to wait for; 0: none. */
  private accept(intake: Intake, packet: IPublishPacket): number {
    if (packet.retain) {
      this.metrics.retained++
      return 0
    }
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    const names = parseObservationsTopic(packet.topic)
    if (names === null) {
      const about = { value: packet.topic.slice(0, 256), vendor: '<vendor>' }
      const refusal = {
        code: 'MQ-topic',
        pointer: '',
        message: messageOf('MQ-topic', about),
        hint: hintOf('MQ-topic', about),
      } as const
      intake.refuse(intake.sender(NO_SOURCE, NO_SOURCE), refusal, payload)
      return 0
    }
    const sender: Sender = intake.sender(names.vendor, names.source)
    const { commit, refusals } = intake.accept(sender, payload)
    if (refusals !== null) {
      const received = this.options.clock.now()
      this.feedback(
        names.vendor,
        names.source,
        refusals.map((refusal) => ({ ...refusal, received })),
      )
    }
    return commit
  }

  /** What is durable at once, such as a refusal, still goes out with its neighbours. */
  private schedule(): void {
    if (this.flushing) return
    this.flushing = true
    queueMicrotask(() => {
      this.flushing = false
      this.flush()
    })
  }

  /** Sends the acknowledgements of everything that is durable, as one write. */
  private flush(): void {
    const { client, intake, ring } = this
    if (client === null || intake === null || ring.length === 0 || !client.connected) return
    const before = ring.length
    const bytes = ring.take(intake.durable)
    if (bytes === null) return
    client.stream.write(bytes)
    this.metrics.acknowledged += before - ring.length
    this.goOn()
  }

  private goOn(): void {
    const { halted } = this
    this.halted = null
    halted?.()
  }
}

/**
 * Takes observations from an existing broker by a shared subscription to `qingyu/v1/+/+/observations`, MQTT 5 at QoS 1, in a
 * session that outlives its connection: what is not durable yet is not acknowledged, and comes again. Who may publish what, and
 * how fast, is the broker's to decide.
 */
export function createBrokerSource(options: BrokerOptions): BrokerSource {
  return new MqttBrokerSource(options)
}
