import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ChaosProxy, type Mood } from './chaos-proxy.ts'

/** A server that says back what it hears, and a proxy before it. */
async function rig() {
  const reads: Buffer[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => {
      reads.push(bytes)
      socket.write(bytes)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await ChaosProxy.start(() => port)
  onTestFinished(async () => {
    await proxy.close()
    server.close()
  })
  return { proxy, reads, heard: () => Buffer.concat(reads).toString() }
}

class Client {
  text = ''
  readonly closed: Promise<string>
  readonly socket: Socket

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let ending = 'end'
    this.socket.on('error', (error) => (ending = 'code' in error ? String(error.code) : error.message))
    this.closed = new Promise((done) => this.socket.once('close', () => done(ending)))
    this.socket.on('data', (bytes) => (this.text += bytes.toString()))
  }

  /** Resolves when it has come back. */
  async says(text: string): Promise<void> {
    this.socket.write(text)
    while (!this.text.includes(text)) await new Promise(setImmediate)
  }
}

const moods: readonly Mood[] = [
  { kind: 'pass' },
  { kind: 'delay', ms: 5 },
  { kind: 'slice', bytes: 3 },
  { kind: 'hang' },
]

describe('the chaos proxy', () => {
  it('[FT1] passes bytes both ways in order, whatever its moods were', async () => {
    const { proxy, heard } = await rig()
    const client = new Client(proxy.port)
    let sent = ''
    for (let i = 0; i < 200; i++) {
      proxy.set(moods[i % moods.length] ?? { kind: 'pass' })
      const text = `${i}:${'x'.repeat(i)};`
      client.socket.write(text)
      sent += text
      await new Promise(setImmediate)
    }
    proxy.set({ kind: 'pass' })
    await expect.poll(() => client.text).toBe(sent)
    expect(heard()).toBe(sent)
  })

  it('[FT1] passes the end on', async () => {
    const { proxy } = await rig()
    const client = new Client(proxy.port)
    await client.says('last')
    client.socket.end()
    expect(await client.closed).toBe('end')
    await expect.poll(() => proxy.links).toBe(0)
  })

  it('[FT2] resets everybody while it cuts, and serves again after', async () => {
    const { proxy } = await rig()
    const before = new Client(proxy.port)
    await before.says('hello')
    proxy.set({ kind: 'cut' })
    expect(await before.closed).toBe('ECONNRESET')
    const during = new Client(proxy.port)
    expect(await during.closed).toBe('ECONNRESET')
    proxy.set({ kind: 'pass' })
    await new Client(proxy.port).says('again')
    expect(proxy.links).toBe(1)
  })

  it('[FT3] holds no more than the buffers of its sockets while it hangs', async () => {
    const { proxy, heard } = await rig()
    const client = new Client(proxy.port)
    await client.says('hello')
    proxy.set({ kind: 'hang' })
    // Until the sender has to wait, since nobody reads.
    const block = Buffer.alloc(65_536, 'y')
    let sent = 0
    while (client.socket.writableLength < 1_000_000) {
      client.socket.write(block)
      sent += block.length
      await new Promise(setImmediate)
    }
    expect(heard()).toBe('hello')
    proxy.set({ kind: 'pass' })
    await expect.poll(() => client.text.length, { timeout: 20_000 }).toBe(5 + sent)
  })

  it('[FT4] passes a request on and cuts before the reply', async () => {
    const { proxy, heard } = await rig()
    proxy.set({ kind: 'mute' })
    const client = new Client(proxy.port)
    client.socket.write('INCR n')
    expect(await client.closed).toBe('ECONNRESET')
    expect([heard(), client.text]).toEqual(['INCR n', ''])
  })

  it('[FT5] breaks what it passes into pieces', async () => {
    const { proxy, reads } = await rig()
    proxy.set({ kind: 'slice', bytes: 2 })
    await new Client(proxy.port).says('abcdefg')
    expect(Math.max(...reads.map(({ length }) => length))).toBeLessThanOrEqual(7)
    expect(reads.length).toBeGreaterThan(1)
  })

  it('[FT6] resets a connection whose server is not there', async () => {
    const { proxy } = await rig()
    const gone = await ChaosProxy.start(() => proxy.port)
    await proxy.close()
    const client = new Client(gone.port)
    expect(await client.closed).toBe('ECONNRESET')
    await gone.close()
  })
})
