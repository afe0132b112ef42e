import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type {
  RulesCheck,
  RulesText,
  RulesTextAnswer,
  RuleVersionAnswer,
  RuleVersionsAnswer,
} from '../core/rules-wire.ts'
import type { ExplanationAnswer } from '../api-schema.ts'
import { startDeskServer, type Asker, type DeskServer } from '../testdata/desk-server.ts'

let server: DeskServer
let sun: Asker
beforeEach(async () => {
  server = await startDeskServer({ http: { maxBody: 65_536 } })
  sun = await server.enter('sun')
  await server.ticks(2)
})
afterEach(() => server.stop())

async function read<Answer>(path: string): Promise<Answer> {
  return (await sun.get(path)).body as Answer
}
const textNow = () => read<RulesTextAnswer>('/api/v1/rules/text')
const versions = async () => (await read<RuleVersionsAnswer>('/api/v1/rules/versions')).versions
const inForce = async () => (await read<{ version: string }>('/api/v1/rules')).version

/** The text with other limits of the rule on the air. */
function limited({ text }: RulesTextAnswer, limits: object): RulesText {
  return {
    ...text,
    rules: text.rules.map((rule) => (rule['indicator'] === 'pm25' ? { ...rule, limits } : rule)),
  }
}
const save = (text: RulesText, name = 'Storm', by = sun) =>
  server.soon(by.send('POST', '/api/v1/rules/versions', { name, text }))
const publish = (version: string, by = sun, why = 'heavy rain') =>
  server.soon(by.send('POST', `/api/v1/rules/versions/${version}/publish`, { why }))
/** Lets time pass until a version is in force. */
async function comesIntoForce(version: string) {
  for (let tick = 0; tick < 30 && (await inForce()) !== version; tick++) await server.ticks(1)
  expect(await inForce()).toBe(version)
}
const why = (code: string) => read<ExplanationAnswer>(`/api/v1/areas/${code}/explanation`)

describe('rules over HTTP', () => {
  it('[RV30] tells the rules in force as text, as YAML, and what a change of them would be', async () => {
    const answer = await textNow()
    expect(answer.levels).toEqual(['normal', 'blue', 'yellow', 'orange', 'red'])
    const yaml = await (await server.get('/api/v1/rules/text?format=yaml')).text()
    expect(yaml).toMatch(/^rules:\n/)
    const check = async (body: object) =>
      (await (await server.post('/api/v1/rules/check', JSON.stringify(body))).json()) as RulesCheck & {
        code?: string
      }
    expect((await check({ yaml })).changes).toEqual([])
    const text = limited(answer, { orange: 50, red: 60 })
    expect(
      (await check({ text })).changes.map(({ field, now }) => [field.replace(/^[^.]*\./, ''), now]),
    ).toEqual(
      expect.arrayContaining([
        ['limits.orange', 50],
        ['limits.red', 60],
      ]),
    )
    expect((await check({ text: { rules: [] } })).code).toBe('RS-fixed')
    expect((await check({ yaml: 'rules: [' })).code).toBe('RS-syntax')
  })

  it('[RV31] puts a saved version into force at a tick, tells it everywhere, and goes back', async () => {
    const file = await textNow()
    const cell = { indicator: 'pm25', value: 55, lon: 118.005, lat: 32.005 }
    const observe = (source: string) =>
      server.observe(source, { ...cell, time: new Date(server.clock.now() + 500).toISOString() })
    await observe('s1')
    await observe('s2')
    await server.ticks(2)
    expect((await why('3201001')).level).toBe('normal')
    const saved = await save(limited(file, { orange: 50, red: 250 }))
    expect(saved).toMatchObject({ status: 200, body: { done: true } })
    const version = String(saved.body['subject'])
    expect(await inForce()).toBe(file.version)
    expect(await publish(version)).toMatchObject({ status: 200, body: { subject: version } })
    expect((await versions()).find((each) => each.pending)?.version).toBe(version)
    await comesIntoForce(version)
    await server.ticks(2)
    const told = await why('3201001')
    expect([told.level, told.rule?.ruleSet, told.rule?.limits['orange']]).toEqual(['orange', version, 50])
    expect(await read('/api/v1/rules')).toMatchObject({ version, by: 'sun', why: 'heavy rain' })
    const [current, ...others] = await versions()
    expect(current).toMatchObject({ version, name: 'Storm', by: 'sun', current: true, file: false })
    expect(current?.published).toMatchObject([{ by: 'sun', why: 'heavy rain' }])
    expect(others).toMatchObject([{ version: file.version, name: '', current: false, file: true }])
    expect(await publish(file.version, sun, 'rain is over')).toMatchObject({ status: 200 })
    await comesIntoForce(file.version)
    // It falls after the rule's delay, as it would without.
    await server.ticks(65)
    expect((await why('3201001')).level).toBe('normal')
    expect(server.faults).toEqual([])
  })

  it('[RV32] tells one version with what it would change, and knows no others', async () => {
    const file = await textNow()
    const version = String((await save(limited(file, { red: 80 }))).body['subject'])
    const found = await read<RuleVersionAnswer>(`/api/v1/rules/versions/${version}`)
    expect(found).toMatchObject({ version, name: 'Storm', current: false, published: [] })
    expect(found.changes.map(({ field }) => field.split('.').at(-1))).toContain('red')
    expect((await server.get('/api/v1/rules/versions/0000000000000000')).status).toBe(404)
  })

  it('[RV33] lets supervisors and administrators publish, who are signed in, with a reason', async () => {
    const file = await textNow()
    const li = await server.enter('li')
    const text = limited(file, { red: 80 })
    expect((await save(text, 'Storm', li)).status).toBe(403)
    expect((await server.post('/api/v1/rules/versions', JSON.stringify({ name: 'x', text }))).status).toBe(
      401,
    )
    const version = String((await save(text)).body['subject'])
    expect((await publish(version, li)).status).toBe(403)
    expect((await publish(version, sun, ' ')).body.code).toBe('RS-value')
    expect((await publish('0000000000000000')).body.code).toBe('RS-unknown')
    expect((await publish(file.version)).body.code).toBe('RS-current')
  })

  it('[RV35] names who saved and published to who is signed in alone', async () => {
    const version = String((await save(limited(await textNow(), { red: 80 }))).body['subject'])
    await publish(version)
    await comesIntoForce(version)
    await server.ticks(2)
    const open = async (path: string) => (await (await server.get(path)).json()) as Record<string, unknown>
    expect(await open('/api/v1/rules')).toMatchObject({ by: '?', why: 'heavy rain' })
    const { versions: all } = (await open('/api/v1/rules/versions')) as unknown as RuleVersionsAnswer
    expect(all.map(({ by, published }) => [by, published.map((each) => each.by)])).toEqual([
      ['?', ['?']],
      ['', ['']],
    ])
    expect(await open(`/api/v1/rules/versions/${version}`)).toMatchObject({
      by: '?',
      published: [{ by: '?' }],
    })
    expect((await versions())[0]).toMatchObject({ by: 'sun', published: [{ by: 'sun' }] })
  })
})
