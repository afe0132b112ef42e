import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { encodeSnapshot } from '../../services/core/frame.ts'
import { LEGAL_SCHEME } from '../../services/core/level.ts'
import { SUBPROTOCOL } from '../../services/core/wire.ts'
import type { ClientMessage, ServerMessage } from '../../services/core/wire.ts'
import { course, EPOCH, explain, FakeCity } from './fake-city.ts'
import { FakeSessions, timeline } from './fake-replay.ts'
import type { FakeSession } from './fake-replay.ts'
import { historyOf } from './scenes.ts'
import type { Scene } from './scenes.ts'

const KINDS: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
}
/** What lies below a session: its id, then the path as on a live server. */
const BELOW = /^\/replay\/([0-9a-f]{16})(\/.*)$/

/** A server that speaks the wall's protocol about an invented city. */
export interface FakeServer {
  readonly url: string
  readonly heard: readonly ClientMessage[]
  /** Files asked for so far. */
  readonly asked: readonly string[]
  readonly sessions: FakeSessions
  scene(next: Scene): void
  /** Areas of which nothing comes from now on; none: all are back. */
  miss(areas: readonly number[]): void
  /** Ticks stop; sockets stay. */
  stall(): void
  /** Sockets are cut and new ones refused until `resume`. */
  cut(): void
  resume(): void
  /** One tick now. */
  tick(): void
  close(): Promise<void>
}

const tell = (socket: WebSocket, message: ServerMessage): void => socket.send(JSON.stringify(message))

function greet(socket: WebSocket, city: FakeCity, session: FakeSession | null): void {
  tell(socket, {
    type: 'welcome',
    epoch: EPOCH,
    grid: city.doc.grid,
    city: city.doc.name,
    zone: city.doc.zone,
    scheme: LEGAL_SCHEME,
    demo: true,
    tickMs: 1000,
    now: city.at,
    resumed: false,
    program: '0.1.0',
    ...(session && { replay: session.view }),
  })
  tell(socket, { type: 'history', ...historyOf(city.scene, city.at) })
  socket.send(encodeSnapshot(EPOCH, city.at, city.ranks))
  tell(socket, city.summary())
  tell(socket, city.board())
}

/** One tick of a city to all who look at it. */
function pass(city: FakeCity, sockets: Iterable<WebSocket>): void {
  const delta = city.delta()
  const items = city.doc.codes.flatMap((_, index) =>
    (city.ranks[index] ?? 0) > 1 && city.doc.depths[index] === 3 && (index * 31 + city.beat * 17) % 97 === 0
      ? [{ index, indicator: 'call.water', time: city.at }]
      : [],
  )
  for (const ws of sockets) {
    ws.send(delta)
    tell(ws, city.summary())
    tell(ws, city.board())
    tell(ws, { type: 'occurrences', tick: city.at, items })
  }
}

function sessionNews(session: FakeSession, what: 'moved' | 'tick' | 'state'): void {
  if (what === 'tick') return pass(session.city, session.sockets)
  for (const socket of session.sockets)
    if (what === 'moved') greet(socket, session.city, session)
    else tell(socket, { type: 'replay', session: session.view })
}

/** Starts it on a free port of 127.0.0.1. `tickMs` 0: ticks come only by `tick()`. `start`: its clock, which then follows ticks. */
export async function startFakeServer(options: {
  readonly dist: string
  readonly scene: Scene
  readonly tickMs: number
  readonly start?: number
  readonly port?: number
}): Promise<FakeServer> {
  const city = new FakeCity(options.scene, options.start ?? null)
  const sessions = new FakeSessions(sessionNews)
  const heard: ClientMessage[] = []
  const asked: string[] = []
  let [refusing, stalled] = [false, false]
  const around = { city, sessions, dist: options.dist, asked }
  const http = createServer((request, response) => answer(around, request, response))
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL })
  const live = new Set<WebSocket>()
  http.on('upgrade', (request, socket, head) => {
    const id = BELOW.exec(request.url ?? '')?.[1]
    const session = id === undefined ? null : sessions.open.get(id)
    if (refusing || session === undefined) return void socket.destroy()
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const room = session?.sockets ?? live
      ws.on('close', () => room.delete(ws))
      ws.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as ClientMessage
        heard.push(message)
        if (message.type !== 'subscribe') return
        greet(ws, session?.city ?? city, session)
        room.add(ws)
      })
    })
  })
  const tick = (): void => pass(city, live)
  const timer = options.tickMs > 0 ? setInterval(() => stalled || tick(), options.tickMs) : undefined
  await new Promise<void>((done) => http.listen(options.port ?? 0, '127.0.0.1', done))
  const address = http.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const cut = (): void => {
    refusing = true
    for (const ws of sockets.clients) ws.terminate()
  }
  return {
    url: `http://127.0.0.1:${port}/`,
    heard,
    asked,
    sessions,
    scene: (next) => void (city.scene = next),
    miss: (areas) => void ([city.missing, city.missingSince] = [areas, city.at]),
    stall: () => void (stalled = true),
    cut,
    resume: () => void ([refusing, stalled] = [false, false]),
    tick,
    close: () =>
      new Promise((done) => {
        clearInterval(timer)
        sessions.end()
        cut()
        http.close(() => done())
        http.closeAllConnections()
      }),
  }
}

interface Around {
  readonly city: FakeCity
  readonly sessions: FakeSessions
  readonly dist: string
  readonly asked: string[]
}

function answer(around: Around, request: IncomingMessage, response: ServerResponse): void {
  const { sessions, dist, asked } = around
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  asked.push(url.pathname)
  const json = (body: unknown, status = 200): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  const [, id, below = url.pathname] = BELOW.exec(url.pathname) ?? []
  const session = id === undefined ? null : sessions.open.get(id)
  if (session === undefined) return json({ code: 'RY-unknown', detail: `${id} is not open` }, 404)
  const city = session?.city ?? around.city
  const replays = /^\/api\/v1\/replays\/?(.*)$/.exec(below)
  if (replays !== null)
    return void sessions.answer(request, replays[1] ?? '').then(({ status, body }) => json(body, status))
  const area = /^\/api\/v1\/areas\/([^/]+)\/(explanation|readings)$/.exec(below)
  if (below === '/api/v1/timeline')
    return json(timeline(Number(url.searchParams.get('from')), Number(url.searchParams.get('to'))))
  if (below.startsWith('/api/v1/grids/')) return json(city.doc)
  if (area?.[2] === 'explanation') return json(explain(city, area[1] ?? ''))
  if (area?.[2] === 'readings') return json(course(city, area[1] ?? ''))
  const file = join(dist, normalize(below === '/' ? '/index.html' : below))
  if (!existsSync(file)) return void response.writeHead(404).end()
  response.setHeader('content-type', KINDS[extname(file)] ?? 'application/octet-stream')
  createReadStream(file).pipe(response)
}
