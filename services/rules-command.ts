import type { Plan } from './core/plan.ts'
import { ruleChanges, rulesText } from './core/rule-text.ts'
import { readRules } from './rules-text.ts'

const shown = (value: unknown): string => (value === null ? 'none' : JSON.stringify(value))

/** What a file of rules comes to, and how it differs from the rules of the plan, a field a line. RS-syntax, RS-value, RS-fixed. */
export function rulesReport(plan: Plan, yaml: string): string {
  const read = readRules({ yaml }, plan)
  const changes = ruleChanges(rulesText(plan.rules, plan.scheme), rulesText(read, plan.scheme))
  const lines = changes.map(({ field, was, now }) => `  ${field}: ${shown(was)} -> ${shown(now)}\n`)
  const count = changes.length === 1 ? '1 field differs' : `${changes.length} fields differ`
  return `Rules ${read.version}: ${count} from ${plan.rules.version} of the configuration\n${lines.join('')}`
}
