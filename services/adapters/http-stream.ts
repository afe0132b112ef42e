import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DeskBeat, DeskNews } from '../core/stream-wire.ts'
import { QingyuError } from '../core/errors.ts'
import type { Desk, News } from '../desk-port.ts'
import type { DeskView } from '../desk-view.ts'
import type { Clock } from '../ports.ts'
import { actorOf } from '../sign-in.ts'
import type { Principal, SignIn } from '../sign-in-port.ts'
import { noticeFor } from './http-alerts.ts'
import { principalOf } from './http-doors.ts'

/** Streams of one person, and of all, of this process. */
const MOST_OWN = 8
export const MOST_STREAMS = 2_000
/** Time between two beats, and every how many of them a stream's session is looked at, ms. */
const BEAT_MS = 3_000
const BEATS_A_LOOK = 5
/** Bytes that a browser may leave unread before its stream ends; it comes back and resumes. */
const MOST_UNREAD = 262_144
/** What a browser waits before it comes back, ms. */
const RETRY_MS = 2_000

/** What the stream needs. `ask` finds out anew who a request shows to be. */
export interface StreamParts {
  readonly desk: Desk
  readonly view: DeskView
  readonly signIn: SignIn
  readonly clock: Clock
  /** The city's time, ms: the clock's, or the newest tick's where history is brought in. */
  readonly now: () => number
  readonly ask: (request: FastifyRequest) => Promise<Principal | null>
}

/** One browser that listens. */
interface Stream {
  principal: Principal
  readonly request: FastifyRequest
  readonly raw: ServerResponse
  /** Ids of alerts that it knows of: it is told when one leaves its sight, too. */
  readonly known: Set<string>
}

/** Live news by server-sent events (HTML standard, 9.2). */
class Streams {
  readonly #parts: StreamParts
  readonly #streams = new Set<Stream>()
  readonly #forget: (() => void)[]
  #cancelBeat: () => void
  #beats = 0

  constructor(parts: StreamParts) {
    this.#parts = parts
    this.#forget = [
      parts.desk.watch((news) => {
        for (const stream of this.#streams) this.#tell(stream, [news])
      }),
      parts.signIn.onEnd((key) => {
        for (const stream of this.#streams) if (stream.principal.key === key) this.#end(stream, 'SE-session')
      }),
    ]
    this.#cancelBeat = this.#beatLater()
  }

  open(request: FastifyRequest, reply: FastifyReply): void {
    const principal = principalOf(request)
    const own = [...this.#streams].filter((stream) => stream.principal.person.id === principal.person.id)
    if (own.length >= MOST_OWN)
      throw new QingyuError('SE-most', { value: own.length, what: 'streams', most: MOST_OWN })
    if (this.#streams.size >= MOST_STREAMS)
      throw new QingyuError('SE-busy', { value: 'A stream', why: `${MOST_STREAMS} are open` })
    const { raw } = reply.hijack()
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      // Proxies that gather answers would hold the news back.
      'x-accel-buffering': 'no',
    })
    const { desk, view } = this.#parts
    const by = actorOf(principal.person)
    const known = [...desk.open().values()].filter((alert) => view.sees(by, alert)).map(({ id }) => id)
    const stream: Stream = { principal, request, raw, known: new Set(known) }
    this.#streams.add(stream)
    raw.on('close', () => this.#streams.delete(stream))
    raw.on('error', () => this.#streams.delete(stream))
    raw.write(`retry: ${RETRY_MS}\n\n`)
    this.#greet(stream, request.headers['last-event-id'])
    this.#beat(stream)
  }

  /** What was missed since the tick it names; `reset` where that is too long ago, or none is named. */
  #greet(stream: Stream, last: string | string[] | undefined): void {
    const { desk } = this.#parts
    const tick = typeof last === 'string' && /^\d{1,16}$/.test(last) ? Number(last) : null
    const missed = tick === null ? null : desk.newsAfter(tick)
    if (missed === null) send(stream, 'reset', desk.tick, { tick: desk.tick })
    else this.#tell(stream, missed)
  }

  /** What of some ticks, oldest first, is this person's to know: one event for all that changed, and one for each notice. */
  #tell(stream: Stream, all: readonly News[]): void {
    const last = all.at(-1)
    if (last === undefined) return
    const { desk } = this.#parts
    const { id } = stream.principal.person
    const news = this.#newsFor(stream, all, last.tick)
    if (news !== null) send(stream, 'news', last.tick, news)
    for (const { tick, notices } of all)
      for (const notice of notices) {
        const isNew = notice.state === 'sent' || notice.state === 'queued'
        if (notice.person !== id || notice.channel !== 'desk' || !isNew || notice.seen !== null) continue
        send(stream, 'notice', tick, noticeFor(notice, desk))
      }
    if (stream.raw.writableLength > MOST_UNREAD) stream.raw.destroy()
  }

  /** Null where nothing of it concerns the person. */
  #newsFor({ principal: { person }, known }: Stream, all: readonly News[], tick: number): DeskNews | null {
    const { desk, view } = this.#parts
    const by = actorOf(person)
    const alerts = [...new Set(all.flatMap((news) => news.alerts))].filter((id) => {
      const alert = desk.held(id)
      const sees = alert !== undefined && view.sees(by, alert)
      const knew = known.delete(id)
      if (sees && alert.state !== 'closed') known.add(id)
      return sees || knew
    })
    const incidents = [...new Set(all.flatMap((news) => news.incidents))].filter((id) => {
      const incident = desk.incident(id)
      return incident !== undefined && view.seesIncident(by, incident)
    })
    const news: DeskNews = {
      tick,
      alerts,
      incidents,
      silences: all.some(({ silences }) => silences),
      subscriptions: all.some(({ subscribers }) => subscribers.includes(person.id)),
      handovers: all.some(({ handovers }) => handovers),
      roster: all.some(({ roster }) => roster),
    }
    const { silences, subscriptions, handovers, roster } = news
    const isEmpty = news.alerts.length + news.incidents.length === 0
    return isEmpty && !silences && !subscriptions && !handovers && !roster ? null : news
  }

  #end(stream: Stream, code: string): void {
    this.#streams.delete(stream)
    send(stream, 'end', this.#parts.desk.tick, { code })
    stream.raw.end()
  }

  #beatLater(): () => void {
    const { clock } = this.#parts
    return clock.at(clock.now() + BEAT_MS, () => {
      this.#cancelBeat = this.#beatLater()
      const looks = ++this.#beats % BEATS_A_LOOK === 0
      for (const stream of this.#streams) {
        this.#beat(stream)
        if (looks) void this.#look(stream)
      }
    })
  }

  #beat(stream: Stream): void {
    const { desk, now } = this.#parts
    const beat: DeskBeat = { tick: desk.tick, now: now() }
    send(stream, 'beat', desk.tick, beat)
    if (stream.raw.writableLength > MOST_UNREAD) stream.raw.destroy()
  }

  /** Ends the stream of a session that is over, or whose person has another role or area: it comes back and begins anew. */
  async #look(stream: Stream): Promise<void> {
    const person = JSON.stringify(stream.principal.person)
    try {
      const principal = await this.#parts.ask(stream.request)
      if (principal !== null && JSON.stringify(principal.person) === person) stream.principal = principal
      else this.#end(stream, 'SE-session')
    } catch {
      // The registry does not answer; whoever is in may stay till it does.
    }
  }

  close(): void {
    this.#cancelBeat()
    for (const forget of this.#forget) forget()
    for (const stream of this.#streams) this.#end(stream, 'GW-stopping')
  }
}

/** One event; its tick is the id from which a browser resumes. */
function send({ raw }: Stream, event: string, tick: number, data: object): void {
  if (!raw.writableEnded) raw.write(`id: ${tick}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}

/** `GET /api/v1/desk/stream`. */
export function streamRoutes(app: FastifyInstance, parts: StreamParts): void {
  const streams = new Streams(parts)
  app.addHook('preClose', async () => streams.close())
  app.get(
    '/api/v1/desk/stream',
    {
      // A HEAD would never end.
      exposeHeadRoute: false,
      schema: {
        tags: ['desk'],
        summary:
          'Live news as server-sent events: news, notice, beat, reset, end; resumes from Last-Event-ID',
        produces: ['text/event-stream'],
      },
    },
    (request, reply) => streams.open(request, reply),
  )
}
