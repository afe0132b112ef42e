import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { explanationAnswer } from '../api-explanation.ts'
import { areaAnswer, levelHistoryAnswer, levelsAnswer } from '../api-levels.ts'
import type { ApiParts } from '../api-parts.ts'
import { readingsAnswer } from '../api-readings.ts'
import {
  AreaAnswer,
  CodeParams,
  ExplanationAnswer,
  LevelHistoryAnswer,
  LevelsAnswer,
  LevelsQuery,
  ReadingsAnswer,
  ReadingsQuery,
  SpanQuery,
} from '../api-schema.ts'
import { toAreasDocument } from '../core/areas.ts'
import { QingyuError } from '../core/errors.ts'
import { RulesNow } from '../rules-now.ts'

const tags = ['city']

/** Routes that answer questions about the city: levels, areas, explanations, histories and indicators. */
export function cityRoutes(app: FastifyInstance, parts: ApiParts): void {
  app.get<{ Querystring: LevelsQuery }>(
    '/api/v1/levels',
    {
      schema: {
        tags,
        summary: 'Levels of an area and of those below it, now or at a time',
        querystring: LevelsQuery,
        response: { 200: LevelsAnswer },
      },
    },
    (request) => levelsAnswer(parts, request.query),
  )
  areaRoutes(app, parts)
  gridRoutes(app, parts)
  meaningRoutes(app, parts)
}

function areaRoutes(app: FastifyInstance, parts: ApiParts): void {
  const rules = new RulesNow(parts.state, parts.plan)
  const answers = <T>(summary: string, answer: T) => ({
    tags,
    summary,
    params: CodeParams,
    response: { 200: answer },
  })
  app.get<{ Params: CodeParams }>(
    '/api/v1/areas/:code',
    { schema: answers('One area of the grid and its level', AreaAnswer) },
    (request, reply) => reply.send(areaAnswer(parts, request.params.code)),
  )
  app.get<{ Params: CodeParams }>(
    '/api/v1/areas/:code/explanation',
    { schema: answers('Why an area has its level', ExplanationAnswer) },
    async (request) => explanationAnswer(parts, await rules.get(), request.params.code),
  )
  app.get<{ Params: CodeParams; Querystring: SpanQuery }>(
    '/api/v1/areas/:code/levels',
    {
      schema: { ...answers('How the level of an area changed', LevelHistoryAnswer), querystring: SpanQuery },
    },
    (request) => levelHistoryAnswer(parts, request.params.code, request.query),
  )
  app.get<{ Params: CodeParams; Querystring: ReadingsQuery }>(
    '/api/v1/areas/:code/readings',
    {
      schema: {
        ...answers('Readings of an indicator, pane by pane', ReadingsAnswer),
        querystring: ReadingsQuery,
      },
    },
    (request) => readingsAnswer(parts, request.params.code, request.query),
  )
}

interface Packed {
  readonly plain: Buffer
  readonly gzip: Buffer
  readonly br: Buffer
}

async function pack(value: object): Promise<Packed> {
  const plain = Buffer.from(JSON.stringify(value))
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }
  return {
    plain,
    gzip: await promisify(gzip)(plain),
    br: await promisify(brotliCompress)(plain, quality),
  }
}

function gridRoutes(app: FastifyInstance, { plan }: ApiParts): void {
  const { version } = plan.grid
  // Made when first asked for and kept: a version of a grid never changes.
  let packed: Promise<Packed> | undefined
  const send = async (
    request: FastifyRequest,
    reply: FastifyReply,
    caching: string,
  ): Promise<FastifyReply> => {
    const tag = `"${version}"`
    void reply.headers({ etag: tag, 'cache-control': caching, vary: 'accept-encoding, origin' })
    if (request.headers['if-none-match'] === tag) return reply.code(304).send()
    const document = await (packed ??= pack(toAreasDocument(plan.grid)))
    const accepted = String(request.headers['accept-encoding'] ?? '')
    const encoding = (['br', 'gzip'] as const).find((name) => new RegExp(`\\b${name}\\b`).test(accepted))
    void reply.type('application/json; charset=utf-8')
    if (encoding === undefined) return reply.send(document.plain)
    return reply.header('content-encoding', encoding).send(document[encoding])
  }
  const known = (asked: string): void => {
    if (asked !== version) throw new QingyuError('GW-not-found', { value: `Grid ${asked.slice(0, 40)}` })
  }
  app.get<{ Querystring: { grid?: string } }>(
    '/api/v1/areas',
    {
      schema: {
        tags,
        summary: 'All areas of the grid, by area index',
        querystring: { type: 'object', properties: { grid: { type: 'string', maxLength: 64 } } },
      },
    },
    (request, reply) => {
      known(request.query.grid ?? version)
      return send(request, reply, 'no-cache')
    },
  )
  app.get<{ Params: { version: string } }>(
    '/api/v1/grids/:version',
    { schema: { tags, summary: 'All areas of one version of the grid; never changes' } },
    (request, reply) => {
      known(request.params.version)
      return send(request, reply, 'private, max-age=31536000, immutable')
    },
  )
}

function meaningRoutes(app: FastifyInstance, { plan }: ApiParts): void {
  app.get('/api/v1/indicators', { schema: { tags, summary: 'What is observed' } }, (_, reply) =>
    reply.send({ indicators: plan.indicators.list, scheme: plan.scheme }),
  )
}
