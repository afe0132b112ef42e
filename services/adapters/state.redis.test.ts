import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { HAS_REDIS } from '../testdata/redis.ts'
import { codeOf } from './log.contract.ts'
import { clientOf } from './redis-client.ts'
import { keysOf } from './redis-keys.ts'
import { RedisLink } from './redis-link.ts'
import { CLAIM } from './redis-script.ts'
import { sharedStateContract, stateContract } from './state.contract.ts'
import { commitOf } from '../testdata/state-lines.ts'
import { openRedisState } from './state.redis.ts'
import { ticksTo } from './testdata/redis-owner.ts'
import { optionsOf, quiet, RedisStates } from './testdata/redis-states.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

describe.skipIf(!HAS_REDIS)('state in Redis', () => {
  const states = new RedisStates()
  afterAll(() => states.close())

  stateContract('redis', () => states.bench('single'))
  sharedStateContract('redis', () => states.bench('single'))
  stateContract('redis cluster', () => states.bench('cluster'))
  sharedStateContract('redis cluster', () => states.bench('cluster'))

  it('[ST40] takes no partition by a claim that arrives after another', async () => {
    const options = optionsOf(await states.fresh('single'))
    const { redis } = options.config
    const state = await openRedisState(options)
    const client = clientOf(redis, 'late')
    await client.connect()
    const link = new RedisLink(client, 'late', quiet)
    onTestFinished(async () => {
      link.close()
      await state.close()
    })
    const { head, next } = keysOf(redis.prefix, 0)
    const claim = async (known: string, name: string) =>
      ((await link.run(CLAIM, [head, next], known, name)) as Buffer[]).map(String)
    const [, first = ''] = await claim('0', 'once')
    expect(await claim('0', 'once')).toEqual(['mine', first])
    await state.load(0)
    expect((await claim(first, 'late'))[0]).toBe('taken')
    await state.commit(0, 0, commitOf(1000, 5))
    expect(await state.tick()).toBe(0)
    expect((await state.load(0)).offset).toBe(5)
  })

  it('[ST2] refuses to commit what was not loaded', async () => {
    const state = await openRedisState(optionsOf(await states.fresh('single')))
    onTestFinished(() => state.close())
    await expect(state.commit(0, 0, commitOf(1000, 5))).rejects.toThrow('partition 0 was not loaded')
    await expect(state.load(5)).rejects.toThrow('partition 5 of 5')
  })

  it('[ST55] drops tick records older than redis.changes as commits come', async () => {
    const given = await states.fresh('single')
    const state = await openRedisState(optionsOf({ ...given, changes: 5000 }))
    onTestFinished(() => state.close())
    await state.load(0)
    for (let n = 1; n <= 20; n++) await state.commit(0, n - 1, commitOf(n * 1000, n))
    expect(await ticksTo(state, 14_001, 20_000)).toEqual([15, 16, 17, 18, 19, 20].map((n) => n * 1000))
    expect(await codeOf(ticksTo(state, 14_000, 20_000))).toBe('ST-gone')
    expect(await state.offsetAt(0, 15_500)).toBe(15)
  })

  it('[ST8] tells offsets by the minute for ticks of days ago', async () => {
    const state = await openRedisState(optionsOf(await states.fresh('single')))
    onTestFinished(() => state.close())
    await state.load(0)
    const ticks = [1000, 2000, MINUTE + 1000, MINUTE + 5000, 3 * DAY]
    for (const [i, at] of ticks.entries()) await state.commit(0, i, commitOf(at, i + 1))
    const at = [999, 2500, MINUTE + 9000, 2 * DAY, 3 * DAY]
    expect(await Promise.all(at.map((each) => state.offsetAt(0, each)))).toEqual([undefined, 1, 3, 3, 5])
    await state.trim(DAY)
    expect(await state.offsetAt(0, 2 * DAY)).toBeUndefined()
    expect(await state.offsetAt(0, 3 * DAY)).toBe(5)
  })

  it('[ST7] lists readings of many days, the last word on each pane', async () => {
    const given = await states.fresh('single')
    const state = await openRedisState(optionsOf(given))
    onTestFinished(() => state.close())
    await state.load(0)
    const line = (day: number, value: number) => ({
      area: 1,
      indicator: 'noise',
      pane: day * DAY,
      value,
      samples: 2,
    })
    for (let day = 1; day <= 20; day++) {
      // The day before is corrected.
      const readings = [line(day - 1, -day), line(day, day)]
      await state.commit(0, day - 1, commitOf(day * DAY + 1000, day, { readings }))
    }
    const panes = async (from: number, to: number, most: number) =>
      (await state.readings(1, 'noise', from * DAY, to * DAY, most)).map(({ pane, value }) => [
        pane / DAY,
        value,
      ])
    expect(await panes(0, 99, 3)).toEqual([
      [18, -19],
      [19, -20],
      [20, 20],
    ])
    expect((await panes(0, 99, 99)).map(([day]) => day)).toEqual(Array.from({ length: 21 }, (_, day) => day))
    expect(await panes(4.5, 6, 9)).toEqual([
      [5, -6],
      [6, -7],
    ])
    await state.trim(9.5 * DAY)
    expect((await panes(0, 12, 99)).map(([day]) => day)).toEqual([10, 11, 12])
    const server = await states.single()
    const left = (await server.ask('KEYS', `{${given.prefix}:0}:r/*`)) as string[]
    expect(left).toHaveLength(12)
  })
})
