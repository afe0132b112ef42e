import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ChaosProxy } from '../testdata/chaos-proxy.ts'
import { HAS_REDIS, RedisBed, type RedisServer } from '../testdata/redis.ts'
import { Ledger, ownershipContract, SOON } from './ownership.contract.ts'
import { redisOwnership, type RedisOwnership } from './ownership.redis.ts'
import { bundle } from './testdata/bundle.ts'
import { quiet, redisConfig } from './testdata/redis-states.ts'

describe.skipIf(!HAS_REDIS)('ownership by a lease in Redis', () => {
  let bed: RedisBed
  let server: RedisServer
  let entry: Awaited<ReturnType<typeof bundle>>
  let prefixes = 0
  beforeAll(async () => {
    bed = await RedisBed.open()
    server = await bed.server()
    entry = await bundle('./lease-holder.ts')
  })
  afterAll(async () => {
    entry.dispose()
    await bed.close()
  })

  const fresh = () => `lease-${prefixes++}`
  const candidate = (prefix: string, url = server.url): RedisOwnership => {
    const made = redisOwnership({
      config: redisConfig({ url, prefix }),
      lease: 'alert',
      name: 'test',
      logger: quiet,
    })
    onTestFinished(() => made.stop())
    return made
  }
  /** A candidate in a process of its own that holds the lease, and what it said. */
  const holder = async (prefix: string) => {
    const child = spawn(process.execPath, [entry.file, server.url, prefix], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const said: string[] = []
    createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
    await expect.poll(() => said, SOON).toEqual(['gained'])
    return { child, said }
  }

  ownershipContract('redis', () => ({ join: () => Promise.resolve(candidate(fresh())) }), [0])

  it('[OW9] gives the lease to one candidate alone, and to the next when the first leaves', async () => {
    const prefix = fresh()
    const owners = new Map<number, string>()
    const [a, b] = [new Ledger('a', owners), new Ledger('b', owners)]
    const [first, second] = [candidate(prefix), candidate(prefix)]
    await first.start(a.own)
    await expect.poll(() => a.held.size, SOON).toBe(1)
    await second.start(b.own)
    await expect.poll(() => second.standing, SOON).toEqual({ ready: true, state: 'stands by' })
    expect([first.standing.state, b.held.size]).toEqual(['active', 0])
    await first.stop()
    await expect.poll(() => b.held.size, SOON).toBe(1)
    expect([...a.doubled, ...b.doubled]).toEqual([])
  })

  it('[OW10] takes over within three renewals and one question when the holder is killed', async () => {
    const prefix = fresh()
    const { child } = await holder(prefix)
    const ledger = new Ledger('b')
    await candidate(prefix).start(ledger.own)
    child.kill('SIGKILL')
    // The store itself counts what is left of the lease: never more than 3 s.
    expect(Number(await server.ask('PTTL', `${prefix}:lease/alert`))).toBeLessThanOrEqual(3000)
    await expect.poll(() => ledger.held.size, SOON).toBe(1)
  })

  it('[OW11] lets a paused holder give up when it wakes', async () => {
    const prefix = fresh()
    const { child, said } = await holder(prefix)
    child.kill('SIGSTOP')
    const ledger = new Ledger('b')
    const other = candidate(prefix)
    await other.start(ledger.own)
    await expect.poll(() => ledger.held.size, SOON).toBe(1)
    expect(said).toEqual(['gained'])
    child.kill('SIGCONT')
    await expect.poll(() => said, SOON).toEqual(['gained', 'lost'])
    expect(ledger.held.size).toBe(1)
    await other.stop()
    await expect.poll(() => said, SOON).toEqual(['gained', 'lost', 'gained'])
  })

  it('[OW11] gives up when Redis is out of reach for longer than the lease, and says so', async () => {
    const prefix = fresh()
    const proxy = await ChaosProxy.start(() => server.port)
    onTestFinished(() => proxy.close())
    const [a, b] = [new Ledger('a'), new Ledger('b')]
    const cut = candidate(prefix, `redis://127.0.0.1:${proxy.port}`)
    await cut.start(a.own)
    await expect.poll(() => a.held.size, SOON).toBe(1)
    proxy.set({ kind: 'cut' })
    await candidate(prefix).start(b.own)
    await expect.poll(() => [a.held.size, b.held.size], SOON).toEqual([0, 1])
    expect(cut.held).toEqual([])
    await expect.poll(() => cut.standing.ready, SOON).toBe(false)
    proxy.set({ kind: 'pass' })
    await expect.poll(() => cut.standing, SOON).toEqual({ ready: true, state: 'stands by' })
  })

  it('[OW12] asks again for an answer that settled while the lease is ours', async () => {
    let times = 0
    await candidate(fresh()).start(() => {
      times++
      return Promise.reject(new Error('fenced'))
    })
    await expect.poll(() => times, SOON).toBeGreaterThanOrEqual(2)
  })
})
