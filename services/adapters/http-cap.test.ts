import { XMLParser } from 'fast-xml-parser'
import fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Alert } from '../core/alert.ts'
import { capFaults } from '../formats/cap-check.ts'
import { HAS_CAP_SCHEMA, schemaFault } from '../testdata/cap-schema.ts'
import { alertOf, entryOf, MINUTE, RAISED, simplePolicy } from '../testdata/sample-alert.ts'
import { smallPlan } from '../testdata/small-city.ts'
import { capRoutes } from './http-cap.ts'

const plan = smallPlan()
const at = (minutes: number) => RAISED + minutes * MINUTE
const DAY = 24 * 60
const settings = { sender: 'alerts@qingyu.example', contact: '', restriction: '', expiresMs: 3_600_000 }

function serving(alerts: readonly Alert[], publicUrl = 'https://qingyu.example/') {
  const app = fastify()
  onTestFinished(() => app.close())
  capRoutes(app, { plan, policy: simplePolicy(), settings, desk: { alerts: () => alerts }, publicUrl })
  return async (url: string) => {
    const { statusCode, headers, body } = await app.inject({ url, headers: { host: 'a.example:8080' } })
    return { status: statusCode, type: headers['content-type'], body }
  }
}

interface Entry {
  readonly id: string
  readonly title: string
  readonly updated: string
  readonly link: { readonly '@_href': string; readonly '@_type': string }
  readonly 'cap:msgType': string
}
interface Feed {
  readonly id: string
  readonly updated: string
  readonly author: { readonly name: string }
  readonly link: { readonly '@_href': string; readonly '@_rel': string }
  readonly entry?: readonly Entry[]
}

const parser = new XMLParser({
  ignoreAttributes: false,
  parseTagValue: false,
  isArray: (name) => name === 'entry',
})
const feedIn = (body: string) => (parser.parse(body) as { feed: Feed }).feed

const first = alertOf()
const second = alertOf({
  id: 'amia2-2',
  raised: at(10),
  record: [entryOf('raise', at(10)), entryOf('severity', at(12), { rank: 4 })],
})
const cancelled = alertOf({ id: 'amia2-3', raised: at(3), closed: at(5), state: 'closed', record: [] })

describe('CAP over HTTP', () => {
  it('[CA50] feeds the newest message of each alert, newest first', async () => {
    const { status, type, body } = await serving([first, second, cancelled])('/cap/v1/alerts.atom')
    expect([status, type]).toEqual([200, 'application/atom+xml; charset=utf-8'])
    const feed = feedIn(body)
    expect(feed).toMatchObject({
      id: 'urn:qingyu:cap:feed:32',
      updated: '2026-11-22T08:17:00+08:00',
      author: { name: settings.sender },
      link: { '@_rel': 'self', '@_href': 'https://qingyu.example/cap/v1/alerts.atom' },
    })
    const entries = feed.entry ?? []
    expect(entries.map((entry) => [entry['cap:msgType'], entry.updated.slice(11, 16), entry.title])).toEqual([
      ['Update', '08:17', 'Ⅰ级红色 空气 3201区'],
      ['Cancel', '08:10', '解除：Ⅱ级橙色 空气 3201区'],
      ['Alert', '08:05', 'Ⅱ级橙色 空气 3201区'],
    ])
    expect(new Set(entries.map(({ id }) => id)).size).toBe(3)
  })

  it('[CA51] drops from the feed what was cancelled a day before the newest, and keeps what is open', async () => {
    const late = alertOf({ id: 'ab-1', raised: at(5 + DAY + 1), record: [] })
    const { body } = await serving([first, cancelled, late])('/cap/v1/alerts.atom')
    expect(feedIn(body).entry?.map(({ id }) => id.split(':').at(-1))).toEqual(['ab-1', 'amia2-1'])
    const empty = await serving([])('/cap/v1/alerts.atom')
    expect(feedIn(empty.body).entry).toBeUndefined()
    const many = Array.from({ length: 300 }, (_, n) => alertOf({ id: `ac-${n}` }))
    expect(feedIn((await serving(many)('/cap/v1/alerts.atom')).body).entry).toHaveLength(200)
  })

  it('[CA52] serves each message of the chain by its identifier, also those replaced', async () => {
    const get = serving([first, second], '')
    const feed = feedIn((await get('/cap/v1/alerts.atom')).body)
    expect(feed.link['@_href']).toBe('http://a.example:8080/cap/v1/alerts.atom')
    const [newest] = feed.entry ?? []
    const path = new URL(newest?.link['@_href'] ?? '').pathname
    const { status, type, body } = await get(path)
    expect([status, type]).toEqual([200, 'application/cap+xml; charset=utf-8'])
    const [, replaced = ''] = /<references>[^,]*,([^,]*),/.exec(body) ?? []
    const before = await get(`/cap/v1/alerts/${replaced}.xml`)
    expect(before.body).toContain(`<identifier>${replaced}</identifier>`)
    for (const text of [body, before.body]) expect(capFaults(text)).toEqual([])
  })

  it.skipIf(!HAS_CAP_SCHEMA)('[CA19] serves what the schema takes', async () => {
    const { body } = await serving([first])(`/cap/v1/alerts/32-amia2-1-${RAISED.toString(36)}.xml`)
    expect(schemaFault(body)).toBe('')
  })

  it('[CA53] knows no other message', async () => {
    const get = serving([first])
    for (const name of ['32-amia2-1-0.xml', 'amia2-1', '..%2f..%2fetc.xml', '%00'])
      expect((await get(`/cap/v1/alerts/${name}`)).body).toContain('does not exist')
  })
})
