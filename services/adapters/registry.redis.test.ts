import { afterAll, describe, expect, it } from 'vitest'
import { HAS_REDIS } from '../testdata/redis.ts'
import { VirtualClock } from './clock.virtual.ts'
import { registryContract, sessionOf } from './registry.contract.ts'
import { redisRegistry } from './registry.redis.ts'
import { quiet, redisConfig, RedisStates } from './testdata/redis-states.ts'

const NOW = Date.UTC(2026, 10, 22)

describe.skipIf(!HAS_REDIS)('registry in Redis', () => {
  const states = new RedisStates()
  afterAll(() => states.close())

  for (const kind of ['single', 'cluster'] as const) {
    registryContract(`redis ${kind}`, async () => {
      const clock = new VirtualClock(NOW)
      const registry = redisRegistry({ config: redisConfig(await states.fresh(kind)), clock, log: quiet })
      return { registry, clock, dispose: () => registry.close() }
    })
  }

  it('[SE1] shows one process what another put', async () => {
    const clock = new VirtualClock(NOW)
    const config = redisConfig(await states.fresh('single'))
    const [first, second] = [1, 2].map(() => redisRegistry({ config, clock, log: quiet }))
    await first?.put(sessionOf('li', 'a', clock, 'seen'))
    expect((await second?.get('session', 'a'))?.value).toBe('seen')
    await second?.drop('session', 'a')
    expect(await first?.get('session', 'a')).toBeUndefined()
    await first?.close()
    await second?.close()
  })
})
