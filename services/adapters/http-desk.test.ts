import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AlertAnswer, AlertsAnswer, AuditAnswer, SurroundingsAnswer } from '../core/desk-wire.ts'
import { startDeskServer, type Answered, type Asker, type DeskServer } from '../testdata/desk-server.ts'

let server: DeskServer
let li: Asker
let sun: Asker
beforeEach(async () => {
  server = await startDeskServer()
  li = await server.enter('li')
  sun = await server.enter('sun')
})
afterEach(() => server.stop())

const act = (by: Asker, id: string, verb: string, body: object = {}) =>
  server.soon(by.send('POST', `/api/v1/alerts/${id}/${verb}`, body))
const read = async (by: Asker, id: string) =>
  (await by.get(`/api/v1/alerts/${id}`)).body as unknown as AlertAnswer
const list = async (by: Asker, query = '') =>
  (await by.get(`/api/v1/alerts${query}`)).body as unknown as AlertsAnswer
const coded = ({ status, body }: Answered) => `${status} ${body.code ?? body.done}`

describe('alerts over HTTP', () => {
  it('[DK1] takes an alert from raised to closed by the people whose part it is', async () => {
    const id = await server.alarm()
    expect((await list(li)).alerts).toMatchObject([
      { id, state: 'raised', rank: 3, category: 'air', area: { code: '3201001' }, number: 1 },
    ])
    expect((await read(li, id)).verbs).toContain('acknowledge')
    expect(coded(await act(li, id, 'acknowledge', { comment: 'on my way' }))).toBe('200 true')
    expect(coded(await act(li, id, 'dispatch', { unit: 'water' }))).toBe('200 true')
    expect(coded(await act(li, id, 'handle', { comment: 'sprayed' }))).toBe('200 true')
    expect(coded(await act(sun, id, 'verify'))).toBe('200 true')
    expect(coded(await act(sun, id, 'close'))).toBe('200 true')
    const { alert, people } = await read(sun, id)
    expect(alert.state).toBe('closed')
    expect(alert.record.map(({ what, person }) => `${what} ${person}`)).toEqual(
      expect.arrayContaining(['acknowledge li', 'dispatch li', 'handle li', 'verify sun', 'close sun']),
    )
    expect(people['li']).toEqual({ name: { zh: 'li某', en: 'li' }, role: 'officer', unit: 'water' })
    expect((await list(sun)).alerts).toEqual([])
    expect((await list(sun, '?closed=true')).alerts.map((row) => row.id)).toEqual([id])
  })

  it('[DK1] answers what was refused by the rules of the alert stage, and keeps it in the audit log', async () => {
    const id = await server.alarm()
    expect(coded(await act(sun, id, 'verify'))).toBe('409 AL-state')
    expect(coded(await act(li, id, 'acknowledge'))).toBe('200 true')
    const chen = await server.enter('chen')
    const late = await act(chen, id, 'acknowledge')
    expect(coded(late)).toBe('409 AL-done')
    expect(String(late.body['detail'])).toContain('li')
    expect(coded(await act(await server.enter('wang'), id, 'acknowledge'))).toBe('403 AL-area')
    expect(coded(await act(await server.enter('gast'), id, 'acknowledge'))).toBe('403 AL-role')
    const { lines } = (await sun.get('/api/v1/audit')).body as unknown as AuditAnswer
    expect(
      lines
        .filter((line) => line.subject === id)
        .map(({ person, verb, code }) => `${person} ${verb} ${code}`),
    ).toEqual([
      'gast acknowledge AL-role',
      'wang acknowledge AL-area',
      'chen acknowledge AL-done',
      'li acknowledge null',
      'sun verify AL-state',
    ])
  })

  it('[DK2] shows alerts to whom they concern, and others neither what was written nor who did', async () => {
    const id = await server.alarm(0)
    const wang = await server.enter('wang')
    expect((await list(wang)).alerts).toEqual([])
    for (const path of [`/api/v1/alerts/${id}`, `/api/v1/alerts/${id}/surroundings`]) {
      const answer = await wang.get(path)
      expect(coded(answer)).toBe('403 AL-area')
      expect(JSON.stringify(answer.body)).not.toContain('record')
    }
    // Called by whistle he is in it.
    expect(coded(await act(sun, id, 'whistle', { units: ['traffic'], comment: 'close the road' }))).toBe(
      '200 true',
    )
    expect((await list(wang)).alerts).toMatchObject([{ id, mine: true }])
    expect(coded(await act(wang, id, 'report-in'))).toBe('200 true')
    expect((await read(li, id)).alert.whistle?.called).toMatchObject([{ unit: 'traffic', person: 'wang' }])
    expect(coded(await wang.get('/api/v1/alerts/a999-1'))).toBe('404 AL-unknown')
  })

  it('[DK3] orders by urgency and filters', async () => {
    const first = await server.alarm(0)
    const second = await server.alarm(1)
    expect((await list(sun)).alerts.map(({ id }) => id)).toEqual([first, second])
    expect((await list(sun, '?area=3202')).alerts.map(({ id }) => id)).toEqual([second])
    expect((await list(sun, '?category=noise')).alerts).toEqual([])
    expect((await list(sun, '?least=4')).alerts).toEqual([])
    expect(await list(sun, '?limit=1')).toMatchObject({ open: 2, overdue: 0, alerts: [{ id: first }] })
    expect(coded(await act(await server.enter('wang'), second, 'acknowledge'))).toBe('200 true')
    expect((await list(sun, '?state=acknowledged')).alerts.map(({ id }) => id)).toEqual([second])
    expect(coded(await sun.get('/api/v1/alerts?state=burning'))).toBe('400 GW-parameter')
    expect(coded(await sun.get('/api/v1/alerts?area=99'))).toBe('404 GW-area')
    expect(coded(await sun.get('/api/v1/alerts?limit=0'))).toBe('400 GW-parameter')
  })

  it('[DK4] refuses what is no act with field, value and fix', async () => {
    const id = await server.alarm()
    const tries: [string, unknown][] = [
      ['explode', {}],
      ['acknowledge', { comment: 7 }],
      ['acknowledge', { comment: 'x'.repeat(501) }],
      ['acknowledge', { comment: 'a\u0000b' }],
      ['acknowledge', { unit: 'water' }],
      ['acknowledge', []],
      ['shelve', { until: 'tomorrow' }],
      ['shelve', {}],
      ['whistle', { units: 'water' }],
      ['whistle', { units: Array.from({ length: 21 }, () => 'water') }],
      ['dispatch', { unit: '../../etc/passwd\n' }],
      ['see', { comment: 'x' }],
    ]
    for (const [verb, body] of tries) {
      const answer = await li.send('POST', `/api/v1/alerts/${id}/${verb}`, body)
      expect([verb, answer.status, /^AL-(verb|field)$/.test(String(answer.body['code']))]).toEqual([
        verb,
        422,
        true,
      ])
    }
    expect(coded(await li.send('POST', `/api/v1/alerts/${id}/note`, '{"comment"'))).toBe('400 OB-json')
    expect(coded(await li.send('POST', `/api/v1/alerts/${id}/note`, { comment: 'x'.repeat(5000) }))).toBe(
      '413 OB-size',
    )
    for (const path of ['a%2f..%2f..', '%00', '__proto__', `${id}%0d%0ax`])
      expect((await server.soon(li.send('POST', `/api/v1/alerts/${path}/acknowledge`, {}))).status).toBe(404)
    expect(coded(await li.send('POST', `/api/v1/alerts/${id}/constructor`, {}))).toBe('422 AL-verb')
  })

  it('[DK5] cuts numbers of people out of what is written', async () => {
    const id = await server.alarm()
    const text = 'caller 13812345678, id 32010219900101123X'
    expect(coded(await act(li, id, 'note', { comment: text }))).toBe('200 true')
    const kept = JSON.stringify([await read(li, id), await sun.get('/api/v1/audit')])
    expect(kept).toContain('caller …, id …')
    expect(kept).not.toMatch(/13812345678|32010219900101123X/)
    for (let partition = 0; partition < 2; partition++) {
      const stop = new AbortController()
      const end = await server.log.end(partition)
      for await (const batch of server.log.read(partition, 0, stop.signal)) {
        for (const record of batch.records)
          expect(new TextDecoder().decode(record)).not.toContain('13812345678')
        if (batch.first + batch.records.length >= end) break
      }
      stop.abort()
    }
  })

  it('[DK6] does a deed once, however often it is sent with the same key', async () => {
    const id = await server.alarm()
    const key = { 'idempotency-key': 'tap-1' }
    const send = (by: Asker) => by.send('POST', `/api/v1/alerts/${id}/note`, { comment: 'once' }, key)
    const answers = await server.soon(Promise.all([send(li), send(li)]))
    answers.push(await server.soon(send(li)))
    expect(new Set(answers.map(({ body }) => body['action'])).size).toBe(1)
    expect(answers.map(coded)).toEqual(['200 true', '200 true', '200 true'])
    // Somebody else's key of the same name is another deed.
    await server.soon(send(sun))
    const { record } = (await read(li, id)).alert
    expect(record.filter(({ comment }) => comment === 'once').map(({ person }) => person)).toEqual([
      'li',
      'sun',
    ])
  })

  it('[DK7] accepts what is not decided within 5 s, and says so', async () => {
    const id = await server.alarm()
    await server.gateway.stop()
    let isOver = false
    const asked = li
      .send('POST', `/api/v1/alerts/${id}/note`, { comment: 'x' })
      .finally(() => (isOver = true))
    const end = await server.log.end(0)
    while ((await server.log.end(0)) === end) await new Promise((resolve) => setImmediate(resolve))
    // The ticks do not come: ingest is gone with its clock.
    await server.ingest.stop()
    while (!isOver) {
      server.clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(coded(await asked)).toBe('202 false')
  })

  it('[DK8] bounds what one person does in a second', async () => {
    const id = await server.alarm()
    const sent = Array.from({ length: 15 }, (_, n) =>
      li.send('POST', `/api/v1/alerts/${id}/note`, { comment: `n${n}` }),
    )
    const answers = await server.soon(Promise.all(sent))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThanOrEqual(5)
    expect(refused[0]?.headers.get('retry-after')).toBe('1')
    expect(refused.map(coded)[0]).toBe('429 SE-rate')
    expect(coded(await act(sun, id, 'note', { comment: 'others may' }))).toBe('200 true')
  })

  it('[DK9] raises by hand, and tells what surrounds it', async () => {
    const raise = { areas: ['3201001'], category: 'air', rank: 4, headline: 'Smoke', exercise: true }
    expect(coded(await li.send('POST', '/api/v1/alerts', raise))).toBe('403 SE-role')
    const done = await server.soon(sun.send('POST', '/api/v1/alerts', raise))
    expect(coded(done)).toBe('200 true')
    const id = String(done.body['subject'])
    expect((await read(li, id)).alert).toMatchObject({
      headline: 'Smoke',
      exercise: true,
      incident: null,
      rank: 4,
    })
    await server.soon(
      server.post(
        '/api/v1/reports',
        JSON.stringify({ service: 'noise', lon: 118.005, lat: 32.005, time: server.clock.now() }),
      ),
    )
    await server.ticks(2)
    const near = (await li.get(`/api/v1/alerts/${id}/surroundings?radius=2000`))
      .body as unknown as SurroundingsAnswer
    expect(near.sources).toMatchObject([{ source: 'acme/cam-1', kind: 'camera', metres: 0 }])
    expect(near.calls).toMatchObject([{ indicator: 'call.noise', area: '3201001' }])
    expect(coded(await li.get(`/api/v1/alerts/${id}/surroundings?radius=99999`))).toBe('400 GW-parameter')
  })
})

describe('the books of the desk', () => {
  it('[DK10] silences and ends the silence, by who may', async () => {
    const body = { reason: 'drill', until: server.clock.now() + 3_600_000, area: '3201' }
    expect(coded(await li.send('POST', '/api/v1/silences', body))).toBe('403 SE-role')
    const made = await server.soon(sun.send('POST', '/api/v1/silences', body))
    expect(coded(made)).toBe('200 true')
    const id = String(made.body['subject'])
    const { silences } = (await li.get('/api/v1/silences')).body as { silences: object[] }
    expect(silences).toMatchObject([{ id, by: 'sun', reason: 'drill', inForce: true, area: '3201' }])
    expect((await (await server.enter('wang')).get('/api/v1/silences')).body['silences']).toEqual([])
    expect(coded(await server.soon(sun.send('DELETE', `/api/v1/silences/${id}?comment=over`)))).toBe(
      '200 true',
    )
    expect((await li.get('/api/v1/silences')).body['silences']).toMatchObject([
      { inForce: false, endedBy: 'sun' },
    ])
    const ring = [
      [118, 32],
      [118.02, 32],
      [118.02, 32.02],
      [118, 32],
    ]
    const drawn = await server.soon(sun.send('POST', '/api/v1/silences', { ...body, area: '', ring }))
    expect(coded(drawn)).toBe('200 true')
    expect(coded(await sun.send('POST', '/api/v1/silences', { ...body, ring: [[1, 2, 3]] }))).toBe(
      '422 AL-field',
    )
  })

  it('[DK11] keeps subscriptions to their owner', async () => {
    const made = await server.soon(li.send('POST', '/api/v1/subscriptions', { rank: 2, channels: ['desk'] }))
    expect(coded(made)).toBe('200 true')
    const id = String(made.body['subject'])
    expect((await li.get('/api/v1/subscriptions')).body['subscriptions']).toMatchObject([
      { id, area: '3201' },
    ])
    expect((await sun.get('/api/v1/subscriptions')).body['subscriptions']).toEqual([])
    expect(coded(await sun.send('DELETE', `/api/v1/subscriptions/${id}`))).toBe('404 AL-unknown')
    expect(coded(await server.soon(li.send('DELETE', `/api/v1/subscriptions/${id}`)))).toBe('200 true')
    expect((await li.get('/api/v1/subscriptions')).body['subscriptions']).toEqual([])
  })

  it('[DK12] says who is on duty, and lets who may take a shift over', async () => {
    const now = server.clock.now()
    const cover = { area: '3201', person: 'li', from: now, to: now + 3_600_000, comment: 'for Wu' }
    expect(coded(await li.send('POST', '/api/v1/roster/covers', cover))).toBe('403 SE-role')
    expect(coded(await server.soon(sun.send('POST', '/api/v1/roster/covers', cover)))).toBe('200 true')
    await server.ticks(2)
    const { body } = await li.get(`/api/v1/roster?area=3201001&at=${now + 60_000}`)
    expect(body).toMatchObject({
      steps: [
        { area: { code: '3201001' }, onDuty: [] },
        { area: { code: '3201' }, onDuty: [{ person: 'li', source: 'cover' }] },
        { area: { code: '32' }, onDuty: [] },
      ],
      fallback: 'zhao',
    })
    expect(JSON.stringify(body)).not.toMatch(/mail|webhook|reach/)
    expect(coded(await li.get('/api/v1/roster?at=never'))).toBe('400 GW-parameter')
  })

  it('[DK13] hands notes over to the next shift of an area', async () => {
    const note = { area: '3201', text: 'pump 3 is out' }
    expect(coded(await server.soon(li.send('POST', '/api/v1/handovers', note)))).toBe('200 true')
    expect((await sun.get('/api/v1/handovers')).body['handovers']).toMatchObject([
      { person: 'li', text: 'pump 3 is out' },
    ])
    expect((await (await server.enter('wang')).get('/api/v1/handovers')).body['handovers']).toEqual([])
    expect(coded(await server.soon(li.send('POST', '/api/v1/handovers', { ...note, area: '3202' })))).toBe(
      '403 AL-area',
    )
    expect(coded(await li.send('POST', '/api/v1/handovers', { area: '3201', text: ' ' }))).toBe(
      '422 AL-field',
    )
  })

  it('[DK14] shows the audit log to supervisors, of their own people', async () => {
    await server.ticks(2)
    expect(coded(await li.get('/api/v1/audit'))).toBe('403 SE-role')
    const { lines } = (await sun.get('/api/v1/audit?verb=sign-in')).body as unknown as AuditAnswer
    expect(lines.map(({ person }) => person)).toEqual(['sun', 'li'])
    expect((await sun.get('/api/v1/audit?person=li')).body['lines']).toMatchObject([
      { person: 'li', verb: 'sign-in' },
    ])
    expect((await sun.get('/api/v1/audit?limit=1')).body).toMatchObject({ more: true })
  })

  it('[DK15] tells incidents, also as outlines', async () => {
    await server.alarm()
    const { incidents } = (await li.get('/api/v1/incidents')).body as { incidents: object[] }
    expect(incidents).toMatchObject([{ number: 1, category: 'air', areas: ['3201001'], state: 'active' }])
    const shapes = (await li.get('/api/v1/incidents?format=geojson')).body
    expect(shapes).toMatchObject({
      type: 'FeatureCollection',
      features: [{ type: 'Feature', geometry: { type: 'MultiPolygon' }, properties: { rank: 3 } }],
    })
    expect((await (await server.enter('wang')).get('/api/v1/incidents')).body['incidents']).toEqual([])
  })

  it('[DK16] keeps a browser’s push subscription to its owner and shows it to nobody', async () => {
    expect((await li.get('/api/v1/push/key')).body).toEqual({ key: 'BKey' })
    const body = { endpoint: 'https://push.example/abc', keys: { p256dh: 'p', auth: 'a' } }
    expect((await li.send('POST', '/api/v1/push', body)).status).toBe(204)
    expect(await server.registry.list('push', 'li')).toMatchObject([{ value: JSON.stringify(body) }])
    const { endpoint } = body
    expect((await sun.send('DELETE', '/api/v1/push', { endpoint })).status).toBe(204)
    expect(await server.registry.list('push', 'li')).toHaveLength(1)
    expect((await li.send('DELETE', '/api/v1/push', { endpoint })).status).toBe(204)
    expect(await server.registry.list('push', 'li')).toEqual([])
    const wrong = await li.send('POST', '/api/v1/push', { ...body, endpoint: 'http://10.0.0.1/x' })
    expect(coded(wrong)).toBe('422 CH-address')
    expect(JSON.stringify(wrong.body)).not.toContain('10.0.0.1')
  })

  it('[DK17] shows a vendor its own letters and nothing else', async () => {
    await server.observe('s1', { indicator: 'nonsense', value: 1, time: server.clock.now(), area: '3201001' })
    const vendor = await server.enter('acme-desk')
    const { body } = await vendor.get('/api/v1/vendors/acme/letters')
    expect(body).toMatchObject({ vendor: 'acme', letters: [{ code: 'OB-indicator' }] })
    expect(coded(await vendor.get('/api/v1/vendors/other/letters'))).toBe('403 SE-role')
    expect(coded(await (await server.enter('other-desk')).get('/api/v1/vendors/acme/letters'))).toBe(
      '403 SE-role',
    )
    for (const path of [
      'alerts',
      'incidents',
      'roster',
      'handovers',
      'audit',
      'silences',
      'desk/stream',
      'push/key',
    ])
      expect([path, coded(await vendor.get(`/api/v1/${path}`))]).toEqual([path, '403 SE-role'])
    expect((await vendor.get('/api/v1/session')).body).toMatchObject({ permissions: ['letters', 'tokens'] })
  })

  it('[DK18] describes every route of the desk', async () => {
    const { body } = await li.get('/api/v1/openapi.json')
    const paths = body['paths'] as Record<string, Record<string, { summary?: string; security?: object[] }>>
    for (const path of [
      '/api/v1/alerts/{id}/{verb}',
      '/api/v1/session',
      '/api/v1/desk/stream',
      '/api/v1/audit',
    ])
      for (const route of Object.values(paths[path] ?? { none: {} })) {
        expect([path, route.summary]).not.toEqual([path, undefined])
        expect(route.security).toBeDefined()
      }
  })
})
