import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { afterEach, describe, expect, it } from 'vitest'
import { START, startSmallServer, type SmallServer } from './testdata/small-server.ts'

let server: SmallServer
const open = async (...parts: Parameters<typeof startSmallServer>) =>
  (server = await startSmallServer(...parts))
afterEach(() => server.stop())

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_TYPE = { 'content-type': 'application/json' }
const PLACE = { lon: 118.015, lat: 32.005 }
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()
const report = (fields: object) => server.post('/api/v1/reports', JSON.stringify(fields))
const stats = () => server.json('/api/v1/stats')
const xml = (text: string): Record<string, unknown> => {
  expect(XMLValidator.validate(text)).toBe(true)
  return new XMLParser().parse(text) as Record<string, unknown>
}

describe('native reports', () => {
  it('[HL1] answers 201 once the call is durable', async () => {
    await open()
    const before = (await server.log.end(0)) + (await server.log.end(1))
    const answer = await report({ service: 'noise', time: '2026-11-22T08:00:00+08:00', ...PLACE })
    expect([answer.status, await answer.json()]).toEqual([
      201,
      { id: expect.stringMatching(/^[01]-[0-9a-f]{16}$/) as unknown, area: '3201002' },
    ])
    expect((await server.log.end(0)) + (await server.log.end(1))).toBeGreaterThan(before)
  })

  it('[HL2] counts a repeated call once by its id', async () => {
    await open()
    const first = (await (await report({ service: 'noise', id: 'A-1', ...PLACE })).json()) as { id: string }
    const again = (await (await report({ service: 'noise', id: 'A-1', ...PLACE })).json()) as { id: string }
    const keyed = await server.post('/api/v1/reports', JSON.stringify({ service: 'noise', ...PLACE }), {
      ...JSON_TYPE,
      'idempotency-key': 'A-1',
    })
    expect([again.id, ((await keyed.json()) as { id: string }).id]).toEqual([first.id, first.id])
    await server.ticks(1)
    expect(await stats()).toMatchObject({ received: 3, applied: 1, duplicate: 2 })
  })

  it('[HL3] counts calls of one moment apart without ids', async () => {
    await open()
    for (let i = 0; i < 3; i++) await report({ service: 'noise', time: START, ...PLACE })
    await server.ticks(1)
    expect(await stats()).toMatchObject({ applied: 3, duplicate: 0 })
  })

  it('[HL4] colours the area that calls come from', async () => {
    await open()
    for (let i = 0; i < 4; i++) await report({ service: 'noise', ...PLACE })
    await server.ticks(1)
    const { areas } = await server.json('/api/v1/levels?area=3201002')
    expect(areas).toMatchObject([{ level: 'yellow', readings: [{ indicator: 'call.noise', value: 4 }] }])
  })

  it('[HL5] refuses with every reason, and counts it', async () => {
    await open()
    const cases: [object, number, string, string][] = [
      [{ service: 'noise' }, 422, 'OB-place', ''],
      [{ service: 'noise', lon: 32.005, lat: 118.015 }, 422, 'OB-outside', 'swapped'],
      [{ service: 'noise', lon: 'x', lat: 1 }, 422, 'OB-type', ''],
      [{ service: 'noise', area: '99' }, 422, 'OB-area', ''],
      [{ service: 'noise', time: START + 3_600_000, ...PLACE }, 422, 'OB-time-future', ''],
      [{ service: 'sinkhole', ...PLACE }, 404, 'HL-service', ''],
      [{ indicator: 'call.none', ...PLACE }, 422, 'OB-indicator', ''],
    ]
    for (const [fields, status, code, hint] of cases) {
      const answer = await report(fields)
      const problem = (await answer.json()) as { code: string; hint: string; errors: { code: string }[] }
      expect([answer.status, problem.code]).toEqual([status, code])
      expect(problem.errors[0]?.code).toBe(code)
      expect(problem.hint).toContain(hint)
    }
    await server.ticks(1)
    const { received, applied, quarantined, refused } = await stats()
    expect([received, applied, quarantined, refused]).toEqual([cases.length, 0, 1, cases.length - 1])
  })

  it('[HL6] takes an area or an address code as place', async () => {
    await open()
    for (const place of [{ area: '3202003' }, { address: '3202003000117' }])
      expect(await (await report({ service: 'noise', ...place })).json()).toMatchObject({ area: '3202003' })
  })

  it('[HL7] keeps nothing personal anywhere', async () => {
    await open()
    const canary = 'canary-13800001111'
    await report({ service: 'noise', name: canary, phone: canary, description: canary, ...PLACE })
    const personal = {
      first_name: canary,
      last_name: canary,
      email: canary,
      phone: canary,
      device_id: canary,
    }
    const more = { account_id: canary, description: canary, media_url: canary }
    const good = { service_code: 'noise', lat: '32.005', long: '118.015', ...personal, ...more }
    expect((await server.post('/open311/v2/requests.json', form(good), FORM)).status).toBe(201)
    const words = { service_code: 'noise', address_string: `${canary} street`, ...personal }
    const refused = await server.post('/open311/v2/requests.json', form(words), FORM)
    expect([refused.status, await refused.text()]).toEqual([422, expect.not.stringContaining(canary)])
    await server.ticks(1)
    const seen = [
      JSON.stringify(await server.letters.list('hotline', 100)),
      await (await server.get('/open311/v2/requests.json')).text(),
      await (await server.get('/api/v1/vendors/hotline/dead-letters')).text(),
    ]
    for (let partition = 0; partition < 2; partition++)
      for await (const batch of server.log.read(partition, 0, AbortSignal.timeout(50)))
        seen.push(...batch.records.map((record) => Buffer.from(record).toString('latin1')))
    expect(seen.join('').includes(canary)).toBe(false)
    expect(server.faults).toEqual([])
  })

  it('[HL8] refuses a body that is no object', async () => {
    await open()
    for (const body of ['[]', 'null', '3', '{"service":5}', '{"service":"noise","lon":{}}', '{}']) {
      const answer = await server.post('/api/v1/reports', body)
      expect([body, answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        body,
        400,
        'HL-field',
      ])
    }
  })
})

describe('Open311', () => {
  it('[HL9] lists services as JSON and XML', async () => {
    await open()
    const json = await server.get('/open311/v2/services.json', { 'accept-language': 'zh-CN,zh' })
    expect(await json.json()).toMatchObject([
      { service_code: 'noise', service_name: '噪声', metadata: false, type: 'realtime', group: 'Nuisance' },
      { service_code: 'Noise - 施工' },
    ])
    const answer = await server.get('/open311/v2/services.xml')
    expect(answer.headers.get('content-type')).toContain('application/xml')
    expect(xml(await answer.text())).toMatchObject({
      services: { service: [{ service_code: 'noise', service_name: 'Noise' }, {}] },
    })
    const one = await server.get('/open311/v2/services/noise.xml')
    expect(xml(await one.text())).toMatchObject({ service_definition: { service_code: 'noise' } })
    expect(await (await server.get('/open311/v2/discovery.json')).json()).toMatchObject({
      endpoints: [{ specification: 'http://wiki.open311.org/GeoReport_v2', url: `${server.url}/open311/v2` }],
    })
    expect(xml(await (await server.get('/open311/v2/discovery.xml')).text())).toMatchObject({ discovery: {} })
  })

  it('[HL10] takes requests as form and as JSON', async () => {
    await open()
    const fields = {
      service_code: 'noise',
      lat: '32.005',
      long: '118.015',
      requested_datetime: new Date(START).toISOString(),
    }
    const posted = await server.post('/open311/v2/requests.json', form(fields), FORM)
    expect(posted.status).toBe(201)
    const [row] = (await posted.json()) as { service_request_id: string }[]
    const asXml = await server.post(
      '/open311/v2/requests.xml',
      JSON.stringify({ ...fields, lat: 32.005, long: 118.015 }),
    )
    expect(xml(await asXml.text())).toMatchObject({
      service_requests: {
        request: { service_request_id: expect.stringMatching(/^[01]-/) as unknown, service_notice: '' },
      },
    })
    const one = await server.get(`/open311/v2/requests/${row?.service_request_id}.json`)
    expect(await one.json()).toMatchObject([
      {
        service_request_id: row?.service_request_id,
        service_code: 'noise',
        status: 'open',
        requested_datetime: fields.requested_datetime,
        address_id: '3201002',
        description: null,
      },
    ])
  })

  it('[HL11] finds calls in the log after a restart', async () => {
    await open()
    const post = async (service: string, ms: number) => {
      const fields = {
        service_code: service,
        lat: '32.005',
        long: '118.015',
        requested_datetime: new Date(START + ms).toISOString(),
      }
      const [row] = (await (await server.post('/open311/v2/requests.json', form(fields), FORM)).json()) as {
        service_request_id: string
      }[]
      return row?.service_request_id
    }
    const works = 'Noise - 施工'
    const ids = [await post('noise', 0), await post(works, 1_000), await post('noise', 2_000)]
    const list = async (query: string) =>
      (
        (await (await server.get(`/open311/v2/requests.json?${query}`)).json()) as {
          service_request_id: string
        }[]
      ).map((row) => row.service_request_id)
    // The list always comes from the log, whatever this process remembers.
    expect(await list('')).toEqual([ids[2], ids[1], ids[0]])
    expect(await list(`service_code=${encodeURIComponent(works)}`)).toEqual([ids[1]])
    const from = new Date(START + 500).toISOString()
    const to = new Date(START + 1_500).toISOString()
    expect(await list(`start_date=${from}&end_date=${to}`)).toEqual([ids[1]])
    expect(await list('status=closed')).toEqual([])
    expect(await list(`service_request_id=${ids[0]},${ids[2]}`)).toEqual([ids[0], ids[2]])
  })

  it('[HL12] answers faults in the form of the standard', async () => {
    await open()
    const cases: [Record<string, string>, number, string][] = [
      [{}, 400, 'HL-field'],
      [{ service_code: 'none', lat: '32.005', long: '118.015' }, 404, 'HL-service'],
      [{ service_code: 'noise', lat: 'north', long: '118.015' }, 400, 'HL-field'],
      [{ service_code: 'noise' }, 422, 'OB-place'],
      [{ service_code: 'noise', address_string: 'No. 1, Long Street' }, 422, 'OB-address'],
      [{ service_code: 'noise', address_id: '99999' }, 422, 'OB-address'],
      [{ service_code: 'noise', lat: '118.015', long: '32.005' }, 422, 'OB-outside'],
    ]
    for (const [fields, status, code] of cases) {
      const json = await server.post('/open311/v2/requests.json', form(fields), FORM)
      expect([json.status, await json.json()]).toEqual([
        status,
        [expect.objectContaining({ code: status, description: expect.any(String) as unknown, error: code })],
      ])
      const answer = await server.post('/open311/v2/requests.xml', form(fields), FORM)
      expect(xml(await answer.text())).toMatchObject({ errors: { error: { code: status, error: code } } })
    }
    for (const path of [
      'requests/0-0000000000000000.xml',
      'requests/nothing.xml',
      'services/none.xml',
      'services/noise.csv',
    ])
      expect((await server.get(`/open311/v2/${path}`)).status).toBe(404)
  })
})
