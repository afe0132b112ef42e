import { afterAll, describe, expect, it } from 'vitest'
import { HAS_REDIS, until } from '../testdata/redis.ts'
import { letterOf, lettersContract } from './letters.contract.ts'
import type { CountedLetters } from './letters.lmdb.ts'
import { redisLetters } from './letters.redis.ts'
import { quiet, redisConfig, RedisStates } from './testdata/redis-states.ts'

describe.skipIf(!HAS_REDIS)('dead letters in Redis', () => {
  const states = new RedisStates()
  afterAll(() => states.close())

  async function lettersOf(kind: 'single' | 'cluster', most = 20): Promise<CountedLetters> {
    return redisLetters({ config: redisConfig(await states.fresh(kind)), log: quiet, most })
  }

  for (const kind of ['single', 'cluster'] as const) {
    lettersContract(`redis ${kind}`, async () => {
      const letters = await lettersOf(kind)
      return { letters, dispose: () => letters.close() }
    })
  }

  it('[ST12] keeps the bound of letters over all processes', async () => {
    const config = redisConfig(await states.fresh('single'))
    const [first, second] = [1, 2].map(() => redisLetters({ config, log: quiet, most: 20 }))
    for (let n = 1; n <= 15; n++) first?.add(letterOf('acme', n))
    await first?.close()
    for (let n = 16; n <= 30; n++) second?.add(letterOf('acme', n))
    const found = await second?.list('acme', 100)
    expect(found?.map((letter) => letter.received)).toEqual(Array.from({ length: 20 }, (_, n) => 30 - n))
    await second?.close()
  })

  it('[ST13] keeps the newest letters for a Redis that is away', async () => {
    const server = await (await states.bed()).server()
    const letters = redisLetters({ config: redisConfig({ url: server.url }), log: quiet, most: 100_000 })
    letters.add(letterOf('acme', 0))
    expect(await letters.list('acme', 1)).toHaveLength(1)
    await server.kill()
    for (let n = 1; n <= 10_600; n++) letters.add(letterOf('acme', n))
    await server.start()
    await until(async () => (await letters.list('acme', 1))[0]?.received === 10_600)
    const found = await letters.list('acme', 100_000)
    expect(letters.counts.dropped + found.length).toBe(10_601)
    expect(letters.counts.dropped).toBeLessThanOrEqual(600)
    await letters.close()
  })

  it('[ST13] lets go of letters at the end where Redis is away', async () => {
    const server = await (await states.bed()).server()
    const letters = redisLetters({ config: redisConfig({ url: server.url }), log: quiet, most: 20 })
    expect(await letters.list('acme', 1)).toEqual([])
    await server.kill()
    letters.add(letterOf('acme', 1))
    await letters.close()
    expect(letters.counts).toEqual({ dropped: 1, displaced: 0 })
  })
})
