import type { AreaLevel } from './grid.ts'
import type { Findings } from './grid-finding.ts'
import { nearest } from './nearest.ts'
import type { Datum } from './observation.ts'

/** A name in both languages. */
export interface Names {
  readonly zh: string
  readonly en: string
}

/** An area without a shape of its own (its shape is that of its children), or names and unit for the feature of that code. */
export interface DeclaredArea {
  readonly code: string
  readonly level: string | undefined
  readonly name: Names | undefined
  readonly unit: string | undefined
  readonly parent: string | undefined
}

/** Square cells over a box, for cities that bring no polygons; degrees WGS 84. */
export interface SquaresSettings {
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
  readonly cellMetres: number
  readonly codePrefix: string
  /** Cells along one side of an area of each level between root and cell, upper level first. */
  readonly groups: readonly number[]
  /** Outline; cells whose centre lies outside are left out. */
  readonly within: readonly (readonly [number, number])[] | undefined
}

/** Names of the properties of a feature that hold what. */
export interface PropertyNames {
  readonly code: string
  readonly zh: string
  readonly en: string
  readonly unit: string
  readonly level: string
  readonly parent: string
}

/** All that a grid file says beside its features, after defaults; core/grid-file documents the file. */
export interface GridSettings {
  readonly city: string
  readonly name: Names
  readonly zone: string
  readonly levels: readonly AreaLevel[]
  /** Index in `levels`. */
  readonly partitionLevel: number
  readonly file: string | undefined
  readonly datum: Datum
  readonly epsg: number | undefined
  readonly properties: PropertyNames
  readonly digits: readonly number[] | undefined
  readonly root: string | undefined
  readonly areas: readonly DeclaredArea[]
  readonly nameOf: Names | undefined
  readonly squares: SquaresSettings | undefined
}

/** Datums a file or a source may name. */
export const DATUMS: readonly Datum[] = ['wgs84', 'gcj02', 'bd09', 'cgcs2000']
const NAME = /^[a-z0-9-]{1,64}$/
/** Depths are stored in a byte and shown in a menu. */
const MOST_LEVELS = 16

/** An object that is not an array. */
export function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Shows a value in a message, shortened. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'missing' : (JSON.stringify(value) ?? typeof value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** Reads fields of one object and finds what is wrong with them: GR-setting with file, field, value and what was expected. */
class Fields {
  private readonly tree: Readonly<Record<string, unknown>>
  private readonly file: string
  private readonly at: string
  private readonly findings: Findings
  private readonly asked = new Set<string>()

  constructor(value: unknown, file: string, at: string, findings: Findings) {
    this.file = file
    this.at = at
    this.findings = findings
    this.tree = isTree(value) ? value : {}
    if (!isTree(value)) this.wrong('', value, 'an object')
  }

  wrong(key: string, value: unknown, expected: string): void {
    const field = [this.at, key].filter((part) => part !== '').join('.') || 'the file'
    this.findings.add('GR-setting', { file: this.file, field, value: shown(value), expected })
  }

  value(key: string): unknown {
    this.asked.add(key)
    return this.tree[key]
  }

  text(key: string, fallback?: string, pattern = /^[^]{1,200}$/): string {
    return this.optionalText(key, pattern) ?? fallback ?? (this.missing(key, 'a text'), '')
  }

  optionalText(key: string, pattern = /^[^]{1,200}$/): string | undefined {
    const value = this.value(key)
    if (value === undefined || (typeof value === 'string' && pattern.test(value))) return value
    this.wrong(key, value, pattern === NAME ? 'a name of a-z, 0-9 and -, 1 to 64' : 'a text of 1 to 200')
    return undefined
  }

  /** A number, or NaN when it is missing or out of range. */
  number(key: string, least: number, most: number): number {
    const value = this.value(key)
    if (typeof value === 'number' && value >= least && value <= most) return value
    this.wrong(key, value, `a number from ${least} to ${most}`)
    return NaN
  }

  /** A list; empty when it is missing or none. */
  list(key: string): readonly unknown[] {
    const value = this.value(key)
    if (Array.isArray(value)) return value as readonly unknown[]
    if (value !== undefined) this.wrong(key, value, 'a list')
    return []
  }

  /** The object under a key, or one of a list's. */
  below(key: string, nth?: number, value: unknown = this.value(key)): Fields {
    const at = nth === undefined ? key : `${key}.${nth}`
    return new Fields(value, this.file, this.at === '' ? at : `${this.at}.${at}`, this.findings)
  }

  names(key: string): Names {
    const below = this.below(key)
    const names = { zh: below.text('zh'), en: below.text('en') }
    below.close()
    return names
  }

  optionalNames(key: string): Names | undefined {
    return this.value(key) === undefined ? undefined : this.names(key)
  }

  missing(key: string, expected: string): void {
    // A wrong value was told already.
    if (this.tree[key] === undefined) this.wrong(key, undefined, expected)
  }

  /** Finds the keys that nobody asked for. */
  close(): void {
    for (const key of Object.keys(this.tree)) {
      if (this.asked.has(key)) continue
      const meant = nearest(key, this.asked)
      this.wrong(key, this.tree[key], meant === undefined ? 'no such setting' : `no such setting; ${meant}?`)
    }
  }
}

/** Reads and checks the settings of a grid; what is wrong is added to `findings` as GR-setting, and must not be used then. */
export function readSettings(value: unknown, file: string, findings: Findings): GridSettings {
  const fields = new Fields(value, file, '', findings)
  const levels = readLevels(fields)
  const settings: GridSettings = {
    city: fields.text('city', undefined, NAME),
    name: fields.names('name'),
    zone: readZone(fields),
    levels,
    partitionLevel: readPartitionLevel(fields, levels),
    file: fields.optionalText('file'),
    datum: readDatum(fields),
    epsg: fields.value('epsg') === undefined ? undefined : fields.number('epsg', 4490, 4554),
    properties: readProperties(fields),
    digits: readDigits(fields, levels.length),
    root: fields.optionalText('root'),
    areas: fields.list('areas').map((each, nth) => readDeclared(fields.below('areas', nth, each))),
    nameOf: fields.optionalNames('nameOf'),
    squares:
      fields.value('squares') === undefined ? undefined : readSquares(fields.below('squares'), levels.length),
  }
  fields.close()
  return settings
}

function readLevels(fields: Fields): AreaLevel[] {
  const list = fields.list('levels')
  if (list.length === 0 || list.length > MOST_LEVELS)
    fields.wrong('levels', list.length, `1 to ${MOST_LEVELS} levels, the whole first, the cells last`)
  return list.map((each, nth) => {
    const below = fields.below('levels', nth, each)
    const level = { id: below.text('id', undefined, NAME), name: below.names('name') }
    below.close()
    return level
  })
}

/** The engine knows which zones exist. */
function readZone(fields: Fields): string {
  const zone = fields.text('zone')
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).format(0) && zone
  } catch {
    fields.wrong('zone', zone, 'an IANA time zone as Asia/Shanghai')
    return 'UTC'
  }
}

function readPartitionLevel(fields: Fields, levels: readonly AreaLevel[]): number {
  const id = fields.optionalText('partitionLevel')
  if (id === undefined) return Math.min(1, levels.length - 1)
  const at = levels.findIndex((level) => level.id === id)
  if (at < 0) fields.wrong('partitionLevel', id, `one of ${levels.map((level) => level.id).join(', ')}`)
  return Math.max(0, at)
}

function readDatum(fields: Fields): Datum {
  const value = fields.value('datum') ?? 'wgs84'
  const datum = DATUMS.find((each) => each === value)
  if (datum === undefined) fields.wrong('datum', value, `one of ${DATUMS.join(', ')}`)
  return datum ?? 'wgs84'
}

function readProperties(fields: Fields): PropertyNames {
  const below = fields.below('properties', undefined, fields.value('properties') ?? {})
  const properties = {
    code: below.text('code', 'code'),
    zh: below.text('zh', 'zh'),
    en: below.text('en', 'en'),
    unit: below.text('unit', 'unit'),
    level: below.text('level', 'level'),
    parent: below.text('parent', 'parent'),
  }
  below.close()
  return properties
}

/** Lengths rise from level to level: the beginning of a code then names its parent. */
function readDigits(fields: Fields, levels: number): number[] | undefined {
  if (fields.value('digits') === undefined) return undefined
  const digits = fields.list('digits').map(Number)
  const rising = digits.every(
    (each, nth) => Number.isInteger(each) && each > (nth === 0 ? -1 : (digits[nth - 1] ?? 0)),
  )
  if (!rising || digits.length !== levels)
    fields.wrong(
      'digits',
      digits,
      `the length of a code of each of the ${levels} levels, rising; 0 for a root of its own`,
    )
  return digits
}

function readDeclared(fields: Fields): DeclaredArea {
  const area = {
    code: fields.text('code'),
    level: fields.optionalText('level'),
    name: fields.optionalNames('name'),
    unit: fields.optionalText('unit'),
    parent: fields.optionalText('parent'),
  }
  fields.close()
  return area
}

function readSquares(fields: Fields, levels: number): SquaresSettings {
  const groups = fields.list('groups')
  if (groups.length !== levels - 2 || !groups.every((each) => Number.isInteger(each) && Number(each) >= 2))
    fields.wrong(
      'groups',
      groups,
      `${Math.max(0, levels - 2)} whole numbers from 2: one for each level between`,
    )
  const within = fields.list('within')
  const corner = (each: unknown): each is readonly [number, number] =>
    Array.isArray(each) && each.length === 2 && each.every((value) => Number.isFinite(value))
  if (fields.value('within') !== undefined && (within.length < 3 || !within.every(corner)))
    fields.wrong('within', within, 'at least three corners as [lon, lat]')
  const squares = {
    west: fields.number('west', -180, 180),
    south: fields.number('south', -85, 85),
    east: fields.number('east', -180, 180),
    north: fields.number('north', -85, 85),
    cellMetres: fields.number('cellMetres', 1, 100_000),
    codePrefix: fields.text('codePrefix', undefined, /^[A-Za-z0-9]{1,16}$/),
    groups: groups.map(Number),
    within: within.length === 0 ? undefined : within.filter(corner),
  }
  if (squares.east <= squares.west) fields.wrong('east', squares.east, `more than west, ${squares.west}`)
  if (squares.north <= squares.south)
    fields.wrong('north', squares.north, `more than south, ${squares.south}`)
  fields.close()
  return squares
}
