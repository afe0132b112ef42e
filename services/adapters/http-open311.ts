import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../config-schema.ts'
import { instantOf } from '../api-parts.ts'
import { ERRORS, QingyuError } from '../core/errors.ts'
import { repeatable } from '../core/personal.ts'
import type { Plan } from '../core/plan.ts'
import {
  languageOf,
  MEDIA,
  readRequest,
  requestRow,
  serviceRow,
  writeDefinition,
  writeDiscovery,
  writeList,
  type Format,
  type Open311Error,
} from '../formats/open311.ts'
import type { HttpRefusals } from './http-refused.ts'
import { ReportRefused, type Call, type CallQuery, type Hotline } from '../hotline-port.ts'

const tags = ['open311']
const ROOT = '/open311/v2'

/** What the Open311 routes need. */
export interface Open311Parts {
  readonly hotline: Hotline
  readonly plan: Plan
  readonly config: Pick<Config, 'hotline'>
  readonly refusals: HttpRefusals
  readonly report: (fault: unknown) => void
}

type Query = Readonly<Record<string, unknown>>
type Fields = Readonly<Record<string, unknown>>

function send(reply: FastifyReply, format: Format, body: string, status = 200): FastifyReply {
  return reply.code(status).type(MEDIA[format]).send(body)
}

/** The standard's own form of an error, with our code beside it. */
function faultsOf(thrown: unknown): readonly Open311Error[] | undefined {
  const found =
    thrown instanceof ReportRefused ? thrown.refusals : thrown instanceof QingyuError ? [thrown] : []
  if (found.length === 0) return undefined
  return found.map(({ code, message, hint }) => ({
    code: ERRORS[code].http ?? 500,
    description: `${message}. ${hint}`,
    error: code,
    hint,
  }))
}

/** Name and format of the last part of a path: `noise.json`. */
function named(text: string): { name: string; format: Format } {
  const match = /^(.+)\.(json|xml)$/.exec(text)
  if (match === null) throw new QingyuError('GW-not-found', { value: `${ROOT}/…/${text.slice(0, 60)}` })
  return { name: match[1] ?? '', format: match[2] === 'xml' ? 'xml' : 'json' }
}

function fieldsOf(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body }
  throw new QingyuError('HL-field', {
    field: 'body',
    value: 'not an object',
    expected: 'form data or one JSON object',
  })
}

/** GeoReport v2: discovery, services, requests, each as JSON and as XML. */
export function open311Routes(app: FastifyInstance, parts: Open311Parts): void {
  const { plan, config } = parts
  /** Answers faults in the form asked for: clients of the standard do not read problem details. */
  const guarded =
    (
      format: (request: FastifyRequest) => Format,
      answer: (request: FastifyRequest, reply: FastifyReply) => unknown,
    ) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      try {
        const asked = { ...(request.query as Query), ...(request.body as Fields | undefined) }[
          'jurisdiction_id'
        ]
        const { jurisdiction } = config.hotline
        if (jurisdiction !== '' && typeof asked === 'string' && asked !== '' && asked !== jurisdiction)
          throw new QingyuError('HL-field', {
            field: 'jurisdiction_id',
            value: repeatable(asked),
            expected: jurisdiction,
          })
        return await answer(request, reply)
      } catch (thrown) {
        const faults = faultsOf(thrown)
        if (faults === undefined) throw thrown
        if (thrown instanceof QingyuError) parts.refusals.count(request, thrown)
        return send(
          reply,
          format(request),
          writeList('errors', faults, format(request)),
          faults[0]?.code ?? 500,
        )
      }
    }
  for (const format of ['json', 'xml'] as const) {
    const fixed = () => format
    app.get(
      `${ROOT}/discovery.${format}`,
      { schema: { tags, summary: 'Where this service is and what it speaks' } },
      guarded(fixed, (request, reply) => {
        const base = `${request.protocol}://${request.host}${ROOT}`
        // The grid decides what is served here, so its version stands for the time of the last change.
        return send(reply, format, writeDiscovery(base, plan.grid.name.en, plan.grid.version, format))
      }),
    )
    app.get(
      `${ROOT}/services.${format}`,
      { schema: { tags, summary: 'Services that calls may be about' } },
      guarded(fixed, (request, reply) => {
        const language = languageOf(request.headers['accept-language'])
        const rows = parts.hotline.services.map((service) => serviceRow(service, language))
        return send(reply, format, writeList('services', rows, format))
      }),
    )
    app.get(
      `${ROOT}/requests.${format}`,
      { schema: { tags, summary: 'Calls that were counted, newest first' } },
      guarded(fixed, async (request, reply) => {
        const query = request.query as Query
        const { calls, complete } = await search(parts, query)
        if (!complete) void reply.header('warning', '199 - "only the newest part of the log was searched"')
        return send(reply, format, rowsOf(parts, calls, request, format))
      }),
    )
    app.post(
      `${ROOT}/requests.${format}`,
      {
        schema: { tags, summary: 'Report one call; answered once it is durable' },
        config: { refuse: (error) => parts.hotline.refuseUnread(error) },
      },
      guarded(fixed, async (request, reply) => {
        const id = await take(parts, request)
        const row = { service_request_id: id, service_notice: '', account_id: null }
        return send(reply, format, writeList('service_requests', [row], format), 201)
      }),
    )
  }
  const byName = (request: FastifyRequest) => named((request.params as { name: string }).name)
  const formatOf = (request: FastifyRequest): Format =>
    (request.params as { name: string }).name.endsWith('.xml') ? 'xml' : 'json'
  app.get(
    `${ROOT}/services/:name`,
    { schema: { tags, summary: 'One service; none asks for attributes' } },
    guarded(formatOf, (request, reply) => {
      const { name, format } = byName(request)
      if (!parts.hotline.services.some(({ code }) => code === name))
        throw new QingyuError('HL-service', { value: name.slice(0, 80) })
      return send(reply, format, writeDefinition(name, format))
    }),
  )
  app.get(
    `${ROOT}/requests/:name`,
    { schema: { tags, summary: 'One call that was counted' } },
    guarded(formatOf, async (request, reply) => {
      const { name, format } = byName(request)
      const call = await parts.hotline.request(name)
      if (call === undefined) throw new QingyuError('HL-request', { value: name.slice(0, 80) })
      return send(reply, format, rowsOf(parts, [call], request, format))
    }),
  )
}

async function take({ hotline }: Open311Parts, request: FastifyRequest): Promise<string> {
  const key = request.headers['idempotency-key']
  const { report, words } = readRequest(fieldsOf(request.body), typeof key === 'string' ? key : undefined)
  if (words) throw hotline.refuseAddress(report)
  return (await hotline.report(report)).id
}

function rowsOf(
  { hotline, plan }: Open311Parts,
  calls: readonly Call[],
  request: FastifyRequest,
  format: Format,
): string {
  const language = languageOf(request.headers['accept-language'])
  const { grid } = plan
  const rows = calls.map((call) => {
    const service = hotline.services.find(({ code }) => code === call.service)
    return requestRow(call, service?.name[language] ?? call.service, {
      code: grid.codes[call.area] ?? '',
      name: grid.names[call.area]?.[language] ?? '',
      unit: grid.units[call.area] ?? '',
      lon: grid.centres[2 * call.area] ?? 0,
      lat: grid.centres[2 * call.area + 1] ?? 0,
    })
  })
  return writeList('service_requests', rows, format)
}

async function search(
  { hotline }: Open311Parts,
  query: Query,
): Promise<{ calls: readonly Call[]; complete: boolean }> {
  const word = (field: string) => {
    const value = query[field]
    return typeof value === 'string' && value !== '' ? value.slice(0, 1_000) : undefined
  }
  const status = word('status')
  const wanted: { -readonly [K in keyof CallQuery]?: CallQuery[K] } = {}
  const [begin, end] = [word('start_date'), word('end_date')]
  if (begin !== undefined) wanted.from = instantOf('start_date', begin)
  if (end !== undefined) wanted.to = instantOf('end_date', end)
  const services = word('service_code')?.split(',')
  if (services !== undefined) wanted.services = services
  // Calls are counted here, not handled: none is ever closed.
  if (status !== undefined && !status.split(',').includes('open')) return { calls: [], complete: true }
  const ids = word('service_request_id')
    ?.split(',')
    .filter((id) => id !== '')
    .slice(0, 50)
  if (ids === undefined) return hotline.requests(wanted)
  const calls: Call[] = []
  for (const id of ids) {
    const call = await hotline.request(id)
    if (call !== undefined) calls.push(call)
  }
  return { calls, complete: true }
}
