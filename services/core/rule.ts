import type { Reason } from './change.ts'
import type { FoldName, Indicator } from './indicator.ts'
import { UNKNOWN, type Rank } from './level.ts'
import { inForce, type Schedule } from './schedule.ts'

export type { Schedule } from './schedule.ts'

/** A limit per level: index = rank, `null` where the level has none. Index 0 is unused. */
export type Limits = readonly (number | null)[]

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

/** Limits and delays of a rule in one area: the rule's own, overridden from the top of the tree down to the area. */
export interface Terms {
  readonly limits: Limits
  readonly deadband: number
  readonly onDelayMs: number
  readonly offDelayMs: number
  readonly off: boolean
}

/** What a rule judges at a tick. Values are in the indicator's unit. */
export interface Evidence {
  /** The window's fold; null when it has none. */
  readonly value: number | null
  readonly samples: number
  readonly sources: number
  /** Newest event time, ms. */
  readonly newest: number
  /** Fold of each of the last m panes, null where empty; empty when the rule does not count panes. */
  readonly panes: readonly (number | null)[]
}

/** What a rule remembers of one area from tick to tick. */
export interface RuleState {
  /** Rank held; UNKNOWN before the first verdict and while evidence is missing. */
  rank: Rank
  /**
   * By rank: tick since which a rank above the held one has been met, or a rank up to the held one has been left (deadband
   * included); NaN while it is not so.
   */
  readonly since: Float64Array
}

/** Rank and reason of a rule, and the limit that goes with it in words. */
export interface Verdict {
  readonly rank: Rank
  readonly reason: Reason
  readonly limit: number | null
}

/** State of a rule that has not judged yet, in a scheme of `levels` levels. */
export function freshRuleState(levels: number): RuleState {
  return { rank: UNKNOWN, since: new Float64Array(levels).fill(NaN) }
}

/** Judges the evidence at tick `at` and moves `state` on; the same evidence at the same tick again changes nothing. Rate: per evaluated series and rule. */
export function decide(
  rule: Rule,
  terms: Terms,
  kind: Indicator['kind'],
  evidence: Evidence,
  state: RuleState,
  at: number,
): Verdict {
  const silent = kind === 'measurement' && rule.noDataAfterMs > 0 && at - evidence.newest > rule.noDataAfterMs
  if (silent) return settle(state, UNKNOWN, 'no-data', terms)
  if (rule.schedule !== null && !inForce(rule.schedule, at)) return settle(state, 0, 'out-of-schedule', terms)
  const lacking = lackOf(rule, evidence)
  if (lacking !== null && kind === 'measurement') return settle(state, UNKNOWN, lacking, terms)
  const met = new Met(rule, terms, evidence, lacking === null)
  const before = state.rank === UNKNOWN ? 0 : state.rank
  const rank = met.capped(nextRank(before, met, terms, state.since, at))
  for (let r = Math.min(before, rank) + 1; r <= Math.max(before, rank); r++) state.since[r] = NaN
  state.rank = rank
  return { rank, reason: reasonOf(rank, rule, met, lacking), limit: limitOf(rank, terms) }
}

function lackOf(rule: Rule, evidence: Evidence): 'insufficient-samples' | 'insufficient-sources' | null {
  if (evidence.samples < rule.minSamples) return 'insufficient-samples'
  if (evidence.sources < rule.minSources) return 'insufficient-sources'
  return evidence.value === null ? 'insufficient-samples' : null
}

function settle(state: RuleState, rank: Rank, reason: Reason, terms: Terms): Verdict {
  state.rank = rank
  state.since.fill(NaN)
  return { rank, reason, limit: limitOf(rank, terms) }
}

/** The limit that was crossed, or the mildest one when none is. */
export function limitOf(rank: Rank, terms: Terms): number | null {
  if (rank > 0 && rank !== UNKNOWN) return terms.limits[rank] ?? null
  return terms.limits.find((limit) => limit !== null) ?? null
}

/** Which limits the evidence meets, and which it has not left by the deadband. */
class Met {
  readonly #rule: Rule
  readonly #limits: Limits
  readonly #deadband: number
  readonly #evidence: Evidence
  readonly #sufficient: boolean

  constructor(rule: Rule, terms: Terms, evidence: Evidence, sufficient: boolean) {
    this.#rule = rule
    this.#limits = terms.limits
    this.#deadband = terms.deadband
    this.#evidence = evidence
    this.#sufficient = sufficient
  }

  get gravest(): Rank {
    return this.#limits.length - 1
  }

  limited(rank: Rank): boolean {
    return (this.#limits[rank] ?? null) !== null
  }

  /** Gravest rank whose limit is met, whoever says so. */
  get target(): Rank {
    for (let r = this.gravest; r > 0; r--) if (this.#meets(r, false)) return r
    return 0
  }

  /** The rank, or the gravest limited one below it that a single source may cause. */
  capped(rank: Rank): Rank {
    if (this.#evidence.sources !== 1 || rank <= this.#rule.singleSourceMax) return rank
    let r = this.#rule.singleSourceMax
    while (r > 0 && !this.limited(r)) r--
    return r
  }

  meets(rank: Rank): boolean {
    return this.capped(rank) === rank && this.#meets(rank, false)
  }

  holds(rank: Rank): boolean {
    return this.#meets(rank, true)
  }

  /** The window's fold meets the mildest limit, panes and evidence aside. */
  get windowMeets(): boolean {
    const rank = this.#limits.findIndex((limit) => limit !== null)
    return rank > 0 && this.#crosses(this.#evidence.value, rank, false)
  }

  #meets(rank: Rank, held: boolean): boolean {
    if (!this.#sufficient || !this.limited(rank)) return false
    const panes = this.#rule.panes
    if (panes === null) return this.#crosses(this.#evidence.value, rank, held)
    let met = 0
    for (const value of this.#evidence.panes) if (this.#crosses(value, rank, held)) met++
    return met >= panes.n
  }

  #crosses(value: number | null, rank: Rank, held: boolean): boolean {
    const limit = this.#limits[rank] ?? null
    if (value === null || limit === null) return false
    if (this.#rule.direction === 'above') return value >= limit || (held && value > limit - this.#deadband)
    return value <= limit || (held && value < limit + this.#deadband)
  }
}

function nextRank(before: Rank, met: Met, terms: Terms, since: Float64Array, at: number): Rank {
  for (let r = 1; r <= met.gravest; r++) {
    const runs = r > before ? met.meets(r) : !met.holds(r)
    if (!runs) since[r] = NaN
    else if (Number.isNaN(since[r])) since[r] = at
  }
  for (let r = met.gravest; r > before; r--) if (at - (since[r] ?? NaN) >= terms.onDelayMs) return r
  for (let r = before; r > 0; r--)
    if (met.limited(r) && !(at - (since[r] ?? NaN) >= terms.offDelayMs)) return r
  return 0
}

function reasonOf(rank: Rank, rule: Rule, met: Met, lacking: Reason | null): Reason {
  const target = met.target
  const allowed = met.capped(target)
  if (rank < allowed) return 'held-by-on-delay'
  if (rank > allowed) return met.holds(rank) ? 'held-by-deadband' : 'held-by-off-delay'
  if (allowed < target) return 'capped-single-source'
  if (rank > 0) return rule.direction === 'above' ? 'above-limit' : 'below-limit'
  if (!met.windowMeets) return 'within-limits'
  return lacking ?? 'n-of-m-not-met'
}

/** A delay is running: the rule must be judged at every tick until it has run out. */
export function isPending(state: RuleState): boolean {
  for (const since of state.since) if (!Number.isNaN(since)) return true
  return false
}
