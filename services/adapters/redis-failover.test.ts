import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { HAS_REDIS, until, type RedisServer } from '../testdata/redis.ts'
import { openRedisState } from './state.redis.ts'
import { expectLife, live, tickOf, ticksTo } from './testdata/redis-owner.ts'
import { optionsOf, RedisStates } from './testdata/redis-states.ts'

describe.skipIf(!HAS_REDIS)('several Redis', () => {
  const states = new RedisStates()
  afterAll(() => states.close())

  it('[ST50] follow the master that sentinels promote', async () => {
    const { master, replica, sentinel } = await (await states.bed()).watched()
    const state = await openRedisState(optionsOf({ sentinels: sentinel.place }))
    onTestFinished(() => state.close())
    await live(state, 20)
    const ticks = ticksTo(state, 0, 40_000)
    await master.kill()
    await live(state, 40)
    expect(String(await replica.ask('INFO', 'replication'))).toContain('role:master')
    await expectLife(state, 40)
    expect(await ticks).toEqual(Array.from({ length: 40 }, (_, i) => (i + 1) * 1000))
    expect(state.standing).toEqual({ ready: true, state: 'answers' })
    expect(state.address).toBe(`mymaster by ${sentinel.place}`)
  })

  /** The node of a cluster that has the keys of partition 0 under a prefix. */
  async function holderOf(nodes: readonly RedisServer[], prefix: string): Promise<RedisServer> {
    for (const node of nodes) {
      const answer = await node.ask('EXISTS', `{${prefix}:0}:head`).catch(() => 0)
      if (answer === 1) return node
    }
    throw new Error('no node has it')
  }

  it('[ST51] go on after the node of a cluster was killed and started again', async () => {
    const given = await states.fresh('cluster')
    const state = await openRedisState(optionsOf(given))
    onTestFinished(() => state.close())
    await live(state, 20)
    const ticks = ticksTo(state, 0, 60_000)
    const holder = await holderOf(await states.cluster(), given.prefix ?? '')
    await holder.kill()
    const life = live(state, 60)
    await until(() => !state.standing.ready)
    await holder.start()
    await life
    await expectLife(state, 60)
    expect(await ticks).toHaveLength(60)
  })

  it('[ST51] go on while slots move from one node of a cluster to another', async () => {
    const given = await states.fresh('cluster')
    const state = await openRedisState(optionsOf(given))
    onTestFinished(() => state.close())
    await live(state, 20)
    const nodes = await states.cluster()
    const from = await holderOf(nodes, given.prefix ?? '')
    const to = nodes.find((node) => node !== from)
    if (to === undefined) throw new Error('no other node')
    const tag = `{${given.prefix}:0}`
    const slot = Number(await from.ask('CLUSTER', 'KEYSLOT', tag))
    const [source, target] = [
      String(await from.ask('CLUSTER', 'MYID')),
      String(await to.ask('CLUSTER', 'MYID')),
    ]
    await to.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source)
    await from.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target)
    const move = (...keys: string[]) =>
      from.ask('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', ...keys)
    await move(`${tag}:state`, `${tag}:ticks`)
    const commit = state.commit(0, 20, tickOf(21))
    await until(() => !state.standing.ready)
    expect(await from.ask('HGET', `${tag}:head`, 'offset')).toBe('20')
    await move(...((await from.ask('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[]))
    for (const node of nodes) await node.ask('CLUSTER', 'SETSLOT', slot, 'NODE', target)
    await commit
    await live(state, 30)
    await expectLife(state, 30)
    expect(await to.ask('HGET', `${tag}:head`, 'offset')).toBe('30')
  })
})
