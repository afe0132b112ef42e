import type { AlertState } from './alert.ts'
import type { Digest, DigestAlert, DigestIncident } from './archive.ts'
import type { RulesText } from './rules-wire.ts'

/** Rates that pages offer, times real time. */
export const RATES = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600] as const
/** How fast a replay plays, times real time, from 1 to this; 'max': as fast as it can. */
export const MOST_RATE = 3600
export type Rate = number | 'max'

/** `replay`: all as it was. `drill`: the same ticks, other people acting, on a roster of its own. */
export type ReplayKind = 'replay' | 'drill'

/** Body of POST /api/v1/replays. Times are ms or ISO 8601 strings; exactly one of `at`, `incident`, `alert` says where it opens. */
export interface OpenReplay {
  readonly kind?: ReplayKind
  readonly at?: number
  /** Id: opens five minutes before it was born. */
  readonly incident?: string
  readonly alert?: string
  /** Where it ends by itself; default the end of what is held. */
  readonly to?: number
  readonly rate?: Rate
  readonly playing?: boolean
  /** Id of a bundle instead of this installation's archive. */
  readonly bundle?: string
  /** What it is called on pages, at most 80 characters. */
  readonly title?: string
  /** Of a drill: who takes part, by id; each is on duty for their own area. */
  readonly people?: readonly string[]
}

/** A session as its API and its pages see it. */
export interface ReplayView {
  /** 16 hex digits. */
  readonly id: string
  readonly kind: ReplayKind
  readonly title: string
  /** Where its pages and its API lie, as `/replay/0123456789abcdef/`. */
  readonly path: string
  readonly bundle: string
  /** Who opened it; '' where nobody signs in. */
  readonly by: string
  /** `opening` while it is read and warmed up, `failed` with `why`. */
  readonly state: 'opening' | 'playing' | 'paused' | 'ended' | 'failed'
  readonly why: string
  /** The tick shown, ms. */
  readonly at: number
  /** What can be played: ticks from `from` to `to`. */
  readonly from: number
  readonly to: number
  readonly rate: Rate
  readonly loop: { readonly from: number; readonly to: number } | null
  /** Ticks that are missing within, as [after, to]. */
  readonly gaps: readonly (readonly [number, number])[]
  /** Grid version; of a bundle perhaps another than this installation's. */
  readonly grid: string
  /** Version of the rules in force at the tick shown. */
  readonly rules: string
}

/** Verbs of POST /api/v1/replays/{id}/{verb}, with their bodies. */
export interface ReplayVerbs {
  readonly play: { readonly rate?: Rate }
  readonly pause: Record<string, never>
  /** To the newest tick at or before `at`. */
  readonly seek: { readonly at: number }
  /** By ticks, also backwards. */
  readonly step: { readonly ticks: number }
  readonly rate: { readonly rate: Rate }
  /** Plays from..to again and again; null ends that. */
  readonly loop: { readonly from: number; readonly to: number } | { readonly from: null }
}
export type ReplayVerb = keyof ReplayVerbs

/** GET /api/v1/replays. */
export interface ReplaysAnswer {
  readonly replays: readonly ReplayView[]
  readonly most: number
}

/** On the walls' socket of a session: after Welcome, and whenever it moves otherwise than by playing. JSON text. */
export interface ReplayMessage {
  readonly type: 'replay'
  readonly session: ReplayView
}

/** GET /api/v1/timeline?from&to[&bundle]: what happened, from manifests alone. At most 2,000 columns, 2,000 incidents, 5,000 alerts and as many actions. */
export interface Timeline {
  readonly from: number
  readonly to: number
  /** All that the archive holds; what is newer than its end is live's and not written yet. Both ends can be opened. */
  readonly held: readonly { readonly from: number; readonly to: number }[]
  /** What is missing between, as [after, to]; columns in a gap are 0 at every level. */
  readonly gaps: readonly (readonly [number, number])[]
  readonly columnMs: number
  /** End of each column, ms, and areas of the deepest level by level id, as they stood at the gravest moment of the column. */
  readonly times: readonly number[]
  readonly levels: Readonly<Record<string, readonly number[]>>
  readonly incidents: readonly DigestIncident[]
  readonly alerts: readonly DigestAlert[]
  readonly actions: Digest['actions']
  /** How many more there were than an answer tells: the mildest incidents, the oldest alerts and actions. */
  readonly more: { readonly incidents: number; readonly alerts: number; readonly actions: number }
  /** Where rules changed. */
  readonly versions: readonly { readonly at: number; readonly rules: string }[]
  readonly damages: readonly { readonly path: string; readonly message: string }[]
  /** Newest tick of live, ms; the archive follows within a minute. */
  readonly live: number
  /** Whether what live tells goes on into what is held: not into a bundle, and not where the configuration keeps no archive. */
  readonly writing: boolean
}

/** Body of POST /api/v1/rehearsals: `text` (JSON) or `yaml` says the other rules; or a saved `version`. */
export interface OpenRehearsal {
  readonly from: number
  readonly to: number
  readonly text?: RulesText
  readonly yaml?: string
  readonly version?: string
  readonly name?: string
  readonly bundle?: string
}

/** An incident or alert on both sides. `early`: ms by which the other rules raise it earlier (negative: later). */
export interface Compared {
  readonly rule: string
  readonly category: string
  /** Highest level on either side, as a rank. */
  readonly peak: number
  readonly area: number
  readonly code: string
  readonly centre: readonly [number, number]
  readonly was: {
    readonly id: string
    readonly from: number
    readonly to: number | null
    readonly peak: number
  } | null
  readonly would: {
    readonly id: string
    readonly from: number
    readonly to: number | null
    readonly peak: number
  } | null
  /** By when both were raised; where that is the same, by the first level that they reached at different times, or only one did. */
  readonly verdict: 'same' | 'earlier' | 'later' | 'new' | 'gone'
  /** 0 where one side never reached the level that decides. */
  readonly early: number
  /** Its counterpart stands beside another of this side already: one alert where the other rules raise several. Compared where both were. */
  readonly joined: boolean
  /** First tick at each rank or graver, by rank; null where never reached. Index 0 is unused. */
  readonly wasAt: readonly (number | null)[]
  readonly wouldAt: readonly (number | null)[]
}

/** What both sides came to. Without what people did: alerts close when they end. */
export interface RehearsalResult {
  readonly from: number
  readonly to: number
  /** Levels of the scheme by rank. */
  readonly levels: readonly string[]
  readonly alerts: readonly Compared[]
  readonly counts: Readonly<Record<Compared['verdict'], number>>
  /** Alerts that are counted or were left out, but do not stand in `alerts`: there are at most 5,000. */
  readonly unlisted: number
  /** Alerts and notices of each shift of eight hours (or of the roster), both sides. */
  readonly load: readonly {
    readonly from: number
    readonly to: number
    readonly was: { readonly alerts: number; readonly notices: number }
    readonly would: { readonly alerts: number; readonly notices: number }
  }[]
  /** Time of areas of the deepest level in each level, ms, by level id. */
  readonly time: {
    readonly was: Readonly<Record<string, number>>
    readonly would: Readonly<Record<string, number>>
  }
  /** Time of the whole city in each level, ms, by level id. */
  readonly city: {
    readonly was: Readonly<Record<string, number>>
    readonly would: Readonly<Record<string, number>>
  }
  /** First tick at which the whole city (area 0) and each other area above the deepest reached each rank. At most 2,000. */
  readonly first: readonly {
    readonly area: number
    readonly code: string
    readonly was: readonly (number | null)[]
    readonly would: readonly (number | null)[]
  }[]
  /** Areas of the deepest level that differ: ms at a graver (+) or milder (−) level. At most 50,000, most first. */
  readonly map: readonly { readonly area: number; readonly graver: number; readonly milder: number }[]
  /** Columns as in a timeline, both sides. */
  readonly columnMs: number
  readonly times: readonly number[]
  readonly was: Readonly<Record<string, readonly number[]>>
  readonly would: Readonly<Record<string, readonly number[]>>
  /** Times, (after, to] in ms, of which nothing is kept; they are compared on neither side. */
  readonly gaps: readonly (readonly [number, number])[]
  /** What it comes to, in one sentence. */
  readonly sentence: { readonly zh: string; readonly en: string }
}

/** GET /api/v1/rehearsals/{id}. */
export interface RehearsalView {
  readonly id: string
  readonly name: string
  readonly by: string
  readonly state: 'queued' | 'running' | 'done' | 'failed'
  readonly why: string
  /** 0–1. */
  readonly progress: number
  readonly from: number
  readonly to: number
  /** When it was asked for, ms. */
  readonly asked: number
  /** Of a bundle, instead of this installation's archive; '' else. */
  readonly bundle: string
  /** Versions compared; '' until known. */
  readonly was: string
  readonly would: string
  /** The other rules; empty until a bundle was looked into. */
  readonly text: RulesText
  /** Null until it is done, and in lists. */
  readonly result: RehearsalResult | null
}

/** GET /api/v1/rehearsals, newest first. */
export interface RehearsalsAnswer {
  readonly rehearsals: readonly RehearsalView[]
  /** How many run at once; and how many are kept, of which the oldest that is over goes first. */
  readonly most: number
  readonly kept: number
}

/** GET /api/v1/replays/{id}/score of a drill. Times in ms; null: not done. */
export interface DrillScore {
  readonly state: 'running' | 'over'
  /** Where it began and how far it has come, ms. */
  readonly from: number
  readonly at: number
  /** Time of it that went by otherwise than at ×1, ms: times taken then say less of those who acted. */
  readonly hastened: number
  readonly alerts: readonly {
    readonly id: string
    readonly number: number
    readonly headline: string
    readonly rank: number
    readonly raised: number
    readonly state: AlertState
    /** From raised to each step, with the limit it had; `life` how long it took when it happened. */
    readonly steps: readonly {
      readonly duty: 'acknowledge' | 'dispatch' | 'handle' | 'verify'
      readonly took: number | null
      readonly limit: number | null
      readonly by: string
      readonly life: number | null
      readonly inTime: boolean | null
    }[]
  }[]
  readonly people: readonly {
    readonly person: string
    readonly acts: number
    readonly refused: number
    /** Median time to acknowledge, ms. */
    readonly acknowledge: number | null
  }[]
  /** Share of duties done in time, 0–1; null where none fell due. */
  readonly inTime: number | null
  readonly overdue: number
}

/** A bundle that is kept or was brought in. */
export interface BundleView {
  readonly id: string
  readonly name: string
  readonly city: { readonly zh: string; readonly en: string }
  readonly grid: string
  readonly from: number
  readonly to: number
  readonly bytes: number
  readonly made: number
  /** Whose signature: this installation's, one that the operator trusts, another that is sound, or none that is. */
  readonly signature: 'own' | 'trusted' | 'unknown' | 'broken'
  /** Fingerprint of the key, as `ab12:cd34:…`. */
  readonly key: string
  readonly incident: string
  readonly source: 'kept' | 'brought'
}
