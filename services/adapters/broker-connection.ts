import { randomInt } from 'node:crypto'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import type { QingyuError } from '../core/errors.ts'
import { spell } from '../core/time.ts'
import type { Clock, Standing } from '../ports.ts'
import { brokerFault, isRefusal, shownAddress } from './broker-fault.ts'

/**
 * Waits between attempts, ms: doubled from the first to the last, and up to a half more by chance. Short, because until our
 * subscription is back a broker that restarted drops what it acknowledges. A refusal mends itself more slowly.
 */
const FIRST_WAIT = 100
const LAST_WAIT = 1000
const REFUSED_WAIT = 5000
/** A broker that says nothing this long is taken for gone: to an attempt, ms, and on a connection, s. */
const PATIENCE = 5000
const KEEP_ALIVE = 10
/** Time for the broker to read our goodbye, ms. */
const GOODBYE = 1000
/** Largest packet taken, bytes. Larger ones the broker drops: its own limit should be lower, so that the vendor hears of it. */
const MOST_BYTES = 1_048_576

/** What all connections to one broker have in common. `ca` is what `broker.ca` holds; null: the authorities of the system. */
export interface Broker {
  readonly settings: Config['broker']
  readonly ca: Buffer | null
  readonly clock: Clock
  readonly log?: Logger
}

/** One user of the broker: how it connects, and what it does with each connection. */
export interface Connected {
  readonly clientId: string
  /** How the broker keeps the session, and what it may send. */
  readonly session: Pick<IClientOptions, 'clean' | 'properties'>
  /** Called with every client before it connects: a kept session may send what it has before `joined`. */
  opened?(client: MqttClient): void
  /** Called with every connection made; a rejection ends it. */
  joined(client: MqttClient): Promise<void>
  left(client: MqttClient): void
}

/** Keeps a connection to a broker: a client of its own for each attempt, so that nothing of a lost one lives on. */
export class BrokerConnection {
  private readonly broker: Broker
  private readonly user: Connected
  private client: MqttClient | null = null
  private hasJoined = false
  private isStopping = false
  private trouble: QingyuError | null = null
  private wait = FIRST_WAIT
  private next = 0
  private cancel = () => {}
  private settled: () => void = () => {}

  constructor(broker: Broker, user: Connected) {
    this.broker = broker
    this.user = user
  }

  get standing(): Standing {
    if (this.hasJoined) return { ready: true, state: 'connected' }
    if (this.trouble === null) return { ready: false, state: 'connecting' }
    const wait = Math.max(0, this.next - this.broker.clock.now())
    const { message, hint } = this.trouble
    return { ready: false, state: `not connected: ${message}; next try in ${spell(wait)}. ${hint}` }
  }

  /** Resolves with the first connection or the first failure: a broker that is away is waited for, not fatal. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.settled = resolve
      this.connect()
    })
  }

  /** Says goodbye once what we sent is answered; a broker that does not listen cannot keep us. */
  async stop(): Promise<void> {
    this.isStopping = true
    this.cancel()
    const { client } = this
    if (client === null) return
    const { clock } = this.broker
    const closed = new Promise<void>((resolve) => client.once('close', resolve))
    const cut = clock.at(clock.now() + GOODBYE, () => client.stream.destroy())
    client.end(!client.connected)
    await closed
    cut()
  }

  private connect(): void {
    const { settings, ca } = this.broker
    const client = mqtt.connect(settings.url, {
      protocolVersion: 5,
      clientId: this.user.clientId,
      ...this.user.session,
      properties: { ...this.user.session.properties, maximumPacketSize: MOST_BYTES },
      resubscribe: false,
      reconnectPeriod: 0,
      connectTimeout: PATIENCE,
      keepalive: KEEP_ALIVE,
      // A tenth of the cost of a packet otherwise, for lines nobody reads.
      log: () => {},
      ...(ca === null ? {} : { ca }),
      ...(settings.username === '' ? {} : { username: settings.username, password: settings.password }),
    })
    this.client = client
    this.user.opened?.(client)
    client.on('connect', () => void this.join(client))
    client.on('error', (error) => this.fail(error))
    client.on('disconnect', ({ reasonCode }) => this.fail({ code: reasonCode }))
    client.on('close', () => this.left(client))
  }

  private async join(client: MqttClient): Promise<void> {
    try {
      await this.user.joined(client)
    } catch (error) {
      // Of a connection that is gone its end has told more.
      if (this.client === client) this.fail(error)
      client.stream.destroy()
      return
    }
    if (!client.connected) return
    if (this.trouble !== null) this.broker.log?.info(`broker ${shownAddress(this.broker.settings)} is back`)
    this.trouble = null
    this.hasJoined = true
    this.wait = FIRST_WAIT
    this.settled()
  }

  /** Logged once, however often it is tried. */
  private fail(error: unknown): void {
    const trouble = brokerFault(error, this.broker.settings)
    if (trouble.message !== this.trouble?.message) {
      this.broker.log?.warn({ code: trouble.code, hint: trouble.hint }, trouble.message)
    }
    this.trouble = trouble
  }

  private left(client: MqttClient): void {
    const { clock } = this.broker
    if (this.trouble === null && !this.isStopping) this.fail(new Error('it closed the connection'))
    this.client = null
    this.hasJoined = false
    this.user.left(client)
    this.settled()
    if (this.isStopping) return
    const isRefused = this.trouble !== null && isRefusal(this.trouble)
    const wait = isRefused ? REFUSED_WAIT : this.wait
    this.wait = Math.min(LAST_WAIT, this.wait * 2)
    this.next = clock.now() + wait + randomInt(wait / 2)
    this.cancel = clock.at(this.next, () => this.connect())
  }
}
