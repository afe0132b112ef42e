import type { WebSocket } from 'ws'
import type { DigestIncident } from '../../services/core/archive.ts'
import { encodeSnapshot } from '../../services/core/frame.ts'
import { LEGAL_SCHEME, UNKNOWN } from '../../services/core/level.ts'
import type { ReplayView } from '../../services/core/replay-wire.ts'
import type { Board, IncidentView, ServerMessage, Summary, Welcome } from '../../services/core/wire.ts'
import { alerts, BEGIN, countsOf, doc, GAP, incidents, LIVE, ranksAt } from './analyst-days.ts'

const EPOCH = '00000000000000e1'
const NAMES = {
  water: ['积水', 'Flooding'],
  crowd: ['人群', 'Crowd'],
  noise: ['噪声', 'Noise'],
  traffic: ['交通', 'Traffic'],
} as const

function nameOf(category: string): { zh: string; en: string } {
  const [zh, en] = Object.entries(NAMES).find(([id]) => id === category)?.[1] ?? ['', '']
  return { zh, en }
}

function shapeAt(one: DigestIncident, ranks: Uint8Array): IncidentView {
  const { id, number, category, rank, peak, count, born, centre } = one
  const isNear = (i: number): boolean =>
    Math.hypot((doc.centres[i]?.[0] ?? 0) - centre[0], (doc.centres[i]?.[1] ?? 0) - centre[1]) < 0.006
  const areas = [...doc.codes.keys()].filter(
    (i) => doc.depths[i] === 3 && (ranks[i] ?? 0) > 1 && ranks[i] !== UNKNOWN && isNear(i),
  )
  const name = nameOf(category)
  return {
    id,
    number,
    category,
    name,
    rank,
    peak,
    fading: false,
    areas,
    count,
    born,
    trend: 'steady',
    centre,
    projection: null,
  }
}

function boardAt(at: number): Board {
  const open = incidents.filter(({ born, over }) => born <= at && (over ?? LIVE + 1) > at)
  const ranks = ranksAt(at)
  return {
    type: 'board',
    tick: at,
    incidents: open.map((one) => shapeAt(one, ranks)).filter(({ areas }) => areas.length > 0),
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

/** The greeting of a wall: of live, or of a session. */
export function welcomeAt(at: number, replay: ReplayView | undefined): Welcome {
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

/** What was asked of the room: method, path and body. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

/** What the room holds: its sessions, rehearsals and sockets. */
export class RoomState {
  readonly asked: Asked[] = []
  readonly sessions = new Map<string, ReplayView>()
  readonly sockets = new Map<string, Set<WebSocket>>()
  readonly rehearsals = new Map<string, { from: number; to: number; asked: number }>()
  isEmpty = false
  isWriting = true
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
      rate: body['rate'] === undefined ? 60 : (body['rate'] as ReplayView['rate']),
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
