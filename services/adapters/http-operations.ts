import type { FastifyInstance } from 'fastify'
import { behindIn, type ApiParts } from '../api-parts.ts'
import { LettersAnswer, LettersQuery, ReadyAnswer, StatsAnswer, VendorParams } from '../api-schema.ts'
import { sentenceOf } from '../core/errors.ts'
import { isoOf, spell } from '../core/time.ts'
import type { DeadLetters, Intake, Standing } from '../ports.ts'
import type { Metrics } from './metrics.prom.ts'

const tags = ['operations']

/** What operators look at. `readiness` adds dependencies that only the composition root knows. */
export interface Operations extends Omit<ApiParts, 'gateway'> {
  readonly gateway: ApiParts['gateway'] | null
  readonly intake: Pick<Intake, 'received' | 'congested'> | null
  readonly letters: Pick<DeadLetters, 'list'>
  readonly metrics: Metrics
  readonly readiness: Readonly<Record<string, () => Standing | Promise<Standing>>>
}

/** Ticks may be late by so much before readiness says so: a busy second is no fault. */
const LATE_TICKS = 10
const LATE_MS = 10_000

async function attempt(ask: () => Standing | Promise<Standing>): Promise<Standing> {
  try {
    return await ask()
  } catch (thrown) {
    return { ready: false, state: sentenceOf(thrown) }
  }
}

function tickStanding({ gateway, plan, clock, config }: ApiParts): Standing {
  const { tick } = gateway.picture
  if (tick === 0) return { ready: true, state: 'no tick yet' }
  const age = clock.now() - tick
  // With the data's own clock ticks lie in the past and come only when data does.
  const late = config.clock.source === 'wall' && age > Math.max(LATE_MS, LATE_TICKS * plan.tickMs)
  return { ready: !late, state: late ? `last tick ${spell(age)} ago` : `tick ${isoOf(tick)}` }
}

async function readiness(parts: Operations): Promise<ReadyAnswer> {
  const { gateway, log, state, intake } = parts
  const asked: Operations['readiness'] = {
    log: async () => ({ ready: (await log.end(0)) >= 0, state: `epoch ${log.epoch}` }),
    state: async () => ({ ready: (await state.tick()) >= 0, state: 'answers' }),
    ...(gateway !== null && {
      gateway: () => ({ ready: gateway.ready, state: gateway.ready ? 'follows' : 'is catching up' }),
      ticks: () => tickStanding({ ...parts, gateway }),
    }),
    ...(intake !== null && {
      ingest: () => ({ ready: !intake.congested, state: intake.congested ? 'waits for the log' : 'takes' }),
    }),
    ...parts.readiness,
  }
  const dependencies: Record<string, Standing> = {}
  for (const [name, ask] of Object.entries(asked)) dependencies[name] = await attempt(ask)
  return { ready: Object.values(dependencies).every(({ ready }) => ready), dependencies }
}

/** Health, metrics, counts and dead letters. */
export function operationRoutes(app: FastifyInstance, parts: Operations): void {
  app.get('/livez', { schema: { tags, summary: 'The process answers' } }, (_, reply) =>
    reply.type('text/plain; charset=utf-8').send('ok\n'),
  )
  app.get(
    '/readyz',
    {
      schema: {
        tags,
        summary: 'Each dependency and how it stands',
        response: { '2xx': ReadyAnswer, 503: ReadyAnswer },
      },
    },
    async (_, reply) => {
      const answer = await readiness(parts)
      return reply.code(answer.ready ? 200 : 503).send(answer)
    },
  )
  app.get('/metrics', { schema: { tags, summary: 'Metrics for Prometheus' } }, async (_, reply) =>
    reply.type(parts.metrics.contentType).send(await parts.metrics.text()),
  )
  app.get<{ Params: VendorParams; Querystring: LettersQuery }>(
    '/api/v1/vendors/:vendor/dead-letters',
    {
      schema: {
        tags,
        summary: 'What was refused of a vendor, newest first',
        params: VendorParams,
        querystring: LettersQuery,
        response: { 200: LettersAnswer },
      },
    },
    (request) => lettersOf(parts.letters, request.params.vendor, request.query.most),
  )
}

/** Dead letters of a vendor as they are answered. */
export async function lettersOf(
  letters: Pick<DeadLetters, 'list'>,
  vendor: string,
  most: number,
): Promise<LettersAnswer> {
  const found = await letters.list(vendor, most)
  return {
    vendor,
    letters: found.map(({ source, received, refusal, bytes }) => ({
      source,
      received: isoOf(received),
      ...refusal,
      bytes: new TextDecoder().decode(bytes),
    })),
  }
}

type Counted = ApiParts & Pick<Operations, 'intake'>

/** Counts of the whole city, as the gateway has them. */
export function statsRoute(app: FastifyInstance, parts: Counted): void {
  app.get(
    '/api/v1/stats',
    { schema: { tags, summary: 'Counts since the log began', response: { 200: StatsAnswer } } },
    (_, reply) => reply.send(statsAnswer(parts)),
  )
}

/** `GET /api/v1/stats`; received = applied + duplicate + late + quarantined + refused as of the tick. */
function statsAnswer(parts: Counted): StatsAnswer {
  const { gateway, log, intake, plan } = parts
  const { totals, picture, figures, latency } = gateway
  return {
    epoch: log.epoch,
    tick: picture.tick,
    ...totals.counts,
    accepted: totals.counts.applied,
    refusedBy: { ...totals.refusedBy },
    sources: totals.sources,
    walls: figures.walls,
    newest: totals.newest,
    lag: totals.lag,
    latency,
    ...(intake !== null && { ingest: { received: intake.received } }),
    ...behindIn(parts, { top: 0, depth: plan.grid.partitionLevel }),
  }
}
