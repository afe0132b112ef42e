import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IPublishPacket } from 'mqtt-packet'
import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import { QingyuError } from '../core/errors.ts'
import { refusal, type Refusal } from '../core/observation.ts'
import { NO_SOURCE, parseObservationsTopic, shownTopic } from '../core/topic.ts'
import type { Clock, Intake, Ownership, Source, Standing } from '../ports.ts'
import type { Broker } from './broker-connection.ts'
import { shownAddress } from './broker-fault.ts'
import { BrokerFeedback } from './broker-feedback.ts'
import { noBrokerMetrics, type BrokerMetrics } from './broker-metrics.ts'
import { BrokerSession } from './broker-session.ts'

/** Publishes unacknowledged at once, over all sessions of a group: what is held in memory, and what comes twice after a cut. */
const MOST_FLYING = 4096

/** An existing broker as a source. */
export interface BrokerSource extends Source {
  readonly metrics: BrokerMetrics
  /** Places in the shared subscription that this process fills now. */
  readonly sessions: number
}

/** `clock` must be the wall clock: attempts to connect follow it. */
export interface BrokerOptions {
  readonly config: Pick<Config, 'broker'>
  readonly clock: Clock
  /** Tells processes of one group apart and stays the same over restarts: the broker keeps our session under it. */
  readonly name: string
  /** False: only tells vendors what was wrong. */
  readonly subscribe: boolean
  /**
   * By what processes share out a fixed number of sessions, so that none is left behind with what waits in it when its process
   * is gone for good. Without it there is one session, under our name.
   */
  readonly shared?: { readonly sessions: number; readonly ownership: Ownership }
  readonly log?: Logger
}

const SPOKEN = /^(mqtts?|wss?):\/\/[^/]/
/** A share name of MQTT 5 [4.8.2], which is part of client ids too. */
const GROUP = /^[^/+#\p{Cc}]{1,64}$/u

function wrong(field: string, value: string, expected: string, cause?: unknown): QingyuError {
  return new QingyuError('CF-value', { file: 'configuration', field, value, expected }, cause)
}

/** What `broker.ca` holds; CF-value for settings that no waiting mends. */
function authorityOf({ url, group, ca }: Config['broker']): Buffer | null {
  if (!SPOKEN.test(url)) {
    throw wrong('broker.url', shownAddress({ url }), 'mqtt://host:1883 or mqtts://host:8883')
  }
  if (!GROUP.test(group)) throw wrong('broker.group', group, '1 to 64 characters without /, + and #')
  if (ca === '') return null
  try {
    return readFileSync(ca)
  } catch (error) {
    throw wrong('broker.ca', ca, 'the path of a PEM file', error)
  }
}

class MqttBrokerSource implements BrokerSource {
  readonly metrics = noBrokerMetrics()
  private readonly options: BrokerOptions
  private readonly held = new Set<BrokerSession>()
  private feedbackWay: BrokerFeedback | null = null

  constructor(options: BrokerOptions) {
    this.options = options
  }

  get address(): string {
    return shownAddress(this.options.config.broker)
  }

  get sessions(): number {
    return [...this.held].filter(({ standing }) => standing.ready).length
  }

  /** The first trouble found, of the session or of the way back. */
  get standing(): Standing {
    const { feedbackWay } = this
    if (feedbackWay === null) return { ready: false, state: 'not started' }
    const all = [...this.held, feedbackWay].map(({ standing }) => standing)
    return all.find(({ ready }) => !ready) ?? { ready: true, state: 'connected' }
  }

  /** Resolves once subscribed, or after the first failed attempt: a broker that is away is waited for, not fatal. */
  async start(intake: Intake | null): Promise<void> {
    const { config, clock, name, subscribe, shared, log } = this.options
    const broker: Broker = {
      settings: config.broker,
      ca: authorityOf(config.broker),
      clock,
      ...(log && { log }),
    }
    this.feedbackWay = new BrokerFeedback(broker, name, this.metrics)
    await this.feedbackWay.start()
    if (!subscribe || intake === null) return
    intake.onDurable(() => {
      for (const session of this.held) session.flush()
    })
    intake.onRelief(() => {
      for (const session of this.held) session.relieve()
    })
    const open = async (place: string, most: number): Promise<BrokerSession> => {
      const accept = (packet: IPublishPacket) => this.accept(intake, packet)
      const session = new BrokerSession({ broker, name: place, most, intake, metrics: this.metrics, accept })
      this.held.add(session)
      await session.start()
      return session
    }
    if (shared === undefined) {
      await open(name, MOST_FLYING)
      return
    }
    const most = Math.max(1, Math.floor(MOST_FLYING / shared.sessions))
    await shared.ownership.start(async (place, lost) => {
      const session = await open(String(place), most)
      if (!lost.aborted) await once(lost, 'abort')
      await session.stop()
      this.held.delete(session)
    })
  }

  feedback(
    vendor: string,
    source: string,
    refusals: readonly (Refusal & { readonly received: number })[],
  ): void {
    this.feedbackWay?.tell(vendor, source, refusals)
  }

  async stop(): Promise<void> {
    await this.options.shared?.ownership.stop()
    await Promise.all([...this.held].map((session) => session.stop()))
    await this.feedbackWay?.stop()
  }

  /** The commit to wait for; 0: none. */
  private accept(intake: Intake, { retain, topic, payload }: IPublishPacket): number {
    if (retain) {
      this.metrics.retained++
      return 0
    }
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    const names = parseObservationsTopic(topic)
    if (names === null) {
      const wrong = refusal('MQ-topic', '', { value: shownTopic(topic), vendor: '<vendor>' })
      intake.refuse(intake.sender(NO_SOURCE, NO_SOURCE), wrong, bytes)
      return 0
    }
    const { vendor, source } = names
    const { commit, refusals } = intake.accept(intake.sender(vendor, source), bytes)
    if (refusals !== null) {
      const received = this.options.clock.now()
      this.feedback(
        vendor,
        source,
        refusals.map((one) => ({ ...one, received })),
      )
    }
    return commit
  }
}

/**
 * Takes observations from an existing broker by a shared subscription to `qingyu/v1/+/+/observations`, MQTT 5 at QoS 1, in a
 * session that outlives its connection: what is not durable yet is not acknowledged, and comes again. Who may publish what, and
 * how fast, is the broker's to decide. `start` rejects with CF-value for an address or a file that is none.
 */
export function createBrokerSource(options: BrokerOptions): BrokerSource {
  return new MqttBrokerSource(options)
}
