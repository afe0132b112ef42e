import type { AddressInfo } from 'node:net'
import swagger from '@fastify/swagger'
import { Ajv } from 'ajv'
import fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '../config-schema.ts'
import { QingyuError, sentenceOf } from '../core/errors.ts'
import type { Plan } from '../core/plan.ts'
import { gatewayMetrics } from '../gateway-metrics.ts'
import type { Gateway } from '../gateway-port.ts'
import type { Hotline } from '../hotline-port.ts'
import type { MetricSource } from '../metrics-port.ts'
import type { Reports } from '../reports.ts'
import { RulesNow } from '../rules-now.ts'
import type { Clock, DeadLetters, Intake, Log, Source, Standing, State } from '../ports.ts'
import { bundleRoutes } from './http-bundles.ts'
import { capRoutes, type CapParts } from './http-cap.ts'
import { cityRoutes } from './http-city.ts'
import { civicRoutes } from './http-civic.ts'
import { deskRoutes, type DeskDoor } from './http-desk.ts'
import { guardRequests, originsOf } from './http-guard.ts'
import { open311Routes } from './http-open311.ts'
import { operationRoutes, statsRoute } from './http-operations.ts'
import { limitPatience, LONG_REQUEST_MS, REQUEST_MS } from './http-patience.ts'
import { PAGE_PATHS, pageRoutes } from './http-pages.ts'
import { pastRoutes, type PastParts } from './http-past.ts'
import { answerProblems, pathOf, rawProblem, sendProblem } from './http-problem.ts'
import { HttpRefusals } from './http-refused.ts'
import { reportRoutes } from './http-reports.ts'
import { publishRoutes, ruleRoutes } from './http-rules.ts'
import { wallsOf } from './http-replays.ts'
import { admits, SESSION_COOKIE } from './http-session.ts'
import type { ListenerMetrics } from './listener-metrics.ts'
import { listenerMetrics } from './metrics.listener.ts'
import { createMetrics } from './metrics.prom.ts'
import { MOST_STREAMS } from './http-stream.ts'
import { serveWalls, WALL_PATH } from './wall.ws.ts'

/** Everything behind the HTTP port. */
export interface HttpParts extends PastParts {
  readonly config: Config
  readonly plan: Plan
  /** Null where the gateway stage does not run: then neither walls nor questions about the city are answered. */
  readonly gateway: Gateway | null
  /** Null, as the hotline, where the ingest stage does not run. */
  readonly intake: Intake | null
  readonly hotline: Hotline | null
  readonly state: State
  readonly log: Log
  readonly letters: DeadLetters
  readonly clock: Clock
  /** The desk's server side; absent where nobody signs in. */
  readonly desk?: DeskDoor
  /** What CAP messages are made by, and the address they are linked by. */
  readonly cap?: Pick<CapParts, 'policy' | 'settings' | 'publicUrl'>
  readonly reports?: Reports
  /** Other ways in, named in `/readyz`. */
  readonly sources: readonly Source[]
  /** Counters of the MQTT listener, where there is one. */
  readonly listener: ListenerMetrics | null
  /** Further metrics. */
  readonly metrics?: readonly MetricSource[]
  /** Further dependencies for `/readyz`, by name. */
  readonly readiness?: Readonly<Record<string, () => Standing | Promise<Standing>>>
  /** Rules may be put into force here; absent in a replay. */
  readonly publishes?: boolean
  readonly demo: boolean
  readonly program: string
  /** Folder of the built pages. */
  readonly web: string
  /** Where it listens instead of at the configured address: a socket of this machine. */
  readonly socket?: string
  readonly logger: Pick<Logger, 'error'>
}

/** HTTP and the walls' WebSocket on one port. */
export interface HttpServer {
  /** CF-port when the port is taken, CF-token when it would be open to others without a token. */
  listen(): Promise<{ readonly address: string }>
  close(): Promise<void>
}

/** Headers at most (design §8). */
const MOST_HEADERS = 8_192
/** Connections beside the walls' own. */
const MOST_REQUESTERS = 1_000 + MOST_STREAMS
const LOOPBACK = /^(127\.|::1$|localhost$)/

/** Where no gateway runs a wall is told so, and where to turn. */
const NO_WALLS: Pick<Gateway, 'connect'> = {
  connect(link) {
    link.close('GW-stage', { value: WALL_PATH, stage: 'gateway' })
    return null
  },
}

/** Makes the server; nothing listens before `listen`. */
export function createHttpServer(parts: HttpParts): HttpServer {
  const refusals = new HttpRefusals()
  const app = build(parts, refusals)
  const { http } = parts.config
  app.server.maxConnections = http.maxWalls + MOST_REQUESTERS
  const walls = serveWalls({
    server: app.server,
    gateway: parts.gateway ?? NO_WALLS,
    token: http.wallToken,
    origins: originsOf(http),
    admits: (headers) => admits(parts.desk, headers),
    refused: (code) => refusals.add(code),
    ...(parts.replays && { elsewhere: wallsOf(parts.replays) }),
  })
  return {
    listen: async () => {
      if (!LOOPBACK.test(http.host) && http.wallToken === '')
        throw new QingyuError('CF-token', { value: http.host })
      try {
        await app.listen(
          parts.socket === undefined ? { host: http.host, port: http.port } : { path: parts.socket },
        )
      } catch (thrown) {
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE')
          throw new QingyuError(
            'CF-port',
            { field: 'http.port', value: http.port, env: 'QINGYU_HTTP__PORT' },
            thrown,
          )
        throw new QingyuError(
          'CF-value',
          {
            file: 'configuration',
            field: 'http.host',
            value: `${http.host} (port ${http.port})`,
            expected: `an address and port that this program may open (${sentenceOf(thrown)})`,
          },
          thrown,
        )
      }
      return { address: addressOf(app.server.address(), http.host) }
    },
    close: async () => {
      await walls.close()
      await app.close()
    },
  }
}

function addressOf(bound: string | AddressInfo | null, host: string): string {
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  const anywhere = host === '0.0.0.0' || host === '::'
  const name = anywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

function build(parts: HttpParts, refusals: HttpRefusals): FastifyInstance {
  const { config } = parts
  const report = (fault: unknown): void => parts.logger.error(fault, 'http')
  const app = fastify({
    bodyLimit: config.http.maxBody,
    requestTimeout: LONG_REQUEST_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    http: { maxHeaderSize: MOST_HEADERS, headersTimeout: REQUEST_MS },
    // What the router itself cannot read, before any route or hook.
    frameworkErrors: (_error, request, reply) => {
      refusals.add('GW-not-found')
      void sendProblem(request, reply, new QingyuError('GW-not-found', { value: pathOf(request) }))
    },
    clientErrorHandler: (error, socket) => {
      // A peer that merely hung up said nothing that could be refused.
      if (error.code !== 'ECONNRESET') refusals.add('GW-protocol')
      if (socket.writable) socket.end(rawProblem('GW-protocol', error))
    },
  })
  // Words in a query are coerced; a body says what it means, and null is not 0.
  const query = new Ajv({ coerceTypes: 'array', useDefaults: true, removeAdditional: false, strict: false })
  const body = new Ajv({ useDefaults: true, removeAdditional: false, strict: false })
  app.setValidatorCompiler<Record<string, unknown>>(({ schema, httpPart }) =>
    (httpPart === 'body' ? body : query).compile(schema),
  )
  // The schemas describe answers; what they are made of is typed already, and JSON.stringify is the faster of the two.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, text, done) => done(null, Object.fromEntries(new URLSearchParams(String(text)))),
  )
  const { wallToken, gateways } = config.http
  app.decorateRequest('principal', null)
  limitPatience(app)
  guardRequests(app, {
    token: wallToken,
    origins: originsOf(config.http),
    gateways,
    admits: ({ headers }) => admits(parts.desk, headers),
  })
  answerProblems(app, config.http.maxBody, refusals, report)
  describeApi(app, parts)
  // Routes are a plugin of their own, so that the description sees them all.
  void app.register((routes, _options, done) => {
    addRoutes(routes, parts, refusals, report)
    done()
  })
  return app
}

function describeApi(app: FastifyInstance, { program, config, plan }: HttpParts): void {
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Qingyu',
        version: program,
        description: `The city's barometer: levels, reasons and reports of ${plan.grid.name.en}. Faults are problem details (RFC 9457).`,
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'The token of walls' },
          person: { type: 'http', scheme: 'bearer', description: 'A token of POST /api/v1/tokens' },
          session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
        },
      },
      ...(config.http.wallToken !== '' && { security: [{ token: [] }] }),
    },
  })
}

function addRoutes(
  app: FastifyInstance,
  parts: HttpParts,
  refusals: HttpRefusals,
  report: (fault: unknown) => void,
): void {
  const { plan, gateway, intake, hotline, clock, listener } = parts
  const metrics = createMetrics([
    refusals.metrics,
    ...(gateway === null ? [] : [gatewayMetrics(gateway, () => clock.now())]),
    ...(listener === null ? [] : [listenerMetrics(listener)]),
    ...(parts.metrics ?? []),
  ])
  const ways = parts.sources.map((source) => [`source ${source.address}`, () => source.standing] as const)
  operationRoutes(app, { ...parts, metrics, readiness: { ...Object.fromEntries(ways), ...parts.readiness } })
  if (gateway === null) elsewhere(app, 'gateway', [...PAGE_PATHS, '/api/v1/*'])
  else {
    const past = parts.history?.past
    cityRoutes(app, { ...parts, gateway, ...(past && { past }) })
    ruleRoutes(app, { ...parts, rules: new RulesNow(parts.state, plan) })
    statsRoute(app, { ...parts, gateway })
    pageRoutes(app, parts.web)
    addDesk(app, parts, gateway)
    pastRoutes(app, parts, parts.desk)
  }
  if (intake === null || hotline === null) elsewhere(app, 'ingest', ['/open311/*', '/api/v1/reports'])
  else {
    reportRoutes(app, hotline, plan)
    open311Routes(app, { config: parts.config, plan, hotline, refusals, report })
  }
  app.get('/api/v1/openapi.json', { schema: { hide: true } }, (_, reply) => reply.send(app.swagger()))
}

/** The desk, and what other systems are told of alerts. */
function addDesk(app: FastifyInstance, parts: HttpParts, gateway: Gateway): void {
  const { desk, cap, reports, plan, clock, config } = parts
  if (desk === undefined) return
  const now = () => (config.clock.source === 'wall' ? clock.now() : gateway.picture.tick)
  const { gateways } = config.http
  const around = { plan, clock, letters: parts.letters, picture: () => gateway.picture, now, gateways }
  const addMore = (routes: FastifyInstance) => {
    if (reports !== undefined) civicRoutes(routes, { plan, reports, now })
    if (parts.history?.bundles) bundleRoutes(routes, parts.history.bundles)
  }
  // Where nobody is registered nobody could sign in: whoever sees the wall sees its reports, and keeps bundles.
  const isUnmanned = desk.policy.people.size === 0
  const rules = new RulesNow(parts.state, plan)
  deskRoutes(app, desk, around, (routes) => {
    if (!isUnmanned) addMore(routes)
    if (parts.publishes === true) publishRoutes(routes, { ...parts, rules, desk: desk.desk })
  })
  if (isUnmanned) addMore(app)
  if (cap !== undefined) capRoutes(app, { ...cap, plan, desk: desk.desk })
}

/** Paths that another process of the cluster serves: told apart from those that do not exist, before any body is read. */
function elsewhere(app: FastifyInstance, stage: string, paths: readonly string[]): void {
  for (const url of paths)
    app.route({
      method: ['GET', 'POST'],
      url,
      schema: { hide: true },
      onRequest: (request, _reply, done) =>
        done(new QingyuError('GW-stage', { value: pathOf(request), stage })),
      handler: () => undefined,
    })
}
