import { QingyuError } from './errors.ts'
import type { Plan } from './plan.ts'
import type { Rule, RuleSet } from './rule.ts'
import { hasLevels } from './rule-set.ts'

/** What of a rule other parts of the program go by for as long as it runs: incidents, alerts and words hang on it. */
const FIXED = ['indicator', 'level', 'direction'] as const

function fixed(field: string, value: string, expected: string): QingyuError {
  return new QingyuError('RS-fixed', { field, value, expected })
}

function ruleFault(rule: Rule, own: Rule | undefined, { indicators }: Plan): QingyuError | null {
  if (own === undefined) return fixed(`rules (${rule.id})`, 'a new rule', 'no such rule')
  const other = FIXED.find((field) => rule[field] !== own[field])
  if (other !== undefined) return fixed(`rules (${rule.id}).${other}`, rule[other], own[other])
  if (rule.name.zh !== own.name.zh || rule.name.en !== own.name.en)
    return fixed(`rules (${rule.id}).name`, rule.name.en, own.name.en)
  const pane = indicators.list[indicators.index.get(rule.indicator) ?? -1]?.paneMs ?? 1
  const isWhole = rule.windowMs > 0 && rule.windowMs % pane === 0
  const expected = `a multiple of ${pane / 1000}s`
  return isWhole
    ? null
    : new QingyuError('RS-value', { field: `rules (${rule.id}).window`, value: rule.windowMs, expected })
}

/**
 * Null when rules may be put into force while a city is watched by the rules of `plan`: the same rules in the same order, of the
 * same levels, under other limits, windows, folds, delays, evidence, schedules, overrides and shares. RS-fixed, RS-value.
 */
export function fixedFault(plan: Plan, set: RuleSet): QingyuError | null {
  const { rules, parents } = set
  const own = new Map(plan.rules.rules.map((rule) => [rule.id, rule]))
  for (const rule of rules) {
    const fault = ruleFault(rule, own.get(rule.id), plan)
    if (fault !== null) return fault
  }
  const ids = rules.map(({ id }) => id)
  const order = [...own.keys()]
  const missing = order.find((id) => !ids.includes(id))
  if (missing !== undefined)
    return fixed(`rules (${missing})`, 'left out', 'to stay; an override { off: true } turns it off')
  if (ids.join(' ') !== order.join(' ')) return fixed('rules', ids.join(', '), order.join(', '))
  const kinds = (list: RuleSet['parents']) => list.map(({ level, kind }) => `${level} by ${kind}`).join(', ')
  if (kinds(parents) !== kinds(plan.rules.parents))
    return fixed('parents', kinds(parents), kinds(plan.rules.parents))
  const levels = plan.scheme.levels.length
  return hasLevels(set, levels) ? null : fixed('rules', 'of another scheme', `of ${levels} levels`)
}
