import type { ByteReader, ByteWriter } from './bytes.ts'
import type { Decision, Reason } from './change.ts'
import type { Fold, Scale } from './fold.ts'
import { UNKNOWN, warned, type Rank } from './level.ts'
import { decide, freshRuleState, isPending, limitOf } from './rule.ts'
import type { Evidence, RuleState, Terms } from './rule.ts'
import type { RuleUse } from './rule-book.ts'
import { inForce } from './schedule.ts'
import type { PaneRing } from './window.ts'

/** Reasons by the number that stands for them in the state; new ones go to the end. */
// prettier-ignore
export const REASONS: readonly Reason[] = [
  'within-limits', 'above-limit', 'below-limit', 'held-by-deadband', 'held-by-on-delay', 'held-by-off-delay', 'n-of-m-not-met',
  'insufficient-samples', 'insufficient-sources', 'capped-single-source', 'out-of-schedule', 'no-data', 'no-source',
  'worst-child', 'share-of-children',
]

/** One rule in one area: its terms, what it remembers, and its last decision. */
export class RuleCell {
  readonly use: RuleUse
  readonly terms: Terms
  readonly state: RuleState
  decision: Decision | null = null
  /** Rank that the verdict told last had; 0 also for unknown. */
  told: Rank = 0
  readonly #window: Fold
  readonly #pane: Fold

  /** `window` and `pane` are scratch folds of the indicator's shape, shared by its cells. */
  constructor(use: RuleUse, terms: Terms, window: Fold, pane: Fold) {
    this.use = use
    this.terms = terms
    this.state = freshRuleState(use.rule.limits.length)
    this.#window = window
    this.#pane = pane
  }

  /** A delay is running. */
  get pending(): boolean {
    return isPending(this.state)
  }

  /** Judges the panes that start in (at − window, at]. Rate: per evaluated series. */
  evaluate(ring: PaneRing, scale: Scale, at: number): Decision {
    const { rule, indicator } = this.use
    const { paneMs } = indicator
    const last = Math.floor(at / paneMs)
    const window = this.#window
    window.clear()
    ring.foldInto(window, Math.floor((at - rule.windowMs) / paneMs) + 1, last)
    const evidence: Evidence = {
      value: window.value(rule.fold, scale),
      samples: window.count,
      sources: window.sources.size,
      newest: ring.newest,
      panes: this.#paneValues(ring, scale, last),
    }
    const verdict = decide(rule, this.terms, indicator.kind, evidence, this.state, at)
    return decisionOf(this.use, verdict, evidence)
  }

  /** Rate: per evaluated series under a rule that counts panes. */
  #paneValues(ring: PaneRing, scale: Scale, last: number): (number | null)[] {
    const values: (number | null)[] = []
    const { rule, indicator } = this.use
    for (let pane = last - (rule.panes?.m ?? 0) + 1; pane <= last; pane++) {
      this.#pane.clear()
      ring.foldInto(this.#pane, pane, pane)
      // An empty pane of a measurement is no evidence; of occurrences it is a zero.
      const empty = this.#pane.count === 0 && indicator.kind === 'measurement'
      values.push(empty ? null : this.#pane.value(rule.fold, scale))
    }
    return values
  }

  /** The last decision is stored, too: an area that is judged for another reason needs it unchanged. */
  write(writer: ByteWriter): void {
    const { since, rank } = this.state
    writer.text(this.use.rule.id)
    writer.uint(rank)
    writer.uint(since.length)
    for (const time of since) writer.double(time)
    const decision = this.decision
    writer.uint(decision === null ? 0 : 1 + REASONS.indexOf(decision.reason))
    if (decision === null) return
    writer.maybe(decision.value)
    writer.uint(decision.samples)
    writer.uint(decision.sources)
  }

  /** Takes up what was stored; a rank that the scheme no longer has starts anew. */
  read(stored: StoredCell): void {
    this.state.rank = stored.rank < this.use.rule.limits.length ? stored.rank : UNKNOWN
    this.told = warned(stored.rank)
    for (let r = 0; r < this.state.since.length; r++) this.state.since[r] = stored.since[r] ?? NaN
    if (stored.reason === null) return
    const { reason, value, samples, sources } = stored
    const rank = this.state.rank
    this.decision = decisionOf(
      this.use,
      { rank, reason, limit: limitOf(rank, this.terms) },
      { value, samples, sources },
    )
  }
}

/** A rule cell as it stands in the state. */
export interface StoredCell {
  readonly id: string
  readonly rank: number
  readonly since: readonly number[]
  readonly reason: Reason | null
  readonly value: number | null
  readonly samples: number
  readonly sources: number
}

/** Reads back {@link RuleCell.write}, whether or not the rule still exists. */
export function readCell(reader: ByteReader): StoredCell {
  const id = reader.text()
  const rank = reader.uint()
  const since: number[] = []
  for (let left = reader.uint(); left > 0; left--) since.push(reader.double())
  const reason = REASONS[reader.uint() - 1] ?? null
  if (reason === null) return { id, rank, since, reason, value: null, samples: 0, sources: 0 }
  return { id, rank, since, reason, value: reader.maybe(), samples: reader.uint(), sources: reader.uint() }
}

/** Built field by field: the order of keys is part of a tick record's bytes. */
function decisionOf(
  { rule }: RuleUse,
  verdict: Pick<Decision, 'rank' | 'reason' | 'limit'>,
  evidence: Pick<Evidence, 'value' | 'samples' | 'sources'>,
): Decision {
  return {
    rank: verdict.rank,
    reason: verdict.reason,
    rule: rule.id,
    indicator: rule.indicator,
    fold: rule.fold,
    windowMs: rule.windowMs,
    value: evidence.value,
    limit: verdict.limit,
    samples: evidence.samples,
    sources: evidence.sources,
  }
}

/** What a rule on occurrences says of an area where nothing was ever observed: zero is evidence. */
export function quietDecision(use: RuleUse, terms: Terms, at: number): Decision {
  const { schedule, fold } = use.rule
  const reason = schedule !== null && !inForce(schedule, at) ? 'out-of-schedule' : 'within-limits'
  const value = fold === 'count' || fold === 'sum' || fold === 'sources' ? 0 : null
  return decisionOf(use, { rank: 0, reason, limit: limitOf(0, terms) }, { value, samples: 0, sources: 0 })
}
