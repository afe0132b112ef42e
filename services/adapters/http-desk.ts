import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Alert } from '../core/alert.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import type { Picture } from '../core/layer.ts'
import type { Channel } from '../core/notice.ts'
import type { Plan } from '../core/plan.ts'
import type { StandingSource } from '../core/surroundings.ts'
import type { Desk } from '../desk-port.ts'
import { Surroundings } from '../desk-surroundings.ts'
import { DeskView } from '../desk-view.ts'
import type { Clock, DeadLetters, Registry } from '../ports.ts'
import type { SignIn } from '../sign-in-port.ts'
import { alertRoutes } from './http-alerts.ts'
import { bookRoutes } from './http-books.ts'
import { guardDoors } from './http-doors.ts'
import { knowledgeRoutes } from './http-knowledge.ts'
import { pushRoutes, type PushParts } from './http-push.ts'
import { sessionRoutes, whoAsks } from './http-session.ts'
import { streamRoutes } from './http-stream.ts'

/** The desk's server side as the composition root hands it in. */
export interface DeskDoor {
  readonly desk: Desk
  readonly signIn: SignIn
  readonly registry: Registry
  readonly policy: AlertPolicy
  /** Sources that stand somewhere, registered or simulated; asked once. */
  readonly standing: () => readonly StandingSource[]
  /** Path of an alert's newest CAP message; '' for none. */
  readonly capOf: (alert: Alert) => string
  readonly push: PushParts['push']
  /** Ways on which somebody can be told. */
  readonly waysTo: (person: string) => readonly Channel[]
  /** Whether people reach the desk by https. */
  readonly secure: boolean
}

/** What of the server the desk's routes need besides. */
export interface DeskSurroundings {
  readonly plan: Plan
  readonly clock: Clock
  readonly letters: Pick<DeadLetters, 'list'>
  readonly picture: () => Picture
  /** The city's time, ms. */
  readonly now: () => number
  /** Addresses of all gateways. */
  readonly gateways: readonly string[]
}

/** All routes of the desk, behind their doors; `more` adds those of others that need a session, too. */
export function deskRoutes(
  app: FastifyInstance,
  door: DeskDoor,
  around: DeskSurroundings,
  more: (routes: FastifyInstance) => void = () => undefined,
): void {
  const { desk, signIn, registry, policy, standing, capOf, push, waysTo, secure } = door
  const { plan, clock, letters, picture, now, gateways } = around
  const view = new DeskView(plan, policy, desk, capOf)
  const surroundings = new Surroundings(plan, picture, standing)
  const ask = (request: FastifyRequest) => whoAsks(signIn, request.headers)
  void app.register((routes, _options, done) => {
    guardDoors(routes, { who: ask, gateways })
    sessionRoutes(routes, { signIn, policy, plan, view, waysTo, clock, now, secure })
    alertRoutes(routes, { desk, view, plan, policy, surroundings, now })
    knowledgeRoutes(routes, { desk, view, plan, policy, surroundings, now })
    bookRoutes(routes, { desk, view, plan, policy, surroundings, now, letters })
    streamRoutes(routes, { desk, view, signIn, clock, now, ask })
    pushRoutes(routes, { registry, clock, push })
    more(routes)
    done()
  })
}
