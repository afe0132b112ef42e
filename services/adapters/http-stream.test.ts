import { request, type ClientRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeskNews } from '../core/stream-wire.ts'
import { askerOf, startDeskServer, type Asker, type DeskServer } from '../testdata/desk-server.ts'
import { until } from '../testdata/small-server.ts'

let server: DeskServer
const ears: Ear[] = []
beforeEach(async () => {
  server = await startDeskServer()
})
afterEach(async () => {
  for (const ear of ears.splice(0)) ear.leave()
  await server.stop()
})

interface Event {
  readonly id: number
  readonly event: string
  readonly data: Record<string, unknown>
}

/** A browser that listens to the stream. */
class Ear {
  readonly events: Event[] = []
  status = 0
  isOver = false
  headers: Record<string, unknown> = {}
  private text = ''
  private readonly asked: ClientRequest

  constructor(by: Asker, headers: Record<string, string> = {}) {
    this.asked = request(`${server.url}/api/v1/desk/stream`, {
      headers: { cookie: by.cookie, ...headers },
      agent: false,
    })
    this.asked.on('response', (response) => {
      this.status = response.statusCode ?? 0
      this.headers = response.headers
      response.setEncoding('utf8').on('data', (text: string) => this.take(text))
      response.on('close', () => (this.isOver = true))
      response.on('error', () => undefined)
    })
    this.asked.on('error', () => (this.isOver = true))
    this.asked.end()
    ears.push(this)
  }

  private take(text: string): void {
    const blocks = (this.text + text).split('\n\n')
    this.text = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
      if (field('event') !== '')
        this.events.push({
          id: Number(field('id')),
          event: field('event'),
          data: JSON.parse(field('data')) as Record<string, unknown>,
        })
    }
  }

  of(event: string): Event[] {
    return this.events.filter((each) => each.event === event)
  }

  leave(): void {
    this.asked.destroy()
  }
}

async function listen(by: Asker, headers: Record<string, string> = {}): Promise<Ear> {
  const ear = new Ear(by, headers)
  await until(() => ear.events.length > 0 || ear.isOver || ear.status >= 400)
  return ear
}

const newsOf = (ear: Ear) => ear.of('news').map(({ data }) => data as unknown as DeskNews)

describe('live news', () => {
  it('[DK20] tells within the tick what changed, to whom it concerns', async () => {
    const [li, wang] = [await listen(await server.enter('li')), await listen(await server.enter('wang'))]
    expect(li.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    expect(li.headers['cache-control']).toBe('no-store')
    expect(li.headers['x-content-type-options']).toBe('nosniff')
    const id = await server.alarm(0)
    await until(() => newsOf(li).some(({ alerts }) => alerts.includes(id)))
    expect(newsOf(li).find(({ alerts }) => alerts.includes(id))).toMatchObject({
      tick: server.desk.tick,
      incidents: [expect.stringMatching(/^i/)],
    })
    await server.alarm(1)
    await until(() => newsOf(wang).some(({ alerts }) => alerts.length > 0))
    expect(newsOf(wang).flatMap(({ alerts }) => alerts)).not.toContain(id)
  })

  it('[DK21] tells a notice to its person alone, without where it went', async () => {
    const zhao = await server.enter('zhao')
    const [own, other] = [await listen(zhao), await listen(await server.enter('sun'))]
    // Nobody is on duty, so the named default is told.
    const id = await server.alarm()
    await until(() => own.of('notice').length > 0)
    expect(own.of('notice')[0]?.data).toMatchObject({
      person: 'zhao',
      alerts: [id],
      channel: 'desk',
      rank: 3,
    })
    await until(() => newsOf(other).some(({ alerts }) => alerts.includes(id)))
    expect(other.of('notice')).toEqual([])
    expect((await zhao.get('/api/v1/notices')).body['notices']).toMatchObject([{ alerts: [id] }])
  })

  it('[DK22] beats while nothing happens, and resumes where a browser was cut off', async () => {
    const by = await server.enter('li')
    const first = await listen(by)
    expect(first.events.map(({ event }) => event)).toEqual(['reset', 'beat'])
    await server.ticks(4)
    await until(() => first.of('beat').length >= 2)
    const last = first.events.at(-1)?.id ?? 0
    first.leave()
    const id = await server.alarm()
    await server.alarm(1)
    const again = await listen(by, { 'last-event-id': String(last) })
    expect(newsOf(again)).toHaveLength(1)
    expect(newsOf(again)[0]?.alerts).toEqual([id])
    expect(again.of('reset')).toEqual([])
    for (const strange of ['99999999999999', '-1', 'x', `${last}\u00e9`])
      expect((await listen(by, { 'last-event-id': strange })).events[0]?.event).toBe('reset')
  })

  it('[DK23] ends with its session', async () => {
    const by = await server.enter('li')
    const ear = await listen(by)
    const elsewhere = await listen(await server.enter('li'))
    await by.send('DELETE', '/api/v1/session')
    await until(() => ear.isOver)
    expect(ear.events.at(-1)).toMatchObject({ event: 'end', data: { code: 'SE-session' } })
    expect(elsewhere.isOver).toBe(false)
    // Ended by another process: it is noticed within a few beats.
    for (const { key } of await server.registry.list('session', 'li'))
      await server.registry.drop('session', key)
    await server.ticks(16)
    await until(() => elsewhere.isOver)
    expect(elsewhere.events.at(-1)).toMatchObject({ event: 'end' })
  })

  it('[DK24] bounds the streams of a person and says which is one too many', async () => {
    const by = await server.enter('li')
    for (let n = 0; n < 8; n++) await listen(by)
    const answer = await by.get('/api/v1/desk/stream')
    expect([answer.status, answer.body['code']]).toEqual([409, 'SE-most'])
    ears[0]?.leave()
    await until(() => true)
    let again = await listen(by)
    while (again.status === 409) again = await listen(by)
    expect(again.status).toBe(200)
    // Others have their own.
    expect((await listen(await server.enter('sun'))).status).toBe(200)
    const head = await askerOf(server.url, { cookie: by.cookie }).send('HEAD', '/api/v1/desk/stream')
    expect(head.status).toBe(404)
  })

  it('[DK24] says goodbye when the server goes down', async () => {
    const ear = await listen(await server.enter('li'))
    await server.stop()
    await until(() => ear.isOver)
    expect(ear.events.at(-1)).toMatchObject({ event: 'end', data: { code: 'GW-stopping' } })
    server = await startDeskServer()
  })
})
