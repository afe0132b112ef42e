import { createHash } from 'node:crypto'
import { planFrom } from './config-plan.ts'
import { judgingPolicy } from './config-policy.ts'
import type { Config } from './config-schema.ts'
import { textOf } from './config-text.ts'
import { configOf, type ReadConfig } from './config.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import { QingyuError, sentenceOf } from './core/errors.ts'
import { readGrid } from './core/grid-file.ts'
import type { Plan } from './core/plan.ts'

type Tree = Readonly<Record<string, unknown>>

/** What a grid was read from: its file, by name alone, and the files that it names. */
export interface GridTexts {
  readonly path: string
  readonly text: string
  readonly files: Readonly<Record<string, string>>
}

/**
 * Everything a city was judged by, apart from its log: enough to play it anywhere. Nothing in it is secret, and people are told
 * by their ids.
 */
export interface PlanDocument {
  readonly format: 1
  /** SHA-256 of all below, 64 hex digits. */
  readonly hash: string
  readonly grid: GridTexts & {
    readonly version: string
    /** Codes of the areas by number, so that an archive can be read without the shapes. */
    readonly codes: readonly string[]
  }
  /** As in a configuration file: only sections that decide something. */
  readonly config: Tree
}

/** What a plan document says. */
export interface PlanRead {
  readonly config: Config
  readonly plan: Plan
  readonly policy: AlertPolicy
}

/** A vendor's account that nobody can sign in with: a document holds none. */
const NO_ACCOUNT = { password: `scrypt$none$${'-'.repeat(43)}` }

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const hashOf = (parts: Omit<PlanDocument, 'hash'>): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex')

/** The sections that decide something, without what is secret or personal. */
function judgingSections(config: Config, grid: string): Tree {
  const { city, clock, log, demo, indicators, rules, parents, scheme, sources, hotline } = config
  const { alerts, categories, units, people } = config
  const named = Object.values(people).filter(({ role, unit }) => role === 'vendor' && unit !== '')
  return {
    city: { ...city, grid },
    clock,
    log: { partitions: log.partitions },
    demo: { enabled: demo.enabled },
    indicators,
    rules,
    parents,
    ...(scheme !== undefined && { scheme }),
    sources,
    hotline,
    alerts,
    categories,
    units,
    vendors: Object.fromEntries(named.map(({ unit }) => [unit, {}])),
    people: Object.fromEntries(
      Object.entries(people).map(([id, { role, area, unit }]) => [
        id,
        { name: { zh: id, en: id }, role, area, unit },
      ]),
    ),
  }
}

/** The plan document of a configuration that was read, with the texts its grid was read from. The same settings give the same hash. */
export function planDocument({ config }: ReadConfig, { grid }: Plan, texts: GridTexts): PlanDocument {
  const { path, text, files } = texts
  const parts = {
    format: 1,
    grid: { version: grid.version, path, codes: grid.codes, text, files },
    config: textOf(judgingSections(config, path)),
  } as const
  return { format: 1, hash: hashOf(parts), grid: parts.grid, config: parts.config }
}

function expectDocument(value: unknown): PlanDocument {
  const bad = (hash: string, why: string) => new QingyuError('AV-file', { value: `plan ${hash}`, why })
  if (!isTree(value) || value['format'] !== 1 || typeof value['hash'] !== 'string')
    throw bad('?', 'it is no plan document of format 1')
  const { hash, grid, config } = value
  const isWhole =
    isTree(grid) &&
    [grid['version'], grid['path'], grid['text']].every((part) => typeof part === 'string') &&
    Array.isArray(grid['codes']) &&
    isTree(grid['files']) &&
    isTree(config)
  if (!isWhole) throw bad(hash, 'it holds no grid and configuration')
  const document = value as unknown as PlanDocument
  if (hashOf({ format: 1, grid: document.grid, config: document.config }) !== hash)
    throw bad(hash, 'it was altered')
  return document
}

/**
 * Reads back {@link planDocument}: a city played by it comes to the same bytes as the original. AV-file when it was altered or
 * this program reads it otherwise.
 */
export function readPlanDocument(value: unknown): PlanRead {
  const { hash, grid: written, config: tree } = expectDocument(value)
  const name = `plan ${hash}`
  const bad = (why: string, cause?: unknown) => new QingyuError('AV-file', { value: name, why }, cause)
  const load = (file: string): string => {
    const text = Object.hasOwn(written.files, file) ? written.files[file] : undefined
    if (typeof text !== 'string') throw bad(`its grid names ${file}, which is not in it`)
    return text
  }
  const { grid, findings } = readGrid(written.text, written.path, load)
  if (grid === null) throw bad(findings[0]?.message ?? 'its grid holds no areas')
  if (grid.version !== written.version || grid.codes.some((code, area) => code !== written.codes[area]))
    throw bad(`its grid ${written.version} is read as ${grid.version} by this program`)
  const vendors = isTree(tree['vendors']) ? tree['vendors'] : {}
  const accounts = Object.fromEntries(Object.keys(vendors).map((vendor) => [vendor, NO_ACCOUNT]))
  try {
    const config = configOf({ ...tree, vendors: accounts })
    const plan = planFrom(config, grid, name)
    return { config, plan, policy: judgingPolicy(config, plan, name) }
  } catch (error) {
    throw bad(sentenceOf(error), error)
  }
}
