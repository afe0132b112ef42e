import { Redis } from 'ioredis'
import { afterAll, describe, expect, it } from 'vitest'
import type { Commit, LevelHistory, State, TickBytes } from '../ports.ts'
import { HAS_REDIS } from '../testdata/redis.ts'
import { systemClock } from './clock.system.ts'
import { clientOf } from './redis-client.ts'
import { keysOf, readingsKey } from './redis-keys.ts'
import { RedisLink } from './redis-link.ts'
import { PartitionWriter, type WriterCounts } from './redis-writer.ts'
import { commitOf } from '../testdata/state-lines.ts'
import { openRedisState } from './state.redis.ts'
import { optionsOf, quiet, RedisStates } from './testdata/redis-states.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A link to a Redis that is cut off at one script: before it is sent, or after it ran and before its answer. */
class CutLink extends RedisLink {
  left = Infinity
  isAfter = false

  override async run(...call: Parameters<RedisLink['run']>): Promise<unknown> {
    this.left--
    if (this.left < 0 || (this.left === 0 && !this.isAfter)) {
      this.close()
      throw new Error('cut off')
    }
    const answer = await super.run(...call)
    if (this.left > 0) return answer
    this.close()
    throw new Error('cut off')
  }
}

function levelOf(area: number, at: number): LevelHistory {
  const decision = {
    rank: 4,
    reason: 'above-limit',
    rule: 'noise',
    indicator: 'noise',
    fold: 'mean',
    windowMs: 60_000,
    value: 71.5,
    limit: 70,
    samples: 12,
    sources: 3,
  } as const
  return { area, at, since: at, decision }
}

/** A tick in which `cells` entries take `value`, with a level and a reading of each of the ten areas. */
function wideCommit(at: number, offset: number, cells: number, value: string): Commit {
  const entries = Array.from({ length: cells }, (_, i) => ({ key: `s/${i}`, value: encoder.encode(value) }))
  const areas = [0, 1, 2, 3, 4, 5, 6, 8, 9]
  const levels = areas.map((area) => levelOf(area, at))
  const readings = areas.map((area) => ({ area, indicator: 'noise', pane: at, value: 70.25, samples: 4 }))
  return commitOf(at, offset, { entries, levels, readings })
}

async function firstTicks(state: State, count: number): Promise<TickBytes[]> {
  const stop = new AbortController()
  const ticks: TickBytes[] = []
  for await (const some of state.changes(0, 0, stop.signal)) {
    ticks.push(...some)
    if (ticks.length >= count) stop.abort()
  }
  return ticks
}

describe.skipIf(!HAS_REDIS)('large commits in Redis', () => {
  const states = new RedisStates()
  afterAll(() => states.close())

  async function cutWriter(given: Awaited<ReturnType<RedisStates['fresh']>>) {
    const { config, codes, scheme } = optionsOf(given)
    const client = clientOf(config.redis, 'test')
    await client.connect()
    const link = new CutLink(client, 'test', quiet)
    const counts: WriterCounts = { commits: 0, milliseconds: 0, bytes: 0, large: 0, fenced: 0, rewound: 0 }
    const naming = { prefix: config.redis.prefix, codes, scheme }
    const check = () => Promise.resolve()
    return {
      link,
      writer: new PartitionWriter({ link, naming, kept: 3_600_000, check, clock: systemClock, counts }, 0),
    }
  }

  /** Commits a wide tick on top of another, cut off at script `step`; answers how it ended. */
  async function cutAt(step: number, isAfter: boolean): Promise<'whole' | 'nothing' | 'done'> {
    const given = await states.fresh('single')
    const { link, writer } = await cutWriter(given)
    await writer.load()
    await writer.commit(0, wideCommit(1000, 1, 2500, 'old'))
    link.left = step
    link.isAfter = isAfter
    const committed = await writer.commit(1, wideCommit(2000, 2, 2500, 'new')).then(
      () => true,
      () => false,
    )
    const heir = await openRedisState(optionsOf(given))
    const other = await openRedisState(optionsOf(given))
    // Two who end the same commit must not merge a part twice; either may find the other ahead.
    await Promise.allSettled([heir.load(0), other.load(0)])
    await other.close()
    const { offset, at, entries } = await heir.load(0)
    const values = new Set([...entries.values()].map((value) => decoder.decode(value)))
    expect(entries.size).toBe(2500)
    expect([...values]).toEqual([offset === 2 ? 'new' : 'old'])
    expect(at).toBe(offset * 1000)
    expect(offset).toBe(committed ? 2 : offset)
    await heir.commit(0, offset, commitOf(3000, 3))
    expect((await firstTicks(heir, offset + 1)).map((tick) => tick.at)).toEqual(
      offset === 2 ? [1000, 2000, 3000] : [1000, 3000],
    )
    expect((await heir.levelAt(1, 2000))?.at).toBe(at)
    expect(await heir.readings(1, 'noise', 0, 5000, 9)).toHaveLength(offset)
    const server = await states.single()
    expect(await server.ask('STRLEN', readingsKey(given.prefix ?? '', 0, 1, 'noise', 0))).toBe(20 * offset)
    expect(await server.ask('EXISTS', keysOf(given.prefix ?? '', 0).next)).toBe(0)
    await heir.close()
    link.close()
    return committed ? 'done' : offset === 2 ? 'whole' : 'nothing'
  }

  it.each([
    ['before a script is sent', false],
    ['before its answer comes', true],
  ])('[ST44] makes a large commit wholly or not at all when cut off %s', async (_, isAfter) => {
    const ends: string[] = []
    for (let step = 1; ends.at(-1) !== 'done'; step++) ends.push(await cutAt(step, isAfter))
    const decided = ends.indexOf('whole')
    expect(decided).toBeGreaterThan(2)
    expect(ends.length).toBeGreaterThan(decided + 3)
    expect(new Set(ends.slice(0, decided))).toEqual(new Set(['nothing']))
    expect(new Set(ends.slice(decided, -1))).toEqual(new Set(['whole']))
  })

  it('[ST44] keeps what a process lays aside out of sight until it is decided', async () => {
    const given = await states.fresh('single')
    const state = await openRedisState(optionsOf(given))
    await state.load(0)
    await state.commit(0, 0, wideCommit(1000, 1, 2500, 'old'))
    const { link, writer } = await cutWriter(given)
    await writer.load()
    link.left = 5
    await expect(writer.commit(1, wideCommit(2000, 2, 2500, 'new'))).rejects.toMatchObject({
      code: 'ST-unreachable',
    })
    expect(decoder.decode(await state.entry(0, 's/7'))).toBe('old')
    expect((await state.levelAt(1, 9000))?.at).toBe(1000)
    expect((await firstTicks(state, 1)).map((tick) => tick.at)).toEqual([1000])
    expect((await state.load(0)).offset).toBe(1)
    await state.close()
  })

  it('[ST45] keeps Redis from others for no longer than 10 ms', async () => {
    const server = await states.single()
    const state = await openRedisState(optionsOf(await states.fresh('single')))
    await state.load(0)
    const record = new Uint8Array(2_000_000)
    const figure = async (section: string, name: string): Promise<number> => {
      const text = String(await server.ask('INFO', section))
      return Number(new RegExp(`${name}[:=]([\\d.]+)`).exec(text)?.[1])
    }
    const busy = async (): Promise<number> =>
      (await figure('cpu', 'used_cpu_user_main_thread')) + (await figure('cpu', 'used_cpu_sys_main_thread'))
    await server.ask('CONFIG', 'RESETSTAT')
    const before = await busy()
    await state.commit(0, 0, { ...wideCommit(1000, 1, 20_000, 'x'.repeat(250)), record })
    // All parts do about the same; time of the processor, because a busy machine may stop Redis for longer.
    const scripts = await figure('commandstats', 'cmdstat_evalsha:calls')
    expect((((await busy()) - before) * 1000) / scripts).toBeLessThan(10)
    expect(scripts).toBeGreaterThan(2 * 20)
    expect(state.counts.large).toBe(1)
    expect((await state.load(0)).entries.size).toBe(20_000)
    await state.close()
  })

  it('[ST53] yields at most about 4 MiB of changes at once', async () => {
    const state = await openRedisState(optionsOf(await states.fresh('single')))
    await state.load(0)
    const record = new Uint8Array(1_500_000)
    for (let n = 1; n <= 10; n++) await state.commit(0, n - 1, { ...commitOf(n * 1000, n), record })
    const stop = new AbortController()
    const sizes: number[] = []
    for await (const ticks of state.changes(0, 0, stop.signal)) {
      sizes.push(ticks.length)
      if (ticks.at(-1)?.at === 10_000) stop.abort()
    }
    expect(sizes).toEqual([3, 3, 3, 1])
    await state.close()
  })

  it('[ST52] leaves levels that others read with HGETALL', async () => {
    const given = await states.fresh('single')
    const state = await openRedisState(optionsOf(given))
    await state.load(0)
    const at = Date.UTC(2026, 10, 22)
    const calm = levelOf(2, at)
    await state.commit(0, 0, commitOf(at, 1, { levels: [levelOf(1, at), calm] }))
    const worse = { ...calm, at: at + 1000, decision: { ...calm.decision, rank: 15, value: null } }
    await state.commit(0, 1, commitOf(at + 1000, 2, { levels: [worse] }))
    const reader = new Redis((await states.single()).url)
    const found = await reader.hgetall(keysOf(given.prefix ?? '', 0).levels)
    reader.disconnect()
    const why = {
      since: '2026-11-22T00:00:00.000Z',
      rule: 'noise',
      reason: 'above-limit',
      indicator: 'noise',
    }
    const levels = Object.entries(found).map(([code, text]): [string, unknown] => [code, JSON.parse(text)])
    expect(Object.fromEntries(levels)).toEqual({
      'T-1': { level: 'red', ...why, value: 71.5 },
      'T-2': { level: 'unknown', ...why, value: null },
    })
    await state.close()
  })
})
