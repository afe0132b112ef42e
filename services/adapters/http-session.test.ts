import { afterEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import {
  askerOf,
  PASSWORD,
  startDeskServer,
  type Answered,
  type DeskOptions,
  type DeskServer,
} from '../testdata/desk-server.ts'

let server: DeskServer
const open = async (options: DeskOptions = {}) => (server = await startDeskServer(options))
afterEach(() => server.stop())

const coded = ({ status, body }: Answered) => `${status} ${body.code ?? ''}`.trim()
const anybody = () => askerOf(server.url, {})
const signIn = (headers: Record<string, string> = {}, body: object = { person: 'li', password: PASSWORD }) =>
  anybody().send('POST', '/api/v1/session', body, headers)

describe('sign-in over HTTP', () => {
  it('[SE12] sets a cookie that scripts and other sites never see', async () => {
    await open()
    const answer = await signIn()
    expect(answer.status).toBe(201)
    expect(answer.headers.get('set-cookie')).toMatch(
      /^qingyu_session=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=604800$/,
    )
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(JSON.stringify(answer.body)).not.toMatch(/[\w-]{43}/)
    expect(answer.body).toMatchObject({
      person: 'li',
      role: 'officer',
      kind: 'session',
      area: { code: '3201' },
      permissions: ['desk', 'act', 'handover', 'tokens', 'reports'],
      channels: ['desk'],
    })
    const secure = await signIn({ origin: server.url.replace('http:', 'https:') })
    expect(secure.headers.get('set-cookie')).toMatch(/^__Host-qingyu_session=.*; Secure$/)
    // What a neighbour of the same domain sets is passed over.
    const cookie = `qingyu_session=${'A'.repeat(43)}; ${(secure.headers.get('set-cookie') ?? '').split(';')[0]}`
    expect((await anybody().get('/api/v1/session', { cookie })).status).toBe(200)
  })

  it('[SE12] signs out: the cookie is taken back and opens nothing any more', async () => {
    await open()
    const li = await server.enter('li')
    const out = await li.send('DELETE', '/api/v1/session')
    expect(out.status).toBe(204)
    expect(out.headers.get('set-cookie')).toMatch(/^qingyu_session=; .*Max-Age=0/)
    expect(coded(await li.get('/api/v1/session'))).toBe('401 SE-session')
    expect(coded(await li.get('/api/v1/alerts'))).toBe('401 SE-session')
  })

  it('[SE12] answers wrong passwords alike, and says how long who guessed must wait', async () => {
    await open()
    const guess = (person: string) => signIn({}, { person, password: 'guess' })
    const [known, unknown] = [await guess('li'), await guess('nobody')]
    expect(coded(known)).toBe('401 SE-credentials')
    expect({ ...known.body }).toEqual({ ...unknown.body })
    for (let n = 0; n < 4; n++) await guess('li')
    const locked = await signIn()
    expect(coded(locked)).toBe('429 SE-locked')
    expect(locked.headers.get('retry-after')).toBe('30')
    expect(String(locked.body['detail'])).toContain('30')
  })

  it('[SE12] takes no body of another shape or size', async () => {
    await open()
    const tries: object[] = [
      {},
      { person: 'li', password: 7 },
      { person: ['li'], password: PASSWORD },
      { person: '', password: '' },
      { person: 'x'.repeat(65), password: '' },
      { person: 'li', password: 'x'.repeat(257) },
      { person: 'li', password: PASSWORD, role: 'admin' },
    ]
    for (const body of tries) expect((await signIn({}, body)).status).toBe(400)
    expect(coded(await signIn({}, { person: 'li', password: 'x'.repeat(5000) }))).toBe('413 OB-size')
    // Never the password in an answer.
    expect(
      JSON.stringify((await signIn({}, { person: 'li', password: 'hunter2'.repeat(40) })).body),
    ).not.toContain('hunter2hunter2')
    expect(coded(await signIn({}, { person: '__proto__', password: '' }))).toBe('401 SE-credentials')
  })

  it('[SE13] lets no other page act for who is signed in', async () => {
    await open({ http: { origins: ['https://friend.example'] } })
    const li = await server.enter('li')
    const id = await server.alarm()
    const path = `/api/v1/alerts/${id}/note`
    const { host } = new URL(server.url)
    for (const origin of [
      'https://evil.example',
      'http://127.0.0.1:9',
      'null',
      'https://friend.example',
      `http://${host}.evil.example`,
    ])
      expect([origin, (await li.send('POST', path, {}, { origin })).status]).toEqual([origin, 403])
    expect(coded(await li.send('POST', path, {}, { 'sec-fetch-site': 'cross-site' }))).toBe('403 SE-origin')
    expect(
      coded(await li.send('DELETE', '/api/v1/session', undefined, { origin: 'https://friend.example' })),
    ).toBe('403 SE-origin')
    expect(coded(await signIn({ origin: 'https://evil.example' }))).toBe('403 GW-origin')
    expect(coded(await signIn({ origin: 'https://friend.example' }))).toBe('403 SE-origin')
    expect(
      (await server.soon(li.send('POST', path, { comment: 'ours' }, { origin: server.url }))).status,
    ).toBe(200)
    const shared = await li.get('/api/v1/alerts', { origin: 'https://friend.example' })
    expect(shared.headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('[SE13] goes on working for pages that another of our gateways serves', async () => {
    await open({ http: { gateways: ['http://other-gateway:8080'] } })
    const li = await server.enter('li')
    const origin = 'http://other-gateway:8080'
    const asked = await anybody().send('OPTIONS', '/api/v1/alerts', undefined, { origin })
    expect(asked.headers.get('access-control-allow-methods')).toContain('POST')
    expect(asked.headers.get('access-control-allow-credentials')).toBe('true')
    expect((await li.get('/api/v1/alerts', { origin })).headers.get('access-control-allow-origin')).toBe(
      origin,
    )
    expect((await li.send('DELETE', '/api/v1/session', undefined, { origin })).status).toBe(204)
  })

  it('[SE14] opens nothing of the desk without a session', async () => {
    await open({ http: { wallToken: 'wall-secret' } })
    const { body } = await anybody().get('/api/v1/openapi.json', { authorization: 'Bearer wall-secret' })
    const paths = body['paths'] as Record<string, Record<string, { security?: object[]; tags?: string[] }>>
    const closed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { security }]) =>
        security !== undefined && security.length > 0 && 'session' in (security[0] ?? {})
          ? [[method.toUpperCase(), path] as const]
          : [],
      ),
    )
    expect(closed.length).toBeGreaterThanOrEqual(28)
    for (const [method, path] of closed)
      for (const authorization of ['', 'Bearer wall-secret', `Bearer qy_${'A'.repeat(43)}`]) {
        const concrete = path.replace(/\{\w+\}/g, 'x')
        const answer = await anybody().send(
          method,
          concrete,
          undefined,
          authorization === '' ? {} : { authorization },
        )
        expect([method, path, coded(answer)]).toEqual([method, path, '401 SE-session'])
      }
    for (const cookie of [
      'qingyu_session=',
      `qingyu_session=${'A'.repeat(43)}`,
      'qingyu_session=a=b; x',
      'qingyu_session',
    ])
      expect(coded(await anybody().get('/api/v1/alerts', { cookie }))).toBe('401 SE-session')
    expect((await anybody().get('/api/v1//alerts', {})).status).toBe(401)
    expect((await anybody().get('/api/v1/ALERTS', {})).status).toBe(401)
  })

  it('[SE14] opens to each role what the table says and no more', async () => {
    await open()
    const tried = [
      'POST /api/v1/alerts',
      'POST /api/v1/silences',
      'POST /api/v1/roster/covers',
      'POST /api/v1/handovers',
      'GET /api/v1/audit',
      'GET /api/v1/vendors/acme/letters',
    ]
    const rights: Record<string, string[]> = {}
    for (const person of ['gast', 'li', 'chen', 'sun', 'zhao', 'acme-desk']) {
      const by = await server.enter(person)
      rights[person] = []
      for (const each of tried) {
        const [method = '', path = ''] = each.split(' ')
        const answer = await by.send(method, path, method === 'POST' ? { stranger: 1 } : undefined)
        if (coded(answer) !== '403 SE-role') rights[person].push(path.split('/').at(-1) ?? '')
      }
    }
    expect(rights).toEqual({
      gast: [],
      li: ['handovers'],
      chen: ['silences', 'covers', 'handovers'],
      sun: ['alerts', 'silences', 'covers', 'handovers', 'audit'],
      zhao: ['alerts', 'silences', 'covers', 'handovers', 'audit', 'letters'],
      'acme-desk': ['letters'],
    })
  })

  it('[SE15] opens the city to who is signed in, for looking only, beside the wall’s token', async () => {
    await open({ http: { wallToken: 'wall-secret' } })
    const li = await server.enter('li')
    await server.ticks(1)
    expect(coded(await anybody().get('/api/v1/levels'))).toBe('401 GW-token')
    expect((await li.get('/api/v1/levels')).status).toBe(200)
    expect((await anybody().get('/api/v1/levels', { authorization: 'Bearer wall-secret' })).status).toBe(200)
    expect(coded(await li.send('POST', '/api/v1/reports', { service: 'noise' }))).toBe('401 GW-token')
    expect(coded(await li.get('/metrics'))).toBe('401 GW-token')
    const vendor = await server.enter('acme-desk')
    expect(coded(await vendor.get('/api/v1/levels'))).toBe('401 GW-token')
    const closeOf = (cookie: string) =>
      new Promise<string>((resolve) => {
        const ws = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, ['qingyu.v1'], {
          headers: { cookie },
        })
        ws.on('error', () => undefined)
        ws.on('close', (code) => resolve(String(code)))
        ws.on('message', (data: Buffer, isBinary) => {
          if (isBinary || !data.toString().includes('"welcome"')) return
          resolve('welcome')
          ws.terminate()
        })
        ws.on('open', () => ws.send(JSON.stringify({ type: 'subscribe', layer: 'levels' })))
      })
    expect(await closeOf(li.cookie)).toBe('welcome')
    expect(await closeOf(vendor.cookie)).toBe('4401')
    expect(await closeOf('qingyu_session=x')).toBe('4401')
  })

  it('[SE16] lists and ends sessions and tokens; a token makes no others', async () => {
    await open()
    const [li, phone, wang] = [await server.enter('li'), await server.enter('li'), await server.enter('wang')]
    const { sessions } = (await li.get('/api/v1/sessions')).body as {
      sessions: { id: string; current: boolean }[]
    }
    expect(sessions.map(({ current }) => current)).toEqual([true, false])
    const other = sessions[1]?.id ?? ''
    expect(coded(await wang.send('DELETE', `/api/v1/sessions/${other}`))).toBe('404 GW-not-found')
    expect((await li.send('DELETE', `/api/v1/sessions/${other}`)).status).toBe(204)
    expect(coded(await phone.get('/api/v1/session'))).toBe('401 SE-session')
    const made = await li.send('POST', '/api/v1/tokens', { name: 'dispatch', days: 30 })
    expect(made.status).toBe(201)
    const bearer = askerOf(server.url, { authorization: `Bearer ${String(made.body['token'])}` })
    expect((await bearer.get('/api/v1/session')).body).toMatchObject({ person: 'li', kind: 'token' })
    expect((await bearer.get('/api/v1/alerts')).status).toBe(200)
    const listed = (await li.get('/api/v1/tokens')).body as { tokens: { id: string }[] }
    expect(JSON.stringify(listed)).not.toContain(String(made.body['token']))
    for (const [method, path] of [
      ['POST', 'tokens'],
      ['GET', 'tokens'],
      ['GET', 'sessions'],
      ['DELETE', 'session'],
      ['POST', 'push'],
    ])
      expect([
        path,
        coded(
          await bearer.send(
            method ?? '',
            `/api/v1/${path}`,
            method === 'POST' ? { name: 'x', days: 1 } : undefined,
          ),
        ),
      ]).toEqual([path, '403 SE-role'])
    // A token is shown on purpose, so no page is asked where it came from.
    const id = await server.alarm()
    expect((await server.soon(bearer.send('POST', `/api/v1/alerts/${id}/acknowledge`, {}))).status).toBe(200)
    expect((await li.send('DELETE', `/api/v1/tokens/${listed.tokens[0]?.id}`)).status).toBe(204)
    expect(coded(await bearer.get('/api/v1/alerts'))).toBe('401 SE-session')
    expect(coded(await li.send('POST', '/api/v1/tokens', { name: '<script>', days: 30 }))).toBe(
      '400 GW-parameter',
    )
  })

  it('[SE17] offers demo accounts to this machine by its own name only', async () => {
    await open({ demo: ['li'] })
    const demo = await anybody().get('/api/v1/session/demo')
    expect(demo.body['people']).toMatchObject([{ person: 'li', role: 'officer', area: { code: '3201' } }])
    expect((await signIn({}, { person: 'li' })).body).toMatchObject({ kind: 'demo' })
    expect(coded(await signIn({}, { person: 'sun' }))).toBe('401 SE-credentials')
  })

  it('[SE17] offers nothing where it is no demo', async () => {
    await open()
    expect((await anybody().get('/api/v1/session/demo')).body['people']).toEqual([])
    expect(coded(await signIn({}, { person: 'li' }))).toBe('401 SE-credentials')
  })
})
