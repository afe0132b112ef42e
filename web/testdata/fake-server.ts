import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { encodeDelta, encodeSnapshot } from '../../services/core/frame.ts'
import { LEGAL_SCHEME, UNKNOWN, levelId } from '../../services/core/level.ts'
import { SUBPROTOCOL } from '../../services/core/wire.ts'
import type { Board, ClientMessage, ServerMessage, Summary } from '../../services/core/wire.ts'
import { blobCity } from './blob-city.ts'
import { boardOf } from './board.ts'
import { CALLS, historyOf, ranksOf, seriousOf } from './scenes.ts'
import type { Scene } from './scenes.ts'

const EPOCH = '00000000000000e1'
const KINDS: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
}

/** A server that speaks the wall's protocol about an invented city. */
export interface FakeServer {
  readonly url: string
  readonly heard: readonly ClientMessage[]
  /** Files asked for so far. */
  readonly asked: readonly string[]
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

class City {
  readonly doc = blobCity()
  scene: Scene
  beat = 0
  at: number
  previous = 0
  ranks: Uint8Array
  missing: readonly number[] = []
  missingSince = 0
  readonly #real: boolean
  constructor(scene: Scene, start: number | null) {
    this.scene = scene
    this.#real = start === null
    this.at = start ?? Date.now()
    this.ranks = ranksOf(this.doc, scene, 0)
  }

  delta(): Uint8Array {
    const next = ranksOf(this.doc, this.scene, ++this.beat)
    for (let i = 0; i < next.length; i++) if (this.lost(i)) next[i] = this.ranks[i] ?? 0
    const areas = [...next.keys()].filter((i) => next[i] !== this.ranks[i])
    this.previous = this.at
    this.at = this.#real ? Date.now() : this.at + 1000
    this.ranks = next
    return encodeDelta(
      EPOCH,
      this.at,
      this.previous,
      Uint32Array.from(areas),
      Uint8Array.from(areas, (i) => next[i] ?? 0),
    )
  }

  /** Whether an area is missing, by itself or with what is above it. */
  lost(area: number): boolean {
    if (this.missing.length === 0) return false
    if (area === 0 || this.missing.includes(area)) return true
    const parent = this.doc.parents[area] ?? 0
    return parent > 0 && this.lost(parent)
  }

  board(): Board {
    return boardOf(this.doc, this.scene, this.ranks, this.at)
  }

  summary(): Summary {
    const levels: Record<string, number> = {}
    for (let i = 0; i < this.ranks.length; i++)
      if (this.doc.depths[i] === 3) {
        const id = levelId(LEGAL_SCHEME, this.ranks[i] ?? UNKNOWN)
        levels[id] = (levels[id] ?? 0) + 1
      }
    for (const id of ['normal', 'blue', 'yellow', 'orange', 'red', 'unknown']) levels[id] ??= 0
    const serious = this.scene === 'calm' ? [] : seriousOf(this.doc, this.ranks, this.at)
    const lost = (row: { readonly index: number }): boolean => this.lost(row.index)
    const storm = this.scene === 'storm' || this.scene === 'allred'
    return {
      type: 'summary',
      tick: this.at,
      now: this.at + 140,
      levels,
      top: { rank: this.ranks[0] ?? 0, since: this.at - 60_000 },
      serious: [...serious.filter((row) => !lost(row)), ...serious.filter(lost)],
      sources: { alive: this.scene === 'blind' ? 0 : 4812, known: 4827 },
      counts: {
        received: 1_284_306 + this.beat * 350,
        applied: 1_283_900,
        duplicate: 163,
        late: 212,
        quarantined: 2,
        refused: 29,
      },
      newest: this.at - 640,
      lag: { p50: 210, p99: 560 },
      latency: { p50: 310, p99: 640 },
      calls: storm ? CALLS.map(([indicator, zh, en, count]) => ({ indicator, name: { zh, en }, count })) : [],
      missed: 0,
      ...(this.missing.length > 0 && {
        behind: [
          { areas: this.missing, at: this.missingSince },
          { areas: [0], at: this.missingSince },
        ],
        parts: { told: 15, all: 16 },
      }),
    }
  }
}

function explain(city: City, code: string): unknown {
  const row = seriousOf(city.doc, city.ranks, city.at).find((one) => one.code === code)
  const index = city.doc.codes.indexOf(code)
  const none = { zh: '', en: '' }
  const blind = row?.reason === 'no-data'
  const iso = (ms: number): string => new Date(ms).toISOString()
  return {
    code,
    name: city.doc.names[index] ?? none,
    grid: city.doc.grid,
    epoch: EPOCH,
    tick: city.at,
    level: levelId(LEGAL_SCHEME, city.ranks[index] ?? UNKNOWN),
    since: iso(row?.since ?? city.at - 900_000),
    reason: row?.reason ?? 'within-limits',
    sentence:
      row === undefined
        ? { zh: '所有规则均在限值以内。', en: 'All rules are within their limits.' }
        : blind
          ? {
              zh: `${row.indicatorName.zh}：来源失联，超过两个上报周期没有数据。`,
              en: `${row.indicatorName.en}: silent for more than two report intervals.`,
            }
          : {
              zh: `${row.indicatorName.zh}（15 分钟均值）${row.value} ${row.unit}，高于限值 ${row.limit} ${row.unit}，已持续 26 分钟。`,
              en: `${row.indicatorName.en} (15 min mean) is ${row.value} ${row.unit}, above the limit of ${row.limit} ${row.unit}, for 26 minutes.`,
            },
    clears:
      row?.limit == null
        ? none
        : {
            zh: `低于 ${(row.limit * 0.9).toFixed(2)} ${row.unit} 并保持 5 分钟`,
            en: `it stays below ${(row.limit * 0.9).toFixed(2)} ${row.unit} for 5 min`,
          },
    rule: row === undefined ? null : { id: row.rule, version: 'c0ffee0011223344', name: row.indicatorName },
    reading:
      row === undefined
        ? null
        : {
            indicator: row.indicator,
            value: row.value,
            unit: row.unit,
            limit: row.limit,
            samples: row.samples,
            sources: row.sources,
          },
    readings:
      row === undefined
        ? [{ indicator: 'noise', value: 47, unit: 'dB', limit: 55, samples: 15, sources: 1 }]
        : [],
    children: [],
    complete: true,
    observations:
      row === undefined || blind
        ? []
        : [0, 1, 2, 3, 4].map((i) => ({
            source: `hanhai/water-${String(17 + (i % 3) * 4).padStart(4, '0')}`,
            area: code,
            time: iso(city.at - i * 60_000),
            value: (row.value ?? 0) * (1 - i * 0.012),
          })),
  }
}

/** Starts it on a free port of 127.0.0.1. `tickMs` 0: ticks come only by `tick()`. `start`: its clock, which then follows ticks. */
export async function startFakeServer(options: {
  readonly dist: string
  readonly scene: Scene
  readonly tickMs: number
  readonly start?: number
  readonly port?: number
}): Promise<FakeServer> {
  const city = new City(options.scene, options.start ?? null)
  const heard: ClientMessage[] = []
  const asked: string[] = []
  let [refusing, stalled] = [false, false]
  const http = createServer((request, response) => answer(city, options.dist, asked, request, response))
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL })
  const tell = (socket: WebSocket, message: ServerMessage): void => socket.send(JSON.stringify(message))
  const greet = (socket: WebSocket): void => {
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
    })
    tell(socket, { type: 'history', ...historyOf(city.scene, city.at) })
    socket.send(encodeSnapshot(EPOCH, city.at, city.ranks))
    tell(socket, city.summary())
    tell(socket, city.board())
  }
  http.on('upgrade', (request, socket, head) => {
    if (refusing) socket.destroy()
    else
      sockets.handleUpgrade(request, socket, head, (ws) => {
        ws.on('message', (data: Buffer) => {
          const message = JSON.parse(data.toString()) as ClientMessage
          heard.push(message)
          if (message.type === 'subscribe') greet(ws)
        })
      })
  })
  const tick = (): void => {
    const delta = city.delta()
    const items = city.doc.codes.flatMap((_, index) =>
      (city.ranks[index] ?? 0) > 1 && city.doc.depths[index] === 3 && (index * 31 + city.beat * 17) % 97 === 0
        ? [{ index, indicator: 'call.water', time: city.at }]
        : [],
    )
    for (const ws of sockets.clients) {
      ws.send(delta)
      tell(ws, city.summary())
      tell(ws, city.board())
      tell(ws, { type: 'occurrences', tick: city.at, items })
    }
  }
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
    scene: (next) => void (city.scene = next),
    miss: (areas) => void ([city.missing, city.missingSince] = [areas, city.at]),
    stall: () => void (stalled = true),
    cut,
    resume: () => void ([refusing, stalled] = [false, false]),
    tick,
    close: () =>
      new Promise((done) => {
        clearInterval(timer)
        cut()
        http.close(() => done())
        http.closeAllConnections()
      }),
  }
}

function answer(
  city: City,
  dist: string,
  asked: string[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  asked.push(url.pathname)
  const json = (body: unknown): void =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  const area = /^\/api\/v1\/areas\/([^/]+)\/(explanation|readings)$/.exec(url.pathname)
  if (url.pathname.startsWith('/api/v1/grids/')) return json(city.doc)
  if (area?.[2] === 'explanation') return json(explain(city, area[1] ?? ''))
  if (area?.[2] === 'readings') return json(course(city, area[1] ?? ''))
  const file = join(dist, normalize(url.pathname === '/' ? '/index.html' : url.pathname))
  if (!existsSync(file)) return void response.writeHead(404).end()
  response.setHeader('content-type', KINDS[extname(file)] ?? 'application/octet-stream')
  createReadStream(file).pipe(response)
}

function course(city: City, code: string): unknown {
  const row = seriousOf(city.doc, city.ranks, city.at).find((one) => one.code === code)
  const top = row?.value ?? 1
  return {
    readings: [...Array(61).keys()].map((i) => ({
      pane: new Date(city.at - (60 - i) * 60_000).toISOString(),
      value: top * (0.18 + 0.82 / (1 + Math.exp(-(i - 38) / 4)) + 0.03 * Math.sin(i * 1.7)),
    })),
  }
}
