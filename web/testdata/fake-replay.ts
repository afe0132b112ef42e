import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import type { Rate, ReplayView } from '../../services/core/replay-wire.ts'
import { FakeCity } from './fake-city.ts'

/** The session that is open from the beginning. */
export const SESSION = '00000000000000aa'

/** Where every session of the invented city begins and ends, ms: Sunday 22 November 2026, 18:20:00 to 18:50:00 in Xianlin. */
export const FROM = Date.UTC(2026, 10, 22, 10, 20)
export const TO = FROM + 30 * 60_000

/** One replay of the invented city: plays, stands, seeks and ends as the real one does. */
export class FakeSession {
  readonly city = new FakeCity('storm', FROM)
  readonly sockets = new Set<WebSocket>()
  view: ReplayView
  #timer: NodeJS.Timeout | undefined
  readonly #tell: (session: FakeSession, what: 'moved' | 'tick' | 'state') => void

  constructor(id: string, tell: (session: FakeSession, what: 'moved' | 'tick' | 'state') => void) {
    this.#tell = tell
    this.view = {
      id,
      kind: 'replay',
      title: '',
      path: `/replay/${id}/`,
      bundle: '',
      by: '',
      state: 'paused',
      why: '',
      at: FROM + 22 * 60_000,
      from: FROM,
      to: TO,
      rate: 1,
      loop: null,
      gaps: [[FROM + 4 * 60_000, FROM + 6 * 60_000]],
      grid: this.city.doc.grid,
      rules: 'c0ffee0011223344',
    }
    this.#go(this.view.at)
  }

  set(view: Partial<ReplayView>): void {
    this.view = { ...this.view, ...view }
    this.#tell(this, 'state')
  }

  end(): void {
    clearInterval(this.#timer)
    for (const socket of this.sockets) socket.terminate()
  }

  #go(at: number): void {
    this.city.go(FROM, Math.min(TO, Math.max(FROM, at)))
    this.view = { ...this.view, at: this.city.at }
  }

  /** What a verb does; null for none of that name. */
  do(verb: string, body: Readonly<Record<string, unknown>>): ReplayView | null {
    const number = (name: string): number => Number(body[name])
    if (verb === 'seek' || verb === 'step') {
      this.#go(verb === 'seek' ? number('at') : this.view.at + 1000 * number('ticks'))
      if (this.view.state === 'ended') this.view = { ...this.view, state: 'paused' }
      this.#tell(this, 'moved')
      return this.view
    }
    if (verb === 'play') this.view = { ...this.view, state: 'playing' }
    else if (verb === 'pause') this.view = { ...this.view, state: 'paused' }
    else if (verb === 'rate') this.view = { ...this.view, rate: body['rate'] as Rate }
    else if (verb === 'loop')
      this.view = {
        ...this.view,
        loop: body['from'] === null ? null : { from: number('from'), to: number('to') },
      }
    else return null
    clearInterval(this.#timer)
    const { state, rate } = this.view
    const every = rate === 'max' ? 20 : Math.max(20, 1000 / rate)
    if (state === 'playing') this.#timer = setInterval(() => this.#play(), every)
    this.#tell(this, 'state')
    return this.view
  }

  #play(): void {
    const { loop } = this.view
    if (loop !== null && this.city.at >= loop.to) return void this.do('seek', { at: loop.from })
    if (this.city.at >= TO) {
      clearInterval(this.#timer)
      return this.set({ state: 'ended' })
    }
    this.#tell(this, 'tick')
    this.view = { ...this.view, at: this.city.at }
  }
}

/** All sessions, with the part of the API that opens and moves them. */
export class FakeSessions {
  readonly open = new Map<string, FakeSession>()
  /** What was done, as `POST 00…aa/play`. */
  readonly done: string[] = []
  /** Why nothing can be opened; '' when it can. */
  refusal = ''
  readonly #tell: ConstructorParameters<typeof FakeSession>[1]

  constructor(tell: ConstructorParameters<typeof FakeSession>[1]) {
    this.#tell = tell
    this.add(SESSION)
  }

  add(id: string): FakeSession {
    const session = new FakeSession(id, this.#tell)
    this.open.set(id, session)
    return session
  }

  /** Answers a request below /api/v1/replays. */
  async answer(request: IncomingMessage, path: string): Promise<{ status: number; body: unknown }> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const body = (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>
    const [id = '', verb = ''] = path.split('/')
    this.done.push(`${request.method} ${path} ${text}`.trim())
    const problem = (status: number, detail: string) => ({ status, body: { code: 'RY', detail, hint: '' } })
    if (id === '') {
      if (this.refusal !== '') return problem(409, this.refusal)
      const session = this.add((this.open.size + 0xb0).toString(16).padStart(16, '0'))
      session.do('seek', { at: body['at'] })
      return { status: 201, body: session.view }
    }
    const session = this.open.get(id)
    if (session === undefined) return problem(404, `${id} is not open`)
    if (request.method === 'DELETE') {
      this.close(id)
      return { status: 200, body: null }
    }
    const view = verb === '' ? session.view : session.do(verb, body)
    return view === null ? problem(404, verb) : { status: 200, body: view }
  }

  close(id: string): void {
    this.open.get(id)?.end()
    this.open.delete(id)
  }

  end(): void {
    for (const id of this.open.keys()) this.close(id)
  }
}

/** Incidents of the thirty minutes, as the timeline tells them. */
export function timeline(from: number, to: number): unknown {
  const incidents = [4, 3, 2].map((peak, nth) => ({
    id: `i${nth}`,
    number: nth + 1,
    rule: 'water',
    category: 'water',
    born: FROM + (8 + 5 * nth) * 60_000,
    over: nth === 2 ? FROM + 24 * 60_000 : null,
    rank: peak,
    peak,
    count: 9,
    centre: [118.92, 32.1],
  }))
  return { from, to, incidents }
}
