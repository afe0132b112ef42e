import { createServer, connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { decodeFrame } from '../core/frame.ts'
import { startSmallServer, START, type SmallServer } from '../testdata/small-server.ts'

let server: SmallServer
const open = async (...parts: Parameters<typeof startSmallServer>) =>
  (server = await startSmallServer(...parts))
afterEach(() => server.stop())

const iso = (ms: number) => new Date(START + ms).toISOString()
const pm25 = (value: number, ms: number, lon = 118.005, lat = 32.005) => ({
  indicator: 'pm25',
  value,
  time: iso(ms),
  lon,
  lat,
})

/** A cell (3201001) turns yellow from two sources; its neighbours stay as they are. */
async function yellowCell(): Promise<void> {
  await server.observe('s1', pm25(120, 500))
  await server.observe('s2', pm25(130, 600))
  await server.ticks(2)
}

describe('levels over HTTP', () => {
  it('[GW21] answers levels of a subtree to a depth', async () => {
    await open()
    await yellowCell()
    const city = await server.json('/api/v1/levels')
    expect(city).toMatchObject({
      grid: server.plan.grid.version,
      epoch: '0123456789abcdef',
      tick: START + 2_000,
    })
    expect(city['areas']).toMatchObject([
      { code: '32', level: 'yellow', reason: 'worst-child', readings: [] },
    ])
    const street = await server.json('/api/v1/levels?area=3201&depth=cell')
    const areas = street['areas'] as { code: string; level: string; readings: object[]; since: string }[]
    expect(areas.map(({ code, level }) => `${code} ${level}`)).toEqual([
      '3201 yellow',
      '3201001 yellow',
      '3201002 normal',
      '3201003 normal',
      '3201004 normal',
    ])
    expect(areas[1]?.readings).toEqual([
      {
        indicator: 'pm25',
        rule: 'pm25-high',
        fold: 'mean',
        window: 300_000,
        value: 125,
        unit: 'µg/m³',
        limit: 115,
        samples: 2,
        sources: 2,
      },
    ])
    expect(areas[1]?.since).toBe(iso(1_000))
  })

  it('[GW22] answers levels of a moment of the past', async () => {
    await open()
    await server.ticks(1)
    await yellowCell()
    const at = async (text: string) => {
      const { areas, tick } = await server.json(`/api/v1/levels?area=3201001&at=${text}`)
      return [(areas as { level: string }[])[0]?.level, tick]
    }
    expect(await at(encodeURIComponent('2026-11-22T08:00:01+08:00'))).toEqual(['normal', START + 1_000])
    // A plus that nobody escaped, and milliseconds.
    expect(await at('2026-11-22T08:00:03+08:00')).toEqual(['yellow', START + 3_000])
    expect(await at(String(START + 3_000))).toEqual(['yellow', START + 3_000])
  })

  it('[GW23] explains a colour down to its observations', async () => {
    await open()
    await yellowCell()
    await server.observe('s3', { ...pm25(10, 700), lon: 118.015 })
    const why = await server.json('/api/v1/areas/3201001/explanation')
    expect(why).toMatchObject({
      level: 'yellow',
      reason: 'above-limit',
      since: iso(1_000),
      complete: true,
      rule: {
        id: 'pm25-high',
        version: 'r1',
        ruleSet: 'rules-1',
        limits: { blue: 75, red: 250 },
        deadband: 5,
      },
      reading: { value: 125, limit: 115, sources: 2 },
      observations: [
        { source: 'acme/s2', area: '3201001', time: iso(600), value: 130 },
        { source: 'acme/s1', area: '3201001', time: iso(500), value: 120 },
      ],
    })
    expect(why['readings']).toMatchObject([{ rule: 'pm25-high', value: 125, samples: 2 }])
    const sentence = why['sentence'] as { zh: string; en: string }
    expect(sentence.en).toBe(
      '3201001 is Yellow: PM2.5, mean of the last 5 min, is 125 µg/m³ (2 observations, 2 sources), at or above the limit 115 µg/m³.',
    )
    expect(sentence.zh).toContain('达到限值 115')
    expect(why['clears']).toMatchObject({
      en: 'Back to normal when the value is at most 70 µg/m³ for 1 min.',
    })
  })

  it('[GW24] names the areas that a parent follows', async () => {
    await open()
    await yellowCell()
    const why = await server.json('/api/v1/areas/32/explanation')
    expect(why).toMatchObject({
      reason: 'worst-child',
      children: [{ code: '3201', level: 'yellow' }],
      observations: [],
    })
  })

  it('[GW25] keeps histories of levels and readings', async () => {
    await open()
    await yellowCell()
    await server.ticks(120)
    const levels = await server.json(`/api/v1/areas/3201001/levels?from=${START}`)
    expect((levels['levels'] as { level: string }[]).map((line) => line.level)).toContain('yellow')
    const readings = await server.json(`/api/v1/areas/3201001/readings?indicator=pm25&from=${START}`)
    expect(readings).toMatchObject({ unit: 'µg/m³', readings: [{ pane: iso(0), value: 125, samples: 2 }] })
  })

  it('[GW26] describes area, indicators, rules and stats', async () => {
    await open()
    await yellowCell()
    expect(await server.json('/api/v1/areas/3201')).toMatchObject({
      kind: 'street',
      parent: '32',
      children: ['3201001', '3201002', '3201003', '3201004'],
      level: 'yellow',
    })
    expect(await server.json('/api/v1/indicators')).toMatchObject({
      indicators: [{ code: 'call.noise' }, {}],
    })
    expect(await server.json('/api/v1/rules')).toMatchObject({
      version: 'rules-1',
      rules: [{ limits: { red: 8 } }, {}],
    })
    expect(await server.json('/api/v1/stats')).toMatchObject({
      tick: START + 2_000,
      received: 2,
      accepted: 2,
      applied: 2,
      refused: 0,
      walls: 0,
      ingest: { received: 2 },
    })
  })
})

describe('grids over HTTP', () => {
  it('[GW27] serves a grid version packed and for ever', async () => {
    await open()
    const path = `/api/v1/grids/${server.plan.grid.version}`
    for (const encoding of ['br', 'gzip', 'identity']) {
      const answer = await server.get(path, { 'accept-encoding': encoding })
      expect(answer.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding)
      expect(answer.headers.get('cache-control')).toContain('immutable')
      expect(((await answer.json()) as { codes: string[] }).codes[0]).toBe('32')
    }
    const tag = `"${server.plan.grid.version}"`
    expect((await server.get(path, { 'if-none-match': tag })).status).toBe(304)
    expect((await server.get('/api/v1/areas')).headers.get('etag')).toBe(tag)
    expect((await server.get('/api/v1/grids/0000')).status).toBe(404)
    expect((await server.get('/api/v1/areas?grid=0000')).status).toBe(404)
  })
})

describe('faults over HTTP', () => {
  it('[GW28] answers every fault with problem details', async () => {
    await open()
    const cases: [string, RequestInit, number, string, string][] = [
      ['/nothing', {}, 404, 'GW-not-found', 'GET /nothing'],
      ['/api/v1/levels?area=99', {}, 404, 'GW-area', '99'],
      ['/api/v1/levels?depth=flat', {}, 400, 'GW-parameter', 'flat'],
      ['/api/v1/levels?at=yesterday', {}, 400, 'GW-parameter', 'yesterday'],
      ['/api/v1/areas/32/levels?most=0', {}, 400, 'GW-parameter', '0'],
      [
        '/api/v1/areas/32/levels?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
        {},
        400,
        'GW-parameter',
        'from',
      ],
      ['/api/v1/areas/32/readings', {}, 400, 'GW-parameter', 'indicator'],
      ['/api/v1/areas/32/readings?indicator=x', {}, 400, 'GW-parameter', 'x'],
      [
        '/api/v1/reports',
        { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } },
        400,
        'OB-json',
        '',
      ],
      [
        '/api/v1/reports',
        { method: 'POST', body: '', headers: { 'content-type': 'application/json' } },
        400,
        'OB-empty',
        '',
      ],
      [
        '/api/v1/reports',
        { method: 'POST', body: 'x', headers: { 'content-type': 'text/csv' } },
        415,
        'HL-media',
        'text/csv',
      ],
      [
        '/api/v1/reports',
        {
          method: 'POST',
          body: '"' + 'x'.repeat(5000) + '"',
          headers: { 'content-type': 'application/json' },
        },
        413,
        'OB-size',
        '5002',
      ],
      ['/%zz', {}, 404, 'GW-not-found', ''],
    ]
    for (const [path, init, status, code, value] of cases) {
      const answer = await fetch(server.url + path, init)
      const problem = (await answer.json()) as Record<string, unknown>
      expect([path, answer.status, problem['code'], answer.headers.get('content-type')]).toEqual([
        path,
        status,
        code,
        'application/problem+json',
      ])
      expect(problem['detail']).toContain(value)
      expect(problem).toMatchObject({
        type: `urn:qingyu:error:${code}`,
        status,
        hint: expect.any(String) as unknown,
      })
    }
    expect(server.faults).toEqual([])
  })

  it('[GW29] answers what is not HTTP with a problem', async () => {
    await open()
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.end('NONSENSE\r\n\r\n')
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text).toContain('"code":"GW-protocol"')
  })

  it('[GW30] asks for the token everywhere but health and pages', async () => {
    await open({ wallToken: 'sesame' })
    for (const path of [
      '/api/v1/levels',
      '/metrics',
      '/open311/v2/services.json',
      '/api/v1/vendors/acme/dead-letters',
    ]) {
      const refused = await server.get(path)
      expect([path, refused.status, refused.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer'])
      expect((await server.get(path, { authorization: 'Bearer wrong' })).status).toBe(401)
      expect((await server.get(path, { authorization: 'Bearer sesame' })).status).toBe(200)
    }
    for (const path of ['/livez', '/readyz', '/']) expect((await server.get(path)).status).toBe(200)
  })

  it('[GW31] lets no foreign page post', async () => {
    await open({ origins: ['https://desk.example'] })
    const from = async (origin: string) =>
      (
        await server.post(
          '/api/v1/reports',
          JSON.stringify({ service: 'noise', lon: 118.005, lat: 32.005 }),
          {
            'content-type': 'application/json',
            origin,
          },
        )
      ).status
    expect(await from('https://evil.example')).toBe(403)
    expect(await from('https://desk.example')).toBe(201)
    expect(await from(server.url)).toBe(201)
  })

  it('[GW69] answers pages that other gateways serve', async () => {
    const other = 'http://gw2.example:8080'
    await open({ wallToken: 'sesame', gateways: [`${other}/qingyu/`], origins: ['https://desk.example'] })
    const ask = (method: string, origin: string, path = '/api/v1/levels') =>
      fetch(server.url + path, { method, headers: { origin, authorization: 'Bearer sesame' } })
    for (const origin of [other, 'https://desk.example']) {
      const { status, headers } = await ask('GET', origin)
      expect([status, headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual([
        200,
        origin,
        'origin',
      ])
    }
    const grid = await ask('GET', other, `/api/v1/grids/${server.plan.grid.version}`)
    expect([grid.headers.get('access-control-allow-origin'), grid.headers.get('vary')]).toEqual([
      other,
      'accept-encoding, origin',
    ])
    const before = await fetch(`${server.url}/api/v1/levels`, {
      method: 'OPTIONS',
      headers: { origin: other },
    })
    expect([before.status, before.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'authorization, content-type, idempotency-key, last-event-id',
    ])
    const friend = await ask('OPTIONS', 'https://desk.example')
    expect(friend.headers.get('access-control-allow-headers')).toBe('authorization')
    expect(friend.headers.get('access-control-allow-methods')).toBe('GET')
    expect((await fetch(`${server.url}/api/v1/levels`, { headers: { origin: other } })).status).toBe(401)
    for (const [method, path] of [
      ['GET', '/api/v1/levels'],
      ['OPTIONS', '/api/v1/levels'],
    ] as const) {
      const { headers } = await ask(method, 'https://evil.example', path)
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
    expect((await ask('GET', other, '/metrics')).headers.get('access-control-allow-origin')).toBeNull()
    const policy = (await server.get('/')).headers.get('content-security-policy')
    expect(policy).toContain(`connect-src 'self' ${other} ws://gw2.example:8080;`)
  })

  it('[GW32] sets headers that keep pages to themselves', async () => {
    await open()
    for (const path of ['/', '/api/v1/levels', '/nothing']) {
      const { headers } = await server.get(path)
      expect(headers.get('content-security-policy')).toContain("worker-src 'self' blob:")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
    expect(await (await server.get('/')).text()).toContain('npm run build')
  })

  it('[GW33] names a port that is taken', async () => {
    await open()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await expect(startSmallServer({ port })).rejects.toMatchObject({
      code: 'CF-port',
      parameters: { value: port },
    })
    await expect(startSmallServer({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'CF-token' })
    other.close()
  })
})

describe('operations over HTTP', () => {
  it('[GW34] names each dependency when asked whether ready', async () => {
    await open()
    await server.ticks(1)
    expect(await (await server.get('/livez')).text()).toBe('ok\n')
    const ready = await server.get('/readyz')
    expect([ready.status, await ready.json()]).toEqual([
      200,
      {
        ready: true,
        dependencies: {
          log: { ready: true, state: 'epoch 0123456789abcdef' },
          state: { ready: true, state: 'answers' },
          gateway: { ready: true, state: 'follows' },
          ticks: { ready: true, state: 'tick 2026-11-22T00:00:01.000Z' },
          ingest: { ready: true, state: 'takes' },
        },
      },
    ])
    await server.gateway.stop()
    const stopped = await server.get('/readyz')
    expect(stopped.status).toBe(503)
    expect(await stopped.json()).toMatchObject({ ready: false, dependencies: { gateway: { ready: false } } })
  })

  it('[GW35] counts for Prometheus by outcome and code', async () => {
    await open()
    await yellowCell()
    server.ingest.accept(server.ingest.sender('acme', 's1'), new TextEncoder().encode('{'))
    await server.ticks(2)
    const text = await (await server.get('/metrics')).text()
    expect(text).toContain('qingyu_observations_total{outcome="applied"} 2')
    expect(text).toContain('qingyu_refused_total{code="OB-json"} 1')
    expect(text).toMatch(/qingyu_walls 0/)
    expect(text).toMatch(/qingyu_process_resident_memory_bytes \d+/)
  })

  it('[GW36] shows a vendor what was refused', async () => {
    await open()
    const bad = { ...pm25(1, 0), indicator: 'pm26' }
    server.ingest.accept(server.ingest.sender('acme', 's1'), new TextEncoder().encode(JSON.stringify(bad)))
    const { letters } = await server.json('/api/v1/vendors/acme/dead-letters')
    expect(letters).toMatchObject([
      {
        source: 's1',
        received: iso(0),
        code: 'OB-indicator',
        pointer: '/indicator',
        hint: expect.any(String) as unknown,
      },
    ])
  })

  it('[GW37] describes itself in OpenAPI', async () => {
    await open()
    const document = (await server.json('/api/v1/openapi.json')) as {
      openapi: string
      paths: Record<string, Record<string, { summary?: string }>>
    }
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/api/v1/levels',
        '/api/v1/areas/{code}/explanation',
        '/api/v1/reports',
        '/readyz',
      ]),
    )
    for (const operations of Object.values(document.paths))
      for (const operation of Object.values(operations)) expect(operation.summary).toMatch(/\w/)
  })

  it('[GW38] answers as the frames do', async () => {
    await open()
    await yellowCell()
    const { areas } = await server.json('/api/v1/levels?depth=cell')
    const { picture } = server.gateway
    const frame = decodeFrame(picture.snapshotFrame(picture.open(0, 2)))
    const ranks = (areas as { level: string }[]).map(({ level }) =>
      level === 'unknown' ? 15 : server.plan.scheme.levels.findIndex(({ id }) => id === level),
    )
    expect(ranks).toEqual([...frame.ranks])
  })
})
