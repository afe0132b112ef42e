import type { AlertPolicy } from '../core/alert-policy.ts'
import type { Keyframe, TickSlice } from '../core/archive.ts'
import { CityMachine } from '../core/city-machine.ts'
import type { Plan } from '../core/plan.ts'
import { Rehearsal } from '../core/rehearsal.ts'
import type { RehearsalResult } from '../core/replay-wire.ts'
import type { Rule, RuleSet } from '../core/rule.ts'
import { CityRun } from './city-run.ts'
import { simplePolicy } from './sample-alert.ts'
import { slicesOf } from './slices.ts'

export const MINUTE = 60_000
/** Sunday, 22 November 2026, 00:00 in the small city. */
export const MIDNIGHT = Date.UTC(2026, 10, 21, 16)

/** Ticks a minute apart; `values` by area and minute, one reading each, the first at minute 0. */
export function minutesOf(
  plan: Plan,
  values: ReadonlyMap<number, readonly (number | null)[]>,
  minutes: number,
  start = MIDNIGHT,
): CityRun {
  const run = new CityRun(plan)
  const indicator = plan.indicators.list[0]?.code ?? ''
  for (let minute = 0; minute < minutes; minute++) {
    const time = start + minute * MINUTE
    for (const [area, course] of values) {
      const value = course[minute] ?? null
      if (value !== null) run.observe({ area, indicator, value, time, source: `s${area}` })
    }
    run.tick(time)
  }
  return run
}

/** The rules of a plan with another version, each changed by `change`. */
export function rulesWith({ rules }: Plan, change: (rule: Rule) => Partial<Rule>): RuleSet {
  return {
    ...rules,
    version: `${rules.version}-other`,
    rules: rules.rules.map((rule) => ({ ...rule, ...change(rule) })),
  }
}

/** A policy that knows the categories of a plan's rules. */
export function policyOf({ indicators, rules }: Plan, part: Partial<AlertPolicy> = {}): AlertPolicy {
  const category = (code: string) => indicators.list.find((one) => one.code === code)?.category ?? ''
  const categoryOf = new Map(rules.rules.map(({ id, indicator }) => [id, category(indicator)]))
  return simplePolicy({ categoryOf, ...part })
}

/** What is rehearsed beside a city's log. */
export interface Rehearsed {
  readonly rules: RuleSet
  readonly from: number
  readonly to: number
  readonly policy?: AlertPolicy
  /** Begins with the keyframe of this tick instead of the log's beginning. */
  readonly keyframe?: number
}

/** The city's keyframe at a tick. */
export function keyframeAt(
  plan: Plan,
  policy: AlertPolicy,
  slices: readonly TickSlice[],
  at: number,
): Keyframe | null {
  const machine = new CityMachine(plan, { policy }, null)
  for (const slice of slices) if (slice.at <= at) machine.play(slice)
  return machine.keyframe() ?? null
}

/** Rehearses a log in memory. */
export function rehearsed(
  plan: Plan,
  logs: readonly (readonly Uint8Array[])[],
  of: Rehearsed,
): RehearsalResult {
  const { rules, from, to, policy = policyOf(plan), keyframe } = of
  const slices = slicesOf(logs)
  const rehearsal = new Rehearsal({ plan, policy, rules, from, to })
  const begin = keyframe === undefined ? null : keyframeAt(plan, policy, slices, keyframe)
  rehearsal.begin(begin, from)
  for (const slice of slices) if (slice.at > (begin?.at ?? 0) && slice.at <= to) rehearsal.play(slice)
  rehearsal.end()
  return rehearsal.result()
}
