import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { HAS_REDIS } from '../testdata/redis.ts'
import { clientOf } from './redis-client.ts'
import { keysOf } from './redis-keys.ts'
import { RedisLink } from './redis-link.ts'
import { CLAIM } from './redis-script.ts'
import { commitOf, sharedStateContract, stateContract } from './state.contract.ts'
import { openRedisState } from './state.redis.ts'
import { optionsOf, quiet, RedisStates } from './testdata/redis-states.ts'

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
    await expect(state.load(4)).rejects.toThrow('partition 4 of 4')
  })
})
