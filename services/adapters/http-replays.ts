import { request as ask, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  DrillScore,
  ReplayBody,
  ReplayParams,
  ReplaysAnswer,
  ReplayVerbParams,
  ReplayView,
} from '../api-replays.ts'
import { scoreCsv } from '../core/drill-score.ts'
import { QingyuError } from '../core/errors.ts'
import { isPermitted, rolesFor, type Permission } from '../core/permission.ts'
import type { ReplayView as View } from '../core/replay-wire.ts'
import { SUBPROTOCOL } from '../core/wire.ts'
import { bearerOf } from '../replay-sign-in.ts'
import { readVerb } from '../replay-wanted.ts'
import type { Replays, Wanted } from '../replays-port.ts'
import type { SignIn } from '../sign-in-port.ts'
import { unjudged } from './http-alerts.ts'
import { sendProblem } from './http-problem.ts'
import { WALL_PATH } from './wall.ws.ts'
import { admits as isAdmitted, whoAsks } from './http-session.ts'

const tags = ['replays']

/** Whether somebody is signed in who may see people's names. */
const admits = ({ signIn }: ReplayParts, headers: IncomingHttpHeaders): Promise<boolean> =>
  isAdmitted(signIn && { signIn }, headers)

/** What the routes of sessions need. */
export interface ReplayParts {
  readonly replays: Replays
  /** Absent where nobody signs in. */
  readonly signIn: SignIn | undefined
}

/** Sessions of replays and drills: open, move and close them; each has its own pages and API below its path. */
export function replayRoutes(app: FastifyInstance, parts: ReplayParts): void {
  const { replays, signIn } = parts
  app.get(
    '/api/v1/replays',
    { schema: { tags, summary: 'Replays and drills that are open', response: { 200: ReplaysAnswer } } },
    async ({ headers }) => {
      const { replays: open, most } = replays.list()
      const isKnown = await admits(parts, headers)
      return { replays: open.map((view) => shown(view, isKnown)), most }
    },
  )
  app.post<{ Body: Wanted | null }>(
    '/api/v1/replays',
    {
      schema: {
        tags,
        summary: 'Open a replay or drill at a time, an incident or an alert; by default at the last incident',
        body: ReplayBody,
        response: { 201: ReplayView },
      },
      ...unjudged,
    },
    async (request, reply) => {
      const principal = signIn === undefined ? null : await whoAsks(signIn, request.headers)
      const person = principal?.person.id ?? ''
      const drills = principal !== null && isPermitted(principal.person.role, 'drill')
      return reply.code(201).send(await replays.open(bodyOf(request.body), { person, drills }))
    },
  )
  app.get<{ Params: ReplayParams }>(
    '/api/v1/replays/:id',
    {
      schema: { tags, summary: 'How a session stands', params: ReplayParams, response: { 200: ReplayView } },
    },
    async ({ params, headers }) => shown(replays.get(params.id), await admits(parts, headers)),
  )
  app.delete<{ Params: ReplayParams }>(
    '/api/v1/replays/:id',
    { schema: { tags, summary: 'Close a session, for all who look at it', params: ReplayParams } },
    async (request, reply) => {
      await assertSteers(request, parts, 'drill')
      await replays.close(request.params.id)
      return reply.code(204).send()
    },
  )
  app.post<{ Params: ReplayVerbParams; Body: Wanted | null }>(
    '/api/v1/replays/:id/:verb',
    {
      schema: {
        tags,
        summary: 'play, pause, seek, step, rate, loop; answers once it is done',
        params: ReplayVerbParams,
        response: { 200: ReplayView },
      },
      ...unjudged,
    },
    async (request) => {
      await assertSteers(request, parts, 'drill')
      const call = readVerb(request.params.verb, bodyOf(request.body))
      return shown(await replays.do(request.params.id, call), await admits(parts, request.headers))
    },
  )
  scoreRoutes(app, parts)
  forwardRoutes(app, parts)
}

/** How people did in a drill: seen by those who may sign in to the desk. */
function scoreRoutes(app: FastifyInstance, parts: ReplayParts): void {
  const { replays } = parts
  const summary = 'How people did in a drill so far: each duty against its limit and against what happened'
  app.get<{ Params: ReplayParams }>(
    '/api/v1/replays/:id/score',
    { schema: { tags, summary, params: ReplayParams, response: { 200: DrillScore } } },
    async (request) => {
      await assertSteers(request, parts, 'desk')
      return replays.score(request.params.id)
    },
  )
  app.get<{ Params: ReplayParams }>(
    '/api/v1/replays/:id/score.csv',
    { schema: { tags, summary: `${summary}, as a table`, params: ReplayParams } },
    async (request, reply) => {
      await assertSteers(request, parts, 'desk')
      const score = await replays.score(request.params.id)
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="drill-${request.params.id}.csv"`)
        .send(scoreCsv(score))
    },
  )
}

/** A replay is everybody's who may look; of a drill only with a permission. RY-unknown, SE-session, SE-role. */
async function assertSteers(
  { headers, params }: FastifyRequest<{ Params: ReplayParams }>,
  { replays, signIn }: ReplayParts,
  permission: Permission,
): Promise<void> {
  if (replays.get(params.id).kind !== 'drill') return
  const principal = signIn === undefined ? null : await whoAsks(signIn, headers)
  if (principal === null)
    throw new QingyuError('SE-session', { why: 'no session or token was shown, or it is over' })
  const { role } = principal.person
  if (isPermitted(role, permission)) return
  const expected = rolesFor(permission).join(', ')
  throw new QingyuError('SE-role', { value: 'This drill', role, expected })
}

/** Who opened a session is for who is signed in. */
function shown(view: View, isKnown: boolean): View {
  return isKnown ? view : { ...view, by: '' }
}

/** RY-field. */
function bodyOf(body: unknown): Wanted {
  if (body === null || body === undefined) return {}
  if (typeof body === 'object' && !Array.isArray(body)) return body as Wanted
  throw new QingyuError('RY-field', { field: 'body', value: typeof body, expected: 'an object' })
}

const INNER = /^\/replay\/([0-9a-f]{16})(?=[/?]|$)/

/** The session that a path lies in, and the path as its own server has it; null for the installation's own. */
export function innerOf(url: string): { readonly id: string; readonly path: string } | null {
  const found = INNER.exec(url)
  const [whole, id] = found ?? []
  if (whole === undefined || id === undefined) return null
  const path = url.slice(whole.length)
  return { id, path: path.startsWith('/') ? path : `/${path}` }
}

/** Headers of one connection alone (RFC 9110, 7.6.1). */
const HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']
/** What shows who asks: found out here, and told in our own words. */
const SHOWN = ['cookie', 'authorization', 'proxy-authorization']

function endToEnd(headers: IncomingHttpHeaders, without: readonly string[]): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase())
  const gone = new Set([...HOP, ...without, ...named])
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !gone.has(name)))
}

/** Signing in, tokens and subscriptions of browsers are the installation's, not a session's. */
const OWN = ['session/demo', 'sessions', 'sessions/:of', 'tokens', 'tokens/:of', 'push', 'push/key'] as const

/** Everything below `/replay/{id}/` goes to the server of that session. */
function forwardRoutes(app: FastifyInstance, { replays, signIn }: ReplayParts): void {
  void app.register((routes, _options, done) => {
    // Bodies pass through unread.
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser('*', (_request, _payload, next) => next(null))
    const back = (request: FastifyRequest, reply: FastifyReply) => {
      const inner = innerOf(request.url)?.path ?? '/'
      const up = '../'.repeat(inner.split('?', 1)[0]?.split('/').length ?? 2)
      return reply.redirect(`${up}${inner.slice(1)}`, 307)
    }
    const open = { schema: { hide: true }, config: { door: 'open' } } as const
    routes.route({ method: ['POST', 'DELETE'], url: '/replay/:id/api/v1/session', ...open, handler: back })
    for (const path of OWN)
      routes.route({
        method: ['GET', 'POST', 'DELETE'],
        url: `/replay/:id/api/v1/${path}`,
        ...open,
        handler: back,
      })
    const forward = async (request: FastifyRequest, reply: FastifyReply) => {
      const inner = innerOf(request.url)
      if (inner === null) throw new QingyuError('RY-unknown', { value: 'Replay' })
      // Its pages name everything from where they lie, which needs the slash.
      if (/^\/replay\/\w+(\?|$)/.test(request.url)) return reply.redirect(`${inner.id}${inner.path}`, 308)
      const principal = signIn === undefined ? null : await whoAsks(signIn, request.headers)
      const { socket, leave } = await replays.enter(inner.id)
      const headers = endToEnd(request.headers, SHOWN)
      if (principal !== null) headers['authorization'] = `Bearer ${bearerOf(principal)}`
      passOn(request, reply, { socketPath: socket, path: inner.path, headers }, leave)
      return reply
    }
    routes.all('/replay/:id', { schema: { hide: true } }, forward)
    routes.all('/replay/:id/*', { schema: { hide: true } }, forward)
    done()
  })
}

interface Onward {
  readonly socketPath: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

function passOn(request: FastifyRequest, reply: FastifyReply, onward: Onward, leave: () => void): void {
  const { raw } = request
  const there = ask({ ...onward, method: raw.method ?? 'GET' })
  const end = (): void => {
    leave()
    there.destroy()
  }
  reply.raw.once('close', end)
  there.once('response', (answer) => {
    reply.hijack()
    reply.raw.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers, []))
    answer.pipe(reply.raw)
    answer.once('error', () => reply.raw.destroy())
  })
  there.once('error', () => {
    if (reply.raw.headersSent) reply.raw.destroy()
    else if (!reply.raw.closed) void sendProblem(request, reply, gone(onward))
  })
  raw.pipe(there)
}

function gone({ path }: Pick<Onward, 'path'>): QingyuError {
  return new QingyuError('RY-failed', { value: 'of this page', why: `${path.slice(0, 80)} is not answered` })
}

/** Walls of sessions, as the server of walls asks for them. */
export function wallsOf(replays: Replays) {
  return {
    takes: (path: string) => innerOf(path)?.path === WALL_PATH,
    take: (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      passWall(replays, request, socket, head),
  }
}

/** Passes a wall's handshake on to the server of its session, and all that follows. RY-unknown, RY-failed. */
async function passWall(
  replays: Replays,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const inner = innerOf(request.url ?? '/')
  if (inner === null) throw new QingyuError('RY-unknown', { value: 'Replay' })
  const { socket: path, leave } = await replays.enter(inner.id)
  // It may have gone while the session opened.
  if (socket.destroyed) return leave()
  const there = connect(path)
  const headers = {
    ...endToEnd(request.headers, [...SHOWN, 'sec-websocket-protocol', 'sec-websocket-extensions']),
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-protocol': SUBPROTOCOL,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`)
  there.write(`GET ${inner.path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  there.write(head)
  const end = (): void => {
    leave()
    there.destroy()
    socket.destroy()
  }
  for (const side of [there, socket]) side.once('close', end).on('error', end)
  there.pipe(socket)
  socket.pipe(there)
}
