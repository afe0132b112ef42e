import type { FastifyInstance, FastifyRequest } from 'fastify'
import { BundleAnswer, BundleBody, BundleParams } from '../api-history.ts'
import { instantOf } from '../api-parts.ts'
import { QingyuError } from '../core/errors.ts'
import type { HistoryDoor } from '../history-port.ts'
import type { BundleWish } from '../bundle.ts'

const tags = ['history']
/** As they come from browsers and from curl. */
const MEDIA = ['application/zip', 'application/octet-stream', 'application/x-zip-compressed']

type Bundles = NonNullable<HistoryDoor['bundles']>

/** Keeps, gives out, takes in and drops bundles. */
export function bundleRoutes(app: FastifyInstance, bundles: Bundles): void {
  app.post<{ Body: BundleBody }>(
    '/api/v1/bundles',
    {
      schema: {
        tags,
        summary: 'Keep the last minutes, an incident, an alert or a span of time as a bundle',
        body: BundleBody,
        response: { 201: BundleAnswer },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await bundles.make(wishOf(request.body), askerOf(request))),
  )
  app.get<{ Params: BundleParams }>(
    '/api/v1/bundles/:id',
    { schema: { tags, summary: 'A bundle as one zip', params: BundleParams } },
    async (request, reply) => {
      const { name, zip } = await bundles.file(request.params.id)
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(zip)
    },
  )
  app.delete<{ Params: BundleParams }>(
    '/api/v1/bundles/:id',
    { schema: { tags, summary: 'Delete a bundle', params: BundleParams } },
    async (request, reply) => {
      await bundles.drop(request.params.id)
      return reply.code(204).send()
    },
  )
  openRoute(app, bundles)
}

function openRoute(app: FastifyInstance, bundles: Bundles): void {
  void app.register((routes, _options, done) => {
    // Half a gigabyte goes to the disk as it comes.
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser(MEDIA, (_request, payload, parsed) => parsed(null, payload))
    routes.post<{ Body: AsyncIterable<Uint8Array> }>(
      '/api/v1/bundles/open',
      {
        config: { isLong: true },
        schema: {
          tags,
          summary:
            'Open a bundle of any installation: its zip as the body (application/zip), at most 512 MiB',
          response: { 201: BundleAnswer },
        },
      },
      async (request, reply) => {
        if (!request.body) throw new QingyuError('BU-file', { why: 'nothing was sent' })
        return reply.code(201).send(await bundles.bring(request.body, askerOf(request)))
      },
    )
    done()
  })
}

/** Who asks, by id; '' where nobody is registered. */
function askerOf({ principal }: FastifyRequest): string {
  return principal?.person.id ?? ''
}

function wishOf({ from, to, ...wish }: BundleBody): BundleWish {
  return {
    ...wish,
    ...(from !== undefined && { from: instantOf('from', String(from)) }),
    ...(to !== undefined && { to: instantOf('to', String(to)) }),
  }
}
