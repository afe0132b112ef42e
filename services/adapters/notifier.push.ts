import { createHash, createPublicKey } from 'node:crypto'
import webpush, { type PushSubscription } from 'web-push'
import { EXERCISE } from '../core/alert-text.ts'
import { messageOf } from '../core/errors.ts'
import type { Clock, Delivery, Letter, Notifier, Registry } from '../ports.ts'
import { addressSentence, postTo } from './outbound.ts'
import { endpointOf, permits, type Reach } from './outbound-address.ts'

const NAME = 'Push service'
const TIMEOUT_MS = 10_000
/** A browser that was off so long need not hear of it any more; the desk shows what still stands. */
const TTL_S = 4 * 3_600
/** Services take 4,096 bytes in all (RFC 8030, 7.2); encryption adds about a hundred. */
const MOST_PAYLOAD = 3_500

/** Keys by which push services know us (RFC 8292), base64url. */
export interface VapidKeys {
  readonly publicKey: string
  readonly privateKey: string
}

/** New keys; subscriptions are bound to them, so they are made once and kept. */
export function createVapidKeys(): VapidKeys {
  return webpush.generateVAPIDKeys()
}

/** A hundred years: keys that change would silence every browser. */
const KEPT_MS = 100 * 365 * 86_400_000

/** The keys of this operator, made by whoever asks first. */
export async function vapidKeys(
  registry: Pick<Registry, 'found'>,
  clock: Pick<Clock, 'now'>,
): Promise<VapidKeys> {
  const value = JSON.stringify(createVapidKeys())
  const expires = clock.now() + KEPT_MS
  const found = await registry.found({ kind: 'secret', key: 'vapid', person: '', value, expires })
  return JSON.parse(found.value) as VapidKeys
}

/** What Web Push needs. */
export interface PushSettings {
  readonly keys: VapidKeys
  /** Whom a push service may ask: `mailto:` or `https:`. */
  readonly subject: string
  readonly reach: Reach
  readonly clock: Pick<Clock, 'now'>
  /** The browser has given its subscription up: it is to be forgotten. */
  readonly gone: (person: string, to: string) => void
  readonly timeoutMs?: number
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** A point on P-256, uncompressed, as browsers give it (RFC 8291, 3.2). */
function isPoint(key: Buffer): boolean {
  if (key.length !== 65 || key[0] !== 4) return false
  const [x, y] = [key.subarray(1, 33).toString('base64url'), key.subarray(33).toString('base64url')]
  try {
    createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
    return true
  } catch {
    // Off the curve.
    return false
  }
}

/** The subscription that a browser gave, or what is wrong with it. */
function subscriptionOf(text: string, reach: Reach): PushSubscription | string {
  const wrong = (why: string) => messageOf('CH-address', { channel: NAME, why })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return wrong('it is not JSON')
  }
  const { endpoint, keys } = (value ?? {}) as { endpoint?: unknown; keys?: unknown }
  const { p256dh, auth } = (keys ?? {}) as { p256dh?: unknown; auth?: unknown }
  if (!isText(endpoint)) return wrong('it has no endpoint')
  const url = endpointOf(endpoint, reach)
  if (typeof url === 'string') return addressSentence(NAME, url)
  // RFC 8030, 8.
  if (url.protocol !== 'https:' && !permits(reach, url.hostname)) return wrong('its endpoint is not https')
  if (!isText(p256dh) || !isPoint(Buffer.from(p256dh, 'base64url')))
    return wrong('keys.p256dh is no point on P-256')
  if (!isText(auth) || Buffer.from(auth, 'base64url').length !== 16)
    return wrong('keys.auth has not 16 bytes')
  return { endpoint, keys: { p256dh, auth } }
}

/** What the page's service worker shows; `tag` has a later notice about the same alert take the place of an earlier one. */
function payloadOf({ notice, alerts, subject, body, link }: Letter): string {
  const [first] = alerts
  const document = (text: string) =>
    JSON.stringify({
      id: notice.id,
      at: notice.at,
      occasion: notice.occasion,
      alert: first?.id ?? '',
      rank: Math.max(0, ...alerts.map(({ rank }) => rank)),
      exercise: subject.startsWith(EXERCISE),
      tag: tagOf(notice.alerts),
      title: subject,
      body: text,
      link,
    })
  let text = body
  while (text.length > 0 && Buffer.byteLength(document(text)) > MOST_PAYLOAD)
    text = text.slice(0, Math.floor(text.length * 0.8))
  return document(text)
}

const tagOf = (alerts: readonly string[]) => (alerts.length === 1 ? (alerts[0] ?? '') : 'digest')

/** At most 32 characters of base64url (RFC 8030, 5.4): while the browser is away only the last of a topic is kept. */
const topicOf = (tag: string) => createHash('sha256').update(tag).digest('base64url').slice(0, 32)

/** What is asked of somebody wakes a sleeping phone; the rest may wait for it (RFC 8030, 5.3). */
function urgencyOf({ notice }: Letter): 'high' | 'normal' {
  return ['eased', 'ended', 'closed', 'digest'].includes(notice.occasion) ? 'normal' : 'high'
}

/** Letters to browsers by Web Push: encrypted for the browser alone (RFC 8291), signed by VAPID. `to` is a subscription as JSON. */
export function pushNotifier(settings: PushSettings): Notifier {
  const { keys, subject, reach, clock, gone, timeoutMs = TIMEOUT_MS } = settings
  const refused = (why: string): Delivery => ({ sent: false, why, retry: false })
  return {
    channel: 'push',
    async send(letter) {
      const subscription = subscriptionOf(letter.to, reach)
      if (typeof subscription === 'string') return refused(subscription)
      const request = webpush.generateRequestDetails(subscription, payloadOf(letter), {
        vapidDetails: { subject, ...keys },
        TTL: TTL_S,
        urgency: urgencyOf(letter),
        topic: topicOf(tagOf(letter.notice.alerts)),
      })
      const { status, delivery } = await postTo({
        channel: NAME,
        to: request.endpoint,
        headers: { ...request.headers },
        body: request.body,
        timeoutMs,
        reach,
        now: () => clock.now(),
      })
      // RFC 8030, 7.3: the subscription has expired or was taken back.
      if (status !== 404 && status !== 410) return delivery
      gone(letter.person.id, letter.to)
      return refused(messageOf('CH-gone', { value: status }))
    },
    address(to) {
      const found = subscriptionOf(to, reach)
      return typeof found === 'string' ? found : null
    },
    close: () => Promise.resolve(),
  }
}
