import type { Scheme } from './level.ts'
import type { RuleChange, RulesText, RuleText } from './rules-wire.ts'
import type { Limits, Rule, RuleOverride, RuleSet, Schedule } from './rule.ts'

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** Limits or shares by level id. */
function byLevel(limits: Limits, { levels }: Scheme): Record<string, number> {
  const pairs = levels.map(({ id }, rank) => [id, limits[rank] ?? null] as const)
  return Object.fromEntries(pairs.filter((pair): pair is readonly [string, number] => pair[1] !== null))
}

function clock(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

const scheduleText = ({ days, from, to }: Schedule) => ({
  days: days.map((day) => DAYS[day] ?? ''),
  from: clock(from),
  to: clock(to),
})

function overrideText(
  { limits, onDelayMs, offDelayMs, deadband, off }: RuleOverride,
  scheme: Scheme,
): object {
  return {
    ...(limits && { limits: byLevel(limits, scheme) }),
    ...(onDelayMs !== undefined && { onDelay: onDelayMs }),
    ...(offDelayMs !== undefined && { offDelay: offDelayMs }),
    ...(deadband !== undefined && { deadband }),
    ...(off !== undefined && { off }),
  }
}

function ruleText(rule: Rule, scheme: Scheme): RuleText {
  const overrides = [...rule.overrides].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    id: rule.id,
    name: rule.name,
    indicator: rule.indicator,
    level: rule.level,
    window: rule.windowMs,
    fold: rule.fold,
    direction: rule.direction,
    limits: byLevel(rule.limits, scheme),
    deadband: rule.deadband,
    onDelay: rule.onDelayMs,
    offDelay: rule.offDelayMs,
    minSamples: rule.minSamples,
    minSources: rule.minSources,
    singleSourceMax: scheme.levels[rule.singleSourceMax]?.id ?? '',
    ...(rule.panes && { panes: rule.panes }),
    ...(rule.schedule && { schedule: scheduleText(rule.schedule) }),
    overrides: Object.fromEntries(overrides.map(([code, own]) => [code, overrideText(own, scheme)])),
    noDataAfter: rule.noDataAfterMs,
  }
}

/** Rules as people edit them, all that a configuration may leave out filled in; durations in ms. */
export function rulesText({ rules, parents }: RuleSet, scheme: Scheme): RulesText {
  return {
    rules: rules.map((rule) => ruleText(rule, scheme)),
    parents: parents.map((parent) =>
      parent.kind === 'share' ? { ...parent, share: byLevel(parent.share, scheme) } : parent,
    ),
  }
}

const isBranch = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Leaves of a text by the names that lead to them: `air.limits.orange`. */
function leavesOf(path: string, value: unknown, into: Map<string, unknown>): void {
  if (!isBranch(value)) into.set(path, value)
  else for (const [key, below] of Object.entries(value)) leavesOf(`${path}.${key}`, below, into)
}

function fieldsOf({ rules, parents }: RulesText): Map<string, unknown> {
  const fields = new Map<string, unknown>()
  for (const { id, ...rest } of rules) leavesOf(id, rest, fields)
  for (const { level, ...rest } of parents) leavesOf(`parents.${String(level)}`, rest, fields)
  return fields
}

/** What differs, field by field, in the order of the first that has it; null where one has no such field. */
export function ruleChanges(was: RulesText, now: RulesText): readonly RuleChange[] {
  const [before, after] = [fieldsOf(was), fieldsOf(now)]
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((field) => {
    const [from, to] = [before.get(field) ?? null, after.get(field) ?? null]
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ field, was: from, now: to }]
  })
}
