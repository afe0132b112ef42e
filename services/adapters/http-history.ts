import type { FastifyInstance } from 'fastify'
import { TimelineAnswer, TimelineQuery } from '../api-history.ts'
import type { Plan } from '../core/plan.ts'
import type { Timeline } from '../core/replay-wire.ts'
import type { Gateway } from '../gateway-port.ts'
import type { HistoryDoor } from '../history-port.ts'
import { livePicture, timelineAnswer } from '../timeline.ts'
import type { DeskDoor } from './http-desk.ts'
import { admits } from './http-session.ts'

const tags = ['history']

/** What the past is answered from. */
export interface HistoryParts {
  readonly history: HistoryDoor
  readonly plan: Plan
  readonly gateway: Gateway
  readonly desk?: DeskDoor
}

/** Routes that answer questions about the past; open to whoever may see a wall. */
export function historyRoutes(app: FastifyInstance, parts: HistoryParts): void {
  const { history, plan, gateway, desk: door } = parts
  const { grid, scheme } = plan
  const live = () => {
    const [incidents, alerts] = [door?.desk.incidents().values() ?? [], door?.desk.alerts() ?? []]
    return livePicture(gateway.picture, scheme, { incidents, alerts })
  }
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
      const answer = await timelineAnswer({ ...history, grid, scheme, live }, query)
      return (await admits(door, headers)) ? answer : unnamed(answer)
    },
  )
}

/** Without who did what: that is for who is signed in. */
function unnamed(timeline: Timeline): Timeline {
  return { ...timeline, actions: timeline.actions.map((action) => ({ ...action, person: '' })) }
}
