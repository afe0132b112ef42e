import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { IdParams, SessionBody, TokenBody } from '../api-desk.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import type { DemoAnswer, SessionView } from '../core/desk-wire.ts'
import type { Channel } from '../core/notice.ts'
import type { NewToken, SessionsAnswer, TokensAnswer, TokenView } from '../core/session-wire.ts'
import { QingyuError } from '../core/errors.ts'
import { isPermitted, permissionsOf } from '../core/permission.ts'
import type { DeskView } from '../desk-view.ts'
import type { Clock } from '../ports.ts'
import type { Principal, SignIn, Token } from '../sign-in-port.ts'
import type { Plan } from '../core/plan.ts'
import { principalOf } from './http-doors.ts'

const tags = ['session']
/** Name of the cookie that holds a session's secret. */
export const SESSION_COOKIE = 'qingyu_session'
const DAY = 86_400_000
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/** What the routes of sessions need. */
export interface SessionParts {
  readonly signIn: SignIn
  readonly policy: AlertPolicy
  readonly plan: Plan
  readonly view: DeskView
  /** Ways on which somebody can be told. */
  readonly waysTo: (person: string) => readonly Channel[]
  readonly clock: Clock
  /** The city's time, ms: the clock's, or the newest tick's where history is brought in. */
  readonly now: () => number
  /** Whether people reach the desk by https, as the operator says. */
  readonly secure: boolean
}

type Headers = IncomingHttpHeaders

/** Over https the name says that no other host and no page of plain http can have set it (RFC 6265bis, 4.1.3.2). */
const HOST_COOKIE = `__Host-${SESSION_COOKIE}`

/** The secret in the session cookie of a request (RFC 6265, 4.2); undefined where there is none. */
export function cookieOf({ cookie = '' }: Pick<Headers, 'cookie'>): string | undefined {
  const pairs = cookie.split(';').map((pair) => pair.trim().split('='))
  const found = (wanted: string) => pairs.find(([name]) => name === wanted)?.[1]
  return found(HOST_COOKIE) ?? found(SESSION_COOKIE)
}

/** Who a request shows to be; null for nobody. */
export async function whoAsks(signIn: SignIn, headers: Headers): Promise<Principal | null> {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return signIn.who({ cookie: cookieOf(headers), bearer })
}

/** Whether a session may look at the city as walls do; a vendor's may not. */
export async function admits(
  door: { readonly signIn: SignIn } | undefined,
  headers: Headers,
): Promise<boolean> {
  const principal = door === undefined ? null : await whoAsks(door.signIn, headers)
  return principal !== null && isPermitted(principal.person.role, 'desk')
}

/** From this machine, and by a name of it: a foreign name that leads here (DNS rebinding) is none. */
function isLocal({ ip, headers }: FastifyRequest): boolean {
  return LOOPBACK.test(ip) && LOOPBACK_HOST.test(headers.host ?? '')
}

function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  secret: string,
  parts: SessionParts,
  until: number,
): void {
  const isSecure = parts.secure || request.headers.origin?.startsWith('https:') === true
  const seconds = Math.max(0, Math.floor((until - parts.clock.now()) / 1000))
  const marks = [
    'HttpOnly',
    'SameSite=Strict',
    'Path=/',
    `Max-Age=${seconds}`,
    ...(isSecure ? ['Secure'] : []),
  ]
  void reply.header(
    'set-cookie',
    `${isSecure ? HOST_COOKIE : SESSION_COOKIE}=${[secret, ...marks].join('; ')}`,
  )
}

/** Sign-in, sign-out, who I am, my sessions and my tokens. */
export function sessionRoutes(app: FastifyInstance, parts: SessionParts): void {
  const { signIn } = parts
  app.post<{ Body: SessionBody }>(
    '/api/v1/session',
    { schema: { tags, summary: 'Sign in; the session is in an HttpOnly cookie', body: SessionBody } },
    async (request, reply) => {
      const { secret, principal } = await signIn.enter({
        ...request.body,
        address: request.ip,
        local: isLocal(request),
        agent: request.headers['user-agent'] ?? '',
        cookie: cookieOf(request.headers),
      })
      setCookie(request, reply, secret, parts, principal.until)
      return reply.code(201).send(viewOf(principal, parts))
    },
  )
  app.get('/api/v1/session', { schema: { tags, summary: 'Who I am and what I may do' } }, (request) =>
    viewOf(principalOf(request), parts),
  )
  app.delete('/api/v1/session', { schema: { tags, summary: 'Sign out' } }, async (request, reply) => {
    const principal = principalOf(request)
    setCookie(request, reply, '', parts, 0)
    await signIn.revoke(principal, 'session', principal.id)
    return reply.code(204).send()
  })
  app.get(
    '/api/v1/session/demo',
    {
      schema: { tags, summary: 'Who may sign in without a password: nobody outside a demo on this machine' },
    },
    (request): DemoAnswer => ({
      people: signIn.demo(isLocal(request)).map(({ id, name, role, unit, area }) => ({
        person: id,
        name,
        role,
        unit,
        area: parts.view.place(parts.plan.grid.indexOf(area) ?? 0),
      })),
    }),
  )
  ownSessions(app, signIn)
  ownTokens(app, parts)
}

function viewOf(principal: Principal, parts: SessionParts): SessionView {
  const { policy, plan, view, now, waysTo } = parts
  const { person, kind, idleUntil, until } = principal
  return {
    person: person.id,
    name: person.name,
    role: person.role,
    area: view.place(plan.grid.indexOf(person.area) ?? 0),
    unit: person.unit,
    permissions: permissionsOf(person.role),
    kind,
    idleUntil,
    until,
    now: now(),
    units: Object.fromEntries(policy.units),
    categories: Object.fromEntries([...policy.categories].map(([id, { name }]) => [id, name])),
    channels: waysTo(person.id),
  }
}

function ownSessions(app: FastifyInstance, signIn: SignIn): void {
  app.get(
    '/api/v1/sessions',
    { schema: { tags, summary: 'My open sessions' } },
    async (request): Promise<SessionsAnswer> => {
      const principal = principalOf(request)
      const sessions = await signIn.sessions(principal)
      return {
        sessions: sessions.map(({ id, since, used, until, agent }) => ({
          id,
          current: id === principal.id,
          since,
          used,
          until,
          agent,
        })),
      }
    },
  )
  revoking(app, '/api/v1/sessions/:id', 'session', signIn)
}

function revoking(app: FastifyInstance, path: string, kind: 'session' | 'token', signIn: SignIn): void {
  app.delete<{ Params: IdParams }>(
    path,
    { schema: { tags, summary: `End one of my ${kind}s`, params: IdParams } },
    async (request, reply) => {
      const { id } = request.params
      if (!(await signIn.revoke(principalOf(request), kind, id)))
        throw new QingyuError('GW-not-found', { value: `${kind} ${/^[0-9a-f]{8}$/.test(id) ? id : ''}` })
      return reply.code(204).send()
    },
  )
}

function ownTokens(app: FastifyInstance, { signIn, clock }: SessionParts): void {
  const rowOf = ({ id, name, readOnly, since, until }: Token, { person }: Principal): TokenView => ({
    id,
    name,
    role: readOnly && person.role !== 'vendor' ? 'viewer' : person.role,
    since,
    until,
  })
  app.get(
    '/api/v1/tokens',
    { schema: { tags, summary: 'My tokens for other programs' } },
    async (request): Promise<TokensAnswer> => {
      const principal = principalOf(request)
      const tokens = await signIn.tokens(principal)
      return { tokens: tokens.map((token) => rowOf(token, principal)) }
    },
  )
  app.post<{ Body: TokenBody }>(
    '/api/v1/tokens',
    { schema: { tags, summary: 'Make a token; it is shown once', body: TokenBody } },
    async (request, reply) => {
      const principal = principalOf(request)
      const { name, days, readOnly } = request.body
      const token = await signIn.issue(principal, name, clock.now() + days * DAY, readOnly)
      const answer: NewToken = { ...rowOf(token, principal), token: token.secret }
      return reply.code(201).send(answer)
    },
  )
  revoking(app, '/api/v1/tokens/:id', 'token', signIn)
}
