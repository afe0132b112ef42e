import type { LookupAddress } from 'node:dns'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished, describe, expect, it } from 'vitest'
import { HttpReceiver } from '../testdata/http-receiver.ts'
import { endpointOf, isPublic, type Reach } from './outbound-address.ts'
import { postTo, retryAfter, troubleOf } from './outbound.ts'

const NOW = Date.UTC(2026, 10, 22)
const NOWHERE: Reach = { permitted: [] }

/** Names resolve to these, and to nothing else; how often is counted. */
function resolving(found: readonly string[], permitted: readonly string[] = []) {
  const asked: string[] = []
  const reach: Reach = {
    permitted,
    resolve(name, _options, done) {
      asked.push(name)
      const addresses = found.map((address): LookupAddress => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }))
      if (addresses.length > 0) done(null, addresses)
      else done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), [])
    },
  }
  return { asked, reach }
}

const post = (to: string, reach: Reach, timeoutMs = 5_000) =>
  postTo({
    channel: 'Webhook',
    to,
    headers: {},
    body: Buffer.from('{}'),
    timeoutMs,
    reach,
    now: () => NOW,
  })

async function receiver(): Promise<HttpReceiver> {
  const started = await HttpReceiver.start()
  onTestFinished(() => started.stop())
  return started
}

/** A server that does with each connection what it is told. */
async function rawServer(meet: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    // A peer that hangs up is what is tested.
    meet(socket.on('error', () => {}))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  })
  return (server.address() as AddressInfo).port
}

describe('addresses to send to', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.01/',
    'http://017700000001/',
    'http://0/',
    'http://127.0.0.1./',
    'http://１２７.０.０.１/',
    'http://①②⑦.0.0.1/',
    'http://127。0。0。1/',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://ⓛocalhost/',
    'http://a.localhost/',
    'http://10.1.2.3/',
    'http://172.31.255.255/',
    'http://192.168.0.1:8080/',
    'http://100.100.100.200/latest/meta-data/',
    'http://169.254.169.254/latest/meta-data/',
    'http://168.63.129.16/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:7f00:1::]/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://[ff02::1]/',
  ])('[CH10] refuses %s as a private network', (to) => {
    expect(endpointOf(to, NOWHERE)).toBe('private')
  })

  it.each([
    ['', 'no-url'],
    ['hook', 'no-url'],
    ['//a.example/x', 'no-url'],
    ['https://a.example/\r\nX: y', 'no-url'],
    [' https://a.example/', 'no-url'],
    ['https://[fe80::1%25eth0]/', 'no-url'],
    [`https://a.example/${'x'.repeat(2_048)}`, 'no-url'],
    ['file:///etc/passwd', 'scheme'],
    ['gopher://a.example/', 'scheme'],
    ['https://li@a.example/', 'credentials'],
    ['https://li:secret@a.example/', 'credentials'],
  ] as const)('[CH11] refuses %j', (to, fault) => {
    expect(endpointOf(to, NOWHERE)).toBe(fault)
  })

  it('[CH11] takes public hosts on any port, names in other scripts as ASCII', () => {
    const hostOf = (to: string) => {
      const found = endpointOf(to, NOWHERE)
      return typeof found === 'string' ? found : found.host
    }
    expect(hostOf('https://hooks.example:8443/a?b#c')).toBe('hooks.example:8443')
    expect(hostOf('https://例え.example/')).toBe('xn--r8jz45g.example')
    expect(hostOf('http://93.184.216.34/')).toBe('93.184.216.34')
    expect(hostOf('http://[2606:2800:220:1::1]/')).toBe('[2606:2800:220:1::1]')
  })

  it('[CH12] takes private hosts that are permitted, and only those', () => {
    const reach = { permitted: ['10.0.0.5', 'hooks.intern', '::1'] }
    for (const to of ['http://10.0.0.5/', 'http://HOOKS.intern./x', 'http://[::1]:90/', 'http://0xa000005/'])
      expect(endpointOf(to, reach)).toBeInstanceOf(URL)
    for (const to of ['http://10.0.0.6/', 'http://[::ffff:10.0.0.5]/'])
      expect(endpointOf(to, reach)).toBe('private')
  })

  it('[CH10] counts nothing but public unicast as public', () => {
    expect(['8.8.8.8', '2606:4700::1'].map(isPublic)).toEqual([true, true])
    for (const address of ['', 'a', '8.8.8', '::ffff:8.8.8.8', '2606:4700::1%eth0', '198.51.100.1'])
      expect(isPublic(address)).toBe(false)
  })
})

describe('posting', () => {
  it('[CH13] connects to the very address that was checked, asked for once', async () => {
    const { port, received } = await receiver()
    const { asked, reach } = resolving(['127.0.0.1'], ['hook.invalid'])
    const { delivery } = await post(`http://hook.invalid:${port}/x`, reach)
    expect(delivery).toEqual({ sent: true })
    expect(asked).toEqual(['hook.invalid'])
    expect(received[0]?.headers.host).toBe(`hook.invalid:${port}`)
  })

  it('[CH13] opens no connection to a name that leads into a private network, not even beside a public address', async () => {
    const server = await receiver()
    for (const found of [['127.0.0.1'], ['93.184.216.34', '127.0.0.1'], ['::1'], ['169.254.169.254']]) {
      const { delivery } = await post(`http://hook.invalid:${server.port}/`, resolving(found).reach)
      expect(delivery).toEqual({
        sent: false,
        why: 'Webhook leads into a private or special network',
        retry: false,
      })
    }
    expect(server.connections).toBe(0)
  })

  it('[CH14] follows no redirect and says so', async () => {
    const [server, target] = [await receiver(), await receiver()]
    const to = `http://127.0.0.1:${server.port}/`
    for (const status of [301, 302, 303, 307, 308]) {
      server.says(status, { location: `http://127.0.0.1:${target.port}/` })
      expect((await post(to, { permitted: ['127.0.0.1'] })).delivery).toEqual({
        sent: false,
        why: `Webhook answered ${status}, a redirect, which is not followed`,
        retry: false,
      })
    }
    expect(target.connections).toBe(0)
  })

  it('[CH15] tries again what may pass, and not what will not', async () => {
    const server = await receiver()
    const judged = async (status: number) => {
      server.says(status)
      const { delivery } = await post(`http://127.0.0.1:${server.port}/`, { permitted: ['127.0.0.1'] })
      return delivery.sent ? 'sent' : delivery.retry
    }
    for (const status of [200, 201, 202, 204]) expect(await judged(status)).toBe('sent')
    for (const status of [408, 425, 429, 500, 502, 503, 504]) expect(await judged(status)).toBe(true)
    for (const status of [400, 401, 403, 404, 405, 410, 413, 422]) expect(await judged(status)).toBe(false)
  })

  it('[CH16] waits as long as the receiver asks, within an hour', async () => {
    const server = await receiver()
    server.says(429, { 'retry-after': '120' })
    const { delivery } = await post(`http://127.0.0.1:${server.port}/`, { permitted: ['127.0.0.1'] })
    expect(delivery).toEqual({ sent: false, why: 'Webhook answered 429', retry: true, after: 120_000 })
    expect(retryAfter('Sun, 22 Nov 2026 00:00:30 GMT', NOW)).toBe(30_000)
    expect(retryAfter('Sun, 22 Nov 2020 00:00:30 GMT', NOW)).toBe(0)
    expect(retryAfter('999999999', NOW)).toBe(3_600_000)
    for (const header of [undefined, '', 'soon', '-1']) expect(retryAfter(header, NOW) ?? 0).toBe(0)
  })

  it('[CH17] gives up a receiver that hangs, before its answer or within it', async () => {
    const silent = await rawServer(() => {})
    const { delivery } = await post(`http://127.0.0.1:${silent}/`, { permitted: ['127.0.0.1'] }, 50)
    expect(delivery).toEqual({ sent: false, why: 'Webhook did not answer within 50 ms', retry: true })
    const server = await receiver()
    server.answer = (reply) => void reply.writeHead(200).write('for ever')
    const slow = await post(`http://127.0.0.1:${server.port}/`, { permitted: ['127.0.0.1'] }, 200)
    expect(slow.delivery).toEqual({ sent: true })
  })

  it('[CH18] reads no more of an answer than its bound', async () => {
    const server = await receiver()
    const sent = new Promise<number>((resolve) => {
      server.answer = (reply) => {
        let size = 0
        const more = (): void => {
          while (reply.write('x'.repeat(65_536))) size += 65_536
        }
        reply.on('drain', more).on('close', () => resolve(size))
        reply.writeHead(200)
        more()
      }
    })
    const { delivery } = await post(`http://127.0.0.1:${server.port}/`, { permitted: ['127.0.0.1'] }, 30_000)
    expect(delivery).toEqual({ sent: true })
    expect(await sent).toBeLessThan(64 * 1024 * 1024)
  })

  it('[CH19] says in words why there was no answer, never where', async () => {
    const why = async (to: string, reach: Reach) => {
      const { delivery } = await post(to, reach)
      return delivery.sent ? '' : `${delivery.retry} ${delivery.why}`
    }
    const local: Reach = { permitted: ['127.0.0.1'] }
    expect(await why('http://hook.invalid/', resolving([]).reach)).toBe(
      'true Webhook cannot be reached: its name does not resolve',
    )
    const rude = await rawServer((socket) => socket.destroy())
    expect(await why(`http://127.0.0.1:${rude}/`, local)).toBe('true Webhook cannot be reached: it hung up')
    const other = await rawServer((socket) => socket.end('220 mail ready\r\n'))
    expect(await why(`http://127.0.0.1:${other}/`, local)).toBe(
      'true Webhook cannot be reached: its answer is not HTTP',
    )
    const plain = await receiver()
    expect(await why(`https://127.0.0.1:${plain.port}/`, local)).toMatch(/^true Webhook cannot be reached: /)
    expect(troubleOf(new Error('at 10.0.0.1'))).toBe('the connection broke')
  })
})
