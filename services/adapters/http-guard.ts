import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../config-schema.ts'
import { QingyuError } from '../core/errors.ts'

/** True when a page of that origin may talk to us: none named (no browser), the same host, or one of the configured. */
export function permitsOrigin(
  origin: string | undefined,
  host: string | undefined,
  permitted: readonly string[],
): boolean {
  if (origin === undefined || permitted.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

/** Origins of pages that may talk to this server beside its own: those configured, and those that other gateways serve. */
export function originsOf({ origins, gateways }: Config['http']): readonly string[] {
  return [...origins, ...gateways.map((address) => new URL(address).origin)]
}

/** True for the origin of pages that another of our gateways serves. */
export function isGateway(origin: string, gateways: readonly string[]): boolean {
  return gateways.some((address) => new URL(address).origin === origin)
}

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Compares a shown token in constant time. */
export function sameToken(shown: string | undefined, expected: string): boolean {
  return shown !== undefined && timingSafeEqual(digest(shown), digest(expected))
}

/**
 * MapLibre runs its workers from blobs and paints from data: images; everything else comes from here or from another gateway,
 * so that the wall works with no internet and a page that slipped in could send nothing out.
 */
function policyOf(gateways: readonly string[]): string {
  const others = gateways.flatMap((address) => {
    const { origin } = new URL(address)
    return [origin, origin.replace(/^http/, 'ws')]
  })
  return [
    "default-src 'self'",
    "script-src 'self'",
    "worker-src 'self' blob:",
    "child-src 'self' blob:",
    "img-src 'self' data: blob:",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    ["connect-src 'self'", ...others].join(' '),
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}
/** What a page of a permitted origin may do: ask questions, and show its token with them. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'authorization',
  'access-control-max-age': '600',
}
/** A page that another gateway serves is our own: a desk that loses its gateway goes on working at the next. */
const OWN_PREFLIGHT = {
  ...PREFLIGHT,
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key, last-event-id',
}

/** Who may come in. `token` empty: anybody (loopback). */
export interface Guard {
  readonly token: string
  /** Whether a request shows a session that may look at the city, which does as well as the token. */
  readonly admits: (request: FastifyRequest) => Promise<boolean>
  readonly origins: readonly string[]
  /** Addresses of all gateways. */
  readonly gateways: readonly string[]
}

const OPEN = new Set(['/livez', '/readyz'])
const GUARDED = /^\/(api|open311|metrics|cap)(\/|$)/
/** What a session opens beside the desk, for looking only: who signed in sees the same city as a wall. */
const SHOWN = /^\/(api|cap)(\/|$)/

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Sessions and rehearsals show the past and touch nothing: whoever may look may open them, too. */
const LOOKING = /^\/api\/v1\/(replays|rehearsals)(\/|$)/
/** What lies below the path of a session is guarded as if it lay at the top. */
const SESSION = /^\/replay\/[0-9a-f]{16}(?=\/)/

async function check(request: FastifyRequest, guard: Guard): Promise<void> {
  const { origin, host, authorization } = request.headers
  // A foreign page may post a form without asking; reading is kept from it by the browser.
  if (!isReading(request) && !permitsOrigin(origin, host, guard.origins))
    throw new QingyuError('GW-origin', { value: (origin ?? '').slice(0, 200) })
  const asked = request.url.split('?', 1)[0] ?? '/'
  const path = asked.replace(SESSION, '')
  if (guard.token === '' || OPEN.has(path) || !GUARDED.test(path)) return
  // The desk's own routes have doors of their own.
  if (request.routeOptions.config.door !== undefined) return
  const shown = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (sameToken(shown, guard.token)) return
  // What is acted in a session meets the doors of its own server.
  const looks = isReading(request) || path !== asked || LOOKING.test(path)
  if (looks && SHOWN.test(path) && (await guard.admits(request))) return
  throw new QingyuError('GW-token', {})
}

/** Lets pages of permitted origins read answers (Fetch standard, CORS); true when the request was only a question about that. */
function shareAnswer(request: FastifyRequest, reply: FastifyReply, guard: Guard): boolean {
  const { origin } = request.headers
  if (origin === undefined || !guard.origins.includes(origin) || !request.url.startsWith('/api/'))
    return false
  const isOwn = isGateway(origin, guard.gateways)
  void reply.headers({
    'access-control-allow-origin': origin,
    vary: 'origin',
    ...(isOwn && { 'access-control-allow-credentials': 'true' }),
  })
  if (request.method !== 'OPTIONS') return false
  void reply
    .code(204)
    .headers(isOwn ? OWN_PREFLIGHT : PREFLIGHT)
    .send()
  return true
}

/** Sets security headers on every answer and asks for the token before anything else is read. Pages themselves are open. */
export function guardRequests(app: FastifyInstance, guard: Guard): void {
  const headers = { ...HEADERS, 'content-security-policy': policyOf(guard.gateways) }
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(headers)
    if (shareAnswer(request, reply, guard)) return reply
    await check(request, guard)
  })
}
