import { QingyuError } from './core/errors.ts'
import { withoutNumbers } from './core/personal.ts'
import { timeOf } from './replay-wanted.ts'
import type { RulesSource } from './rules-text.ts'

/** What POST /api/v1/rehearsals asks for, read. Times are ms; `bundle` '' : this installation's archive. */
export interface RehearsalWish {
  readonly from: number
  readonly to: number
  /** The other rules, or the version that holds them. */
  readonly rules: RulesSource | { readonly version: string }
  readonly name: string
  readonly bundle: string
}

const FIELDS: ReadonlySet<string> = new Set(['from', 'to', 'text', 'yaml', 'version', 'name', 'bundle'])
const ID = /^[0-9a-z-]{1,64}$/

function wrong(field: string, value: unknown, expected: string): QingyuError {
  const shown = (JSON.stringify(value) ?? 'missing').slice(0, 60)
  return new QingyuError('RY-field', { field, value: shown, expected })
}

function wordOf(field: string, value: unknown, pattern: RegExp, expected: string): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw wrong(field, value, expected)
}

function rulesOf({ text, yaml, version }: Readonly<Record<string, unknown>>): RehearsalWish['rules'] {
  const said = [text, yaml, version].filter((source) => source !== undefined)
  if (said.length !== 1) throw wrong('text, yaml and version', said.length, 'one of them')
  if (version !== undefined) return { version: wordOf('version', version, ID, 'a version of the rules') }
  if (yaml === undefined) return { text }
  return { yaml: wordOf('yaml', yaml, /[^]*/, 'rules as YAML') }
}

/** Reads the body of POST /api/v1/rehearsals. RY-field. */
export function readWish(wanted: Readonly<Record<string, unknown>>): RehearsalWish {
  const odd = Object.keys(wanted).find((field) => !FIELDS.has(field))
  if (odd !== undefined) throw wrong(odd.slice(0, 40), wanted[odd], 'no such field')
  const { from, to, name = '', bundle = '' } = wanted
  return {
    from: timeOf('from', from),
    to: timeOf('to', to),
    rules: rulesOf(wanted),
    // Control characters would let a name pretend to be something else on a page.
    name: withoutNumbers(wordOf('name', name, /^[^\p{Cc}\p{Cf}]{0,80}$/u, 'text of at most 80 characters')),
    bundle: bundle === '' ? '' : wordOf('bundle', bundle, ID, 'the id of a bundle'),
  }
}
