import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { QingyuError } from './core/errors.ts'
import { ROLES, SYSTEM, type Role } from './core/person.ts'
import { isName } from './core/topic.ts'

/** Shorter passwords are guessed. */
const LEAST_PASSWORD = 8

const OPTIONS = {
  zh: { type: 'string' },
  en: { type: 'string' },
  role: { type: 'string', default: 'officer' },
  area: { type: 'string' },
  unit: { type: 'string' },
} as const

const usage = (value: string, hint: string) => new QingyuError('CF-usage', { value, hint })
const isRole = (text: string): text is Role => ROLES.some((role) => role === text)

/** Somebody as the command line names them; the password is asked for apart. */
export interface NamedPerson {
  readonly id: string
  readonly setting: Readonly<Record<string, unknown>>
}

/** Reads `qingyu person ID [--zh NAME] [--en NAME] [--role ROLE] [--area CODE] [--unit UNIT]`. Throws CF-usage. */
export function namedPerson(args: readonly string[]): NamedPerson {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  const { zh, en, role, area, unit } = values
  const [id = '', ...more] = positionals
  if (!isName(id) || id === SYSTEM.person || more.length > 0)
    throw usage(
      `person ${positionals.join(' ')}`.trim(),
      'Say qingyu person ID --zh NAME --en NAME --role ROLE --area CODE --unit UNIT; an ID is a-z, 0-9 and -, 1 to 64.',
    )
  if (!isRole(role)) throw usage(`--role ${role}`, `Use one of ${ROLES.join(', ')}.`)
  const name = { zh: zh ?? en ?? id, en: en ?? zh ?? id }
  return {
    id,
    setting: { name, role, ...(area !== undefined && { area }), ...(unit !== undefined && { unit }) },
  }
}

/** A line for `people:` of a configuration. Throws CF-usage for a password of less than 8 characters. */
export async function personLine(
  { id, setting }: NamedPerson,
  password: string,
  hash: (password: string) => Promise<string>,
): Promise<string> {
  if (password.length < LEAST_PASSWORD)
    throw usage('A password this short', `Give one of at least ${LEAST_PASSWORD} characters.`)
  const whole = { [id]: { ...setting, password: await hash(password) } }
  // One line, to be put below `people:` as it stands.
  return `  ${stringify(whole, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim().slice(1, -1)}\n`
}
