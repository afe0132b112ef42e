import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { RehearsalsAnswer, RehearsalView } from './core/replay-wire.ts'
import { rulesText } from './core/rule-text.ts'
import { BEGIN, KEPT } from './testdata/kept-archive.ts'
import {
  finished,
  FROM,
  HOUR,
  rehearsalHouse,
  sixHours,
  SOONER,
  TO,
  YAML,
} from './testdata/rehearsal-house.ts'
import { startSmallServer } from './testdata/small-server.ts'

const ASKED = { from: FROM, to: TO }
const fieldsOf = (text: string) => text.replace('\uFEFF', '').split('\r\n')[0]

let whole: Awaited<ReturnType<typeof sixHours>>
beforeAll(async () => {
  whole = await sixHours()
})
afterAll(() => whole.remove())

/** Another archive, which goes with the test. */
async function another(without: readonly number[] = []): Promise<string> {
  const made = await sixHours(without)
  onTestFinished(() => made.remove())
  return made.dir
}

describe('rehearsals', { timeout: 120_000 }, () => {
  it('[RH30] are asked for, followed, read and forgotten over HTTP', async () => {
    const house = rehearsalHouse(whole.dir)
    const rehearsals = await house.keeper()
    const server = await startSmallServer({ maxBody: 262_144 }, undefined, () => ({ rehearsals }))
    onTestFinished(() => server.stop())
    const asked = { from: new Date(FROM).toISOString(), to: TO, yaml: SOONER, name: 'sooner' }
    const made = await server.post('/api/v1/rehearsals', JSON.stringify(asked))
    const view = (await made.json()) as RehearsalView
    expect([made.status, made.headers.get('location')]).toEqual([202, `rehearsals/${view.id}`])
    expect(view).toMatchObject({ name: 'sooner', by: '', from: FROM, to: TO, result: null })
    expect(['queued', 'running']).toContain(view.state)

    await finished(rehearsals, view.id)
    const done = (await server.json(`/api/v1/rehearsals/${view.id}`)) as unknown as RehearsalView
    expect(done).toMatchObject({
      state: 'done',
      progress: 1,
      was: KEPT.plan.rules.version,
      would: view.would,
    })
    expect(done.result?.map.length).toBeGreaterThan(0)
    expect(done.result?.counts.later).toBe(0)
    expect(done.result?.sentence.zh).toMatch(/。$/)
    const table = await server.get(`/api/v1/rehearsals/${view.id}/result.csv`)
    expect(table.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(fieldsOf(await table.text())).toBe('section,key,name_zh,name_en,measure,was,would,unit')
    const { rehearsals: all } = (await server.json('/api/v1/rehearsals')) as unknown as RehearsalsAnswer
    expect(all.map(({ id, result }) => [id, result])).toEqual([[view.id, null]])

    const path = `${server.url}/api/v1/rehearsals/${view.id}`
    expect((await fetch(path, { method: 'DELETE' })).status).toBe(204)
    expect((await server.get(`/api/v1/rehearsals/${view.id}`)).status).toBe(404)
    expect(readdirSync(house.folder)).toEqual([])
  })

  it.each([
    ['YAML that is none', { ...ASKED, yaml: 'rules:\n  - id: [crowd\n' }, 'RS-syntax', 422, /line/],
    [
      'a field that no rule has',
      { ...ASKED, yaml: YAML.replace('deadband:', 'dead:') },
      'RS-value',
      422,
      /line \d+: rules\.0/,
    ],
    ['rules that say nothing', { ...ASKED, text: { rules: [{ id: 'crowd' }] } }, 'RS-value', 422, /rules\.0/],
    ['a version that nobody saved', { ...ASKED, version: 'ffffffffffffffff' }, 'RS-unknown', 404, /ffff/],
    ['the future', { from: FROM, to: TO + 2 * HOUR, yaml: YAML }, 'RY-future', 422, /future/],
    [
      'a time before all that is kept',
      { from: BEGIN - 3 * HOUR, to: BEGIN - 2 * HOUR, yaml: YAML },
      'AV-gap',
      404,
      /kept/,
    ],
    ['a time that ends before it begins', { from: TO, to: FROM, yaml: YAML }, 'RY-field', 422, /from/],
    ['a time that is none', { from: 'yesterday', to: TO, yaml: YAML }, 'RY-field', 422, /from/],
    ['no time', { to: TO, yaml: YAML }, 'RY-field', 422, /from/],
    ['no rules', { ...ASKED }, 'RY-field', 422, /text, yaml and version/],
    [
      'two sources of rules',
      { ...ASKED, yaml: YAML, version: 'a' },
      'RY-field',
      422,
      /text, yaml and version/,
    ],
    ['a name that hides what it is', { ...ASKED, yaml: YAML, name: 'a\u202eb' }, 'RY-field', 422, /name/],
    ['a field that is none', { ...ASKED, yaml: YAML, speed: 5 }, 'RY-field', 422, /speed/],
    ['rules that are no text', { ...ASKED, yaml: 5 }, 'RY-field', 422, /yaml/],
    ['a bundle that is not open', { ...ASKED, yaml: YAML, bundle: 'b0' }, 'GW-not-found', 404, /b0/],
    ['no object', [], 'RY-field', 422, /body/],
  ])('[RH31] refuse %s with a code, naming what is wrong', async (_, body, code, status, names) => {
    const house = rehearsalHouse(whole.dir)
    const rehearsals = await house.keeper()
    const server = await startSmallServer({ maxBody: 262_144 }, undefined, () => ({ rehearsals }))
    onTestFinished(() => server.stop())
    const answer = await server.post('/api/v1/rehearsals', JSON.stringify(body))
    const problem = (await answer.json()) as { code: string; detail: string }
    expect([answer.status, problem.code]).toEqual([status, code])
    expect(problem.detail).toMatch(names)
    expect(rehearsals.list().rehearsals).toEqual([])
  })

  it('[RH32] wait for each other, and end where they are taken away', async () => {
    const rehearsals = await rehearsalHouse(whole.dir).keeper()
    const open = () => rehearsals.open({ ...ASKED, yaml: SOONER }, 'li')
    const [one, two, three] = [await open(), await open(), await open()]
    const stands = () => Object.fromEntries(rehearsals.list().rehearsals.map(({ id, state }) => [id, state]))
    expect(stands()).toEqual({ [one.id]: 'running', [two.id]: 'queued', [three.id]: 'queued' })
    await rehearsals.remove(two.id)
    await rehearsals.remove(one.id)
    expect(stands()).toEqual({ [three.id]: 'running' })
    expect(await finished(rehearsals, three.id)).toMatchObject({ state: 'done', by: 'li' })
    await expect(rehearsals.csv(one.id)).rejects.toThrow(/not open/)
  })

  it('[RH33] show a gap as a gap, and take live as far as it is kept', async () => {
    const rehearsals = await rehearsalHouse(await another([3])).keeper()
    const { id, to } = await rehearsals.open({ from: FROM, to: TO + HOUR / 2, yaml: SOONER }, '')
    expect(to).toBe(TO)
    const { result } = await finished(rehearsals, id)
    expect(result?.gaps).toHaveLength(1)
    const [after = 0, end = 0] = result?.gaps[0] ?? []
    expect(end - after).toBeGreaterThanOrEqual(HOUR)
    expect(end - after).toBeLessThan(2 * HOUR)
    const compared = Object.values(result?.city.was ?? {}).reduce((sum, ms) => sum + ms, 0)
    expect(compared).toBe(TO - FROM - (end - after))
  })

  it('[RH34] are there again after a restart, with the same bytes; what ran then is forgotten', async () => {
    const house = rehearsalHouse(whole.dir)
    const before = await house.keeper()
    const { id } = await before.open({ ...ASKED, yaml: SOONER }, 'li')
    await finished(before, id)
    const text = await before.whole(id)
    await before.open({ ...ASKED, yaml: SOONER }, 'li')
    await before.stop()
    const after = await house.keeper()
    expect(after.list().rehearsals.map((view) => view.id)).toEqual([id])
    expect(await after.whole(id)).toBe(text)
    const again = await after.open({ ...ASKED, yaml: SOONER }, 'li')
    const { result } = await finished(after, again.id)
    expect(result).toEqual((JSON.parse(text) as RehearsalView).result)
  })

  it('[RH35] say why one failed, and go on with the others', async () => {
    const house = rehearsalHouse(await another())
    const rehearsals = await house.keeper({ settings: { rehearsals: 2, memory: 512 * 1024 ** 2 } })
    const yaml = SOONER
    rmSync(join(house.dir, 'plans'), { recursive: true })
    const { id } = await rehearsals.open({ ...ASKED, yaml }, '')
    expect(await finished(rehearsals, id)).toMatchObject({
      state: 'failed',
      why: /Plan .* is not in the archive/,
    })
    const small = await house.keeper({ settings: { rehearsals: 1, memory: 4 * 1024 ** 2 } })
    const starved = await small.open({ ...ASKED, yaml }, '')
    expect(await finished(small, starved.id)).toMatchObject({ state: 'failed', why: /memory/ })
    expect(small.list().rehearsals).toHaveLength(2)
  })

  it('[RH36] keep fifty, forget the oldest that is over, and refuse where all wait', async () => {
    const house = rehearsalHouse(whole.dir)
    const idle = {
      post: () => undefined,
      ended: new Promise<null>(() => undefined),
      end: () => Promise.resolve(),
    }
    const rehearsals = await house.keeper({ start: () => idle })
    const open = () => rehearsals.open({ ...ASKED, yaml: YAML }, '')
    for (let i = 0; i < 50; i++) await open()
    await expect(open()).rejects.toMatchObject({ code: 'RY-full' })
    const full = await house.keeper({ settings: { rehearsals: 0, memory: 1 } })
    await expect(full.open({ ...ASKED, yaml: YAML }, '')).rejects.toMatchObject({ code: 'RY-full' })

    const { rehearsals: all } = rehearsals.list()
    const views = all.map((view, i): RehearsalView => ({ ...view, state: 'done', asked: i + 1 }))
    const store = {
      views: () => Promise.resolve(views),
      save: () => Promise.resolve(),
      remove: () => Promise.resolve(),
    }
    const none = () => Promise.resolve(undefined)
    const kept = await house.keeper({ start: () => idle, store: { ...store, whole: none, csv: none } })
    const { id } = await kept.open({ ...ASKED, yaml: YAML }, '')
    const ids = kept.list().rehearsals.map((view) => view.id)
    expect(ids).toHaveLength(50)
    expect([ids[0], ids.includes(views[0]?.id ?? '')]).toEqual([id, false])
  })

  it('[RH37] try a version that was saved', async () => {
    const text = rulesText(KEPT.plan.rules, KEPT.plan.scheme)
    const rehearsals = await rehearsalHouse(whole.dir).keeper({ version: () => Promise.resolve(text) })
    const { id } = await rehearsals.open({ ...ASKED, version: 'abc' }, '')
    const { result } = await finished(rehearsals, id)
    expect(result?.sentence.en).toBe('Nothing would change.')
  })
})
