import { createServer, type AddressInfo, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import { messageOf, QingyuError, sentenceOf } from '../core/errors.ts'
import type { Clock, Intake, Source, Standing } from '../ports.ts'
import type { Accounts } from './accounts.scrypt.ts'
import { PAUSE } from './listener-bounds.ts'
import type { Told } from './listener-feedback.ts'
import { Hub } from './listener-hub.ts'
import { countRefused, noMetrics, type ListenerMetrics } from './listener-metrics.ts'
import { Session } from './listener-session.ts'
import { REASON } from './listener-wire.ts'

/** Between two looks at the clocks of all sessions, ms. */
const SWEEP = 1000
/** What is accepted may settle this long before the listener closes, ms. */
const SETTLE = 5000
/** Time for peers to read our goodbye, ms. */
const GOODBYE = 1000

/** The listener as a source, its counters, and the way in for transports other than TCP. */
export interface Listener extends Source {
  readonly metrics: ListenerMetrics
  /** Takes a connection made elsewhere (TLS, WebSocket); the limits of TCP hold for it. */
  attach(stream: Duplex, address: string): void
}

/** `clock` must be the wall clock: keep-alives, rates and deadlines are measured by it. */
export interface ListenerOptions {
  readonly config: Pick<Config, 'mqtt'>
  readonly clock: Clock
  readonly accounts: Accounts
  readonly log?: Logger
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.')

/** A port below 1024 or an address of another machine fails here too, under the setting that is wrong. */
function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = { field: 'mqtt.port', value: port, env: 'QINGYU_MQTT__PORT' }
      const wrong = {
        file: 'configuration',
        field: 'mqtt.host',
        value: host,
        expected: 'an address of this machine',
      }
      reject(
        error.code === 'EADDRINUSE'
          ? new QingyuError('CF-port', taken, error)
          : new QingyuError('CF-value', wrong, error),
      )
    })
    server.listen(port, host, () => {
      resolve()
    })
  })
}

class MqttListener implements Listener {
  readonly metrics = noMetrics()
  private readonly options: ListenerOptions
  private readonly server: Server
  private hub: Hub | null = null
  private cancelSweep: () => void = () => {}
  private isStopping = false

  constructor(options: ListenerOptions) {
    this.options = options
    this.server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
      this.attach(socket, socket.remoteAddress ?? 'unknown')
    })
  }

  get standing(): Standing {
    const listens = this.server.listening
    return { ready: listens, state: listens ? 'takes' : 'does not listen' }
  }

  /** `mqtt://host:port`; the configured address until it listens. */
  get address(): string {
    const { host, port } = this.options.config.mqtt
    const bound = this.server.address() as AddressInfo | string | null
    const name = host.includes(':') ? `[${host}]` : host
    return `mqtt://${name}:${bound !== null && typeof bound === 'object' ? bound.port : port}`
  }

  async start(intake: Intake | null): Promise<void> {
    if (intake === null) throw new TypeError('a listener is there to take observations in')
    const { config, clock, accounts, log } = this.options
    if (config.mqtt.anonymous && !isLoopback(config.mqtt.host)) {
      const expected = 'false unless mqtt.host is a loopback address'
      throw new QingyuError('CF-value', {
        file: 'configuration',
        field: 'mqtt.anonymous',
        value: 'true',
        expected,
      })
    }
    this.hub = new Hub({ settings: config.mqtt, clock, accounts, metrics: this.metrics, intake, log })
    await listen(this.server, config.mqtt.port, config.mqtt.host)
    this.server.on('error', (error) => log?.warn({ error: sentenceOf(error) }, 'mqtt listener'))
    this.sweep()
  }

  attach(stream: Duplex, address: string): void {
    const { hub } = this
    if (hub === null || this.isStopping) {
      stream.destroy()
      return
    }
    this.metrics.opened++
    const full = hub.door.enter(address)
    if (full !== null) {
      countRefused(this.metrics, 'MQ-quota')
      this.options.log?.debug({ address }, messageOf('MQ-quota', full))
      // Before CONNECT there is no version in which to say why.
      stream.on('error', () => {})
      stream.destroy()
      return
    }
    this.metrics.connections = hub.door.connections
    hub.sessions.add(new Session(hub, stream, address))
  }

  feedback(vendor: string, source: string, refusals: readonly Told[]): void {
    this.hub?.subscribers.tell(vendor, source, refusals)
  }

  async stop(): Promise<void> {
    this.isStopping = true
    const { hub } = this
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve()
      })
    })
    if (hub === null) return closed
    // Nothing more is read, while confirmations still go out.
    for (const session of hub.sessions) session.pause(PAUSE.stopping)
    await this.settled(hub)
    this.cancelSweep()
    hub.turn(() => {
      for (const session of hub.sessions) session.close(null, REASON.stopping, messageOf('GW-stopping', {}))
    })
    // A peer that does not close its side must not keep us from going down.
    const cut = this.options.clock.at(this.options.clock.now() + GOODBYE, () => {
      for (const session of hub.sessions) session.stream.destroy()
    })
    await closed
    cut()
  }

  /** Waits until everything accepted is durable and confirmed, or the log failed, or the time is up. */
  private async settled(hub: Hub): Promise<void> {
    const newest = Math.max(
      0,
      ...[...hub.sessions].map(({ ring }) => (ring.length > 0 ? ring.newestCommit : 0)),
    )
    if (newest === 0) return
    let cancel = () => {}
    const late = new Promise<void>((resolve) => {
      cancel = hub.clock.at(hub.clock.now() + SETTLE, resolve)
    })
    await Promise.race([hub.intake.settled(newest).catch(() => {}), late])
    cancel()
  }

  /** One timer for the clocks of all sessions, instead of one each. */
  private sweep(): void {
    const { clock } = this.options
    this.cancelSweep = clock.at(clock.now() + SWEEP, () => {
      this.hub?.turn(() => {
        for (const session of this.hub?.sessions ?? []) session.tick()
      })
      this.sweep()
    })
  }
}

/**
 * The ingest listener: an endpoint for MQTT 3.1.1 and 5, not a broker. It takes publishes to
 * `qingyu/v1/{vendor}/{source}/observations` and serves subscriptions to feedback; it routes nothing between clients, keeps no
 * retained message, no will and no session: session present is always 0, and what a client sends again after a reconnect is
 * recognised by the duplicate filter of the state. `start` rejects with CF-port when the port is taken, with CF-value when
 * everybody would be let in from other machines.
 */
export function createListener(options: ListenerOptions): Listener {
  return new MqttListener(options)
}
