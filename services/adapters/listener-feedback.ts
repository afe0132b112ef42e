import { generate } from 'mqtt-packet'
import type { Refusal } from '../core/observation.ts'
import { feedbackTopic, takesFeedback, type FeedbackFilter } from '../core/topic.ts'
import type { ListenerMetrics } from './listener-metrics.ts'

/** Messages that may wait for a subscriber at QoS 1; the oldest gives way. */
export const FEEDBACK_WAITING = 1000
/** Unacknowledged at once, unless the client allows fewer. */
const FEEDBACK_FLYING = 16
/** Subscriptions of one session. */
export const MOST_SUBSCRIPTIONS = 64

/** A refusal with the time it was made, ms since 1970. */
export type Told = Refusal & { readonly received: number }

/** A granted subscription. */
export interface Subscription extends FeedbackFilter {
  readonly qos: 0 | 1
}

/** What a subscriber's connection offers. */
export interface OutboxEnd {
  readonly version: number
  /** Largest packet the client takes, bytes. */
  readonly mostBytes: number
  /** QoS 1 publishes the client takes unacknowledged. */
  readonly mostFlying: number
  /** False while so much is unsent that QoS 0 should be dropped. */
  roomy(): boolean
  send(bytes: Uint8Array): void
}

/** Feedback on its way to one session: QoS 0 at once or not at all, QoS 1 in a bounded queue, each resent by no one: sessions end with their connection. */
export class Outbox {
  private readonly end: OutboxEnd
  private readonly metrics: ListenerMetrics
  private readonly waiting: { readonly topic: string; readonly payload: string }[] = []
  private readonly flying = new Set<number>()
  private lastId = 0

  constructor(end: OutboxEnd, metrics: ListenerMetrics) {
    this.end = end
    this.metrics = metrics
  }

  get queued(): number {
    return this.waiting.length
  }

  publish(topic: string, payload: string, qos: 0 | 1): void {
    if (qos === 0) {
      if (this.end.roomy()) this.send(topic, payload, 0, 0)
      else this.metrics.feedbackDropped++
      return
    }
    if (this.waiting.length >= FEEDBACK_WAITING) {
      this.waiting.shift()
      this.metrics.feedbackDropped++
    }
    this.waiting.push({ topic, payload })
    this.fly()
  }

  /** The client confirmed a QoS 1 publish; unknown ids are of no consequence. */
  acknowledged(id: number): void {
    if (this.flying.delete(id)) this.fly()
  }

  private fly(): void {
    const most = Math.min(FEEDBACK_FLYING, this.end.mostFlying)
    while (this.flying.size < most) {
      const next = this.waiting.shift()
      if (next === undefined) return
      do this.lastId = (this.lastId % 65_535) + 1
      while (this.flying.has(this.lastId))
      if (this.send(next.topic, next.payload, 1, this.lastId)) this.flying.add(this.lastId)
    }
  }

  private send(topic: string, payload: string, qos: 0 | 1, messageId: number): boolean {
    const { version, mostBytes } = this.end
    const packet = { cmd: 'publish', topic, payload, qos, messageId, dup: false, retain: false } as const
    const properties = { payloadFormatIndicator: true, contentType: 'application/json' }
    const bytes = generate(version === 5 ? { ...packet, properties } : packet, { protocolVersion: version })
    if (bytes.length > mostBytes) {
      this.metrics.feedbackDropped++
      return false
    }
    this.metrics.feedbackSent++
    this.end.send(bytes)
    return true
  }
}

/** A session as a reader of feedback. */
export interface FeedbackReader {
  readonly subscriptions: ReadonlyMap<string, Subscription>
  readonly outbox: Outbox
}

/** Who reads which vendor's feedback. Bound: sessions × {@link MOST_SUBSCRIPTIONS}. */
export class Subscribers {
  private readonly byVendor = new Map<string, Set<FeedbackReader>>()

  add(reader: FeedbackReader, vendor: string): void {
    const readers = this.byVendor.get(vendor)
    if (readers === undefined) this.byVendor.set(vendor, new Set([reader]))
    else readers.add(reader)
  }

  /** Takes a reader from all vendors of whom it has no subscription left. */
  prune(reader: FeedbackReader, vendors: Iterable<string>): void {
    const still = new Set([...reader.subscriptions.values()].map(({ vendor }) => vendor))
    for (const vendor of vendors) {
      if (still.has(vendor)) continue
      const readers = this.byVendor.get(vendor)
      readers?.delete(reader)
      if (readers?.size === 0) this.byVendor.delete(vendor)
    }
  }

  /** Publishes one message a refusal to everyone who subscribed to this source. */
  tell(vendor: string, source: string, told: readonly Told[]): void {
    const readers = this.byVendor.get(vendor)
    if (readers === undefined) return
    const topic = feedbackTopic(vendor, source)
    const payloads = told.map(({ code, pointer, message, hint, received }) =>
      JSON.stringify({ code, pointer, message, hint, received }),
    )
    for (const reader of readers) {
      const qos = grantedQos(reader, vendor, source)
      if (qos !== null) for (const payload of payloads) reader.outbox.publish(topic, payload, qos)
    }
  }
}

/** The highest QoS of the matching subscriptions [MQTT-3.3.4-2]; null: none matches. */
function grantedQos(reader: FeedbackReader, vendor: string, source: string): 0 | 1 | null {
  let qos: 0 | 1 | null = null
  for (const subscription of reader.subscriptions.values()) {
    if (takesFeedback(subscription, vendor, source) && (qos === null || subscription.qos > qos)) {
      qos = subscription.qos
    }
  }
  return qos
}
