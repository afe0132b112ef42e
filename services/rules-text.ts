import { isNode, LineCounter, parseDocument, stringify, type Document } from 'yaml'
import { configOf } from './config.ts'
import { rulesFrom } from './config-rules.ts'
import { QingyuError } from './core/errors.ts'
import type { Plan } from './core/plan.ts'
import type { RulesText } from './core/rules-wire.ts'
import type { RuleSet } from './core/rule.ts'
import { rulesText } from './core/rule-text.ts'
import { fixedFault } from './core/rules-fixed.ts'

/** Rules as somebody sends them: as JSON, or as YAML like the configuration file's. */
export interface RulesSource {
  readonly text?: unknown
  readonly yaml?: string
}

type Tree = Readonly<Record<string, unknown>>

/** Where a YAML text says what, for messages. */
interface Written {
  readonly document: Document
  readonly lines: LineCounter
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const DURATIONS = new Set(['window', 'onDelay', 'offDelay', 'noDataAfter'])

/** Durations may be numbers, ms; the configuration's own checks want them as it writes them. */
function withUnits(value: unknown, key: string): unknown {
  if (typeof value === 'number' && DURATIONS.has(key)) return `${value}ms`
  if (Array.isArray(value)) return value.map((item: unknown) => withUnits(item, ''))
  if (!isTree(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [name, withUnits(below, name)]))
}

function parse(yaml: string): { readonly tree: unknown; readonly written: Written } {
  const lines = new LineCounter()
  try {
    const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
    const [first] = document.errors
    if (first === undefined) return { tree: document.toJS(), written: { document, lines } }
    throw new QingyuError('RS-syntax', { line: lines.linePos(first.pos[0]).line, why: first.message })
  } catch (cause) {
    if (cause instanceof QingyuError) throw cause
    // Nesting or aliases that would unfold without end.
    throw new QingyuError('RS-syntax', { line: 1, why: 'it is nested too deep or repeats itself' }, cause)
  }
}

/** `line 12: ` of a field as `rules.0 (air).limits`, or of what holds it; '' for JSON. */
function lineOf(field: string, written: Written | null): string {
  if (written === null) return ''
  const path = field.split('.').map((part) => part.replace(/ \(.*$/, ''))
  for (let depth = path.length; depth > 0; depth--) {
    const keys = path.slice(0, depth).map((key) => (/^\d{1,6}$/.test(key) ? Number(key) : key))
    const node = written.document.getIn(keys, true) ?? written.document.getIn(path.slice(0, depth), true)
    if (isNode(node) && node.range) return `line ${written.lines.linePos(node.range[0]).line}: `
  }
  return ''
}

const MOST_SHOWN = 200

function refused(error: unknown, written: Written | null): unknown {
  if (error instanceof RangeError)
    return new QingyuError('RS-value', { field: 'rules', value: 'nested too deep', expected: 'rules' }, error)
  if (!(error instanceof QingyuError) || !['CF-value', 'CF-key', 'RS-fixed'].includes(error.code))
    return error
  const { field = '', value = 'not known', expected = '', hint = '' } = error.parameters
  const place = lineOf(String(field), written) + String(field)
  return new QingyuError(
    error.code === 'RS-fixed' ? 'RS-fixed' : 'RS-value',
    {
      field: place,
      value: String(value).slice(0, MOST_SHOWN),
      expected: error.code === 'CF-key' ? `a field of a rule. ${String(hint)}` : String(expected),
    },
    error,
  )
}

/**
 * Reads rules that may be judged by: those of the plan, with other limits, windows, delays and the like. Parents that are not
 * said stay as they are in `plan`. RS-syntax, RS-value, RS-fixed, naming the field, and of YAML the line.
 */
export function readRules({ text, yaml }: RulesSource, plan: Plan): RuleSet {
  if ((text === undefined) === (yaml === undefined))
    throw new QingyuError('RS-value', { field: 'body', value: 'both or neither', expected: 'text or yaml' })
  const { tree, written } = yaml === undefined ? { tree: text, written: null } : parse(yaml)
  if (!isTree(tree) || !Array.isArray(tree['rules']))
    throw new QingyuError('RS-value', { field: 'rules', value: 'missing', expected: 'a list of rules' })
  const stranger = Object.keys(tree).find((key) => key !== 'rules' && key !== 'parents')
  if (stranger !== undefined) {
    const field = lineOf(stranger, written) + stranger.slice(0, 64)
    throw new QingyuError('RS-value', { field, value: 'there', expected: 'nothing but rules and parents' })
  }
  const { rules, parents = rulesText(plan.rules, plan.scheme).parents } = tree
  try {
    const config = configOf({ city: { grid: plan.grid.city }, ...asTree(withUnits({ rules, parents }, '')) })
    const read = rulesFrom(config, plan, 'rules')
    const fault = fixedFault(plan, read)
    if (fault !== null) throw fault
    return read
  } catch (error) {
    throw refused(error, written)
  }
}

function asTree(value: unknown): Tree {
  return isTree(value) ? value : {}
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

function durationText(ms: number): string {
  const [unit, length] = UNITS.find(([, size]) => ms !== 0 && ms % size === 0) ?? ['ms', 1]
  return ms === 0 ? '0s' : `${ms / length}${unit}`
}

function withWords(value: unknown, key: string): unknown {
  if (typeof value === 'number' && DURATIONS.has(key)) return durationText(value)
  if (Array.isArray(value)) return value.map((item: unknown) => withWords(item, ''))
  if (!isTree(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [name, withWords(below, name)]))
}

/** Rules as YAML, durations as `5m`: what a configuration file takes, and {@link readRules}. */
export function rulesYaml(text: RulesText): string {
  return stringify(withWords(text, ''), { lineWidth: 120 })
}
