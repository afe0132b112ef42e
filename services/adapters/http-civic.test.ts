import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Report } from '../core/report.ts'
import { startDeskServer, type Asker, type DeskServer } from '../testdata/desk-server.ts'

describe('reports over HTTP', () => {
  let server: DeskServer
  let officer: Asker

  beforeAll(async () => {
    server = await startDeskServer()
    officer = await server.enter('li')
  })
  afterAll(() => server.stop())

  const reported = async (query: string): Promise<Report> => {
    const { status, body } = await officer.get(`/api/v1/areas/32/report${query}`)
    expect(status).toBe(200)
    return body['report'] as Report
  }

  it('[RP7] answers the day of an area to who is signed in, and its alerts once they are raised', async () => {
    await server.alarm()
    const report = await reported('')
    expect(report.alerts).toMatchObject({ raised: 1, open: 1, closed: 0 })
    expect(report.until).toBeLessThanOrEqual(report.to)
    expect(report.columns.at(-1)?.worst).toBe(3)
    expect((await reported('?per=week')).alerts.raised).toBe(1)
    expect((await reported('?per=month&on=2001-02-03')).alerts.raised).toBe(0)
    const { headers, body } = await officer.get('/api/v1/areas/32/report.csv?per=week')
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(headers.get('content-disposition')).toBe('attachment; filename="qingyu-32-week.csv"')
    expect(String(body['text'])).toContain('alerts,32,')
  })

  it('[RP8] answers to whoever sees the wall where nobody is registered', async () => {
    const empty = await startDeskServer({
      http: { wallToken: 'w'.repeat(32) },
      policy: { people: new Map(), fallback: '' },
    })
    onTestFinished(() => empty.stop())
    const ask = async (headers: Record<string, string>) => {
      const answer = await fetch(`${empty.url}/api/v1/areas/32/report`, { headers })
      await answer.body?.cancel()
      return answer.status
    }
    expect(await ask({})).toBe(401)
    expect(await ask({ authorization: `Bearer ${'w'.repeat(32)}` })).toBe(200)
  })

  it('[RP7] refuses strangers, unknown areas, and dates that are none', async () => {
    const stranger = await fetch(`${server.url}/api/v1/areas/32/report`)
    expect(stranger.status).toBe(401)
    await stranger.body?.cancel()
    const answers = await Promise.all(
      ['areas/nowhere/report', 'areas/32/report?on=2026-02-30', 'areas/32/report?per=year'].map((path) =>
        officer.get(`/api/v1/${path}`),
      ),
    )
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [404, 'GW-area'],
      [400, 'GW-parameter'],
      [400, 'GW-parameter'],
    ])
  })
})
