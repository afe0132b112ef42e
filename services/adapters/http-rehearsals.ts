import type { FastifyInstance } from 'fastify'
import { RehearsalBody, RehearsalParams, RehearsalsAnswer, RehearsalView } from '../api-rehearsals.ts'
import { QingyuError } from '../core/errors.ts'
import type { Rehearsals } from '../rehearsals-port.ts'
import type { SignIn } from '../sign-in-port.ts'
import { unjudged } from './http-alerts.ts'
import { whoAsks } from './http-session.ts'

const tags = ['rehearsals']

/** What the routes of rehearsals need. */
export interface RehearsalParts {
  readonly rehearsals: Rehearsals
  /** Absent where nobody signs in. */
  readonly signIn: SignIn | undefined
}

/** Rehearsals: other rules tried on the past, and what came of them. */
export function rehearsalRoutes(app: FastifyInstance, { rehearsals, signIn }: RehearsalParts): void {
  app.get(
    '/api/v1/rehearsals',
    { schema: { tags, summary: 'All rehearsals, newest first', response: { 200: RehearsalsAnswer } } },
    () => rehearsals.list(),
  )
  app.post<{ Body: unknown }>(
    '/api/v1/rehearsals',
    {
      schema: {
        tags,
        summary:
          'Try other rules on the past; they are checked at once, the rehearsal runs when there is room',
        body: RehearsalBody,
        response: { 202: RehearsalView },
      },
      ...unjudged,
    },
    async (request, reply) => {
      const principal = signIn === undefined ? null : await whoAsks(signIn, request.headers)
      const view = await rehearsals.open(bodyOf(request.body), principal?.person.id ?? '')
      return reply.code(202).header('location', `rehearsals/${view.id}`).send(view)
    },
  )
  app.get<{ Params: RehearsalParams }>(
    '/api/v1/rehearsals/:id',
    {
      schema: { tags, summary: 'How a rehearsal stands, with its result', params: RehearsalParams },
    },
    async ({ params }, reply) =>
      // It lies on the disk as JSON, up to some megabytes: sent as it is.
      reply.type('application/json; charset=utf-8').send(await rehearsals.whole(params.id)),
  )
  app.get<{ Params: RehearsalParams }>(
    '/api/v1/rehearsals/:id/result.csv',
    { schema: { tags, summary: 'What came of a rehearsal as a table', params: RehearsalParams } },
    async ({ params }, reply) =>
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="rehearsal-${params.id.slice(0, 16)}.csv"`)
        .send(await rehearsals.csv(params.id)),
  )
  app.delete<{ Params: RehearsalParams }>(
    '/api/v1/rehearsals/:id',
    { schema: { tags, summary: 'End a rehearsal and forget what came of it', params: RehearsalParams } },
    async ({ params }, reply) => {
      await rehearsals.remove(params.id)
      return reply.code(204).send()
    },
  )
}

/** RY-field. */
function bodyOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body }
  throw new QingyuError('RY-field', { field: 'body', value: typeof body, expected: 'an object' })
}
