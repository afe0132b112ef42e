import type { AlertState, Duty } from './alert.ts'
import type { Reason } from './change.ts'
import type { Trend } from './incident.ts'
import type { Scheme } from './level.ts'
import type { ReplayMessage, ReplayView } from './replay-wire.ts'

/** Subprotocol of the wall's WebSocket. */
export const SUBPROTOCOL = 'qingyu.v1'

type Names = { readonly zh: string; readonly en: string }

/** First message of a wall, and again whenever it wants another view. JSON text. */
export interface Subscribe {
  readonly type: 'subscribe'
  readonly layer: 'levels'
  /** Code of the subtree's top; default the city. */
  readonly area?: string
  /** Deepest level wanted; default the deepest of the grid. */
  readonly depth?: string
  readonly resume?: { readonly epoch: string; readonly tick: number }
}

/** The wall has drawn everything up to this tick. */
export interface Drawn {
  readonly type: 'drawn'
  readonly tick: number
}

export type ClientMessage = Subscribe | Drawn

/** Answer to Subscribe, before the first frame. Frames carry area indexes of this grid version. */
export interface Welcome {
  readonly type: 'welcome'
  readonly epoch: string
  readonly grid: string
  readonly city: Names
  readonly zone: string
  readonly scheme: Scheme
  readonly demo: boolean
  readonly tickMs: number
  /** History is brought in: the city's time is that of its newest tick, not the server's. */
  readonly past?: boolean
  /** Server's clock, ms, so that the wall can tell its own offset. */
  readonly now: number
  readonly resumed: boolean
  /** Version of the program. */
  readonly program: string
  /** Addresses of all gateways, as http://host:8080, where the operator named them; a wall that loses one turns to the next. */
  readonly gateways?: readonly string[]
  /** This is no live picture but a session of a replay or drill: everything in it is an exercise. */
  readonly replay?: ReplayView
}

/** Areas of which nothing newer than `at` (ms; 0: nothing at all) is known while others have gone on. */
export interface Missing {
  /** Area indexes; each stands for all below it, but those above the partition level for themselves alone. */
  readonly areas: readonly number[]
  readonly at: number
}

/** A row of "most serious": an area, what, since when, against which limit. */
export interface Serious {
  readonly code: string
  readonly name: Names
  readonly index: number
  readonly rank: number
  readonly since: number
  readonly indicator: string
  readonly indicatorName: Names
  readonly unit: string
  readonly reason: Reason
  readonly rule: string
  readonly value: number | null
  readonly limit: number | null
  readonly samples: number
  readonly sources: number
}

/** State of the whole, once a tick (conflated like frames). */
export interface Summary {
  readonly type: 'summary'
  readonly tick: number
  /** Server's clock when it was sent, ms. */
  readonly now: number
  /** Cells of the subscribed subtree per rank; key = level id. */
  readonly levels: Readonly<Record<string, number>>
  /** Level of the subtree's top. */
  readonly top: { readonly rank: number; readonly since: number }
  /** At most 20, gravest first, then longest; missing areas last. Deepest areas that decide by a rule of their own. */
  readonly serious: readonly Serious[]
  readonly sources: { readonly alive: number; readonly known: number }
  readonly counts: Readonly<
    Record<'received' | 'applied' | 'duplicate' | 'late' | 'quarantined' | 'refused', number>
  >
  /** Newest event time applied, ms; 0: none yet. */
  readonly newest: number
  /** Tick minus event time of what this tick applied, ms. */
  readonly lag: { readonly p50: number; readonly p99: number } | null
  /** Event-to-wall latency over the last minute, measured to the send, ms; null before the first. */
  readonly latency: { readonly p50: number; readonly p99: number } | null
  /** Occurrences of the last hour by indicator (calls), most first, at most 12. */
  readonly calls: readonly { readonly indicator: string; readonly name: Names; readonly count: number }[]
  /** Frames this wall missed by conflation since it connected. */
  readonly missed: number
  /** Only while parts of the view are missing: what is said of them here is as old as they are. */
  readonly behind?: readonly Missing[]
  /** Only while one is missing: how many partitions of the city stand behind this summary, and of how many. */
  readonly parts?: { readonly told: number; readonly all: number }
}

/** Recent occurrences of one tick inside the subtree, for pulses. At most 200. */
export interface Occurrences {
  readonly type: 'occurrences'
  readonly tick: number
  readonly items: readonly { readonly index: number; readonly indicator: string; readonly time: number }[]
}

/** Cells per rank over the last six hours, one column a five minutes, sent after Welcome and then one point a time. */
export interface History {
  readonly type: 'history'
  /** Start of the columns, ms. */
  readonly times: readonly number[]
  /** Level id → cells at each time. */
  readonly levels: Readonly<Record<string, readonly number[]>>
}

/** An incident as walls draw it. Outlines are made from the areas, so that they follow the grid. */
export interface IncidentView {
  readonly id: string
  readonly number: number
  readonly category: string
  readonly name: Names
  readonly rank: number
  readonly peak: number
  readonly fading: boolean
  /** Area indexes of its own depth inside the view, at most 5,000. */
  readonly areas: readonly number[]
  readonly count: number
  readonly born: number
  readonly trend: Trend
  readonly centre: readonly [number, number]
  /** Centre in 15 min; null: it stands. */
  readonly projection: readonly [number, number] | null
}

/** An alert as walls list it: no person is named on a wall. */
export interface AlertView {
  readonly id: string
  readonly number: number
  readonly category: string
  readonly name: Names
  readonly headline: string
  readonly exercise: boolean
  /** Index of the area that answers for it. */
  readonly area: number
  readonly count: number
  readonly rank: number
  readonly peak: number
  readonly state: AlertState
  readonly raised: number
  readonly since: number
  readonly ended: number | null
  /** The duty whose time runs out first; null: none runs. */
  readonly due: { readonly duty: Duty; readonly at: number; readonly overdue: boolean } | null
  readonly unit: string
  readonly whistle: { readonly called: number; readonly came: number } | null
  readonly muted: boolean
}

/** Incidents and open alerts of the view, after Welcome and whenever they changed (conflated like frames). Most urgent first: overdue, gravest, soonest due, oldest. */
export interface Board {
  readonly type: 'board'
  readonly tick: number
  /** At most 50. */
  readonly incidents: readonly IncidentView[]
  /** At most 50. */
  readonly alerts: readonly AlertView[]
  /** All of the view, also those beyond 50. */
  readonly open: number
  readonly overdue: number
}

/** A problem on the socket, followed by a close where it is fatal. */
export interface Problem {
  readonly type: 'problem'
  readonly code: string
  readonly message: string
  readonly hint: string
}

export type ServerMessage = Welcome | Summary | Occurrences | History | Board | Problem | ReplayMessage
