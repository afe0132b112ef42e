import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Knowledge, KnowledgeAt } from '../core/history-wire.ts'
import { startDeskServer, type Asker, type DeskServer } from '../testdata/desk-server.ts'

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
const knowledge = async (by: Asker, id: string) =>
  (await by.get(`/api/v1/alerts/${id}/knowledge`)).body as unknown as Knowledge
const knownAt = async (by: Asker, query: string) =>
  (await by.get(`/api/v1/knowledge?${query}`)).body as unknown as KnowledgeAt & { code?: string }

describe('who knew what when', () => {
  it('[HI21] tells of an alert who was told, who saw it, who did and who tried what, with how it stood then', async () => {
    const id = await server.alarm()
    await act(sun, id, 'verify')
    await act(await server.enter('zhao'), id, 'see')
    await act(li, id, 'acknowledge', { comment: 'on my way' })
    await act(li, id, 'handle')
    const { alert, lines } = await knowledge(li, id)
    expect(alert).toBe(id)
    const told = lines.map(({ person, what, state, detail }) => `${what} ${person} ${state} ${detail}`.trim())
    expect(told[0]).toMatch(/^raised {2}raised/)
    expect(told).toEqual(expect.arrayContaining(['verify sun raised AL-state', 'seen zhao raised']))
    expect(told).toContain('acknowledge li acknowledged water: on my way')
    expect(told).toContain('handle li handled water')
    expect(
      lines.some(({ what, person, channel }) => what === 'told' && person !== '' && channel === 'desk'),
    ).toBe(true)
    expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).toSorted((a, b) => a - b))
  })

  it('[HI22] tells what was open at a time, who had been told and seen it by then, and who was on duty', async () => {
    const id = await server.alarm()
    const raised = server.desk.tick
    await act(await server.enter('zhao'), id, 'see')
    await act(li, id, 'acknowledge')
    await server.ticks(1)
    const then = await knownAt(li, `at=${raised}`)
    expect(then.alerts).toMatchObject([{ alert: id, state: 'raised', rank: 3, area: { code: '3201001' } }])
    expect(then.alerts[0]?.told.every(({ seen }) => seen === null)).toBe(true)
    const now = await knownAt(li, `at=${server.desk.tick}`)
    expect(now.alerts).toMatchObject([{ alert: id, state: 'acknowledged' }])
    expect(now.alerts[0]?.told.find(({ person }) => person === 'zhao')?.seen).not.toBeNull()
    expect(now.duty.map(({ area }) => area.code)).toEqual(['32'])
    expect(now.people['zhao']).toMatchObject({ role: 'admin' })
    expect((await knownAt(li, `at=${raised - 1000}`)).alerts).toEqual([])
    expect((await knownAt(li, `at=${server.desk.tick}&area=3202`)).alerts).toEqual([])
  })

  it('[HI23] keeps it from who may not see the alert, and says what is not kept or lies in the future', async () => {
    const id = await server.alarm()
    const wang = await server.enter('wang')
    expect((await wang.get(`/api/v1/alerts/${id}/knowledge`)).body.code).toBe('AL-area')
    expect((await wang.get(`/api/v1/knowledge?at=${server.desk.tick}`)).body['alerts']).toEqual([])
    const anybody = await fetch(`${server.url}/api/v1/alerts/${id}/knowledge`)
    expect(anybody.status).toBe(401)
    expect((await knownAt(li, `at=${server.desk.tick + 1}`)).code).toBe('RY-future')
    expect((await knownAt(li, `at=${server.desk.tick - 8 * 86_400_000}`)).code).toBe('AV-gap')
    expect((await knownAt(li, 'at=noon')).code).toBe('GW-parameter')
  })
})
