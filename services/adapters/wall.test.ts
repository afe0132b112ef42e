import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { applyDelta, decodeFrame } from '../core/frame.ts'
import { smallGrid, smallPlan } from '../testdata/small-city.ts'
import { START, startSmallServer, until, type SmallServer } from '../testdata/small-server.ts'

let server: SmallServer
const open = async (...parts: Parameters<typeof startSmallServer>) =>
  (server = await startSmallServer(...parts))
afterEach(() => server.stop())

type Json = Readonly<Record<string, unknown>>

/** A wall over a real socket that keeps its picture by the frames it gets. */
class SocketWall {
  readonly ws: WebSocket
  readonly texts: Json[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  kinds: string[] = []
  ranks = new Uint8Array(0)
  tick = -1
  acknowledges = true

  constructor(url: string, protocols: string[] = ['qingyu.v1'], headers: Record<string, string> = {}) {
    this.ws = new WebSocket(`${url.replace('http', 'ws')}/ws`, protocols, { headers })
    this.closed = new Promise((resolve) => {
      this.ws.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
    })
    this.ws.on('error', () => undefined)
    this.ws.on('message', (data, isBinary) => this.take(data as Buffer, isBinary))
  }

  private take(data: Buffer, isBinary: boolean): void {
    if (!isBinary) {
      const message = JSON.parse(data.toString()) as Json
      this.kinds.push(String(message['type']))
      this.texts.push(message)
      return
    }
    const frame = decodeFrame(data)
    this.kinds.push(frame.kind)
    if (frame.kind === 'snapshot') this.ranks = Uint8Array.from(frame.ranks)
    else if (frame.previous === this.tick) applyDelta(this.ranks, frame)
    else throw new Error(`delta from ${frame.previous} onto ${this.tick}`)
    this.tick = frame.tick
    if (this.acknowledges) this.send({ type: 'drawn', tick: this.tick })
  }

  send(message: object): void {
    this.ws.send(JSON.stringify(message))
  }

  async subscribe(options: object = {}): Promise<this> {
    if (this.ws.readyState !== WebSocket.OPEN) await once(this.ws, 'open')
    const seen = this.kinds.length
    this.send({ type: 'subscribe', layer: 'levels', ...options })
    await until(() => this.kinds.indexOf('summary', seen) >= 0)
    return this
  }

  last(type: string): Json {
    return this.texts.findLast((message) => message['type'] === type) ?? {}
  }
}

const warm = (source: string, value: number, lon = 118.005) =>
  server.observe(source, { indicator: 'pm25', value, time: server.clock.now(), lon, lat: 32.005 })

describe('walls over WebSocket', () => {
  it('[GW39] follows the city from message to colour', async () => {
    await open()
    const wall = await new SocketWall(server.url).subscribe()
    expect(wall.kinds).toEqual(['welcome', 'history', 'snapshot', 'summary'])
    expect(wall.ws.protocol).toBe('qingyu.v1')
    await warm('s1', 300)
    await warm('s2', 300)
    await server.ticks(3)
    await until(() => wall.tick === START + 3_000)
    expect(wall.ranks).toEqual(server.gateway.picture.ranks)
    expect(wall.ranks[server.plan.grid.indexOf('3201001') ?? 0]).toBe(4)
    expect(wall.last('summary')).toMatchObject({
      counts: { received: 2, applied: 2 },
      serious: [{ code: '3201001' }],
    })
    wall.ws.close()
  })

  it('[GW40] resumes on a new socket by delta', async () => {
    await open()
    const wall = await new SocketWall(server.url).subscribe()
    await server.ticks(2)
    await until(() => wall.tick === START + 2_000)
    wall.ws.terminate()
    await warm('s1', 100)
    await warm('s2', 100)
    await server.ticks(3)
    const again = new SocketWall(server.url)
    again.ranks = wall.ranks
    again.tick = wall.tick
    await again.subscribe({ resume: { epoch: '0123456789abcdef', tick: wall.tick } })
    expect(again.kinds).toEqual(['welcome', 'history', 'delta', 'summary'])
    expect(again.ranks).toEqual(server.gateway.picture.ranks)
    again.ws.close()
  })

  it('[GW41] closes with a documented code and reason', async () => {
    await open({ wallToken: 'sesame' })
    const cases: [string[], Record<string, string>, number, string][] = [
      [['qingyu.v1'], {}, 4401, 'GW-token'],
      [['qingyu.v1', 'qingyu.token.wrong'], {}, 4401, 'GW-token'],
      [['qingyu.token.sesame'], {}, 4400, 'GW-protocol'],
      [['qingyu.v1', 'qingyu.token.sesame'], { origin: 'https://evil.example' }, 4403, 'GW-origin'],
    ]
    for (const [protocols, headers, code, reason] of cases) {
      const wall = new SocketWall(server.url, protocols, headers)
      if (!protocols.includes('qingyu.v1')) {
        // A client whose only offer is not chosen fails by itself.
        await wall.closed
        continue
      }
      expect(await wall.closed).toEqual({ code, reason })
      expect(wall.last('problem')).toMatchObject({ code: reason, hint: expect.any(String) as unknown })
    }
    const wall = await new SocketWall(server.url, ['qingyu.v1', 'qingyu.token.sesame'], {
      origin: server.url,
    }).subscribe()
    expect(wall.ws.protocol).toBe('qingyu.v1')
    wall.ws.close()
  })

  it('[GW42] closes on messages too large or binary', async () => {
    await open()
    const large = await new SocketWall(server.url).subscribe()
    large.ws.send('x'.repeat(16_385))
    expect((await large.closed).code).toBe(1009)
    const binary = await new SocketWall(server.url).subscribe()
    binary.ws.send(Buffer.of(1))
    expect(await binary.closed).toEqual({ code: 4400, reason: 'GW-protocol' })
    await until(() => server.gateway.figures.walls === 0)
  })

  it('[GW43] refuses other paths and forgets lost walls', async () => {
    await open()
    const other = new WebSocket(`${server.url.replace('http', 'ws')}/other`, 'qingyu.v1')
    const [fault] = (await once(other, 'error')) as [Error]
    expect(fault.message).toContain('404')
    const wall = await new SocketWall(server.url).subscribe()
    expect(server.gateway.figures.walls).toBe(1)
    wall.ws.terminate()
    await until(() => server.gateway.figures.walls === 0)
  })

  it('[GW44] keeps a stalled wall’s memory bounded', async () => {
    await open({}, smallPlan(smallGrid(300, 500)))
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    const key = Buffer.from('0123456789abcdef').toString('base64')
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: qingyu.v1\r\n\r\n`,
    )
    await once(socket, 'data')
    // From here on the socket is never read.
    socket.pause()
    const subscribe = Buffer.from(JSON.stringify({ type: 'subscribe', layer: 'levels' }))
    const mask = Buffer.alloc(4)
    socket.write(Buffer.concat([Buffer.of(0x81, 0x80 | subscribe.length), mask, subscribe]))
    await until(() => server.gateway.figures.frames === 1)
    await server.ticks(5)
    expect(server.gateway.figures).toMatchObject({ walls: 1, frames: 1, missed: 5 })
    socket.destroy()
    await until(() => server.gateway.figures.walls === 0)
  })

  it('[GW45] answers pings and closes the silent', async () => {
    await open()
    const wall = await new SocketWall(server.url).subscribe()
    wall.ws.ping()
    await once(wall.ws, 'pong')
    const silent = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, 'qingyu.v1', { autoPong: false })
    await once(silent, 'open')
    const closed = once(silent, 'close')
    for (let i = 0; i < 4; i++) {
      const pinged = once(wall.ws, 'ping')
      server.clock.advance(5_000)
      await pinged
      // The pong has to arrive before the clock is moved on.
      wall.send({ type: 'drawn', tick: 0 })
      await new Promise((resolve) => setImmediate(resolve))
      wall.ws.ping()
      await once(wall.ws, 'pong')
    }
    expect(await closed).toEqual([4410, Buffer.from('GW-silent')])
    expect(wall.ws.readyState).toBe(WebSocket.OPEN)
    wall.ws.close()
  })

  it('[GW46] says goodbye with 1001', async () => {
    await open()
    const wall = await new SocketWall(server.url).subscribe()
    await server.gateway.stop()
    expect(await wall.closed).toEqual({ code: 1001, reason: 'GW-stopping' })
  })
})
