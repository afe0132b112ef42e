import type { FastifyInstance } from 'fastify'
import { IdParams } from '../api-desk.ts'
import { KnowledgeAnswer, KnowledgeAtAnswer, KnowledgeQuery } from '../api-history.ts'
import { instantOf } from '../api-parts.ts'
import type { Alert } from '../core/alert.ts'
import { holds, upwards } from '../core/alert-place.ts'
import { QingyuError } from '../core/errors.ts'
import { knowledgeOf, knownAt, standAt } from '../core/knowledge.ts'
import type { Knowledge, KnowledgeAt } from '../core/history-wire.ts'
import { isoOf } from '../core/time.ts'
import { areaIndex } from '../gateway-message.ts'
import { actorOf } from '../sign-in.ts'
import type { Principal } from '../sign-in-port.ts'
import { alertFor, type AlertsParts } from './http-alerts.ts'
import { principalOf } from './http-doors.ts'

const tags = ['history']
const DAY = 86_400_000
/** Closed alerts are remembered so long, and what became of a notice is known so long behind its alert. */
const KEPT_MS = 7 * DAY
const BEHIND_MS = 3_600_000
const MOST_AUDIT = 1_000
/** Alerts of one answer; of each its notices may have to be read back. */
const MOST_ALERTS = 200

/** Who knew what when: of one alert, and at a time. What is older is asked of a replay of that time, at the same paths. */
export function knowledgeRoutes(app: FastifyInstance, parts: AlertsParts): void {
  app.get<{ Params: IdParams }>(
    '/api/v1/alerts/:id/knowledge',
    {
      schema: {
        tags,
        summary: 'Who knew what of an alert when: told, delivered, seen, done, tried and refused',
        params: IdParams,
        response: { 200: KnowledgeAnswer },
      },
    },
    async (request): Promise<Knowledge> => {
      const { desk } = parts
      const alert = await alertFor(parts, principalOf(request), request.params.id)
      const to = alert.closed === null ? desk.tick : alert.closed + BEHIND_MS
      const span = { from: alert.raised, to, most: MOST_AUDIT, by: () => true }
      const { lines: audit } = await desk.audit({ ...span, subject: alert.id })
      return knowledgeOf({ alert, notices: await desk.noticesOf(alert), audit })
    },
  )
  app.get<{ Querystring: KnowledgeQuery }>(
    '/api/v1/knowledge',
    {
      schema: {
        tags,
        summary: 'What was open at a time, who had been told and had seen it, and who was on duty',
        querystring: KnowledgeQuery,
        response: { 200: KnowledgeAtAnswer },
      },
    },
    (request) => knowledgeAt(parts, principalOf(request), request.query),
  )
}

/** GW-parameter, GW-area, RY-future, AV-gap. */
async function knowledgeAt(
  { desk, view, plan: { grid } }: AlertsParts,
  { person }: Principal,
  query: KnowledgeQuery,
): Promise<KnowledgeAt> {
  const at = instantOf('at', query.at)
  const top = areaIndex(grid, query.area)
  const [oldest, newest] = [desk.tick - KEPT_MS, desk.tick]
  if (at > newest) throw new QingyuError('RY-future', { value: isoOf(at), newest: isoOf(newest) })
  if (at < oldest) {
    const held = `${isoOf(oldest)} to ${isoOf(newest)}; open a replay of that time and ask it there`
    throw new QingyuError('AV-gap', { value: isoOf(at), held })
  }
  const by = actorOf(person)
  const isAsked = (alert: Alert) =>
    view.sees(by, alert) &&
    (top === 0 || [alert.area, ...alert.areas].some((area) => holds(grid, top, area))) &&
    (standAt(alert, at)?.state ?? 'closed') !== 'closed'
  const open = [...desk.alerts()]
    .filter(isAsked)
    .sort((a, b) => (standAt(b, at)?.rank ?? 0) - (standAt(a, at)?.rank ?? 0) || a.raised - b.raised)
  const alerts: KnowledgeAt['alerts'][number][] = []
  for (const alert of open.slice(0, MOST_ALERTS)) {
    const known = knownAt(alert, await desk.noticesOf(alert), at)
    if (known !== null) alerts.push({ ...known, area: view.place(known.area) })
  }
  const duty = upwards(grid, top).map((area) => ({ area: view.place(area), onDuty: desk.onDuty(area, at) }))
  const named = [
    ...alerts.flatMap(({ told }) => told.map(({ person: id }) => id)),
    ...duty.flatMap(({ onDuty }) => onDuty.map(({ person: id }) => id)),
  ]
  return { at, alerts, more: open.length - alerts.length, duty, people: view.people(named) }
}
