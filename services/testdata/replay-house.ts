import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { openArchive } from '../adapters/archive.parquet.ts'
import { systemClock } from '../adapters/clock.system.ts'
import type { HttpParts } from '../adapters/http.fastify.ts'
import { openReplays } from '../app-replays.ts'
import type { Config } from '../config-schema.ts'
import { QingyuError } from '../core/errors.ts'
import type { ReplayView } from '../core/replay-wire.ts'
import type { ServerMessage } from '../core/wire.ts'
import type { ArchivedCity } from './archived-city.ts'
import { startSmallServer, type SmallServer } from './small-server.ts'
import { nameOf } from './told-frames.ts'

/** A live city with an archive of another time, over HTTP, with sessions in threads. */
export interface ReplayHouse {
  readonly live: SmallServer
  readonly url: string
  readonly ask: <Answer>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>
  readonly raw: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Response>
  /** Opens a session and waits until it is open or has failed. */
  readonly open: (wanted?: object) => Promise<ReplayView>
  readonly wall: (path: string, protocols?: string[]) => HouseWall
}

/** A wall on a socket: what it was told, and what it waits for. */
export class HouseWall {
  readonly socket: WebSocket
  readonly messages: ServerMessage[] = []
  /** `from>to` of each frame, in order, and its bytes. */
  readonly frames: { readonly name: string; readonly tick: number; readonly bytes: Buffer }[] = []
  closed: number | null = null

  constructor(url: string, protocols: string[]) {
    this.socket = new WebSocket(url, protocols)
    this.socket.on('open', () => this.socket.send(JSON.stringify({ type: 'subscribe', layer: 'levels' })))
    this.socket.on('error', () => undefined)
    this.socket.on('close', (code) => (this.closed = code))
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return void this.messages.push(JSON.parse(data.toString()) as ServerMessage)
      const { name, tick } = nameOf(data)
      this.frames.push({ name, tick, bytes: data })
      this.socket.send(JSON.stringify({ type: 'drawn', tick }))
    })
  }

  get tick(): number {
    return this.frames.at(-1)?.tick ?? 0
  }

  count(type: ServerMessage['type']): number {
    return this.messages.filter((message) => message.type === type).length
  }

  last<Type extends ServerMessage['type']>(type: Type) {
    return this.messages.findLast(
      (message): message is Extract<ServerMessage, { type: Type }> => message.type === type,
    )
  }
}

/** Resolves once it holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(5)
}

/** Starts a {@link ReplayHouse} that ends with the test. */
export async function replayHouse(
  archive: Pick<ArchivedCity, 'dir'> | null,
  config: Config,
  { http = {}, parts = {} }: { http?: Partial<Config['http']>; parts?: Partial<HttpParts> } = {},
): Promise<ReplayHouse> {
  const reports: string[] = []
  const reader = archive && openArchive(archive.dir)
  const { replays, stop } = openReplays({
    config: { ...config, http: { ...config.http, ...http } },
    own: archive && reader && { dir: archive.dir, archive: reader },
    bundle: (id) => Promise.reject(new QingyuError('GW-not-found', { value: `Bundle ${id}` })),
    desk: null,
    policy: { people: new Map() },
    clock: systemClock,
    program: 'test',
    web: '',
    report: (sentence) => void reports.push(sentence),
  })
  const live = await startSmallServer(http, undefined, () => ({ replays, ...parts }))
  onTestFinished(async () => {
    await stop()
    await live.stop()
    await reader?.close()
  })
  const raw = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(new URL(path, live.url), {
      method,
      redirect: 'manual',
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  async function ask<Answer>(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
    const response = await raw(method, path, body, headers)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? null : JSON.parse(text)) as Answer
  }
  return {
    live,
    url: live.url,
    ask,
    raw,
    async open(wanted = {}) {
      const { id } = await ask<ReplayView>('POST', '/api/v1/replays', wanted)
      for (;;) {
        const view = await ask<ReplayView>('GET', `/api/v1/replays/${id}`)
        if (view.state !== 'opening') return view
        await pause(10)
      }
    },
    wall: (path, protocols = ['qingyu.v1']) => {
      const wall = new HouseWall(new URL(path, live.url).href.replace(/^http/, 'ws'), protocols)
      onTestFinished(() => wall.socket.terminate())
      return wall
    },
  }
}
