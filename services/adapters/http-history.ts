import type { FastifyInstance } from 'fastify'
import { BundlesAnswer, TimelineAnswer, TimelineQuery } from '../api-history.ts'
import type { Timeline } from '../core/replay-wire.ts'
import type { HistoryDoor } from '../history-port.ts'
import { timelineAnswer } from '../timeline.ts'
import type { DeskDoor } from './http-desk.ts'
import { admits } from './http-session.ts'

const tags = ['history']

/** Routes that answer questions about the past; open to whoever may see a wall. Who is signed in at the desk is told more. */
export function historyRoutes(app: FastifyInstance, history: HistoryDoor, desk: DeskDoor | undefined): void {
  app.get<{ Querystring: TimelineQuery }>(
    '/api/v1/timeline',
    {
      schema: {
        tags,
        summary: 'What happened over hours to months: colours, incidents, alerts, actions, versions, gaps',
        querystring: TimelineQuery,
        response: { 200: TimelineAnswer },
      },
    },
    async ({ query, headers }): Promise<Timeline> => {
      const answer = await timelineAnswer(history, query)
      return (await admits(desk, headers)) ? answer : unnamed(answer)
    },
  )
  app.get(
    '/api/v1/bundles',
    {
      schema: { tags, summary: 'Bundles that are kept or were brought in', response: { 200: BundlesAnswer } },
    },
    async () => ({ bundles: (await history.bundles?.list()) ?? [] }),
  )
}

/** Without who did what: that is for who is signed in. */
function unnamed(timeline: Timeline): Timeline {
  return { ...timeline, actions: timeline.actions.map((action) => ({ ...action, person: '' })) }
}
