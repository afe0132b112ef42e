import type { FastifyInstance } from 'fastify'
import { CivicQuery } from '../api-civic.ts'
import { CodeParams } from '../api-schema.ts'
import { QingyuError } from '../core/errors.ts'
import { zoneNamed } from '../core/local-time.ts'
import type { Plan } from '../core/plan.ts'
import { reportCsv } from '../core/report-csv.ts'
import type { Report } from '../core/report.ts'
import { dateAt } from '../core/report-span.ts'
import { areaIndex } from '../gateway-message.ts'
import type { Reports } from '../reports.ts'

const tags = ['reports']

/** What reports are answered from. */
export interface CivicParts {
  readonly plan: Plan
  readonly reports: Reports
  /** The city's time, ms: of the clock, or of its data. */
  readonly now: () => number
}

/** Civic weather of an area: as JSON for the page, and as a table. */
export function civicRoutes(app: FastifyInstance, { plan, reports, now }: CivicParts): void {
  const { zone } = plan.grid
  const make = (code: string, { per, on }: CivicQuery): Promise<Report> => {
    const clockOf = zoneNamed(zone)
    const at = on === undefined || clockOf === null ? now() : dateAt(on, clockOf)
    if (at === undefined)
      throw new QingyuError('GW-parameter', {
        field: 'on',
        value: on ?? '',
        expected: 'a date, as 2026-11-22',
      })
    return reports.make(areaIndex(plan.grid, code), per, at)
  }
  const schema = { tags, params: CodeParams, querystring: CivicQuery }
  app.get<{ Params: CodeParams; Querystring: CivicQuery }>(
    '/api/v1/areas/:code/report',
    { schema: { ...schema, summary: 'Civic weather of a local day, week or month' } },
    async (request) => ({ report: await make(request.params.code, request.query), zone }),
  )
  app.get<{ Params: CodeParams; Querystring: CivicQuery }>(
    '/api/v1/areas/:code/report.csv',
    { schema: { ...schema, summary: 'The same as a table (RFC 4180)' } },
    async (request, reply) => {
      const report = await make(request.params.code, request.query)
      const name = `qingyu-${report.area.code.replace(/[^\w.-]/g, '_')}-${request.query.per}.csv`
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(reportCsv(report, plan.scheme))
    },
  )
}
