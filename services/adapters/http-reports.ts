import type { FastifyInstance } from 'fastify'
import { ReportAnswer, ReportBody } from '../api-schema.ts'
import { QingyuError } from '../core/errors.ts'
import type { Plan } from '../core/plan.ts'
import type { Hotline, Report, Told } from '../hotline-port.ts'

/** Fields that the decoder of observations judges; longer texts are cut before it sees them. */
const TOLD = ['time', 'lon', 'lat', 'area', 'address'] as const
const MOST_TOLD = 256
const MOST_NAME = 128

function isTold(value: unknown): value is Told {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

/** What it is, never what it says: refusals are kept, and a caller's words may name a person. */
function kindOf(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return `a text of ${value.length} characters`
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function nameOf(body: object, field: 'service' | 'indicator' | 'id'): string | undefined {
  const value: unknown = Reflect.get(body, field)
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' && value !== '' && value.length <= MOST_NAME) return value
  throw new QingyuError('HL-field', {
    field,
    value: kindOf(value),
    expected: `a text of 1 to ${MOST_NAME}`,
  })
}

/** What is taken of a body: only the named fields; whatever else it holds may be personal and is not looked at. */
export function readReport(body: unknown): Report {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new QingyuError('HL-field', {
      field: 'body',
      value: kindOf(body),
      expected: 'one JSON object',
    })
  const report: Record<string, Told> = {}
  for (const field of ['service', 'indicator', 'id'] as const) {
    const name = nameOf(body, field)
    if (name !== undefined) report[field] = name
  }
  for (const field of TOLD) {
    const value: unknown = Reflect.get(body, field)
    if (value === undefined) continue
    if (!isTold(value))
      throw new QingyuError('HL-field', { field, value: 'nested', expected: 'a text or a number' })
    report[field] = typeof value === 'string' ? value.slice(0, MOST_TOLD) : value
  }
  return report
}

/** `POST /api/v1/reports`: one call to the hotline in our own form; 201 once it is durable. */
export function reportRoutes(app: FastifyInstance, hotline: Hotline, plan: Plan): void {
  app.post(
    '/api/v1/reports',
    {
      schema: {
        tags: ['hotline'],
        summary: 'Report one call; answered once it is durable',
        body: ReportBody,
        response: { 201: ReportAnswer },
      },
      config: { refuse: (error) => hotline.refuseUnread(error) },
      // Judged where all observations are, so that a refused report is counted like any other.
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const report = readReport(request.body)
      const key = request.headers['idempotency-key']
      const id = report.id ?? (typeof key === 'string' && key !== '' ? key.slice(0, MOST_NAME) : undefined)
      const call = await hotline.report(id === undefined ? report : { ...report, id })
      return reply.code(201).send({ id: call.id, area: plan.grid.codes[call.area] ?? '' })
    },
  )
}
