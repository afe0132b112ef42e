import { createHmac } from 'node:crypto'
import type { Plan } from '../core/plan.ts'
import { noticeDocument } from '../formats/notice-document.ts'
import type { Clock, Notifier } from '../ports.ts'
import { addressSentence, postTo } from './outbound.ts'
import { endpointOf, type Reach } from './outbound-address.ts'

const NAME = 'Webhook'
const TIMEOUT_MS = 10_000

/** What webhooks need. */
export interface WebhookSettings {
  /** Key of the signature, shared with the receivers. */
  readonly secret: string
  readonly reach: Reach
  readonly plan: Plan
  readonly clock: Pick<Clock, 'now'>
  /** Version of the program, for `User-Agent`. */
  readonly program: string
  readonly timeoutMs?: number
}

/** `t=<seconds since 1970>,v1=<HMAC-SHA-256 of "t.body", hex>`: a receiver that also refuses an old `t` cannot be fooled by a repetition. */
export function signatureOf(secret: string, now: number, body: string): string {
  const time = Math.floor(now / 1000)
  const hmac = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
  return `t=${time},v1=${hmac}`
}

/** Letters as signed POSTs of {@link noticeDocument}; `Idempotency-Key` is the notice's id. */
export function webhookNotifier(settings: WebhookSettings): Notifier {
  const { secret, reach, plan, clock, program, timeoutMs = TIMEOUT_MS } = settings
  return {
    channel: 'webhook',
    async send(letter) {
      const body = JSON.stringify(noticeDocument(letter, plan))
      const { delivery } = await postTo({
        channel: NAME,
        to: letter.to,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': `Qingyu/${program}`,
          'idempotency-key': letter.notice.id,
          'qingyu-signature': signatureOf(secret, clock.now(), body),
        },
        body: Buffer.from(body),
        timeoutMs,
        reach,
        now: () => clock.now(),
      })
      return delivery
    },
    address(to) {
      const found = endpointOf(to, reach)
      return typeof found === 'string' ? addressSentence(NAME, found) : null
    },
    close: () => Promise.resolve(),
  }
}
