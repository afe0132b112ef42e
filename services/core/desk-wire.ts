import type { Permission } from './permission.ts'
import type { Alert, Entry } from './alert.ts'
import type { Verb } from './action.ts'
import type { AuditLine, Handover } from './alert-record.ts'
import type { PathPoint, Trend } from './incident.ts'
import type { Channel, Notice } from './notice.ts'
import type { Role } from './person.ts'
import type { OnDuty } from './roster.ts'
import type { Silence } from './silence.ts'
import type { Subscription } from './subscription.ts'

/**
 * What the desk's routes answer, as plain types for pages and servers alike. Times are ms since 1970, ranks are those of the
 * scheme (0 calm), areas stand by code. People stand by id; `people` beside them says who they are.
 */
export interface Names {
  readonly zh: string
  readonly en: string
}

/** An area by code. */
export interface Place {
  readonly code: string
  readonly name: Names
}

/** Who somebody is; never how to reach them. */
export interface PersonView {
  readonly name: Names
  readonly role: Role
  readonly unit: string
}

/** The people that an answer names, by id. */
export type People = Readonly<Record<string, PersonView>>

/** `GET /api/v1/session`: who I am; `POST` answers the same. */
export interface SessionView {
  readonly person: string
  readonly name: Names
  readonly role: Role
  readonly area: Place
  readonly unit: string
  readonly permissions: readonly Permission[]
  readonly kind: 'session' | 'demo' | 'token'
  /** When it ends unless it is used, and when it ends anyway. */
  readonly idleUntil: number
  readonly until: number
  /** Server's clock, ms. */
  readonly now: number
  /** Units that can be dispatched and whistled for, and categories, by id. */
  readonly units: Readonly<Record<string, Names>>
  readonly categories: Readonly<Record<string, Names>>
  /** Ways on which I can be told; push reaches me once a browser of mine asks for it. */
  readonly channels: readonly Channel[]
}

/** `GET /api/v1/session/demo`: who may sign in without a password; nobody outside a demo on this machine. */
export interface DemoAnswer {
  readonly people: readonly (PersonView & { readonly person: string; readonly area: Place })[]
}

/** What a list tells of an alert as it stands in the alert itself. */
type AlertFields =
  | 'id'
  | 'incident'
  | 'number'
  | 'category'
  | 'headline'
  | 'exercise'
  | 'rank'
  | 'peak'
  | 'state'
  | 'raised'
  | 'since'
  | 'ended'
  | 'closed'
  | 'unit'
  | 'person'
  | 'acknowledgedBy'
  | 'handledBy'
  | 'deadlines'
  | 'missed'
  | 'step'
  | 'stepDue'
  | 'onDuty'
  | 'byDefault'
  | 'whistle'
  | 'shelved'
  | 'mutedBy'

/** An alert in a list. */
export interface AlertRow extends Pick<Alert, AlertFields> {
  /** Of the category. */
  readonly name: Names
  /** The area that answers for it. */
  readonly area: Place
  /** Areas of its own depth. */
  readonly count: number
  readonly worst: {
    readonly area: Place
    readonly rule: string
    readonly ruleName: Names
    readonly value: number | null
    readonly limit: number | null
    readonly unit: string
  }
  readonly centre: readonly [number, number]
  /** I am on duty for it, it was dispatched to me or my unit, or my unit was called. */
  readonly mine: boolean
}

/** `GET /api/v1/alerts`: most urgent first (overdue, gravest, soonest due, oldest); closed ones newest first behind them. */
export interface AlertsAnswer {
  readonly tick: number
  readonly alerts: readonly AlertRow[]
  /** All that I may see, also those beyond the limit. */
  readonly open: number
  readonly overdue: number
  readonly people: People
}

/** An incident behind an alert, as far as it is known. */
export interface IncidentDetail {
  readonly id: string
  readonly number: number
  readonly category: string
  readonly name: Names
  readonly state: 'active' | 'fading' | 'over' | 'merged'
  readonly rank: number
  readonly peak: number
  /** Codes, at most 5,000. */
  readonly areas: readonly string[]
  readonly count: number
  readonly born: number
  readonly moved: number
  readonly ended: number | null
  readonly into: string | null
  readonly from: string | null
  readonly trend: Trend
  readonly path: readonly PathPoint[]
  readonly projection: { readonly at: number; readonly lon: number; readonly lat: number } | null
}

/** Who was told of an alert, on which channel, and what became of it. */
export type Told = Pick<
  Notice,
  'id' | 'at' | 'person' | 'channel' | 'occasion' | 'state' | 'by' | 'why' | 'settled' | 'seen'
>

/** `GET /api/v1/alerts/{id}`. */
export interface AlertAnswer {
  readonly tick: number
  readonly alert: AlertRow & {
    /** Codes, at most 5,000. */
    readonly areas: readonly string[]
    readonly record: readonly Entry[]
  }
  /** Null when raised by hand or no longer known. */
  readonly incident: IncidentDetail | null
  /** Newest first, at most 200. */
  readonly told: readonly Told[]
  /** What I may do with it now. */
  readonly verbs: readonly Verb[]
  /** Path of its CAP 1.2 message. */
  readonly cap: string
  readonly people: People
}

/** `POST /api/v1/alerts/{id}/{verb}`: fields beyond the verb's own are refused. */
export interface ActBody {
  readonly comment?: string
  /** dispatch: one of both; report-in: default my own unit. */
  readonly unit?: string
  readonly person?: string
  /** shelve: until when, ms. */
  readonly until?: number
  /** whistle: who must come, and by when (ms; default the policy's time). */
  readonly units?: readonly string[]
  readonly by?: number
}

/** `POST /api/v1/alerts`. */
export interface RaiseBody {
  readonly areas: readonly string[]
  readonly category: string
  readonly rank: number
  readonly headline: string
  readonly exercise?: boolean
}

/** What became of anything done: 200 done, 202 accepted and not yet decided (`done` false); refused is a problem. */
export interface DoneAnswer {
  readonly action: string
  readonly done: boolean
  /** Id of what it made or moved; '' for none or not yet known. */
  readonly subject: string
  readonly tick: number
}

/** `GET /api/v1/silences`: in force or to come first, then those of the last day. */
export interface SilencesAnswer {
  readonly tick: number
  readonly silences: readonly (Silence & { readonly inForce: boolean })[]
  readonly people: People
}
export interface SilenceBody {
  readonly reason: string
  /** Default now. */
  readonly from?: number
  readonly until: number
  /** Code of a subtree, or a ring drawn. */
  readonly area?: string
  readonly ring?: readonly (readonly [number, number])[]
  readonly category?: string
  /** Alerts up to this rank are muted; default below the gravest. */
  readonly most?: number
}

/** `GET /api/v1/subscriptions`: mine, with those that come with my role while I have none. */
export interface SubscriptionsAnswer {
  readonly tick: number
  readonly subscriptions: readonly Subscription[]
}

/** `GET /api/v1/incidents`: living ones, gravest first; with `format=geojson` a FeatureCollection of their outlines. */
export interface IncidentsAnswer {
  readonly tick: number
  readonly incidents: readonly IncidentDetail[]
}

/** `GET /api/v1/roster`: who is on duty from the area up to the city. */
export interface RosterAnswer {
  readonly at: number
  readonly steps: readonly {
    readonly area: Place
    /** False: this area has no roster, the next one up answers. */
    readonly hasRoster: boolean
    readonly onDuty: readonly OnDuty[]
  }[]
  /** Told when nobody is on duty up to the city. */
  readonly fallback: string
  /** People of this area and above that could take over. */
  readonly people: People
}
export interface CoverBody {
  readonly area: string
  readonly person: string
  /** '': instead of everybody. */
  readonly instead?: string
  readonly from: number
  readonly to: number
  readonly comment?: string
}

/** `GET /api/v1/handovers`: newest first. */
export interface HandoversAnswer {
  readonly handovers: readonly Handover[]
  readonly people: People
}
export interface HandoverBody {
  readonly area: string
  readonly text: string
}

/** `GET /api/v1/audit`: newest first; `more` says that older ones were cut off. */
export interface AuditAnswer {
  readonly lines: readonly AuditLine[]
  readonly more: boolean
  readonly people: People
}

/** `GET /api/v1/alerts/{id}/surroundings`: what stands and happened near its centre, nearest first, at most 200 in all. */
export interface SurroundingsAnswer {
  readonly centre: readonly [number, number]
  /** Metres. */
  readonly radius: number
  readonly sources: readonly {
    readonly source: string
    readonly kind: 'sensor' | 'camera'
    readonly lon: number
    readonly lat: number
    readonly metres: number
  }[]
  /** Calls of the last hour; each stands at the centre of its area, never where a caller was. */
  readonly calls: readonly {
    readonly indicator: string
    readonly name: Names
    readonly area: string
    readonly time: number
    readonly lon: number
    readonly lat: number
    readonly metres: number
  }[]
  /** Warned areas outside the alert. */
  readonly areas: readonly (Place & { readonly rank: number; readonly metres: number })[]
}
