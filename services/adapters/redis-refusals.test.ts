import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Config } from '../config-schema.ts'
import { QingyuError } from '../core/errors.ts'
import { HAS_REDIS } from '../testdata/redis.ts'
import { checkServers } from './redis-check.ts'
import { openRedisState, type RedisStateOptions } from './state.redis.ts'
import { live } from './testdata/redis-owner.ts'
import { optionsOf, RedisStates } from './testdata/redis-states.ts'

/** How a state is refused; what opens is closed again. */
async function refusalOf(
  given: Partial<Config['redis']>,
  more: Partial<RedisStateOptions> = {},
): Promise<QingyuError | string> {
  try {
    const state = await openRedisState({ ...optionsOf(given), ...more })
    await state.close()
    return 'opened'
  } catch (fault) {
    return fault instanceof QingyuError ? fault : String(fault)
  }
}

describe.skipIf(!HAS_REDIS)('a Redis that will not do', () => {
  const states = new RedisStates()
  afterAll(() => states.close())
  const start = async (...args: string[]) => (await states.bed()).server(...args)

  it('[ST47] is refused with ST-unreachable where nobody answers', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as AddressInfo
    const nobody = { code: 'ST-unreachable', parameters: { value: '127.0.0.1:1' } }
    expect(await refusalOf({ url: 'redis://:hidden@127.0.0.1:1' })).toMatchObject(nobody)
    expect(await refusalOf({ nodes: '127.0.0.1:1' })).toMatchObject(nobody)
    expect(await refusalOf({ sentinels: '127.0.0.1:1' })).toMatchObject({
      code: 'ST-unreachable',
      parameters: { value: 'mymaster by 127.0.0.1:1' },
    })
    expect(await refusalOf({ url: `redis://127.0.0.1:${port}` })).toMatchObject({ code: 'ST-unreachable' })
  })

  it('[ST47] is refused with ST-credentials where the account is wrong', async () => {
    const server = await start()
    await server.ask('CONFIG', 'SET', 'requirepass', 'right')
    const { url } = server
    const refused = { code: 'ST-credentials', parameters: { value: new URL(url).host } }
    const refusals = [await refusalOf({ url }), await refusalOf({ url, password: 'wrong' })]
    expect(refusals).toMatchObject([refused, refused])
    expect(JSON.stringify(refusals)).not.toContain('wrong"')
    expect(await refusalOf({ url, username: 'nobody', password: 'right' })).toMatchObject(refused)
    expect(await refusalOf({ url, password: 'right' })).toBe('opened')
    expect(await refusalOf({ url: url.replace('//', '//:right@') })).toBe('opened')
  })

  it('[ST47] is refused with ST-redis where the account may not do what it takes', async () => {
    const server = await start()
    await server.ask('ACL', 'SETUSER', 'reader', 'on', '>pass', '~*', '+@read', '+@connection', '+info')
    expect(await refusalOf({ url: server.url, username: 'reader', password: 'pass' })).toMatchObject({
      code: 'ST-redis',
      message: expect.stringContaining('NOPERM') as string,
    })
  })

  it('[ST47] is reached by TLS with an authority of its own', async () => {
    const plain = await start()
    const dir = join(plain.dir, 'tls')
    await mkdir(dir)
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
    const subject = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-keyout', key, '-out', cert]
    spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      ...files,
      ...subject,
    ])
    await plain.stop(5000)
    const port = String(await (await states.bed()).port())
    const settings = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no']
    await start('--tls-port', port, ...settings)
    const url = `rediss://127.0.0.1:${port}`
    expect(await refusalOf({ url, ca: cert })).toBe('opened')
    expect(await refusalOf({ url })).toMatchObject({ code: 'ST-unreachable' })
    expect(await refusalOf({ url, ca: join(dir, 'absent.pem') })).toMatchObject({
      code: 'CF-value',
      parameters: { field: 'redis.ca' },
    })
  })

  it('[ST48] is refused with ST-evicts where keys may be evicted', async () => {
    const limits = ['--maxmemory', '100mb', '--maxmemory-policy']
    const { url } = await start(...limits, 'allkeys-lru')
    expect(await refusalOf({ url })).toMatchObject({
      code: 'ST-evicts',
      parameters: { found: 'allkeys-lru' },
    })
    expect(await refusalOf({ url: (await start(...limits, 'noeviction')).url })).toBe('opened')
  })

  it('[ST48] is refused with ST-evicts by whoever takes a partition over later', async () => {
    const server = await start()
    const state = await openRedisState(optionsOf({ url: server.url }))
    onTestFinished(() => state.close())
    await live(state, 3)
    await server.ask('CONFIG', 'SET', 'maxmemory', '1gb')
    await server.ask('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl')
    await expect(state.load(1)).rejects.toMatchObject({ code: 'ST-evicts' })
    await live(state, 3).then(
      () => expect.unreachable('it may not be trusted any more'),
      (fault: unknown) => expect(fault).toMatchObject({ code: 'ST-evicts' }),
    )
  })

  it('[ST48] is refused with ST-redis where it is old, a replica or of another kind', async () => {
    const old = 'redis_version:6.2.14\r\nrole:master\r\nmaxmemory:0\r\nredis_mode:standalone\r\n'
    const node = { info: () => Promise.resolve(old), options: {} }
    await expect(checkServers({ address: 'old:6379', masters: () => [node] }, false)).rejects.toMatchObject({
      code: 'ST-redis',
      message: 'Redis at old:6379 cannot be used: it is version 6.2.14',
    })
    const master = await states.single()
    const replica = await start('--replicaof', '127.0.0.1', String(master.port))
    expect(await refusalOf({ url: replica.url })).toMatchObject({
      code: 'ST-redis',
      parameters: { why: 'it is a replica' },
    })
    expect(await refusalOf({ nodes: master.place })).toMatchObject({
      code: 'ST-redis',
      hint: 'It is no Redis Cluster: set redis.url instead of redis.nodes.',
    })
    const [first] = await states.cluster()
    expect(await refusalOf({ url: first?.url ?? '' })).toMatchObject({
      code: 'ST-redis',
      hint: 'Set redis.nodes instead of redis.url.',
    })
  })

  it('[ST49] is refused with ST-prefix where its keys belong to others', async () => {
    const given = await states.fresh('single')
    expect(await refusalOf(given)).toBe('opened')
    const { belonging } = optionsOf(given)
    const others = [{ city: 'else' }, { grid: 'v2' }, { partitions: 3 }, { epoch: 'fedcba9876543210' }]
    for (const other of others) {
      expect(await refusalOf(given, { belonging: { ...belonging, ...other } })).toMatchObject({
        code: 'ST-prefix',
        parameters: {
          prefix: given.prefix,
          value: 'test, grid v1, 2 partitions, log 0123456789abcdef, layout 1',
          expected: expect.stringContaining(String(Object.values(other)[0])) as string,
        },
      })
    }
    expect(await refusalOf(given)).toBe('opened')
  })

  it('[ST49] is refused with CF-value where prefix or address have another form', async () => {
    const { url } = await states.single()
    for (const prefix of ['', 'a{b}', 'a b'])
      expect(await refusalOf({ url, prefix })).toMatchObject({ code: 'CF-value' })
    const refused = await refusalOf({ url: 'http://:secret@127.0.0.1' })
    expect(refused).toMatchObject({ code: 'CF-value', parameters: { field: 'redis.url' } })
    expect(String(refused)).not.toContain('secret')
  })
})
