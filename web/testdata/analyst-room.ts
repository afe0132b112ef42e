import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { WebSocketServer } from 'ws'
import type { ReplayView } from '../../services/core/replay-wire.ts'
import { SUBPROTOCOL } from '../../services/core/wire.ts'
import { LIVE } from './analyst-days.ts'
import { answerTo } from './analyst-door.ts'
import { RoomState, welcomeAt } from './analyst-state.ts'
import type { Asked } from './analyst-state.ts'

const KINDS: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
}
/** A server that speaks the analyst's page's protocol about four invented days. */
export interface AnalystRoom {
  readonly url: string
  readonly asked: readonly Asked[]
  /** Sessions that are open. */
  readonly sessions: ReadonlyMap<string, ReplayView>
  /** Nothing is held yet. */
  empty(is: boolean): void
  /** An archive is kept. */
  write(is: boolean): void
  /** No more sessions than are open are allowed. */
  fill(is: boolean): void
  close(): Promise<void>
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text.startsWith('{') ? (JSON.parse(text) as unknown) : null
}

async function serve(
  room: RoomState,
  dist: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const api = /^(?:\/replay\/\w+)?\/api\/v1(\/.*)$/.exec(url.pathname)?.[1]
  if (api !== undefined) {
    const asked = { method: request.method ?? 'GET', path: api, body: await bodyOf(request) }
    room.asked.push(asked)
    const { status, body } = answerTo(room, asked, url.searchParams)
    return void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const file = join(dist, url.pathname === '/analyst' ? 'analyst.html' : url.pathname)
  if (!existsSync(file)) return void response.writeHead(404).end()
  response.setHeader('content-type', KINDS[extname(file)] ?? 'application/octet-stream')
  createReadStream(file).pipe(response)
}

/** Starts it on a free port of 127.0.0.1, with the pages built in `dist`. */
export async function openAnalystRoom(dist: string, wantedPort = 0): Promise<AnalystRoom> {
  const room = new RoomState()
  const http = createServer((request, response) => void serve(room, dist, request, response))
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL })
  http.on('upgrade', (request, socket, head) => {
    const id = /^\/replay\/(\w+)\/ws$/.exec(request.url ?? '')?.[1] ?? ''
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const set = room.sockets.get(id) ?? new Set()
      room.sockets.set(id, set.add(ws))
      ws.on('message', (data: Buffer) => {
        if (!data.toString().includes('subscribe')) return
        const view = room.sessions.get(id)
        ws.send(JSON.stringify(welcomeAt(view?.at ?? LIVE, view)))
        room.show(ws, view?.at ?? LIVE)
      })
    })
  })
  const timer = setInterval(() => room.beat(), 100)
  await new Promise<void>((done) => http.listen(wantedPort, '127.0.0.1', done))
  const address = http.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/`,
    asked: room.asked,
    sessions: room.sessions,
    empty: (is) => void (room.isEmpty = is),
    write: (is) => void (room.isWriting = is),
    fill: (is) => void (room.isFull = is),
    close: () =>
      new Promise((done) => {
        clearInterval(timer)
        for (const ws of sockets.clients) ws.terminate()
        http.close(() => done())
        http.closeAllConnections()
      }),
  }
}
