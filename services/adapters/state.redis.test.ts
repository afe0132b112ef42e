import { afterAll, describe } from 'vitest'
import { HAS_REDIS } from '../testdata/redis.ts'
import { sharedStateContract, stateContract } from './state.contract.ts'
import { RedisStates } from './testdata/redis-states.ts'

describe.skipIf(!HAS_REDIS)('state in Redis', () => {
  const states = new RedisStates()
  afterAll(() => states.close())

  stateContract('redis', () => states.bench('single'))
  sharedStateContract('redis', () => states.bench('single'))
  stateContract('redis cluster', () => states.bench('cluster'))
  sharedStateContract('redis cluster', () => states.bench('cluster'))
})
