import type { Duplex } from 'node:stream'
import { generate } from 'mqtt-packet'
import { sentenceOf, type ErrorCode } from '../core/errors.ts'
import { AckRing } from './listener-acks.ts'
import { FIRST_PACKET, PATIENCE, PAUSE, RECEIVE_MAXIMUM, ROOMY } from './listener-bounds.ts'
import { checkControl } from './listener-check.ts'
import { connect } from './listener-connect.ts'
import { control } from './listener-control.ts'
import { Outbox, type FeedbackReader, type Subscription } from './listener-feedback.ts'
import { Framer, type FrameSink } from './listener-frames.ts'
import type { Hub } from './listener-hub.ts'
import { countRefused, type ListenerMetrics } from './listener-metrics.ts'
import { oversizedPublish, publish } from './listener-publish.ts'
import type { Destination, Route } from './listener-routes.ts'
import { REASON, TYPE } from './listener-wire.ts'

/** One connection: cuts its stream into packets, answers them, and holds its confirmations back until they are durable. */
export class Session implements FrameSink, FeedbackReader {
  readonly hub: Hub
  readonly stream: Duplex
  readonly address: string
  readonly ring = new AckRing(RECEIVE_MAXIMUM)
  /** QoS 2 packet ids between PUBLISH and PUBREL; lives as long as the connection. */
  readonly inbound = new Set<number>()
  readonly subscriptions = new Map<string, Subscription>()
  readonly outbox: Outbox
  state: 'new' | 'verifying' | 'open' | 'closed' = 'new'
  /** 0 until CONNECT. */
  version = 0
  /** Account; '' is anonymous, which may publish for every vendor. */
  vendor = ''
  clientId = ''
  keepAliveMs = 0
  /** Whether CONNECT asked for a session that outlives its connection (it is not given one). */
  sessionExpiry = 0
  problemInformation = true
  mostBytes = Infinity
  mostFlying = 65_535
  /** Topic published to last. */
  route: Route | null = null
  aliases: (Destination | undefined)[] | null = null
  private readonly framer: Framer
  private readonly opened: number
  private seen: number
  /** Reasons of {@link PAUSE} that hold now, one bit each. */
  private paused = 0
  /** Gathered in this turn; as one write at its end it costs one system call. */
  private out: Uint8Array[] = []
  private isTouched = false
  private isAwaiting = false
  private isGone = false
  private cancelTimer: (() => void) | null = null

  constructor(hub: Hub, stream: Duplex, address: string) {
    this.hub = hub
    this.stream = stream
    this.address = address
    this.framer = new Framer(this, FIRST_PACKET)
    this.outbox = new Outbox(this, hub.metrics)
    this.opened = this.seen = hub.clock.now()
    stream.on('data', (chunk: Buffer) => {
      hub.turn(() => {
        this.read(chunk)
      })
    })
    stream.on('drain', () => {
      hub.turn(() => {
        this.resume(PAUSE.unsent)
      })
    })
    stream.on('end', () => stream.end())
    // A reset is no news: `close` follows, and what was accepted is in the log.
    stream.on('error', () => stream.destroy())
    stream.once('close', () => {
      this.gone()
    })
  }

  get metrics(): ListenerMetrics {
    return this.hub.metrics
  }

  get isCongested(): boolean {
    return (this.paused & PAUSE.congested) !== 0
  }

  private read(chunk: Buffer): void {
    if (this.state === 'closed') return
    this.metrics.bytesIn += chunk.length
    this.seen = this.hub.now
    this.guard(() => {
      if (this.paused !== 0) this.framer.store(chunk)
      else this.framer.push(chunk)
    })
  }

  /** A fault of ours costs this connection, not the process: it is logged and counted. */
  private guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.hub.log?.error(error, 'mqtt session crashed')
      this.close('GW-internal', REASON.unspecified, sentenceOf(error))
    }
  }

  frame(bytes: Buffer, header: number, start: number, end: number): boolean {
    if (this.state !== 'open') return this.first(bytes, header, start, end)
    if (header >> 4 === TYPE.publish) return publish(this, bytes, header, start, end)
    const fault = checkControl(bytes, header, start, end, this.version)
    if (fault !== 0) return this.fail(fault, `type ${header >> 4}`)
    return control(this, bytes, header, start, end)
  }

  private first(bytes: Buffer, header: number, start: number, end: number): boolean {
    if (this.state !== 'new') return false
    if (header >> 4 !== TYPE.connect) return this.fail(REASON.protocol, 'CONNECT comes first')
    this.metrics.packets.connect++
    return connect(this, bytes, header, start, end)
  }

  oversize(bytes: Buffer, header: number, start: number, end: number, length: number): boolean {
    if (this.state === 'open' && header >> 4 === TYPE.publish) {
      return oversizedPublish(this, bytes, header, start, end, length)
    }
    return this.fail(REASON.tooLarge, `${length} bytes, at most ${this.framer.limit}`)
  }

  broken(reason: number): void {
    this.fail(reason, 'remaining length of five bytes')
  }

  /** Largest packet taken, bytes. */
  set limit(bytes: number) {
    this.framer.limit = bytes
  }

  get limit(): number {
    return this.framer.limit
  }

  /** Stops reading for a reason; always false, as the packet at hand is not taken. */
  pause(why: number): false {
    if (this.paused === 0) this.stream.pause()
    this.paused |= why
    return false
  }

  /** Takes one reason away, and reads on when none is left: first what was kept, then the socket. */
  resume(why: number): void {
    if (this.paused === 0 || this.state === 'closed') return
    this.paused &= ~why
    this.seen = this.hub.now
    if (this.paused !== 0) return
    this.guard(() => {
      this.framer.run()
    })
    if (this.isReading()) this.stream.resume()
  }

  /** Asked again after the framer ran, since packets taken meanwhile may have paused or closed the session. */
  private isReading(): boolean {
    return this.paused === 0
  }

  relieved(): void {
    this.resume(PAUSE.congested)
  }

  /** Pauses until a source may send again. */
  pauseFor(ms: number): false {
    this.metrics.paused.rate++
    this.cancelTimer = this.hub.clock.at(this.hub.now + ms, () => {
      this.cancelTimer = null
      this.hub.turn(() => {
        this.resume(PAUSE.rate)
      })
    })
    return this.pause(PAUSE.rate)
  }

  /** Queues bytes for the one write at the end of the turn. */
  send(bytes: Uint8Array): void {
    this.out.push(bytes)
    this.touch()
  }

  /** See to it that {@link flush} runs at the end of the turn. */
  touch(): void {
    if (this.isTouched) return
    this.isTouched = true
    this.hub.touch(this)
  }

  roomy(): boolean {
    return this.stream.writableLength < ROOMY && this.out.length < ROOMY / 64
  }

  /** More became durable. */
  due(): void {
    this.isAwaiting = false
    this.touch()
  }

  /** Writes all that is ready, as one write. */
  flush(): void {
    this.isTouched = false
    if (this.isGone) return
    const acks = this.ring.take(this.hub.intake.durable)
    // First, as a DISCONNECT in `out` must stay the last.
    if (acks !== null) this.out.unshift(acks)
    if (this.ring.length > 0 && !this.isAwaiting) {
      this.isAwaiting = true
      this.hub.await(this)
    }
    const out = this.out
    if (out.length > 0 && this.stream.writable) {
      const bytes = out.length === 1 && out[0] !== undefined ? out[0] : Buffer.concat(out)
      this.out = []
      this.metrics.bytesOut += bytes.length
      if (!this.stream.write(bytes)) this.pause(PAUSE.unsent)
    }
    if (acks !== null && (this.paused & PAUSE.unacknowledged) !== 0) {
      this.hub.turn(() => this.resume(PAUSE.unacknowledged))
    }
  }

  /** Closes for a broken protocol; always false. */
  fail(reason: number, why: string): false {
    this.hub.log?.debug({ address: this.address, client: this.clientId, reason, why }, 'mqtt session fails')
    return this.close('MQ-packet', reason, why)
  }

  /** Says goodbye where the version has words for it, and closes; always false. `code` null: nobody's fault. */
  close(code: ErrorCode | null, reason: number, why: string): false {
    if (this.state === 'closed') return false
    if (code !== null) countRefused(this.metrics, code)
    if (this.version === 5 && this.state === 'open') this.goodbye(reason, why)
    this.finish()
    return false
  }

  private goodbye(reasonCode: number, reasonString: string): void {
    const packet = { cmd: 'disconnect', reasonCode } as const
    const full = generate({ ...packet, properties: { reasonString } }, { protocolVersion: 5 })
    const bytes = full.length <= this.mostBytes ? full : Buffer.from([TYPE.disconnect << 4, 1, reasonCode])
    if (bytes.length <= this.mostBytes) this.send(bytes)
  }

  /** Writes what is left and ends the stream; what still comes is thrown away so that the goodbye is not lost to a reset. */
  finish(): void {
    this.detach()
    this.flush()
    this.ring.clear()
    this.stream.end()
    this.stream.resume()
  }

  /** Looks at the clocks of this session. Rate: once a second. */
  tick(): void {
    const { now } = this.hub
    if (this.state === 'closed') {
      if (now - this.seen > PATIENCE) this.stream.destroy()
      return
    }
    if (this.state !== 'open') {
      if (now - this.opened > PATIENCE) this.close('MQ-silent', REASON.keepAlive, 'no CONNECT within 5 s')
      return
    }
    if (this.paused !== 0) this.seen = now
    // [MQTT-3.1.2-22]: one and a half times the keep-alive.
    else if (this.keepAliveMs > 0 && now - this.seen > this.keepAliveMs * 1.5) {
      this.close('MQ-silent', REASON.keepAlive, 'nothing within 1.5 times the keep-alive')
    }
  }

  private detach(): void {
    if (this.state === 'closed') return
    if (this.state === 'open') this.hub.door.rise(this.vendor, this.clientId, this)
    this.state = 'closed'
    this.seen = this.hub.now
    this.framer.stop()
    this.cancelTimer?.()
    const vendors = [...this.subscriptions.values()].map(({ vendor }) => vendor)
    this.subscriptions.clear()
    this.hub.subscribers.prune(this, vendors)
  }

  private gone(): void {
    // Hung up without a word or in the middle of one: so that every connection is admitted or refused, and counted.
    if (this.state === 'new' || this.state === 'verifying') countRefused(this.metrics, 'MQ-silent')
    this.detach()
    this.isGone = true
    this.ring.clear()
    this.hub.sessions.delete(this)
    this.hub.door.leave(this.address)
    this.metrics.connections = this.hub.door.connections
  }
}
