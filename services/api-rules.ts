import Type, { type Static } from 'typebox'
import { alertPartition } from './core/alert-record.ts'
import { QingyuError } from './core/errors.ts'
import { limitsById } from './core/explain.ts'
import { jsonEntries, jsonOf } from './core/json-entry.ts'
import { repeatable } from './core/personal.ts'
import type { Plan } from './core/plan.ts'
import type {
  RulesCheck,
  RulesTextAnswer,
  RuleVersion,
  RuleVersionAnswer,
  RuleVersionsAnswer,
} from './core/rules-wire.ts'
import { ruleSetOf } from './core/rule-set.ts'
import { isoOf } from './core/time.ts'
import { ruleChanges, rulesText } from './core/rule-text.ts'
import {
  rulesStanding,
  STANDING_KEY,
  VERSION_PREFIX,
  type KeptVersion,
  type RulesStanding,
} from './core/rule-versions.ts'
import type { State } from './ports.ts'
import type { RulesNow } from './rules-now.ts'
import { readRules } from './rules-text.ts'

/** Versions of one answer. */
const MOST_TOLD = 50

/** What questions about rules are answered from. */
export interface RuleParts {
  readonly plan: Plan
  readonly state: Pick<State, 'entry' | 'entries'>
  readonly rules: RulesNow
}

const source = {
  text: Type.Optional(Type.Unknown({ description: 'Rules and parents as GET /api/v1/rules/text has them' })),
  yaml: Type.Optional(Type.String({ description: 'The same as YAML, durations as 5m' })),
}
/** Rules to look through: `text` or `yaml`. */
export const RulesBody = Type.Object(source, { additionalProperties: false })
export type RulesBody = Static<typeof RulesBody>
/** Rules to save under a name. */
export const SaveRulesBody = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 80 }), ...source },
  { additionalProperties: false },
)
export type SaveRulesBody = Static<typeof SaveRulesBody>
export const PublishBody = Type.Object(
  { why: Type.String({ minLength: 1, maxLength: 500, description: 'Stands in the audit log' }) },
  { additionalProperties: false },
)
export type PublishBody = Static<typeof PublishBody>
export const VersionParams = Type.Object({ version: Type.String({ maxLength: 64 }) })
export type VersionParams = Static<typeof VersionParams>
export const FormatQuery = Type.Object({
  format: Type.Union([Type.Literal('json'), Type.Literal('yaml')], { default: 'json' }),
})
export type FormatQuery = Static<typeof FormatQuery>

/** `GET /api/v1/rules`: what colours an area, in force now. */
export async function rulesAnswer({ rules }: RuleParts) {
  const { plan, book, told } = await rules.get()
  return {
    version: plan.rules.version,
    // Since the tick after this one; from the beginning of the log, or from before it told of rules, where there is none.
    since: told === null || told.after === 0 ? null : isoOf(told.after),
    by: told?.by ?? '',
    why: told?.why ?? '',
    rules: book.uses.map((use) => ({
      ...use.rule,
      limits: limitsById({ ...use.rule, off: false }, plan.scheme),
      overrides: Object.fromEntries(use.rule.overrides),
    })),
    parents: plan.rules.parents,
  }
}

/** `GET /api/v1/rules/text`. */
export async function textAnswer({ rules }: RuleParts): Promise<RulesTextAnswer> {
  const { plan } = await rules.get()
  const levels = plan.scheme.levels.map(({ id }) => id)
  return { version: plan.rules.version, levels, text: rulesText(plan.rules, plan.scheme) }
}

/** `POST /api/v1/rules/check`. RS-syntax, RS-value, RS-fixed. */
export async function checkAnswer({ rules }: RuleParts, body: RulesBody): Promise<RulesCheck> {
  const { plan } = await rules.get()
  const read = readRules(body, plan)
  const text = rulesText(read, plan.scheme)
  return { version: read.version, changes: ruleChanges(rulesText(plan.rules, plan.scheme), text), text }
}

function versionOf(
  { plan }: Pick<RuleParts, 'plan'>,
  standing: RulesStanding,
  version: string,
  { name, saved, by, published, book }: KeptVersion,
): RuleVersion {
  return {
    version,
    name,
    saved,
    by,
    published,
    current: version === standing.current,
    file: version === standing.file,
    pending: version === standing.pending?.version,
    text: rulesText(ruleSetOf(book), plan.scheme),
  }
}

async function standingOf({ plan, state }: RuleParts): Promise<RulesStanding> {
  return rulesStanding(await state.entry(alertPartition(plan), STANDING_KEY))
}

/** When a version was last touched, ms. */
const touched = ({ saved, published }: KeptVersion) => Math.max(saved, published.at(-1)?.at ?? 0)

/** `GET /api/v1/rules/versions`. */
export async function versionsAnswer(parts: RuleParts): Promise<RuleVersionsAnswer> {
  const { plan, state } = parts
  const standing = await standingOf(parts)
  const isCurrent = (version: string) => Number(version === standing.current)
  const entries = await state.entries(alertPartition(plan), VERSION_PREFIX)
  const kept = jsonEntries<KeptVersion>(entries, VERSION_PREFIX)
    .toSorted(([a, one], [b, other]) => isCurrent(b) - isCurrent(a) || touched(other) - touched(one))
    .slice(0, MOST_TOLD)
  return { versions: kept.map(([version, each]) => versionOf(parts, standing, version, each)) }
}

/** `GET /api/v1/rules/versions/{version}`. RS-unknown. */
export async function versionAnswer(parts: RuleParts, version: string): Promise<RuleVersionAnswer> {
  const { plan, state, rules } = parts
  const bytes = await state.entry(alertPartition(plan), VERSION_PREFIX + version)
  if (bytes === undefined) throw new QingyuError('RS-unknown', { value: repeatable(version) })
  const found = versionOf(parts, await standingOf(parts), version, jsonOf<KeptVersion>(bytes))
  const now = (await rules.get()).plan
  return { ...found, changes: ruleChanges(rulesText(now.rules, plan.scheme), found.text) }
}
