import type { Decision, RuleVerdict } from './change.ts'
import { UNKNOWN } from './level.ts'

/** Gravest first; then unknown before calm, because silence is never green; the first of equals. */
export function gravestOf(decisions: readonly Decision[]): Decision | null {
  const weight = ({ rank }: Decision) => (rank === UNKNOWN ? 0.5 : rank)
  let best: Decision | null = null
  for (const decision of decisions) if (best === null || weight(decision) > weight(best)) best = decision
  return best
}

/** Whether one decision after the other makes a change; the value alone does not: it would flood the history of a busy day. */
export function differs(
  a: Pick<Decision, 'rank' | 'rule' | 'reason'>,
  b: Pick<Decision, 'rank' | 'rule' | 'reason'>,
): boolean {
  return a.rank !== b.rank || a.reason !== b.reason || a.rule !== b.rule
}

/** Nothing says anything of the area: never watched, or not any more. */
export function blind(known: boolean): Decision {
  return {
    rank: UNKNOWN,
    reason: known ? 'no-data' : 'no-source',
    rule: '',
    indicator: '',
    fold: 'last',
    windowMs: 0,
    value: null,
    limit: null,
    samples: 0,
    sources: 0,
  }
}

/** By area, then rule, one of each: of a rule that watches another indicator than before, what it says now. */
export function inOrder(verdicts: readonly RuleVerdict[]): RuleVerdict[] {
  const sorted = [...verdicts].sort(
    (a, b) => a.area - b.area || (a.rule < b.rule ? -1 : +(a.rule > b.rule)) || a.rank - b.rank,
  )
  return sorted.filter(({ area, rule }, i) => sorted[i + 1]?.area !== area || sorted[i + 1]?.rule !== rule)
}
