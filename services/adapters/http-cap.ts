import type { FastifyInstance } from 'fastify'
import type { Alert } from '../core/alert.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import { QingyuError } from '../core/errors.ts'
import type { Plan } from '../core/plan.ts'
import { capXml, type CapSettings } from '../formats/cap.ts'
import { capMessages } from '../formats/cap-chain.ts'
import { CAP_MEDIA, capFeed } from '../formats/cap-feed.ts'

const tags = ['cap']

/** What the CAP routes need. */
export interface CapParts {
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly settings: CapSettings
  /** Open alerts and those closed that are still held. */
  readonly desk: { alerts(): Iterable<Alert> }
  /** Address of this server as others reach it; '' : as it was asked for. */
  readonly publicUrl: string
}

/** CAP 1.2 for other systems: an Atom feed of what is warned of, and each message by its identifier, also those replaced since. */
export function capRoutes(app: FastifyInstance, { plan, policy, settings, desk, publicUrl }: CapParts): void {
  app.get(
    '/cap/v1/alerts.atom',
    { schema: { tags, summary: 'What is warned of now and was lately cancelled (RFC 4287)' } },
    (request, reply) => {
      const asked = `${request.protocol}://${request.host}`
      const base = publicUrl === '' ? asked : publicUrl.replace(/\/$/, '')
      return reply
        .type(CAP_MEDIA.feed)
        .header('cache-control', 'no-cache')
        .send(capFeed(desk.alerts(), plan, policy, settings, base))
    },
  )
  app.get<{ Params: { name: string } }>(
    '/cap/v1/alerts/:name',
    { schema: { tags, summary: 'One message, {identifier}.xml; it never changes' } },
    (request, reply) => {
      const message = messageOf(request.params.name.replace(/\.xml$/, ''))
      if (message === undefined)
        throw new QingyuError('GW-not-found', { value: `CAP message ${request.params.name.slice(0, 80)}` })
      return reply.type(CAP_MEDIA.message).send(capXml(message, plan, policy, settings))
    },
  )

  /** An identifier ends with the alert's id and the tick: only that alert's chain is made. */
  function messageOf(identifier: string) {
    for (const alert of desk.alerts()) {
      if (!identifier.includes(`-${alert.id}-`)) continue
      const found = capMessages(alert, plan, settings.sender).find((each) => each.identifier === identifier)
      if (found !== undefined) return found
    }
    return undefined
  }
}
