import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ERRORS, QingyuError, sentenceOf, type ErrorCode } from '../core/errors.ts'
import { repeatable } from '../core/personal.ts'
import type { ProblemDetails } from '../api-schema.ts'
import { ReportRefused } from '../hotline-port.ts'
import type { HttpRefusals } from './http-refused.ts'

/** One fault among several, with its JSON pointer. */
export interface Fault {
  readonly pointer: string
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** Problem details (RFC 9457) of an error of the catalogue. */
export function problemOf(
  error: QingyuError,
  instance: string,
  errors: readonly Fault[] = [],
): ProblemDetails {
  return {
    type: `urn:qingyu:error:${error.code}`,
    title: ERRORS[error.code].message.replace(/\{(\w+)\}/g, '…'),
    status: ERRORS[error.code].http ?? 500,
    detail: error.message,
    instance,
    code: error.code,
    hint: error.hint,
    ...(errors.length > 0 && { errors: [...errors] }),
  }
}

/** Problem details of a report that was not taken: the first refusal, and all of them in `errors`. */
function refusedProblem({ refusals }: ReportRefused, instance: string): ProblemDetails {
  const [first] = refusals
  const code = first?.code ?? 'GW-internal'
  return {
    type: `urn:qingyu:error:${code}`,
    title: ERRORS[code].message.replace(/\{(\w+)\}/g, '…'),
    status: ERRORS[code].http ?? 422,
    detail: first?.message ?? '',
    instance,
    code,
    hint: first?.hint ?? '',
    errors: refusals.map(({ pointer, code: each, message, hint }) => ({
      pointer,
      code: each,
      message,
      hint,
    })),
  }
}

/** Answers with the problem; the instance is the path without its query, which might hold what nobody should log. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: QingyuError,
  errors: readonly Fault[] = [],
): FastifyReply {
  const { retryAfter } = error.parameters
  if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter))
  return answer(reply, problemOf(error, pathOf(request), errors))
}

function answer(reply: FastifyReply, problem: ProblemDetails): FastifyReply {
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer')
  if (problem.status === 503 && !reply.hasHeader('retry-after')) void reply.header('retry-after', '5')
  // Serialised here: the schemas of good answers must not drop anything of a problem.
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(problem)
}

/** Path of a request without its query, at most 200 characters. */
export function pathOf(request: FastifyRequest): string {
  return (request.url.split('?', 1)[0] ?? '/').slice(0, 200)
}

const MEDIA = /^[a-z]+\/[a-z0-9.+-]{1,64}(; *charset=[a-z0-9-]{1,32})?$/i

/** Fields whose values no answer repeats: a proxy may keep it. */
const SECRET = /password|token|endpoint|keys/i

function show(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing')).slice(0, 80)
}

function valueAt(root: unknown, pointer: string): unknown {
  let value: unknown = root
  for (const key of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value
}

/** What the framework found wrong, in our own terms; null when it is our fault. */
function translate(error: FastifyError, request: FastifyRequest, maxBody: number): readonly QingyuError[] {
  if (error.validation !== undefined) {
    const root: unknown = error.validationContext === 'body' ? request.body : request.query
    return error.validation.map((fault) => {
      const missing = fault.params['missingProperty']
      const extra = fault.params['additionalProperty']
      const named = typeof missing === 'string' ? missing : typeof extra === 'string' ? extra : ''
      const pointer = named === '' ? fault.instancePath : `${fault.instancePath}/${named}`
      return new QingyuError('GW-parameter', {
        field: pointer.slice(1) || (error.validationContext ?? 'body'),
        value: SECRET.test(pointer) ? 'not what it should be' : show(valueAt(root, pointer)),
        expected: typeof extra === 'string' ? 'no such field' : (fault.message ?? 'another value'),
      })
    })
  }
  const length = request.headers['content-length'] ?? 'too many'
  const known: Readonly<Record<string, () => QingyuError>> = {
    FST_ERR_CTP_BODY_TOO_LARGE: () => new QingyuError('OB-size', { value: length, most: maxBody }),
    FST_ERR_CTP_INVALID_JSON_BODY: () => new QingyuError('OB-json', { why: 'see the syntax of RFC 8259' }),
    FST_ERR_CTP_EMPTY_JSON_BODY: () => new QingyuError('OB-empty', {}),
    FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
      new QingyuError('HL-media', { value: repeatable(request.headers['content-type'] ?? 'none', MEDIA) }),
    FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
      new QingyuError('OB-json', { why: 'its length is not what was said' }),
  }
  const found = known[error.code]?.()
  return found === undefined ? [] : [found]
}

/**
 * Every error of every route becomes problem details, in one counter; what is our own fault is told to `report` and not to the
 * client. A refused report is in the counts of observations already.
 */
export function answerProblems(
  app: FastifyInstance,
  maxBody: number,
  refusals: HttpRefusals,
  report: (fault: unknown) => void,
): void {
  app.setNotFoundHandler((request, reply) => {
    refusals.add('GW-not-found')
    return sendProblem(
      request,
      reply,
      new QingyuError('GW-not-found', { value: `${request.method} ${pathOf(request)}` }),
    )
  })
  app.setErrorHandler((error: FastifyError | QingyuError | ReportRefused, request, reply) => {
    if (error instanceof QingyuError) {
      refusals.count(request, error)
      return sendProblem(request, reply, error)
    }
    if (error instanceof ReportRefused) return answer(reply, refusedProblem(error, pathOf(request)))
    const faults = translate(error, request, maxBody)
    const [first] = faults
    if (first !== undefined) {
      refusals.count(request, first)
      return sendProblem(
        request,
        reply,
        first,
        faults.map((fault) => ({
          pointer: `/${String(fault.parameters['field'] ?? '')}`.replace(/\/$/, ''),
          code: fault.code,
          message: fault.message,
          hint: fault.hint,
        })),
      )
    }
    refusals.add('GW-internal')
    report(error)
    return sendProblem(request, reply, new QingyuError('GW-internal', { why: 'the fault is in the log' }))
  })
}

/** The refusal of a request that is not even HTTP; written by hand, as no reply exists yet. */
export function rawProblem(code: ErrorCode, thrown: unknown): string {
  const body = JSON.stringify(
    problemOf(new QingyuError(code, { why: sentenceOf(thrown).slice(0, 200) }), '/'),
  )
  const { http } = ERRORS[code]
  return `HTTP/1.1 ${http ?? 400} Refused\r\nConnection: close\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
