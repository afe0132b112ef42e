import type { FastifyInstance, FastifyReply } from 'fastify'
import {
  ActBody,
  AlertsQuery,
  DoneAnswer,
  IdParams,
  IncidentsQuery,
  NoticesQuery,
  RaiseBody,
  SurroundingsQuery,
  VerbParams,
} from '../api-desk.ts'
import type { Alert } from '../core/alert.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import type { Deed } from '../core/action.ts'
import type { DoneAnswer as Done, IncidentsAnswer } from '../core/desk-wire.ts'
import { ERRORS, QingyuError, type ErrorCode } from '../core/errors.ts'
import { outlineOf } from '../core/grid-outline.ts'
import type { Incident } from '../core/incident.ts'
import { repeatable } from '../core/personal.ts'
import type { Plan } from '../core/plan.ts'
import type { DeskNotice } from '../core/stream-wire.ts'
import { readAlertDeed, readRaise } from '../desk-deeds.ts'
import type { Desk } from '../desk-port.ts'
import type { Surroundings } from '../desk-surroundings.ts'
import { toldOf, type DeskView } from '../desk-view.ts'
import { areaIndex } from '../gateway-message.ts'
import { actorOf } from '../sign-in.ts'
import type { Principal } from '../sign-in-port.ts'
import { principalOf } from './http-doors.ts'

const tags = ['desk']
const STATES: ReadonlySet<string> = new Set([
  'raised',
  'acknowledged',
  'dispatched',
  'handled',
  'verified',
  'closed',
])

/** What the routes of alerts need. */
export interface AlertsParts {
  readonly desk: Desk
  readonly view: DeskView
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly surroundings: Surroundings
  /** The city's time, ms: the wall clock's, or that of its data. */
  readonly now: () => number
}

/** Accepts what a body holds: it is read by core, which names field, value and fix as for every act. */
export const unjudged = { validatorCompiler: () => () => true }

/** Does a deed as somebody, and answers what became of it: 200, 202 while undecided, or the problem it was refused with. */
export async function perform(
  desk: Desk,
  principal: Principal,
  deed: Deed,
  reply: FastifyReply,
): Promise<Done> {
  const key = reply.request.headers['idempotency-key']
  const { action, outcome } = await desk.act(
    actorOf(principal.person),
    deed,
    typeof key === 'string' && key !== '' ? key.slice(0, 128) : undefined,
  )
  if (outcome !== null && outcome.code !== null) {
    const code = Object.hasOwn(ERRORS, outcome.code) ? (outcome.code as ErrorCode) : 'AL-verb'
    throw new QingyuError(code, outcome.parameters)
  }
  void reply.code(outcome === null ? 202 : 200)
  return { action, done: outcome !== null, subject: outcome?.subject ?? '', tick: desk.tick }
}

/** The alert of an id, where it concerns who asks. AL-unknown, AL-area. */
export async function alertFor(
  { desk, view }: AlertsParts,
  { person }: Principal,
  id: string,
): Promise<Alert> {
  const alert = await desk.alert(id)
  if (alert === undefined) throw new QingyuError('AL-unknown', { what: 'Alert', value: repeatable(id) })
  if (view.sees(actorOf(person), alert)) return alert
  throw new QingyuError('AL-area', { value: `alert ${id}`, area: person.area, person: person.id })
}

/** Alerts and what is done with them, incidents, and my notices. */
export function alertRoutes(app: FastifyInstance, parts: AlertsParts): void {
  const { view, plan, surroundings } = parts
  app.get<{ Querystring: AlertsQuery }>(
    '/api/v1/alerts',
    { schema: { tags, summary: 'Alerts that concern me, most urgent first', querystring: AlertsQuery } },
    (request) => {
      const { query } = request
      const by = actorOf(principalOf(request).person)
      const states = query.state === undefined ? null : new Set(query.state.split(','))
      const stranger = [...(states ?? [])].find((state) => !STATES.has(state))
      if (stranger !== undefined)
        throw new QingyuError('GW-parameter', {
          field: 'state',
          value: repeatable(stranger),
          expected: [...STATES].join(', '),
        })
      return view.alerts(by, {
        area: areaIndex(plan.grid, query.area),
        states,
        category: query.category ?? null,
        least: query.least,
        mine: query.mine,
        closed: query.closed || states?.has('closed') === true,
        most: query.limit,
      })
    },
  )
  app.get<{ Params: IdParams }>(
    '/api/v1/alerts/:id',
    { schema: { tags, summary: 'One alert: its record, who was told, what I may do', params: IdParams } },
    async (request) => {
      const principal = principalOf(request)
      const alert = await alertFor(parts, principal, request.params.id)
      const notices = await parts.desk.noticesOf(alert)
      return view.alert(actorOf(principal.person), alert, parts.now(), notices)
    },
  )
  app.get<{ Params: IdParams; Querystring: SurroundingsQuery }>(
    '/api/v1/alerts/:id/surroundings',
    {
      schema: {
        tags,
        summary: 'Sources, cameras, calls of the last hour and warned areas near an alert',
        params: IdParams,
        querystring: SurroundingsQuery,
      },
    },
    async (request) => {
      const alert = await alertFor(parts, principalOf(request), request.params.id)
      const centre = view.centreOf(alert)
      return surroundings.near({ centre, radius: request.query.radius, without: alert.areas })
    },
  )
  actRoutes(app, parts)
  tellRoutes(app, parts)
}

function actRoutes(app: FastifyInstance, { desk, policy, now }: AlertsParts): void {
  app.post(
    '/api/v1/alerts',
    {
      schema: { tags, summary: 'Raise an alert by hand', body: RaiseBody, response: { '2xx': DoneAnswer } },
      ...unjudged,
    },
    (request, reply) => perform(desk, principalOf(request), readRaise(request.body), reply),
  )
  app.post<{ Params: VerbParams }>(
    '/api/v1/alerts/:id/:verb',
    {
      schema: {
        tags,
        summary:
          'acknowledge, dispatch, handle, verify, reject, close, reopen, note, shelve, unshelve, whistle, report-in, see',
        params: VerbParams,
        body: ActBody,
        response: { '2xx': DoneAnswer },
      },
      ...unjudged,
    },
    (request, reply) => {
      const principal = principalOf(request)
      const { id, verb } = request.params
      const { unit } = principal.person
      const taking = { unit, now: now(), reportInMs: policy.reportInMs }
      return perform(desk, principal, readAlertDeed(verb, id, request.body, taking), reply)
    },
  )
}

function tellRoutes(app: FastifyInstance, { desk, view, plan }: AlertsParts): void {
  app.get<{ Querystring: IncidentsQuery }>(
    '/api/v1/incidents',
    {
      schema: {
        tags,
        summary: 'Living incidents that touch my area, gravest first; with format=geojson their outlines',
        querystring: IncidentsQuery,
      },
    },
    (request, reply) => {
      const by = actorOf(principalOf(request).person)
      const found = [...desk.incidents().values()]
        .filter((incident) => view.seesIncident(by, incident))
        .sort((a, b) => b.rank - a.rank || a.born - b.born || (a.id < b.id ? -1 : 1))
      if (request.query.format === 'geojson')
        return reply.type('application/geo+json').send(outlines(found, plan, view))
      const answer: IncidentsAnswer = {
        tick: desk.tick,
        incidents: found.map((incident) => view.incident(incident)),
      }
      return reply.send(answer)
    },
  )
  app.get<{ Querystring: NoticesQuery }>(
    '/api/v1/notices',
    { schema: { tags, summary: 'What I was told, newest first', querystring: NoticesQuery } },
    (request): { tick: number; notices: DeskNotice[] } => {
      const { person } = principalOf(request)
      const notices = desk.noticesTo(person.id).slice(0, request.query.limit)
      return { tick: desk.tick, notices: notices.map((notice) => noticeFor(notice, desk)) }
    },
  )
}

/** A notice as its person sees it, with the gravest rank of what it tells of. */
export function noticeFor(notice: Parameters<typeof toldOf>[0], desk: Desk): DeskNotice {
  const ranks = notice.alerts.map((id) => desk.held(id)?.rank ?? 0)
  return { ...toldOf(notice), tick: notice.at, alerts: notice.alerts, rank: Math.max(0, ...ranks) }
}

/** Incidents as a FeatureCollection (RFC 7946) of merged outlines. */
function outlines(incidents: readonly Incident[], { grid }: Plan, view: DeskView): object {
  return {
    type: 'FeatureCollection',
    features: incidents.map((incident) => {
      const { id, number, category, name, rank, peak, state, born, trend } = view.incident(incident)
      const { path, projection } = incident
      return {
        type: 'Feature',
        id,
        geometry: {
          type: 'MultiPolygon',
          coordinates: outlineOf(incident.areas.map((area) => grid.polygon(area))).shape,
        },
        properties: { number, category, name, rank, peak, state, born, trend, projection, path },
      }
    }),
  }
}
