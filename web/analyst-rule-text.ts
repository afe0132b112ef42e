import type { RulesText, RuleText } from '../services/core/rules-wire.ts'

/** Where a value lies in a rule, as `['limits', 'orange']`. */
export type Path = readonly string[]

/** A value that differs between two texts. */
export interface Change {
  readonly rule: string
  readonly path: Path
  readonly was: unknown
  readonly is: unknown
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

/** A length of time as rule files write it: `5m`, in the largest unit that holds it whole; '' for what is none. */
export function durationText(value: unknown): string {
  const ms = typeof value === 'number' ? value : typeof value === 'string' ? durationIn(value) : null
  if (ms === null || !Number.isFinite(ms)) return ''
  if (ms === 0) return '0s'
  const [unit, size] = UNITS.find(([, length]) => ms % length === 0) ?? (['ms', 1] as const)
  return `${ms / size}${unit}`
}

/** ms of `90s`, `5m`, `6h`, `7d`, `250ms`; null for anything else. */
export function durationIn(text: string): number | null {
  const found = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$/.exec(text)
  const size = UNITS.find(([unit]) => unit === found?.[2])?.[1]
  return found === null || size === undefined ? null : Number(found[1]) * size
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at a path; undefined where there is none. */
export function valueAt(rule: Readonly<Record<string, unknown>>, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (isTree(value) ? value[key] : undefined), rule)
}

function put(
  tree: Readonly<Record<string, unknown>>,
  [key = '', ...rest]: Path,
  value: unknown,
): Record<string, unknown> {
  const below = tree[key]
  const next = rest.length === 0 ? value : put(isTree(below) ? below : {}, rest, value)
  const { [key]: _old, ...others } = tree
  if (next === undefined) return others
  // A changed value keeps its place, so that texts can be compared by eye.
  return key in tree ? { ...tree, [key]: next } : { ...others, [key]: next }
}

/** The rules with one value set; undefined takes it out. */
export function withValue(text: RulesText, id: string, path: Path, value: unknown): RulesText {
  const rules = text.rules.map((rule): RuleText =>
    rule.id === id ? { ...put(rule, path, value), id } : rule,
  )
  return { ...text, rules }
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

function differences(rule: string, was: unknown, is: unknown, path: Path): readonly Change[] {
  if (!isTree(was) || !isTree(is)) return same(was, is) ? [] : [{ rule, path, was, is }]
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])]
  return keys.flatMap((key) => differences(rule, was[key], is[key], [...path, key]))
}

/** What differs between two texts, rule by rule; a schedule counts as one. */
export function changesOf(was: RulesText, is: RulesText): readonly Change[] {
  const ids = [...new Set([...was.rules, ...is.rules].map(({ id }) => id))]
  return ids.flatMap((id) => {
    const [one, other] = [was, is].map(({ rules }) => rules.find((rule) => rule.id === id))
    if (one === undefined || other === undefined) return [{ rule: id, path: [], was: one, is: other }]
    const { schedule: before, ...before_ } = one
    const { schedule: after, ...after_ } = other
    return [
      ...differences(id, before_, after_, []),
      ...(same(before, after) ? [] : [{ rule: id, path: ['schedule'], was: before, is: after }]),
    ]
  })
}
