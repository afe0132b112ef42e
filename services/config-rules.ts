import type { Config } from './config-schema.ts'
import { fault } from './config-check.ts'
import type { Grid } from './core/grid.ts'
import type { FoldName, Indicators } from './core/indicator.ts'
import { rankOf, type Scheme } from './core/level.ts'
import { nearest } from './core/nearest.ts'
import type { Limits, ParentRule, Rule, RuleOverride, RuleSet, Schedule } from './core/rule.ts'
import { versionOfRules } from './core/rule-set.ts'

type RuleSetting = Config['rules'][number]

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** What rules are checked against. */
export interface RuleWorld {
  readonly indicators: Indicators
  readonly scheme: Scheme
  readonly grid: Grid
}

/** Limits by level id → by rank; refuses unknown levels and limits that do not grow graver in one direction. */
function limitsFrom(
  setting: Readonly<Record<string, number>>,
  scheme: Scheme,
  direction: 'above' | 'below',
  file: string,
  field: string,
): Limits {
  const limits: (number | null)[] = scheme.levels.map(() => null)
  for (const [id, value] of Object.entries(setting)) {
    const rank = rankOf(scheme, id)
    if (rank === undefined || rank === 0 || rank >= scheme.levels.length)
      throw fault(
        file,
        field,
        id,
        `a level of ${scheme.levels
          .slice(1)
          .map((level) => level.id)
          .join(', ')}`,
      )
    limits[rank] = value
  }
  const set = limits.filter((limit): limit is number => limit !== null)
  const ordered = set.every(
    (limit, i) => i === 0 || (direction === 'above' ? limit > (set[i - 1] ?? 0) : limit < (set[i - 1] ?? 0)),
  )
  if (!ordered || set.length === 0)
    throw fault(
      file,
      field,
      setting,
      `at least one limit, each graver one further ${direction === 'above' ? 'up' : 'down'}`,
    )
  return limits
}

/** A schedule in a zone, from its days and local times. */
export function scheduleFrom(setting: NonNullable<RuleSetting['schedule']>, zone: string): Schedule {
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
  return {
    days: setting.days.map((day) => DAYS.indexOf(day)),
    from: minutes(setting.from),
    to: minutes(setting.to),
    zone,
  }
}

function overridesFrom(
  setting: RuleSetting,
  scheme: Scheme,
  grid: Grid,
  file: string,
  field: string,
): ReadonlyMap<string, RuleOverride> {
  const overrides = new Map<string, RuleOverride>()
  for (const [code, { limits, onDelay, offDelay, deadband, off }] of Object.entries(setting.overrides)) {
    if (grid.indexOf(code) === undefined)
      throw fault(file, `${field}.overrides`, code, `an area code of grid ${grid.city}`)
    overrides.set(code, {
      ...(limits && {
        limits: limitsFrom(limits, scheme, setting.direction, file, `${field}.overrides.${code}.limits`),
      }),
      ...(onDelay !== undefined && { onDelayMs: onDelay }),
      ...(offDelay !== undefined && { offDelayMs: offDelay }),
      ...(deadband !== undefined && { deadband }),
      ...(off !== undefined && { off }),
    })
  }
  return overrides
}

function levelOf(grid: Grid, id: string, file: string, field: string): string {
  if (id === 'cell') return grid.levels.at(-1)?.id ?? id
  if (id === 'city') return grid.levels[0]?.id ?? id
  const known = grid.levels.map((level) => level.id)
  if (!known.includes(id)) throw fault(file, field, id, `a level of the grid: ${known.join(', ')}`)
  return id
}

function ruleFrom(
  setting: RuleSetting,
  i: number,
  { indicators, scheme, grid }: RuleWorld,
  file: string,
): Omit<Rule, 'version'> {
  const field = `rules.${i} (${setting.id})`
  const indicator = indicators.list[indicators.index.get(setting.indicator) ?? -1]
  if (!indicator) {
    const best = nearest(setting.indicator, indicators.index.keys())
    throw fault(
      file,
      `${field}.indicator`,
      setting.indicator,
      best ? `a known indicator, perhaps ${best}` : 'an indicator of the configuration',
    )
  }
  if (setting.window <= 0 || setting.window % indicator.paneMs !== 0)
    throw fault(
      file,
      `${field}.window`,
      `${setting.window / 1000}s`,
      `a multiple of the pane of ${indicator.code}, ${indicator.paneMs / 1000}s`,
    )
  if (
    setting.panes &&
    (setting.panes.n > setting.panes.m || setting.panes.m > setting.window / indicator.paneMs)
  )
    throw fault(file, `${field}.panes`, setting.panes, 'n at most m, and m panes inside the window')
  const cap =
    setting.singleSourceMax === undefined ? scheme.levels.length - 2 : rankOf(scheme, setting.singleSourceMax)
  if (cap === undefined || cap >= scheme.levels.length)
    throw fault(file, `${field}.singleSourceMax`, setting.singleSourceMax, 'a level of the scheme')
  return {
    id: setting.id,
    name: setting.name,
    indicator: setting.indicator,
    level: levelOf(grid, setting.level, file, `${field}.level`),
    windowMs: setting.window,
    fold: (setting.fold ?? indicator.fold) as FoldName,
    direction: setting.direction,
    limits: limitsFrom(setting.limits, scheme, setting.direction, file, `${field}.limits`),
    deadband: setting.deadband,
    onDelayMs: setting.onDelay,
    offDelayMs: setting.offDelay,
    minSamples: setting.minSamples,
    minSources: setting.minSources,
    singleSourceMax: cap,
    panes: setting.panes ?? null,
    schedule: setting.schedule === undefined ? null : scheduleFrom(setting.schedule, grid.zone),
    overrides: overridesFrom(setting, scheme, grid, file, field),
    noDataAfterMs: setting.noDataAfter ?? (indicator.kind === 'measurement' ? 2 * indicator.intervalMs : 0),
  }
}

function parentFrom(
  setting: Config['parents'][number],
  i: number,
  scheme: Scheme,
  grid: Grid,
  file: string,
): ParentRule {
  const level = levelOf(grid, setting.level, file, `parents.${i}.level`)
  if (level === grid.levels.at(-1)?.id)
    throw fault(file, `parents.${i}.level`, setting.level, 'a level with areas below it')
  return setting.kind === 'worst'
    ? { level, kind: 'worst' }
    : { level, kind: 'share', share: shareFrom(setting.share, scheme, file, `parents.${i}.share`) }
}

function shareFrom(
  setting: Readonly<Record<string, number>>,
  scheme: Scheme,
  file: string,
  field: string,
): Limits {
  const share: (number | null)[] = scheme.levels.map(() => null)
  for (const [id, value] of Object.entries(setting)) {
    const rank = rankOf(scheme, id)
    if (rank === undefined || rank === 0 || rank >= scheme.levels.length || value <= 0 || value > 1)
      throw fault(file, field, `${id}: ${value}`, 'a level of the scheme with a share above 0 and at most 1')
    share[rank] = value
  }
  if (share.every((value) => value === null)) throw fault(file, field, setting, 'at least one level')
  return share
}

function once(file: string, field: string, ids: readonly string[]): void {
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined) throw fault(file, field, twice, 'to stand once')
}

/** Rules and parents as they are judged by, with the version that what they say has. Throws CF-value naming file, field and value. */
export function rulesFrom(
  config: Pick<Config, 'rules' | 'parents'>,
  world: RuleWorld,
  file: string,
): RuleSet {
  const { scheme, grid } = world
  const rules = config.rules.map((setting, i) => ruleFrom(setting, i, world, file))
  const parents = config.parents.map((setting, i) => parentFrom(setting, i, scheme, grid, file))
  once(
    file,
    'rules',
    rules.map(({ id }) => id),
  )
  once(
    file,
    'parents',
    parents.map(({ level }) => level),
  )
  const version = versionOfRules(world.indicators, scheme, rules, parents)
  return { version, rules: rules.map((rule) => ({ ...rule, version })), parents }
}
