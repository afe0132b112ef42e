import type { FoldName } from './indicator.ts'

/** A limit per level: index = rank, `null` where the level has none. Index 0 is unused. */
export type Limits = readonly (number | null)[]

/** When a rule is in force: local time of day and weekdays in an IANA zone. Ends after midnight when `to` < `from`. */
export interface Schedule {
  /** 0 = Sunday … 6 = Saturday. */
  readonly days: readonly number[]
  /** Minutes after local midnight. */
  readonly from: number
  readonly to: number
  readonly zone: string
}

/** Limits and delays that one area has of its own. */
export interface RuleOverride {
  readonly limits?: Limits
  readonly onDelayMs?: number
  readonly offDelayMs?: number
  readonly deadband?: number
  readonly off?: boolean
}

/** indicator × area level × window → warning level, with deadband, delays, evidence and schedule. */
export interface Rule {
  readonly id: string
  readonly version: string
  readonly name: { readonly zh: string; readonly en: string }
  readonly indicator: string
  /** Area level (id of the grid's level) that it colours. */
  readonly level: string
  readonly windowMs: number
  readonly fold: FoldName
  readonly direction: 'above' | 'below'
  readonly limits: Limits
  /** How far the value must come back behind a limit before the level may fall, in the indicator's unit. */
  readonly deadband: number
  /** A graver level must be met on every evaluation for this long before it is taken. */
  readonly onDelayMs: number
  readonly offDelayMs: number
  readonly minSamples: number
  readonly minSources: number
  /** Highest rank that a single source may cause; default one below the gravest (law 5: no source turns an area red alone). */
  readonly singleSourceMax: number
  /** The limit must be met by `n` of the last `m` panes, each folded by itself; null: by the window's fold. */
  readonly panes: { readonly n: number; readonly m: number } | null
  readonly schedule: Schedule | null
  readonly overrides: ReadonlyMap<string, RuleOverride>
  /** Silence after which a known area is `unknown`, ms; 0: never. Default twice the indicator's interval. */
  readonly noDataAfterMs: number
}

/** How an area above takes its level from its children. */
export type ParentRule =
  | { readonly level: string; readonly kind: 'worst' }
  /** Rank r when at least `share[r]` (0–1) of the children with a known level are at r or graver. */
  | { readonly level: string; readonly kind: 'share'; readonly share: Limits }

/** One version of all rules of a city. */
export interface RuleSet {
  readonly version: string
  readonly rules: readonly Rule[]
  readonly parents: readonly ParentRule[]
}
