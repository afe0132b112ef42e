import { cp, rm } from 'node:fs/promises'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { ChaosProxy } from '../testdata/chaos-proxy.ts'
import { HAS_REDIS, until, type RedisServer } from '../testdata/redis.ts'
import { codeOf } from './log.contract.ts'
import { readingsKey } from './redis-keys.ts'
import { openRedisState, type RedisState } from './state.redis.ts'
import { expectLife, live, tickOf, ticksTo } from './testdata/redis-owner.ts'
import { optionsOf, RedisStates } from './testdata/redis-states.ts'

describe.skipIf(!HAS_REDIS)('a Redis that fails', () => {
  const states = new RedisStates()
  afterAll(() => states.close())

  async function stateAt(url: string, prefix = 'test'): Promise<RedisState> {
    const state = await openRedisState(optionsOf({ url, prefix }))
    onTestFinished(() => state.close())
    return state
  }

  async function own(...args: string[]): Promise<{ server: RedisServer; state: RedisState }> {
    const server = await (await states.bed()).server(...args)
    return { server, state: await stateAt(server.url) }
  }

  /** Bytes of the first day of readings: 20 for each time that one was applied. */
  const applied = (server: RedisServer) => server.ask('STRLEN', readingsKey('test', 0, 1, 'noise', 0))

  it('[ST43] applies a commit once whose answer was lost', async () => {
    const server = await (await states.bed()).server()
    const proxy = await ChaosProxy.start(() => server.port)
    onTestFinished(() => proxy.close())
    const state = await stateAt(`redis://127.0.0.1:${proxy.port}`)
    await live(state, 10)
    proxy.set({ kind: 'mute' })
    const commits = [10, 11, 12].map((n) => state.commit(0, n, tickOf(n + 1)))
    await until(async () => (await applied(server)) === 220)
    expect(await server.ask('XLEN', '{test:0}:ticks')).toBe(11)
    await until(() => !state.standing.ready)
    expect(state.standing.state).toContain(`127.0.0.1:${proxy.port}`)
    proxy.set({ kind: 'pass' })
    await Promise.all(commits)
    await expectLife(state, 13)
    expect(await applied(server)).toBe(260)
    expect(state.standing).toEqual({ ready: true, state: 'answers' })
  })

  it('[ST43] applies a commit once that a paused Redis finds when it goes on', async () => {
    const { server, state } = await own()
    await live(state, 10)
    server.signal('SIGSTOP')
    const life = live(state, 30)
    // It gives up a connection that says nothing for 4 s, and sends again on another.
    await until(() => !state.standing.ready)
    server.signal('SIGCONT')
    await life
    await expectLife(state, 30)
    expect(await applied(server)).toBe(600)
  })

  it('[ST43] goes on where a killed Redis took up', async () => {
    const { server, state } = await own()
    const life = live(state, 3000)
    for (let kill = 1; kill <= 3; kill++) {
      const from = await state.tick().catch(() => 0)
      await until(async () => Number(await server.ask('HGET', '{test:0}:head', 'offset')) > from / 1000 + 200)
      await server.kill()
      await server.start()
    }
    await life
    await expectLife(state, 3000)
    expect(await applied(server)).toBe(60_000)
  })

  it('[ST42] refuses to commit on top of what Redis lost', async () => {
    const { server, state } = await own()
    await live(state, 20)
    await server.ask('FLUSHALL')
    expect(await codeOf(state.commit(0, 20, tickOf(21)))).toBe('ST-rewound')
    expect(await server.ask('DBSIZE')).toBe(0)
    expect(await state.load(0)).toEqual({ offset: 0, at: 0, entries: new Map() })
    await live(state, 25)
    await expectLife(state, 25)
    expect(state.counts.rewound).toBe(1)
  })

  /** Gives a killed Redis back the files that it had before `work`. */
  async function undo(server: RedisServer, work: () => Promise<void>): Promise<void> {
    await server.kill()
    await cp(server.dir, `${server.dir}-old`, { recursive: true })
    await server.start()
    await work()
    await server.kill()
    await rm(server.dir, { recursive: true })
    await cp(`${server.dir}-old`, server.dir, { recursive: true })
    await server.start()
  }

  it('[ST42] refuses to commit on top of an older Redis', async () => {
    const { server, state } = await own()
    await live(state, 20)
    await undo(server, () => live(state, 30))
    expect(await codeOf(state.commit(0, 30, tickOf(31)))).toBe('ST-rewound')
    await live(state, 40)
    await expectLife(state, 40)
    expect(await applied(server)).toBe(800)
  })

  it('[ST42] refuses to commit where Redis has lost who took the partition over', async () => {
    const { server, state } = await own()
    await live(state, 20)
    const heir = await stateAt(server.url)
    await undo(server, async () => void (await heir.load(0)))
    expect(await codeOf(heir.commit(0, 20, tickOf(21)))).toBe('ST-rewound')
    await live(heir, 25)
    await expectLife(heir, 25)
    expect(await codeOf(state.commit(0, 20, tickOf(21)))).toBe('ST-fenced')
  })

  it('[ST46] lets readers wait for a Redis that is away or was emptied', async () => {
    const { server, state } = await own()
    await live(state, 10)
    const later = ticksTo(state, 11_000, 24_000)
    await server.kill()
    await server.start()
    await live(state, 12)
    await server.ask('FLUSHALL')
    await live(state, 24)
    const expected = Array.from({ length: 14 }, (_, i) => 11_000 + i * 1000)
    expect(await later).toEqual(expected)
  })

  it('[ST46] finds changes although nobody tells of them', async () => {
    const { server, state } = await own()
    await live(state, 1)
    const ticks = ticksTo(state, 0, 3000)
    await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await live(state, 2)
    await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await live(state, 3)
    expect(await ticks).toEqual([1000, 2000, 3000])
  })

  it('[ST54] waits for memory without writing half a commit', async () => {
    const { server, state } = await own()
    await live(state, 3)
    await server.ask('CONFIG', 'SET', 'maxmemory', '1mb')
    const commit = state.commit(0, 3, tickOf(4))
    await until(() => !state.standing.ready)
    expect(state.standing.state).toContain('OOM')
    expect(await applied(server)).toBe(60)
    expect(await server.ask('XLEN', '{test:0}:ticks')).toBe(3)
    await server.ask('CONFIG', 'SET', 'maxmemory', '0')
    await commit
    await expectLife(state, 4)
  })

  it('[ST54] lets go of what waits when it is closed', async () => {
    const { server, state } = await own()
    await live(state, 3)
    const stop = new AbortController()
    const reader = state.changes(0, 4000, stop.signal)[Symbol.asyncIterator]().next()
    await server.kill()
    const waiting = [state.commit(0, 3, tickOf(4)), state.load(1), state.tick()]
    await until(() => !state.standing.ready)
    stop.abort()
    expect(await reader).toMatchObject({ done: true })
    await state.close()
    expect(await Promise.all(waiting.map(codeOf))).toEqual(Array(3).fill('ST-unreachable'))
  })
})
