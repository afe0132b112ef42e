import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { EndpointBody, PushBody } from '../api-desk.ts'
import type { PushKeyAnswer } from '../core/push-wire.ts'
import { QingyuError } from '../core/errors.ts'
import type { Clock, Notifier, Registry } from '../ports.ts'
import { principalOf } from './http-doors.ts'

const tags = ['desk']
/** A browser that did not renew its subscription for so long is forgotten, ms. */
const KEPT_MS = 90 * 86_400_000

/** What the routes of Web Push need; without a notifier the operator turned it off. */
export interface PushParts {
  readonly registry: Pick<Registry, 'put' | 'get' | 'drop'>
  readonly clock: Pick<Clock, 'now'>
  readonly push: { readonly key: string; readonly notifier: Pick<Notifier, 'address'> } | null
}

/** By which a browser's subscription is found: its endpoint is a secret. */
function keyOf(endpoint: string): string {
  return createHash('sha256').update(endpoint).digest('hex')
}

/** The key that browsers subscribe with, and my own browsers' subscriptions; nobody is ever shown one. */
export function pushRoutes(app: FastifyInstance, { registry, clock, push }: PushParts): void {
  app.get(
    '/api/v1/push/key',
    { schema: { tags, summary: 'Key of this server for Web Push (RFC 8292)' } },
    (): PushKeyAnswer => ({ key: push?.key ?? null }),
  )
  app.post<{ Body: PushBody }>(
    '/api/v1/push',
    { schema: { tags, summary: 'Have alerts pushed to this browser', body: PushBody } },
    async (request, reply) => {
      const { endpoint, keys } = request.body
      const value = JSON.stringify({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } })
      const wrong = push === null ? 'Web Push is turned off here' : push.notifier.address(value)
      if (wrong !== null) throw new QingyuError('CH-address', { channel: 'push', why: wrong })
      const { id } = principalOf(request).person
      const expires = clock.now() + KEPT_MS
      await registry.put({ kind: 'push', key: keyOf(endpoint), person: id, value, expires })
      return reply.code(204).send()
    },
  )
  app.delete<{ Body: EndpointBody }>(
    '/api/v1/push',
    { schema: { tags, summary: 'Push nothing more to this browser', body: EndpointBody } },
    async (request, reply) => {
      const key = keyOf(request.body.endpoint)
      const known = await registry.get('push', key)
      if (known?.person === principalOf(request).person.id) await registry.drop('push', key)
      return reply.code(204).send()
    },
  )
}
