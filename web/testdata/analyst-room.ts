import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { encodeSnapshot } from '../../services/core/frame.ts'
import { LEGAL_SCHEME } from '../../services/core/level.ts'
import type { ReplayView } from '../../services/core/replay-wire.ts'
import { SUBPROTOCOL } from '../../services/core/wire.ts'
import type { Board, ServerMessage, Summary, Welcome } from '../../services/core/wire.ts'
import { alerts, BEGIN, countsOf, doc, GAP, incidents, LIVE, ranksAt } from './analyst-days.ts'
import { BUNDLES, knowledgeOf, rehearsalOf, SCORE, timelineOf, VERSIONS } from './analyst-answers.ts'

const EPOCH = '00000000000000e1'
const KINDS: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
}
const NAMES = {
  water: ['积水', 'Flooding'],
  crowd: ['人群', 'Crowd'],
  noise: ['噪声', 'Noise'],
  traffic: ['交通', 'Traffic'],
} as const

/** What was asked of the room: method, path and body. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

/** A server that speaks the analyst's page's protocol about four invented days. */
export interface AnalystRoom {
  readonly url: string
  readonly asked: readonly Asked[]
  /** Sessions that are open. */
  readonly sessions: ReadonlyMap<string, ReplayView>
  /** Nothing is held yet. */
  empty(is: boolean): void
  /** No more sessions than are open are allowed. */
  fill(is: boolean): void
  close(): Promise<void>
}

function nameOf(category: string): { zh: string; en: string } {
  const [zh, en] = Object.entries(NAMES).find(([id]) => id === category)?.[1] ?? ['', '']
  return { zh, en }
}

function boardAt(at: number): Board {
  const open = incidents.filter(({ born, over }) => born <= at && (over ?? LIVE + 1) > at)
  const ranks = ranksAt(at)
  return {
    type: 'board',
    tick: at,
    incidents: open.map((one) => ({
      id: one.id,
      number: one.number,
      category: one.category,
      name: nameOf(one.category),
      rank: one.rank,
      peak: one.peak,
      fading: false,
      areas: [...doc.codes.keys()].filter((i) => {
        const [x, y] = doc.centres[i] ?? [0, 0]
        return (
          doc.depths[i] === 3 &&
          (ranks[i] ?? 0) > 1 &&
          ranks[i] !== 15 &&
          Math.hypot(x - one.centre[0], y - one.centre[1]) < 0.006
        )
      }),
      count: one.count,
      born: one.born,
      trend: 'steady',
      centre: one.centre,
      projection: null,
    })),
    alerts: alerts
      .filter(({ raised, closed }) => raised <= at && (closed ?? LIVE + 1) > at)
      .map((one) => ({
        id: one.id,
        number: one.number,
        category: one.category,
        name: nameOf(one.category),
        headline: '',
        exercise: false,
        area: one.area,
        count: 4,
        rank: one.rank,
        peak: one.peak,
        state: 'acknowledged',
        raised: one.raised,
        since: one.raised,
        ended: null,
        due: null,
        unit: '',
        whistle: null,
        muted: false,
      })),
    open: open.length,
    overdue: 0,
  }
}

function summaryAt(at: number): Summary {
  return {
    type: 'summary',
    tick: at,
    now: at + 200,
    levels: countsOf(ranksAt(at)),
    top: { rank: 0, since: at },
    serious: [],
    sources: { alive: 595, known: 600 },
    counts: { received: 17_812, applied: 17_801, duplicate: 0, late: 0, quarantined: 0, refused: 11 },
    newest: at,
    lag: null,
    latency: null,
    calls: [],
    missed: 0,
  }
}

function welcomeAt(at: number, replay: ReplayView | undefined): Welcome {
  return {
    type: 'welcome',
    epoch: EPOCH,
    grid: doc.grid,
    city: doc.name,
    zone: doc.zone,
    scheme: LEGAL_SCHEME,
    demo: true,
    tickMs: 1000,
    now: at + 200,
    resumed: false,
    program: '0.1.0',
    ...(replay && { replay }),
  }
}

class Room {
  readonly asked: Asked[] = []
  readonly sessions = new Map<string, ReplayView>()
  readonly sockets = new Map<string, Set<WebSocket>>()
  readonly rehearsals = new Map<string, { from: number; to: number; asked: number }>()
  isEmpty = false
  isFull = false
  #ids = 0

  show(socket: WebSocket, at: number, replay?: ReplayView): void {
    const tell = (message: ServerMessage): void => socket.send(JSON.stringify(message))
    if (replay !== undefined) tell({ type: 'replay', session: replay })
    socket.send(encodeSnapshot(EPOCH, at, ranksAt(at)))
    tell(summaryAt(at))
    tell(boardAt(at))
  }

  open(body: Readonly<Record<string, unknown>>): ReplayView {
    const id = (++this.#ids).toString(16).padStart(16, '0')
    const found = incidents.find((one) => one.id === body['incident'])
    const view: ReplayView = {
      id,
      kind: body['kind'] === 'drill' ? 'drill' : 'replay',
      title: typeof body['title'] === 'string' ? body['title'] : '',
      path: `/replay/${id}/`,
      bundle: '',
      by: 'jinglei',
      state: 'paused',
      why: '',
      at: Math.floor((found?.born ?? Number(body['at'])) / 1000) * 1000,
      from: BEGIN,
      to: LIVE,
      rate: 60,
      loop: null,
      gaps: [GAP],
      grid: doc.grid,
      rules: 'c0ffee0011223344',
    }
    this.sessions.set(id, view)
    return view
  }

  verb(view: ReplayView, verb: string, body: Readonly<Record<string, unknown>>): ReplayView {
    const at =
      verb === 'seek'
        ? Math.floor(Number(body['at']) / 1000) * 1000
        : verb === 'step'
          ? view.at + 1000 * Number(body['ticks'])
          : view.at
    const next: ReplayView = {
      ...view,
      at,
      state: verb === 'play' ? 'playing' : verb === 'pause' || verb === 'step' ? 'paused' : view.state,
      rate: verb === 'rate' ? (body['rate'] as ReplayView['rate']) : view.rate,
      loop:
        verb !== 'loop' ? view.loop : body['from'] === null ? null : (body as { from: number; to: number }),
    }
    this.sessions.set(view.id, next)
    for (const socket of this.sockets.get(view.id) ?? []) this.show(socket, at, next)
    return next
  }

  /** What a playing session shows a tenth of a second later. */
  beat(): void {
    for (const view of this.sessions.values()) {
      if (view.state !== 'playing') continue
      const rate = view.rate === 'max' ? 20_000 : view.rate
      const at = Math.min(LIVE, view.at + Math.max(1000, Math.round((rate * 100) / 1000) * 1000))
      this.sessions.set(view.id, { ...view, at, state: at >= LIVE ? 'ended' : 'playing' })
      for (const socket of this.sockets.get(view.id) ?? []) this.show(socket, at)
    }
  }
}

type Answer = { readonly status: number; readonly body: unknown }
const ok = (body: unknown): Answer => ({ status: 200, body })
const refused = (status: number, code: string, detail: string, hint: string, errors?: unknown): Answer => ({
  status,
  body: { type: '', title: '', status, code, detail, hint, errors },
})

function answerTo(room: Room, { method, path, body }: Asked, query: URLSearchParams): Answer {
  const sent = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {}
  const [, first = '', second = '', third = ''] = path.split('/')
  const view = room.sessions.get(second)
  if (first === 'grids') return ok(doc)
  if (first === 'timeline')
    return ok(
      timelineOf(
        Number(query.get('from') ?? LIVE - 86_400_000),
        Number(query.get('to') ?? LIVE),
        room.isEmpty,
      ),
    )
  if (first === 'session') return refused(401, 'SE-session', 'No session', '')
  if (first === 'alerts' && third === 'knowledge') return ok(knowledgeOf(second))
  if (first === 'bundles') return method === 'GET' ? ok({ bundles: BUNDLES }) : ok(BUNDLES[0])
  if (first === 'rules') {
    if (second === 'versions') return ok({ versions: VERSIONS })
    const bad = typeof sent['yaml'] === 'string' && sent['yaml'].includes('oranje')
    const line =
      String(sent['yaml'])
        .split('\n')
        .findIndex((text) => text.includes('oranje')) + 1
    return bad
      ? refused(422, 'RS-value', `Line ${line}: oranje is no level`, 'Write orange.', [
          {
            pointer: '/rules/0/limits/oranje',
            line,
            code: 'RS-value',
            message: 'limits.oranje is no level, expected blue, yellow, orange or red',
            hint: 'Write orange.',
          },
        ])
      : ok({ version: 'badcafe011223344' })
  }
  if (first === 'rehearsals') {
    if (method === 'POST') {
      const id = `r${room.rehearsals.size + 1}`
      room.rehearsals.set(id, { from: Number(sent['from']), to: Number(sent['to']), asked: 0 })
      return ok(rehearsalOf(id, Number(sent['from']), Number(sent['to']), false))
    }
    const known = room.rehearsals.get(second)
    if (second === '')
      return ok({
        rehearsals: [...room.rehearsals].map(([id, { from, to }]) => ({
          ...rehearsalOf(id, from, to, false),
          state: 'done',
        })),
      })
    if (known === undefined) return refused(404, 'RY-unknown', `${second} is not open`, '')
    return ok(rehearsalOf(second, known.from, known.to, known.asked++ > 0))
  }
  if (first !== 'replays') return refused(404, 'GW-not-found', path, '')
  if (method === 'POST' && second === '')
    return room.isFull
      ? refused(409, 'RY-full', '8 replays are open, at most 8', 'Close one.')
      : ok(room.open(sent))
  if (second === '')
    return ok({ replays: [...room.sessions.values()], most: room.isFull ? room.sessions.size : 8 })
  if (view === undefined) return refused(404, 'RY-unknown', `${second} is not open`, '')
  if (third === 'score') return ok(SCORE)
  if (method === 'DELETE') {
    room.sessions.delete(second)
    room.isFull = false
    return ok(null)
  }
  return ok(method === 'POST' ? room.verb(view, third, sent) : view)
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text.startsWith('{') ? (JSON.parse(text) as unknown) : null
}

async function serve(
  room: Room,
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
  const room = new Room()
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
