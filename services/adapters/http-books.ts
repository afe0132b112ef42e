import type { FastifyInstance } from 'fastify'
import { instantOf } from '../api-parts.ts'
import {
  AuditQuery,
  CommentQuery,
  CoverBody,
  DoneAnswer,
  HandoverBody,
  HandoversQuery,
  IdParams,
  RosterQuery,
  SilenceBody,
  SubscriptionBody,
} from '../api-desk.ts'
import { spanOf } from '../api-parts.ts'
import { LettersQuery, VendorParams } from '../api-schema.ts'
import { holds, upwards } from '../core/alert-place.ts'
import type {
  AuditAnswer,
  HandoversAnswer,
  RosterAnswer,
  SilencesAnswer,
  SubscriptionsAnswer,
} from '../core/desk-wire.ts'
import { QingyuError } from '../core/errors.ts'
import type { Actor, Person } from '../core/person.ts'
import { repeatable } from '../core/personal.ts'
import { defaultFor } from '../core/subscription-book.ts'
import { readComment, readCover, readHandover, readSilenceDeed, readSubscribe } from '../desk-deeds.ts'
import { areaIndex } from '../gateway-message.ts'
import type { DeadLetters } from '../ports.ts'
import { perform, unjudged, type AlertsParts } from './http-alerts.ts'
import { principalOf } from './http-doors.ts'
import { lettersOf } from './http-operations.ts'

const tags = ['desk']
/** People named as who could take a shift over. */
const MOST_STAND_INS = 200

/** What the routes of silences, subscriptions, rosters, handovers and the audit log need. */
export interface BooksParts extends AlertsParts {
  readonly letters: Pick<DeadLetters, 'list'>
}

const done = { response: { '2xx': DoneAnswer } }

export function bookRoutes(app: FastifyInstance, parts: BooksParts): void {
  silenceRoutes(app, parts)
  subscriptionRoutes(app, parts)
  rosterRoutes(app, parts)
  handoverRoutes(app, parts)
  auditRoutes(app, parts)
  letterRoutes(app, parts)
}

/** Whether a place by code is in what somebody answers for, or holds it. */
function concerns({ plan }: Pick<AlertsParts, 'plan'>, by: Pick<Actor, 'area'>, code: string): boolean {
  const [own, other] = [plan.grid.indexOf(by.area), plan.grid.indexOf(code)]
  if (own === undefined || other === undefined) return false
  return holds(plan.grid, own, other) || holds(plan.grid, other, own)
}

function silenceRoutes(app: FastifyInstance, parts: BooksParts): void {
  const { desk, view, plan, now } = parts
  app.get(
    '/api/v1/silences',
    { schema: { tags, summary: 'Silences in force, to come, and of the last day' } },
    (request): SilencesAnswer => {
      const { person } = principalOf(request)
      const at = now()
      const silences = [...desk.silences().values()]
        .filter(({ area }) => area === '' || concerns(parts, person, area))
        .map((silence) => ({
          ...silence,
          inForce: silence.from <= at && at < silence.until && silence.endedBy === '',
        }))
        .sort(
          (a, b) =>
            Number(b.until > at) - Number(a.until > at) || b.until - a.until || (a.id < b.id ? -1 : 1),
        )
      const people = view.people(silences.flatMap(({ by, endedBy }) => [by, endedBy]))
      return { tick: desk.tick, silences, people }
    },
  )
  app.post(
    '/api/v1/silences',
    {
      schema: { tags, summary: 'Mute a subtree or a drawn ring for a time', body: SilenceBody, ...done },
      ...unjudged,
    },
    (request, reply) => {
      const deed = readSilenceDeed(request.body, now(), plan.scheme.levels.length - 1)
      return perform(desk, principalOf(request), deed, reply)
    },
  )
  app.delete<{ Params: IdParams; Querystring: CommentQuery }>(
    '/api/v1/silences/:id',
    {
      schema: { tags, summary: 'End a silence early', params: IdParams, querystring: CommentQuery, ...done },
    },
    (request, reply) => {
      const deed = {
        verb: 'unsilence',
        silence: request.params.id,
        comment: readComment(request.query.comment),
      } as const
      return perform(desk, principalOf(request), deed, reply)
    },
  )
}

function subscriptionRoutes(app: FastifyInstance, parts: BooksParts): void {
  const { desk, plan, policy } = parts
  const ownOf = ({ id }: Person) => [...desk.subscriptions().values()].filter(({ person }) => person === id)
  app.get(
    '/api/v1/subscriptions',
    { schema: { tags, summary: 'My subscriptions, or what comes with my role while I have none' } },
    (request): SubscriptionsAnswer => {
      const { person } = principalOf(request)
      const own = ownOf(person)
      const given = own.length > 0 ? null : defaultFor(person, plan, policy)
      return { tick: desk.tick, subscriptions: given === null ? own : [given] }
    },
  )
  app.post(
    '/api/v1/subscriptions',
    { schema: { tags, summary: 'Subscribe', body: SubscriptionBody, ...done }, ...unjudged },
    (request, reply) => {
      const principal = principalOf(request)
      return perform(desk, principal, readSubscribe(request.body, principal.person.area), reply)
    },
  )
  app.delete<{ Params: IdParams }>(
    '/api/v1/subscriptions/:id',
    { schema: { tags, summary: 'Unsubscribe', params: IdParams, ...done } },
    (request, reply) => {
      const principal = principalOf(request)
      const { id } = request.params
      // Others' are answered as if they were not there.
      if (!ownOf(principal.person).some((own) => own.id === id))
        throw new QingyuError('AL-unknown', { what: 'Subscription', value: repeatable(id) })
      return perform(desk, principal, { verb: 'unsubscribe', subscription: id }, reply)
    },
  )
}

function rosterRoutes(app: FastifyInstance, { desk, view, plan, policy, now }: BooksParts): void {
  const { grid } = plan
  const standIns = (area: number): string[] =>
    [...policy.people.values()]
      .filter(({ role, area: code }) => {
        const own = grid.indexOf(code)
        return (
          role !== 'viewer' &&
          role !== 'vendor' &&
          own !== undefined &&
          (holds(grid, own, area) || holds(grid, area, own))
        )
      })
      .slice(0, MOST_STAND_INS)
      .map(({ id }) => id)
  app.get<{ Querystring: RosterQuery }>(
    '/api/v1/roster',
    { schema: { tags, summary: 'Who is on duty, from an area up to the city', querystring: RosterQuery } },
    (request): RosterAnswer => {
      const { area = principalOf(request).person.area, at: asked } = request.query
      const at = asked === undefined ? now() : instantOf('at', asked)
      const index = areaIndex(grid, area)
      const steps = upwards(grid, index).map((each) => ({
        area: view.place(each),
        hasRoster: desk.hasRoster(each),
        onDuty: desk.onDuty(each, at),
      }))
      const onDuty = steps.flatMap((step) => step.onDuty.map(({ person }) => person))
      const people = view.people([...onDuty, policy.fallback, ...standIns(index)])
      return { at, steps, fallback: policy.fallback, people }
    },
  )
  app.post(
    '/api/v1/roster/covers',
    { schema: { tags, summary: 'Take a shift over, or swap', body: CoverBody, ...done }, ...unjudged },
    (request, reply) => perform(desk, principalOf(request), readCover(request.body), reply),
  )
}

function handoverRoutes(app: FastifyInstance, parts: BooksParts): void {
  const { desk, view, plan } = parts
  app.get<{ Querystring: HandoversQuery }>(
    '/api/v1/handovers',
    { schema: { tags, summary: 'Notes of the last 7 days for the next shift', querystring: HandoversQuery } },
    (request): HandoversAnswer => {
      const { person } = principalOf(request)
      const { area, limit } = request.query
      const top = areaIndex(plan.grid, area)
      const handovers = desk
        .handovers()
        .filter((note) => concerns(parts, person, note.area))
        .filter((note) => top === 0 || holds(plan.grid, top, plan.grid.indexOf(note.area) ?? -1))
        .slice(-limit)
        .reverse()
      return { handovers, people: view.people(handovers.map((note) => note.person)) }
    },
  )
  app.post(
    '/api/v1/handovers',
    {
      schema: { tags, summary: 'Leave a note for the next shift', body: HandoverBody, ...done },
      ...unjudged,
    },
    (request, reply) => perform(desk, principalOf(request), readHandover(request.body), reply),
  )
}

function auditRoutes(app: FastifyInstance, { desk, view, plan, policy, now }: BooksParts): void {
  const { grid } = plan
  app.get<{ Querystring: AuditQuery }>(
    '/api/v1/audit',
    {
      schema: {
        tags,
        summary: 'What was done and tried by people of my area, newest first',
        querystring: AuditQuery,
      },
    },
    async (request): Promise<AuditAnswer> => {
      const { person: me } = principalOf(request)
      const { person, verb, subject, limit, ...span } = request.query
      const top = grid.indexOf(me.area) ?? -1
      const isMine = (id: string): boolean => {
        const area = grid.indexOf(policy.people.get(id)?.area ?? '')
        return top === 0 || (area !== undefined && holds(grid, top, area))
      }
      const { lines, more } = await desk.audit({
        ...spanOf(span, now()),
        most: limit,
        by: (id) => (person === undefined || person === id) && isMine(id),
        ...(verb !== undefined && { verb }),
        ...(subject !== undefined && { subject }),
      })
      return { lines, more, people: view.people(lines.map((line) => line.person)) }
    },
  )
}

function letterRoutes(app: FastifyInstance, { letters }: BooksParts): void {
  app.get<{ Params: VendorParams; Querystring: LettersQuery }>(
    '/api/v1/vendors/:vendor/letters',
    {
      schema: {
        tags: ['operations'],
        summary: 'What was refused of my own vendor, newest first',
        params: VendorParams,
        querystring: LettersQuery,
      },
    },
    (request) => {
      const { role, unit } = principalOf(request).person
      const { vendor } = request.params
      if (role === 'vendor' && unit !== vendor)
        throw new QingyuError('SE-role', { value: `Vendor ${repeatable(vendor)}`, role, expected: 'admin' })
      return lettersOf(letters, vendor, request.query.most)
    },
  )
}
