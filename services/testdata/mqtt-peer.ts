import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { generate, parser, type Packet } from 'mqtt-packet'
import { onTestFinished } from 'vitest'
import type { Config } from '../config-schema.ts'
import { createListener, type Listener } from '../adapters/source.listener.ts'
import { createAccounts, type Accounts } from '../adapters/accounts.scrypt.ts'
import { FakeIntake } from './fake-intake.ts'
import { VirtualClock } from '../adapters/clock.virtual.ts'

/** Settings under which tests are not stopped by limits they do not test. */
export const OPEN: Config['mqtt'] = {
  enabled: true,
  host: '127.0.0.1',
  port: 0,
  anonymous: true,
  maxPacket: 65_536,
  maxConnections: 10_000,
  perCredential: 1000,
  perAddress: 10_000,
  rate: 1_000_000,
  burst: 1_000_000,
}

/** Takes every name with any password. */
export const EVERYBODY: Accounts = {
  verify: () => Promise.resolve('right'),
  maxPayload: () => undefined,
}

/** A started listener with everything around it at hand. */
export interface Rig {
  readonly listener: Listener
  readonly intake: FakeIntake
  readonly clock: VirtualClock
  readonly peer: () => Promise<Peer>
}

/** Starts a listener on a free port of the loopback; the test's end stops it. */
export async function startRig(
  settings: Partial<Config['mqtt']> = {},
  accounts: Accounts = createAccounts({}),
): Promise<Rig> {
  const intake = new FakeIntake()
  const clock = new VirtualClock(1_790_000_000_000)
  const listener = createListener({ config: { mqtt: { ...OPEN, ...settings } }, clock, accounts })
  await listener.start(intake)
  const port = Number(new URL(listener.address).port)
  const peers: Peer[] = []
  onTestFinished(async () => {
    for (const peer of peers) peer.socket.destroy()
    intake.commit()
    await listener.stop()
  })
  const peer = async () => {
    const made = await Peer.to(port)
    peers.push(made)
    return made
  }
  return { listener, intake, clock, peer }
}

/** A raw MQTT connection: sends what it is told and hands out packets in order. */
export class Peer {
  readonly socket: Socket
  /** All bytes received. */
  received = Buffer.alloc(0)
  isClosed = false
  private reader = parser({ protocolVersion: 4 })
  private readonly packets: Packet[] = []
  private waiting: (() => void)[] = []
  private version = 4

  static async to(port: number): Promise<Peer> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const peer = new Peer(socket)
    await once(socket, 'connect')
    return peer
  }

  private constructor(socket: Socket) {
    this.socket = socket
    this.listen()
    socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes])
      this.reader.parse(bytes)
      this.wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isClosed = true
      this.wake()
    })
  }

  private listen(): void {
    this.reader.on('packet', (packet) => this.packets.push(packet))
    this.reader.on('error', () => {})
  }

  private wake(): void {
    const waiting = this.waiting
    this.waiting = []
    for (const wake of waiting) wake()
  }

  /** Resolves once `condition` holds, looked at whenever bytes come or the connection closes. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve)
      })
    }
  }

  /** The next packet; null once the connection is closed. */
  async next(): Promise<Packet | null> {
    await this.until(() => this.packets.length > 0 || this.isClosed)
    return this.packets.shift() ?? null
  }

  async closed(): Promise<void> {
    await this.until(() => this.isClosed)
  }

  speak(version: 4 | 5): void {
    this.version = version
    this.reader = parser({ protocolVersion: version })
    this.listen()
  }

  send(...packets: readonly Packet[]): void {
    this.socket.write(
      Buffer.concat(packets.map((packet) => generate(packet, { protocolVersion: this.version }))),
    )
  }

  raw(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  /** Connects; the CONNACK. */
  async hello(
    version: 4 | 5,
    more: Partial<Extract<Packet, { cmd: 'connect' }>> = {},
  ): Promise<Packet | null> {
    this.speak(version)
    this.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      clean: true,
      clientId: '',
      keepalive: 60,
      ...more,
    })
    return this.next()
  }
}

/** A PUBLISH of an observations payload. */
export function publishPacket(
  topic: string,
  payload: string,
  qos: 0 | 1 | 2,
  messageId: number,
): Extract<Packet, { cmd: 'publish' }> {
  return { cmd: 'publish', topic, payload, qos, messageId, dup: false, retain: false }
}
