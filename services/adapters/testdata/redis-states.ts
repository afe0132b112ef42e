import { pino } from 'pino'
import type { Config } from '../../config-schema.ts'
import { LEGAL_SCHEME } from '../../core/level.ts'
import { RedisBed, type RedisServer } from '../../testdata/redis.ts'
import { systemClock } from '../clock.system.ts'
import type { SharedStateBench } from '../state.contract.ts'
import { openRedisState, type RedisState, type RedisStateOptions } from '../state.redis.ts'

const DAY = 86_400_000

export const quiet = pino({ enabled: false })

/** Settings of redis as they are where only these are given. */
export function redisConfig(given: Partial<Config['redis']>): { redis: Config['redis'] } {
  return {
    redis: {
      url: '',
      nodes: '',
      sentinels: '',
      master: 'mymaster',
      username: '',
      password: '',
      ca: '',
      prefix: 'test',
      changes: DAY,
      ...given,
    },
  }
}

/** Two partitions of ten areas; area 7 belongs to the second, all others to the first. */
export function optionsOf(given: Partial<Config['redis']>): RedisStateOptions {
  return {
    config: redisConfig(given),
    clock: systemClock,
    log: quiet,
    belonging: { city: 'test', grid: 'v1', partitions: 2, epoch: '0123456789abcdef' },
    codes: Array.from({ length: 10 }, (_, area) => `T-${area}`),
    scheme: LEGAL_SCHEME,
    partitionOf: (area) => (area === 7 ? 1 : 0),
  }
}

/** States under prefixes of their own, on servers that are started when first needed and shared by the tests of a file. */
export class RedisStates {
  #bed: Promise<RedisBed> | undefined
  #single: Promise<RedisServer> | undefined
  #cluster: Promise<readonly RedisServer[]> | undefined
  #prefixes = 0

  bed(): Promise<RedisBed> {
    return (this.#bed ??= RedisBed.open())
  }

  async single(): Promise<RedisServer> {
    return (this.#single ??= (await this.bed()).server())
  }

  async cluster(): Promise<readonly RedisServer[]> {
    return (this.#cluster ??= (await this.bed()).cluster())
  }

  /** Settings of a prefix that nobody used before. */
  async fresh(kind: 'single' | 'cluster'): Promise<Partial<Config['redis']>> {
    const prefix = `test-${this.#prefixes++}`
    if (kind === 'single') return { prefix, url: (await this.single()).url }
    return { prefix, nodes: (await this.cluster()).map((node) => node.place).join(',') }
  }

  async bench(kind: 'single' | 'cluster'): Promise<SharedStateBench> {
    const options = optionsOf(await this.fresh(kind))
    const opened: RedisState[] = []
    const open = async (): Promise<RedisState> => {
      const state = await openRedisState(options)
      opened.push(state)
      return state
    }
    const state = await open()
    return {
      state,
      second: open,
      async reopen() {
        await state.close()
        return open()
      },
      async dispose() {
        for (const each of opened) await each.close()
      },
    }
  }

  async close(): Promise<void> {
    await (await this.#bed)?.close()
  }
}
