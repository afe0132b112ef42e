import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from './adapters/clock.system.ts'
import { openArchive } from './adapters/archive.parquet.ts'
import { seededRandom } from './adapters/random.seeded.ts'
import type { ReplayView } from './core/replay-wire.ts'
import type { FromReplay, ToReplay } from './replay-message.ts'
import { ReplayKeeper, type ReplaysParts } from './replays.ts'
import { archivedCity, type ArchivedCity } from './testdata/archived-city.ts'
import { demoLog, type DemoLog } from './testdata/demo-log.ts'
import { replayHouse, until } from './testdata/replay-house.ts'
import type { Thread, ThreadSetting } from './thread.ts'

let log: DemoLog
let city: ArchivedCity
beforeAll(async () => {
  log = await demoLog(60)
  city = await archivedCity(log.read, log.records, log.epoch, 30)
}, 300_000)
afterAll(async () => {
  city.remove()
  await log.live.stop()
})
const house = (settings = {}, more = {}) =>
  replayHouse(city, { ...log.read.config, replay: { ...log.read.config.replay, ...settings } }, more)

/** What a module and those that it imports at run time are; types are left out of the build. */
function graphOf(path: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  const text = readFileSync(path, 'utf8')
  for (const [, names = '', from = ''] of text.matchAll(
    /^(?:import|export) (?!type)([^;]*?) from '(\.[^']+)'/gm,
  ))
    if (!/^\{(\s*type [^,}]+,?)*\s*\}$/.test(names.trim())) graphOf(resolve(dirname(path), from), seen)
  return seen
}

/** A thread that says nothing unless told to, and what the keeper asked of it. */
class FakeThread implements Thread<ToReplay> {
  readonly setting: ThreadSetting<FromReplay>
  readonly posted: ToReplay[] = []
  readonly ended: Promise<Error | null>
  isEnded = false
  #end: (fault: Error | null) => void = () => undefined

  constructor(setting: ThreadSetting<FromReplay>) {
    this.setting = setting
    this.ended = new Promise((resolve) => (this.#end = resolve))
  }

  post(message: ToReplay): void {
    this.posted.push(message)
    if (message.what === 'close') this.#end(null)
  }

  say(message: FromReplay): void {
    this.setting.hear(message)
  }

  crash(why: string): void {
    this.#end(new Error(why))
  }

  end(): Promise<void> {
    this.isEnded = true
    this.#end(null)
    return Promise.resolve()
  }
}

function keeper(over: Partial<ReplaysParts> = {}) {
  const threads: FakeThread[] = []
  const archive = openArchive(city.dir)
  const keeper = new ReplayKeeper({
    own: { dir: city.dir, archive },
    bundle: () => Promise.reject(new Error('no bundles here')),
    live: null,
    people: new Map(),
    settings: { sessions: 2, idle: 60_000, memory: 2 ** 26 },
    common: { names: {}, http: log.read.config.http, state: log.read.config.state, web: '', program: 'test' },
    socketOf: (id) => `/socket/${id}`,
    start: (setting) => {
      const thread = new FakeThread(setting)
      threads.push(thread)
      return thread
    },
    clock: systemClock,
    random: seededRandom(3),
    report: () => undefined,
    ...over,
  })
  return { keeper, threads }
}

const nobody = { person: '', drills: false }
const openView = (view: ReplayView): FromReplay => ({ what: 'open', view: { ...view, state: 'paused' } })

describe('sessions of the past', { timeout: 120_000 }, () => {
  it('[RY6] imports nothing that could reach anybody, or take anything in', () => {
    const root = import.meta.dirname
    const graph = [...graphOf(resolve(root, 'app-replay-thread.ts'))].map((path) => relative(root, path))
    expect(graph).toContain('gateway.ts')
    expect(graph).toContain('adapters/http.fastify.ts')
    const reaching =
      /notifier|outbox|cap-folder|roster\.fetch|roster-keeper|publisher|ingest|hotline|source\.|outbound|log\.(lmdb|kafka)|state\.(lmdb|redis)|app-(alerts|channels|rosters|sources|stores)/
    // What only says what a call or an address looks like reaches nobody.
    const said = new Set(['hotline-port.ts', 'adapters/outbound-address.ts'])
    expect(graph.filter((path) => reaching.test(path) && !said.has(path))).toEqual([])
  })

  it('[RY7] refuses a session beyond the bound, and makes room for it once one is closed or has failed', async () => {
    const { keeper: sessions, threads } = keeper()
    const first = await sessions.open({}, nobody)
    await sessions.open({}, nobody)
    await expect(sessions.open({}, nobody)).rejects.toMatchObject({ code: 'RY-full' })
    await sessions.close(first.id)
    expect(threads[0]?.isEnded).toBe(true)
    await sessions.open({}, nobody)
    threads[1]?.crash('out of memory')
    await until(() => sessions.list().replays.some(({ state }) => state === 'failed'))
    await sessions.open({}, nobody)
    expect(sessions.list().replays).toHaveLength(2)
    await sessions.stop()
    expect(threads.every(({ isEnded }) => isEnded)).toBe(true)
    await expect(sessions.open({}, nobody)).rejects.toMatchObject({ code: 'RY-full' })
  })

  it('[RY8] says of a session whose thread broke off why, and refuses what is asked of it', async () => {
    const { keeper: sessions, threads } = keeper()
    const { id } = await sessions.open({}, nobody)
    const asked = [sessions.do(id, { verb: 'pause', body: {} }), sessions.enter(id)]
    threads[0]?.crash('out of memory')
    for (const one of asked) await expect(one).rejects.toMatchObject({ code: 'RY-failed' })
    expect(sessions.get(id)).toMatchObject({ state: 'failed', why: 'out of memory' })
    await expect(sessions.enter(id)).rejects.toMatchObject({ code: 'RY-failed' })
    await sessions.close(id)
    expect(() => sessions.get(id)).toThrow('is not open')
  })

  it('[RY9] closes one that opens still, and those that nobody uses', async () => {
    let now = 0
    const timers: (() => void)[] = []
    const clock = {
      now: () => now,
      at: (_: number, run: () => void) => {
        timers.push(run)
        return () => undefined
      },
    }
    const { keeper: sessions, threads } = keeper({ clock })
    const opening = await sessions.open({}, nobody)
    const entering = sessions.enter(opening.id)
    await sessions.close(opening.id)
    await expect(entering).rejects.toMatchObject({ code: 'RY-unknown' })
    const used = await sessions.open({}, nobody)
    const unused = await sessions.open({}, nobody)
    for (const [thread, view] of [
      [threads[1], used],
      [threads[2], unused],
    ] as const)
      thread?.say(openView(view))
    const { leave } = await sessions.enter(used.id)
    now = 61_000
    timers.splice(0).forEach((run) => run())
    await until(() => sessions.list().replays.length === 1)
    expect(sessions.list().replays[0]?.id).toBe(used.id)
    leave()
    now = 122_001
    timers.splice(0).forEach((run) => run())
    await until(() => sessions.list().replays.length === 0)
    await sessions.stop()
  })

  it('[RY10] answers what belongs to no session as unknown, page, question and wall', async () => {
    const { raw, wall } = await house()
    for (const path of [
      '/replay/0123456789abcdef/',
      '/replay/0123456789abcdef/api/v1/levels',
      '/api/v1/replays/0123456789abcdef',
    ]) {
      const response = await raw('GET', path)
      expect([response.status, await response.json()]).toMatchObject([404, { code: 'RY-unknown' }])
    }
    const lost = wall('/replay/0123456789abcdef/ws')
    await until(() => lost.closed !== null)
    expect(lost.closed).toBe(4404)
    expect(lost.last('problem')).toMatchObject({ code: 'RY-unknown' })
    for (const path of [
      '/replay/',
      '/replay/../api/v1/levels/',
      '/replay/0123456789ABCDEF/ws',
      '/replay/%2e%2e/ws',
    ])
      expect((await raw('GET', path)).status).toBe(path.startsWith('/replay/..') ? 200 : 404)
  })

  it('[RY11] lets in nobody whom live would not, and believes no stranger who they are', async () => {
    const token = 'let-me-in'
    const http = { wallToken: token }
    const { raw, wall } = await house({}, { http })
    const own = { authorization: `Bearer ${token}` }
    expect((await raw('POST', '/api/v1/replays', {})).status).toBe(401)
    expect(
      (await raw('POST', '/api/v1/replays', {}, { ...own, origin: 'http://elsewhere.example' })).status,
    ).toBe(403)
    const opened = await raw('POST', '/api/v1/replays', {}, own)
    const { path } = (await opened.json()) as ReplayView
    expect((await raw('GET', `${path}api/v1/levels`)).status).toBe(401)
    expect((await raw('GET', `${path}metrics`)).status).toBe(401)
    expect((await raw('GET', `${path}api/v1/levels`, undefined, own)).status).toBe(200)
    const principal = Buffer.from('{"person":{"id":"chen","role":"admin"},"kind":"token"}').toString(
      'base64url',
    )
    const forged = { ...own, cookie: 'qingyu_session=x', 'x-principal': principal }
    expect((await raw('GET', `${path}api/v1/alerts`, undefined, forged)).status).toBe(401)
    expect(
      (await raw('GET', `${path}api/v1/alerts`, undefined, { authorization: `Bearer ${principal}` })).status,
    ).toBe(401)
    const refused = wall(`${path}ws`)
    await until(() => refused.closed !== null)
    expect(refused.closed).toBe(4401)
    const seen = wall(`${path}ws`, ['qingyu.v1', `qingyu.token.${token}`])
    await until(() => seen.count('summary') > 0)
    expect(seen.last('welcome')?.replay).toBeDefined()
  })
})
