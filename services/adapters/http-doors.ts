import type { FastifyInstance, FastifyRequest } from 'fastify'
import { QingyuError } from '../core/errors.ts'
import { isPermitted, rolesFor, type Permission } from '../core/permission.ts'
import type { Principal } from '../sign-in-port.ts'
import { isGateway } from './http-guard.ts'
import { pathOf } from './http-problem.ts'

/** What a route of the desk needs: a permission; any session (`self`), not by a token (`own`); or nothing (`open`). */
type Door = Permission | 'self' | 'own' | 'open'

/** Every route of the desk and who gets in. A route that does not stand here cannot be registered. */
const DOORS: Readonly<Record<string, Door>> = {
  'POST /api/v1/session': 'open',
  'GET /api/v1/session': 'self',
  'DELETE /api/v1/session': 'own',
  'GET /api/v1/session/demo': 'open',
  'GET /api/v1/sessions': 'own',
  'DELETE /api/v1/sessions/:id': 'own',
  'GET /api/v1/tokens': 'own',
  'POST /api/v1/tokens': 'own',
  'DELETE /api/v1/tokens/:id': 'own',
  'GET /api/v1/alerts': 'desk',
  'POST /api/v1/alerts': 'raise',
  'GET /api/v1/alerts/:id': 'desk',
  'GET /api/v1/alerts/:id/surroundings': 'desk',
  'GET /api/v1/alerts/:id/knowledge': 'desk',
  'GET /api/v1/knowledge': 'desk',
  'POST /api/v1/alerts/:id/:verb': 'act',
  'GET /api/v1/incidents': 'desk',
  'GET /api/v1/notices': 'desk',
  'GET /api/v1/silences': 'desk',
  'POST /api/v1/silences': 'silence',
  'DELETE /api/v1/silences/:id': 'silence',
  'GET /api/v1/subscriptions': 'desk',
  'POST /api/v1/subscriptions': 'desk',
  'DELETE /api/v1/subscriptions/:id': 'desk',
  'GET /api/v1/roster': 'desk',
  'POST /api/v1/roster/covers': 'cover',
  'GET /api/v1/handovers': 'desk',
  'POST /api/v1/handovers': 'handover',
  'GET /api/v1/audit': 'audit',
  'GET /api/v1/areas/:code/report': 'reports',
  'GET /api/v1/areas/:code/report.csv': 'reports',
  'POST /api/v1/rules/versions': 'publish',
  'POST /api/v1/rules/versions/:version/publish': 'publish',
  'GET /api/v1/desk/stream': 'desk',
  'GET /api/v1/push/key': 'desk',
  'POST /api/v1/push': 'own',
  'DELETE /api/v1/push': 'own',
  'GET /api/v1/vendors/:vendor/letters': 'letters',
  'POST /api/v1/bundles': 'bundle',
  'POST /api/v1/bundles/open': 'bundle',
  'GET /api/v1/bundles/:id': 'bundle',
  'DELETE /api/v1/bundles/:id': 'bundle',
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** On routes of the desk: they ask for a session and not for the wall's token. */
    door?: Door
  }
  interface FastifyRequest {
    /** Who asks; null while that is not known. */
    principal: Principal | null
  }
}

/** What doors are made of: who asks, and the addresses of all gateways, whose pages are our own. */
export interface DoorKeeper {
  readonly who: (request: FastifyRequest) => Promise<Principal | null>
  readonly gateways: readonly string[]
}

/** Puts a door before every route that is registered here from now on. */
export function guardDoors(routes: FastifyInstance, keeper: DoorKeeper): void {
  routes.addHook('onRoute', (route) => {
    const method = String(route.method)
    // Fastify answers HEAD where it answers GET.
    const door = DOORS[`${method === 'HEAD' ? 'GET' : method} ${route.url}`]
    if (door === undefined) throw new Error(`${method} ${route.url} has no door`)
    route.config = { ...route.config, door }
    route.schema = { ...route.schema, security: door === 'open' ? [] : [{ session: [] }, { person: [] }] }
  })
  routes.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store')
    request.principal = await keeper.who(request)
    admit(request, keeper)
  })
}

/** SE-session, SE-origin or SE-role. */
function admit(request: FastifyRequest, { gateways }: DoorKeeper): void {
  const { door } = request.routeOptions.config
  const { principal } = request
  if (door === 'open') return assertSameSite(request, gateways)
  if (principal === null)
    throw new QingyuError('SE-session', { why: 'no session or token was shown, or it is over' })
  // A token is shown on purpose; a cookie comes along with whatever a page asks for.
  if (principal.kind !== 'token') assertSameSite(request, gateways)
  const { role } = principal.person
  if (door === 'own' && principal.kind === 'token')
    throw new QingyuError('SE-role', { value: pathOf(request), role: 'of a token', expected: 'signed in' })
  if (door === 'self' || door === 'own') return
  if (door === undefined || !isPermitted(role, door))
    throw new QingyuError('SE-role', {
      value: pathOf(request),
      role,
      expected: door === undefined ? '' : rolesFor(door).join(', '),
    })
}

/** Only our own pages act for who is signed in: not those of other ports of this host, nor of origins that walls may come from. */
function assertSameSite({ method, headers }: FastifyRequest, gateways: readonly string[]): void {
  if (method === 'GET' || method === 'HEAD') return
  const { origin, host } = headers
  const site = headers['sec-fetch-site']
  const isOurs =
    origin === undefined
      ? site === undefined || site === 'same-origin'
      : (URL.canParse(origin) && new URL(origin).host === host) || isGateway(origin, gateways)
  if (!isOurs) throw new QingyuError('SE-origin', { value: (origin ?? String(site)).slice(0, 200) })
}

/** Who asks; for handlers behind a door that lets nobody in unknown. */
export function principalOf({ principal }: FastifyRequest): Principal {
  if (principal === null) throw new QingyuError('SE-session', { why: 'no session or token was shown' })
  return principal
}
