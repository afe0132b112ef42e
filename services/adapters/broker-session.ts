import type { MqttClient } from 'mqtt'
import type { IPublishPacket } from 'mqtt-packet'
import { sharedObservationsFilter } from '../core/topic.ts'
import type { Intake, Standing } from '../ports.ts'
import { BrokerConnection, type Broker, type Connected } from './broker-connection.ts'
import { brokerRefusal } from './broker-fault.ts'
import type { BrokerMetrics } from './broker-metrics.ts'
import { ACK, AckRing } from './listener-acks.ts'

/** The broker keeps our place, and what comes meanwhile, this long, s. */
const EXPIRY = 7 * 86_400
/** What is accepted may settle this long before we disconnect, ms. */
const SETTLE = 5000
/** Held back at most, bytes of payload. */
const MOST_HELD = 8_388_608
/** Tells `mqtt` that a packet is dealt with, but not to acknowledge it. */
const HELD = new Error('acknowledged later')

/** What a session is given. */
export interface SessionParts {
  readonly broker: Broker
  /** Tells the sessions of a group apart and stays the same over restarts: the broker keeps each under its name. */
  readonly name: string
  /** Publishes the broker may send unacknowledged: so many are delivered twice after a cut, and held while the log is slow. */
  readonly most: number
  readonly intake: Intake
  readonly metrics: BrokerMetrics
  /** Hands a payload to the intake; the commit to wait for, 0: none. */
  accept(packet: IPublishPacket): number
}

/** One place in the shared subscription, in a session that outlives its connection. */
export class BrokerSession implements Connected {
  readonly clientId: string
  readonly session: Connected['session']
  private readonly parts: SessionParts
  private readonly connection: BrokerConnection
  private readonly ring: AckRing
  /** What came while the intake was congested. Bounds: `most`, also for a broker that heeds no receive maximum, and {@link MOST_HELD}. */
  private readonly held: { readonly client: MqttClient; readonly packet: IPublishPacket }[] = []
  private heldBytes = 0
  /** Lets `mqtt` go on with the packet behind a full `held`. */
  private halted: (() => void) | null = null
  private client: MqttClient | null = null
  private flushing = false
  private isStopping = false

  constructor(parts: SessionParts) {
    this.parts = parts
    this.clientId = `qingyu-${parts.broker.settings.group}-${parts.name}`
    this.session = {
      clean: false,
      properties: { sessionExpiryInterval: EXPIRY, receiveMaximum: parts.most },
    }
    this.ring = new AckRing(parts.most)
    this.connection = new BrokerConnection(parts.broker, this)
  }

  get standing(): Standing {
    return this.connection.standing
  }

  /** Resolves once subscribed, or after the first failed attempt. */
  start(): Promise<void> {
    return this.connection.start()
  }

  /** Takes nothing more, waits for what was taken to be durable and acknowledged, and goes. */
  async stop(): Promise<void> {
    this.isStopping = true
    if (this.ring.length > 0) await this.settle()
    this.flush()
    await this.connection.stop()
  }

  /** `handleMessage` is the hook of `mqtt` before its own acknowledgement, which an error prevents without any other effect. */
  opened(client: MqttClient): void {
    this.client = client
    client.handleMessage = (packet, done) => this.take(client, packet, done)
  }

  /** Subscribes on every connection: mosquitto forgets the shared subscriptions of kept sessions when it restarts. */
  async joined(client: MqttClient): Promise<void> {
    const { broker } = this.parts
    const filter = sharedObservationsFilter(broker.settings.group)
    try {
      await client.subscribeAsync(filter, { qos: 1 })
    } catch (error) {
      // Its group may be a secret: whoever knows it can join.
      const what = 'the shared subscription to observations'
      throw client.connected ? brokerRefusal(error, what, broker.settings) : error
    }
  }

  /** What is not acknowledged comes again on the next connection; the state's duplicate filter knows it. */
  left(): void {
    this.client = null
    this.ring.clear()
  }

  /** Rate: every observation that comes by a broker. */
  private take(client: MqttClient, packet: IPublishPacket, done: (error?: Error) => void): void {
    if (this.isStopping) return
    if (this.held.length === 0 && !this.parts.intake.congested && !this.ring.full) {
      this.accept(client, packet)
      done(HELD)
      return
    }
    if (this.held.length < this.parts.most && this.heldBytes < MOST_HELD) {
      // Not halted: the answers to our pings come on the same way, and the log may be away for longer than they may.
      this.held.push({ client, packet })
      this.heldBytes += packet.payload.length
      done(HELD)
      return
    }
    this.halted = () => this.take(client, packet, done)
  }

  /** Sends the acknowledgements of everything that is durable, as one write. */
  flush(): void {
    const { client, ring } = this
    const { intake, metrics } = this.parts
    if (client === null || !client.connected || ring.length === 0) return
    const before = ring.length
    const bytes = ring.take(intake.durable)
    if (bytes === null) return
    client.stream.write(bytes)
    metrics.acknowledged += before - ring.length
    if (before === ring.bound) this.relieve()
  }

  /** Goes on with what waited for the intake. */
  relieve(): void {
    while (!this.isStopping && !this.parts.intake.congested && !this.ring.full) {
      const next = this.held.shift()
      if (next === undefined) break
      this.heldBytes -= next.packet.payload.length
      this.accept(next.client, next.packet)
    }
    const { halted } = this
    this.halted = null
    halted?.()
  }

  /** Takes also what a lost connection had brought: the broker may have died with it. Its packet id means nothing any more. */
  private accept(client: MqttClient, packet: IPublishPacket): void {
    const { metrics } = this.parts
    metrics.received++
    if (packet.dup) metrics.redelivered++
    const commit = this.parts.accept(packet)
    if (packet.qos === 0 || packet.messageId === undefined || client !== this.client) return
    this.ring.push(ACK.puback, packet.messageId, commit)
    this.schedule()
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

  /** Waits until everything taken is durable, or the log failed, or the time is up. */
  private async settle(): Promise<void> {
    const { clock } = this.parts.broker
    let cancel = () => {}
    const late = new Promise<void>((resolve) => {
      cancel = clock.at(clock.now() + SETTLE, resolve)
    })
    await Promise.race([this.parts.intake.settled(this.ring.newestCommit).catch(() => {}), late])
    cancel()
  }
}
