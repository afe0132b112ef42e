import type { Action } from './action.ts'
import type { AlertPolicy, Limits } from './alert-policy.ts'
import type { Keyframe } from './archive.ts'
import type { Plan } from './plan.ts'
import type { RuleSet } from './rule.ts'
import { planUnder } from './rule-set.ts'
import { windowShapeOf } from './window.ts'

/** What people did that stays in a rehearsal: it says whom load falls on, and is about no single alert. */
const PLAYED: ReadonlySet<Action['deed']['verb']> = new Set([
  'roster',
  'cover',
  'subscribe',
  'unsubscribe',
  'silence',
  'unsilence',
])

/** Whether an action is played on both sides of a rehearsal: what was done about alerts would not have been done alike. */
export function isRehearsed({ deed }: Action): boolean {
  return PLAYED.has(deed.verb)
}

const NO_DUTIES: Limits = Object.freeze({ acknowledge: 0, dispatch: 0, handle: 0, verify: 0 })

/**
 * The policy of a rehearsal: nobody acts in it, so no clock runs, no ladder is climbed and nothing is told twice; what is told is
 * what conditions alone cause. Rules that only one side has get the category of their indicator.
 */
export function rehearsalPolicy(plan: Plan, policy: AlertPolicy, rules: RuleSet): AlertPolicy {
  const categoryOf = new Map(policy.categoryOf)
  for (const { id, indicator } of rules.rules) {
    const { category } = plan.indicators.list[plan.indicators.index.get(indicator) ?? -1] ?? {}
    categoryOf.set(id, policy.incidents.by === 'rule' ? id : (category ?? 'other'))
  }
  return { ...policy, categoryOf, limits: () => NO_DUTIES, stepMs: 0, repeatMs: 0 }
}

/** Longest that one set of rules looks back: windows with what comes late, then delays and silences. */
function memoryOf(plan: Plan): number {
  const windows = plan.indicators.list.map((indicator) => windowShapeOf(plan, indicator).heldMs)
  const delays = plan.rules.rules.flatMap(({ onDelayMs, offDelayMs, noDataAfterMs, overrides }) => [
    onDelayMs,
    offDelayMs,
    noDataAfterMs,
    ...[...overrides.values()].flatMap((own) => [own.onDelayMs ?? 0, own.offDelayMs ?? 0]),
  ])
  return Math.max(0, ...windows) + Math.max(0, ...delays)
}

/**
 * How long before a rehearsal its sides are played without being compared, ms: as long as the longer memory of both sets of rules,
 * and until incidents are over. Only a level that a deadband has held since before that may still be the other side's.
 */
export function warmMs(plan: Plan, rules: RuleSet, { incidents }: Pick<AlertPolicy, 'incidents'>): number {
  return Math.max(memoryOf(plan), memoryOf(planUnder(plan, rules))) + incidents.offDelayMs
}

/**
 * How long other rules must be played from a keyframe before their windows are full, ms: 0 where the keyframe holds all that they
 * look back on.
 */
export function leastWarmMs(plan: Plan, rules: RuleSet): number {
  const other = planUnder(plan, rules)
  const needs = plan.indicators.list.map((indicator) => {
    const [held, wanted] = [windowShapeOf(plan, indicator), windowShapeOf(other, indicator)]
    return wanted.longestMs > held.longestMs || wanted.sketch !== held.sketch ? wanted.longestMs : 0
  })
  return Math.max(0, ...needs)
}

/**
 * A keyframe as other rules can take it up: panes of indicators that they fold by quantiles and the others do not (or the other
 * way round) are of another shape, so that they are filled anew.
 */
export function keyframeUnder(keyframe: Keyframe, plan: Plan, rules: RuleSet): Keyframe {
  const other = planUnder(plan, rules)
  const reshaped = new Set(
    plan.indicators.list
      .filter((one) => windowShapeOf(plan, one).sketch !== windowShapeOf(other, one).sketch)
      .map(({ code }) => code),
  )
  if (reshaped.size === 0) return keyframe
  const isKept = (key: string): boolean => !key.startsWith('s/') || !reshaped.has(key.split('/')[2] ?? '')
  const log = plan.partitions + 1
  return {
    ...keyframe,
    parts: keyframe.parts.map((part, index) =>
      index < log ? { ...part, entries: new Map([...part.entries].filter(([key]) => isKept(key))) } : part,
    ),
  }
}
