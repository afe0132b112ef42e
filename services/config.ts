import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import { LineCounter, parseDocument, isNode, type Document } from 'yaml'
import { ConfigSchema, type Config } from './config-schema.ts'
import { QingyuError } from './core/errors.ts'
import { nearest } from './core/nearest.ts'

type Tree = { [key: string]: unknown }

/** A configuration as read: its settings, the file they came from and the folder that relative paths start at. */
export interface ReadConfig {
  readonly config: Config
  readonly file: string
  readonly folder: string
}

/** What is read of a JSON Schema here. */
interface Node {
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly patternProperties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly anyOf?: readonly Node[]
}

const SECTIONS = ConfigSchema.properties as unknown as Readonly<Record<string, Node>>

/** Where one setting was written, for messages. */
interface Written {
  readonly file: string
  readonly document: Document
  readonly lines: LineCounter
}

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/
const SIZE = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/
const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }
/** Names of settings whose values are told to nobody; where a person is reached is theirs, and an address may hold a key. */
export const SECRET_SETTING = /password|token|secret|^reach$/i
/** Includes may nest this deep. */
const MOST_INCLUDES = 8

/** `90s` → 90000; undefined when it is not a duration. */
export function readDuration(text: string): number | undefined {
  const match = DURATION.exec(text)
  return match ? Number(match[1]) * MS[match[2] as keyof typeof MS] : undefined
}

/** `64KiB` → 65536; undefined when it is not a size. */
export function readSize(text: string): number | undefined {
  const match = SIZE.exec(text)
  return match ? Number(match[1]) * BYTES[match[2] as keyof typeof BYTES] : undefined
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function merge(below: Tree, above: Tree): Tree {
  const merged: Tree = { ...below }
  for (const [key, value] of Object.entries(above)) {
    const under = merged[key]
    merged[key] = isTree(under) && isTree(value) ? merge(under, value) : value
  }
  return merged
}

/** A file as text; CF-file. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new QingyuError(
      'CF-file',
      { value: file, why: (error as NodeJS.ErrnoException).code ?? String(error) },
      error,
    )
  }
}

function parse(file: string): { tree: Tree; written: Written } {
  const text = readText(file)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const first = document.errors[0]
  if (first) {
    const { line, col } = lines.linePos(first.pos[0])
    throw new QingyuError('CF-syntax', { file, line, column: col, why: first.message })
  }
  const tree: unknown = document.toJS() ?? {}
  if (!isTree(tree))
    throw new QingyuError('CF-value', { file, field: 'the file', value: typeof tree, expected: 'settings' })
  return { tree, written: { file, document, lines } }
}

/** Reads a file with what it includes; paths of an included file are made relative to `folder`. */
function readWithIncludes(file: string, depth: number): { tree: Tree; written: Written[] } {
  const { tree, written } = parse(file)
  const { include = [], ...own } = tree
  if (!Array.isArray(include) || depth > MOST_INCLUDES)
    throw new QingyuError('CF-value', {
      file,
      field: 'include',
      value: JSON.stringify(include),
      expected: `a list of files, nested at most ${MOST_INCLUDES} deep`,
    })
  let merged: Tree = {}
  const all = [written]
  for (const name of include) {
    const below = readWithIncludes(resolve(dirname(file), String(name)), depth + 1)
    merged = merge(merged, below.tree)
    all.push(...below.written)
  }
  return { tree: merge(merged, own), written: all }
}

const plain = (key: string) => key.replaceAll('_', '').toLowerCase()

function coerce(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}

/** A text of the environment as its setting wants it; a list is comma-separated. */
function asWanted(text: string, setting: Node | undefined): unknown {
  if (setting?.type === 'string') return text
  if (setting?.type !== 'array') return coerce(text)
  const items = text.split(',').map((item) => item.trim())
  return items.filter((item) => item !== '')
}

/** Lays `QINGYU_<SECTION>__<KEY>` over the file; `…__FILE` names a file that holds the value (secrets). */
function environmentTree(environment: NodeJS.ProcessEnv): Tree {
  const tree: Record<string, Tree> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('QINGYU_') || value === undefined) continue
    const parts = name.slice(7).split('__')
    const fromFile = parts.at(-1) === 'FILE' && parts.length === 3
    const section = Object.keys(SECTIONS).find((key) => plain(key) === plain(parts[0] ?? ''))
    const keys = section === undefined ? [] : Object.keys(SECTIONS[section]?.properties ?? {})
    const key = keys.find((candidate) => plain(candidate) === plain(parts[1] ?? ''))
    if (section === undefined || key === undefined || parts.length > (fromFile ? 3 : 2))
      throw new QingyuError('CF-key', {
        file: 'environment',
        field: name,
        hint: `Names are QINGYU_<SECTION>__<KEY>, as QINGYU_HTTP__PORT${nearestHint(parts[1] ?? '', keys)}.`,
      })
    const raw = fromFile ? secretFile(name, value) : value
    tree[section] = { ...tree[section], [key]: asWanted(raw, SECTIONS[section]?.properties?.[key]) }
  }
  return tree
}

function secretFile(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch (error) {
    throw new QingyuError(
      'CF-value',
      { file: 'environment', field: name, value: file, expected: 'a readable file' },
      error,
    )
  }
}

function nearestHint(value: string, known: readonly string[]): string {
  const best = nearest(value, known)
  return best === undefined ? '' : `; did you mean ${best}?`
}

const ajv = new Ajv({
  useDefaults: true,
  allErrors: true,
  strict: false,
  discriminator: false,
  verbose: true,
})
ajv.addFormat('duration', (text: string) => readDuration(text) !== undefined)
ajv.addFormat('size', (text: string) => readSize(text) !== undefined)
const validate = ajv.compile(ConfigSchema)

/** Turns duration and size strings into numbers where the schema says so, and freezes. */
function settle(value: unknown, node: Node | undefined): unknown {
  if (typeof value === 'string' && node?.format === 'duration') return readDuration(value)
  if (typeof value === 'string' && node?.format === 'size') return readSize(value)
  if (Array.isArray(value))
    return Object.freeze(
      value.map((item) => settle(item, Array.isArray(node?.items) ? undefined : node?.items)),
    )
  if (!isTree(value)) return value
  const entries = Object.entries(value).map(([key, item]) => {
    const below = node?.properties?.[key] ?? Object.values(node?.patternProperties ?? {})[0]
    return [key, settle(item, below)] as const
  })
  return Object.freeze(Object.fromEntries(entries))
}

/** Fills in defaults: empty sections first, so that ajv's defaults reach into them. */
function withSections(tree: Tree): Tree {
  const filled: Tree = { ...tree }
  for (const [key, node] of Object.entries(SECTIONS))
    if (node.type === 'object' && node.properties && filled[key] === undefined) filled[key] = {}
  return filled
}

function expectedOf(error: ErrorObject): string {
  const parameters = error.params as Record<string, unknown>
  switch (error.keyword) {
    case 'format':
      return parameters['format'] === 'size'
        ? 'a size as 64KiB or 8GiB'
        : 'a duration as 500ms, 90s, 5m, 6h or 7d'
    case 'const':
      return JSON.stringify(parameters['allowedValue'])
    case 'required':
      return `to have ${String(parameters['missingProperty'])}`
    case 'anyOf': {
      const options =
        (error.parentSchema as { anyOf?: readonly { const?: unknown }[] } | undefined)?.anyOf ?? []
      return `one of ${options.map((option) => JSON.stringify(option.const ?? 'a setting')).join(', ')}`
    }
    default:
      return (error.message ?? 'something else').replace(/^must /, '').replace(/^be /, '')
  }
}

function place(written: readonly Written[], path: readonly string[]): string {
  for (const { file, document, lines } of written)
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(
        path.slice(0, depth).map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
        true,
      )
      if (!isNode(node) || !node.range) continue
      const { line, col } = lines.linePos(node.range[0])
      return `${relative('.', file)}:${line}:${col}`
    }
  return relative('.', written[0]?.file ?? '')
}

function finding(error: ErrorObject, written: readonly Written[]): QingyuError {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const extra: unknown = (error.params as Record<string, unknown>)['additionalProperty']
  if (typeof extra === 'string') {
    const known = Object.keys((error.parentSchema as Node | undefined)?.properties ?? {})
    const hint = `Remove it${nearestHint(extra, known)}`
    return new QingyuError('CF-key', {
      file: place(written, [...path, extra]),
      field: [...path, extra].join('.'),
      hint,
    })
  }
  return new QingyuError('CF-value', {
    file: place(written, path),
    field: path.join('.') || 'the file',
    // A secret of the wrong type is still a secret.
    value: SECRET_SETTING.test(path.at(-1) ?? '') ? '***' : (JSON.stringify(error.data) ?? 'missing'),
    expected: expectedOf(error),
  })
}

function checked(tree: Tree, written: readonly Written[]): Config {
  const whole = withSections(tree)
  if (!validate(whole)) {
    const useful = (validate.errors ?? []).filter((error) => error.keyword !== 'const')
    const findings = (useful.length > 0 ? useful : (validate.errors ?? [])).map((error) =>
      finding(error, written),
    )
    const first = findings[0]
    if (first) throw new QingyuError(first.code, first.parameters, findings.slice(1))
  }
  return settle(whole, ConfigSchema as Node) as Config
}

/** Settings that stand in no file, as {@link readConfig} would take them. Throws CF-key, CF-value. */
export function configOf(tree: Readonly<Record<string, unknown>>): Config {
  return checked(structuredClone(tree), [])
}

/**
 * Reads a configuration: defaults < included files < file < environment < `flags`. Throws the first fault as QingyuError
 * (CF-file, CF-syntax, CF-key, CF-value), with the others as `cause`.
 */
export function readConfig(file: string, environment: NodeJS.ProcessEnv = {}, flags: Tree = {}): ReadConfig {
  const path = resolve(file)
  const { tree, written } = readWithIncludes(path, 0)
  const config = checked(merge(merge(tree, environmentTree(environment)), flags), written)
  return { config, file: path, folder: dirname(path) }
}
