import type { Indicators } from './indicator.ts'
import type { Scheme } from './level.ts'
import type { Plan } from './plan.ts'
import type { ParentRule, Rule, RuleOverride, RuleSet } from './rule.ts'

/** A rule as it stands in records and in the state: its overrides by area code. */
export type PlainRule = Omit<Rule, 'overrides'> & {
  readonly overrides: Readonly<Record<string, RuleOverride>>
}

/** All rules of a city as plain JSON: what a record that puts them into force carries. */
export interface PlainRules {
  readonly version: string
  readonly rules: readonly PlainRule[]
  readonly parents: readonly ParentRule[]
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Rules as plain JSON; overrides by code, so that the same rules give the same bytes. */
export function plainRules({ version, rules, parents }: RuleSet): PlainRules {
  const plain = rules.map((rule): PlainRule => {
    const overrides = [...rule.overrides].sort(([a], [b]) => (a < b ? -1 : 1))
    return { ...rule, overrides: Object.fromEntries(overrides) }
  })
  return { version, rules: plain, parents }
}

/** Reads back {@link plainRules}. */
export function ruleSetOf({ version, rules, parents }: PlainRules): RuleSet {
  return {
    version,
    rules: rules.map((rule) => ({ ...rule, overrides: new Map(Object.entries(rule.overrides)) })),
    parents,
  }
}

const sorted = (_key: string, value: unknown): unknown =>
  isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value

/** Names what rules say, 16 hex digits: FNV-1a over all that a level depends on, however it was written down. */
export function versionOfRules(
  { list }: Indicators,
  scheme: Scheme,
  rules: readonly Omit<Rule, 'version'>[],
  parents: readonly ParentRule[],
): string {
  const plain = plainRules({ version: '', rules: rules.map((rule) => ({ ...rule, version: '' })), parents })
  const text = JSON.stringify([list, scheme, plain], sorted)
  let hash = 0xcbf29ce484222325n
  for (let i = 0; i < text.length; i++)
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n)
  return hash.toString(16).padStart(16, '0')
}

/** Whether rules speak of exactly so many levels. */
export function hasLevels({ rules, parents }: RuleSet, levels: number): boolean {
  const limits = rules.flatMap((rule) => [
    rule.limits,
    ...[...rule.overrides.values()].flatMap((own) => (own.limits ? [own.limits] : [])),
  ])
  const shares = parents.flatMap((parent) => (parent.kind === 'share' ? [parent.share] : []))
  return [...limits, ...shares].every(({ length }) => length === levels)
}

/**
 * The plan under other rules. Rules of a scheme with more or fewer levels cannot be judged by and leave the plan as it is: such a
 * scheme comes with a configuration file, whose own rules follow.
 */
export function planUnder(plan: Plan, rules: RuleSet): Plan {
  return hasLevels(rules, plan.scheme.levels.length) ? { ...plan, rules } : plan
}

const isLimits = (value: unknown): boolean =>
  Array.isArray(value) && value.every((limit) => limit === null || typeof limit === 'number')

const TEXTS = ['id', 'version', 'indicator', 'level', 'fold', 'direction']
const NUMBERS = [
  'windowMs',
  'deadband',
  'onDelayMs',
  'offDelayMs',
  'minSamples',
  'minSources',
  'singleSourceMax',
  'noDataAfterMs',
]

function isRule(value: unknown): boolean {
  return (
    isObject(value) &&
    TEXTS.every((key) => typeof value[key] === 'string') &&
    NUMBERS.every((key) => typeof value[key] === 'number') &&
    isObject(value['name']) &&
    isLimits(value['limits']) &&
    (value['panes'] === null || isObject(value['panes'])) &&
    (value['schedule'] === null || isObject(value['schedule'])) &&
    isObject(value['overrides']) &&
    Object.values(value['overrides']).every(isObject)
  )
}

const isParent = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['level'] === 'string' &&
  (value['kind'] === 'worst' || (value['kind'] === 'share' && isLimits(value['share'])))

/** Whether a value of JSON has the shape of {@link PlainRules}: a damaged record must not be judged by. */
export function isPlainRules(value: unknown): value is PlainRules {
  if (!isObject(value) || typeof value['version'] !== 'string') return false
  const { rules, parents } = value
  return Array.isArray(rules) && rules.every(isRule) && Array.isArray(parents) && parents.every(isParent)
}
