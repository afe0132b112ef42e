import type { Sender } from '../core/observation.ts'
import { parseObservationsTopic } from '../core/topic.ts'
import type { Intake } from '../ports.ts'

/** Tokens of one source: `rate` a second, at most `burst` at once. */
export interface Bucket {
  tokens: number
  /** When `tokens` was right, ms. */
  at: number
}

/** What a topic stands for, remembered so that a publish need not be parsed again. */
export interface Route {
  readonly topic: Uint8Array
  readonly vendor: string
  readonly source: string
  readonly sender: Sender
  readonly bucket: Bucket
}

/** Where a publish goes: a route, or the text of a topic that is none of this session's. */
export type Destination = Route | string

/** Whether `bytes[start, end)` is the topic of a route. Rate: per publish. */
export function isTopicOf(route: Route, bytes: Uint8Array, start: number, end: number): boolean {
  const topic = route.topic
  const length = end - start
  if (topic.length !== length) return false
  for (let i = length - 1; i >= 0; i--) if (topic[i] !== bytes[start + i]) return false
  return true
}

/** What every observations topic begins and ends with. */
const PREFIX = 'qingyu/v1/'.length
const SUFFIX = '/observations'.length

/** FNV-1a over vendor and source, folded to what an engine keeps as a small integer. Rate: per publish of a socket that changes topics. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start + PREFIX; at < end - SUFFIX; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
  return (hash ^ (hash >>> 15)) & 0x3fffffff
}

const owned = (route: Route, vendor: string) => (vendor === '' || route.vendor === vendor ? route : null)

/**
 * Topic bytes → route, in two generations of `bound` each: when the younger is full it becomes the older and the older is
 * dropped. Two topics of one hash push each other out, which costs a parse, no more: the bucket stays with the sender.
 */
export class Routes {
  private readonly intake: Intake
  private readonly burst: number
  private readonly bound: number
  private young = new Map<number, Route>()
  private old = new Map<number, Route>()
  private readonly buckets = new WeakMap<Sender, Bucket>()

  constructor(intake: Intake, burst: number, bound: number) {
    this.intake = intake
    this.burst = burst
    this.bound = bound
  }

  /** Routes remembered; at most twice the bound. */
  get size(): number {
    return this.young.size + this.old.size
  }

  /**
   * The route of an observations topic of this vendor ('': of any); null for every other topic, of which nothing is
   * remembered: what one vendor sends must not cost another its place or its tokens.
   */
  find(bytes: Buffer, start: number, end: number, vendor: string, now: number): Route | null {
    const hash = hashOf(bytes, start, end)
    const known = this.young.get(hash)
    if (known !== undefined && isTopicOf(known, bytes, start, end)) return owned(known, vendor)
    const older = this.old.get(hash)
    if (older !== undefined && isTopicOf(older, bytes, start, end)) {
      return owned(this.keep(hash, older), vendor)
    }
    const names = parseObservationsTopic(bytes.toString('latin1', start, end))
    if (names === null || (vendor !== '' && names.vendor !== vendor)) return null
    const sender = this.intake.sender(names.vendor, names.source)
    const topic = Uint8Array.prototype.slice.call(bytes, start, end)
    return this.keep(hash, { topic, ...names, sender, bucket: this.bucketOf(sender, now) })
  }

  /** The tokens of a sender, which last as long as it is remembered at all. */
  bucketOf(sender: Sender, now: number): Bucket {
    let bucket = this.buckets.get(sender)
    if (bucket === undefined) {
      bucket = { tokens: this.burst, at: now }
      this.buckets.set(sender, bucket)
    }
    return bucket
  }

  private keep(hash: number, route: Route): Route {
    if (this.young.size >= this.bound) {
      this.old = this.young
      this.young = new Map()
    }
    this.young.set(hash, route)
    return route
  }
}

/** Takes a token; 0, or the ms until a few are there again. Rate: per publish. */
export function takeToken(bucket: Bucket, now: number, rate: number, burst: number): number {
  if (now > bucket.at) {
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * rate) / 1000)
    bucket.at = now
  }
  if (bucket.tokens >= 1) {
    bucket.tokens--
    return 0
  }
  // A fiftieth of a second's worth, so that a fast source costs fifty timers a second and not one for each message.
  const wanted = Math.max(1, Math.min(burst, rate / 50))
  return Math.ceil(((wanted - bucket.tokens) * 1000) / rate)
}
