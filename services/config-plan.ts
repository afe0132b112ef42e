import type { Config } from './config-schema.ts'
import {
  checkAccounts,
  checkGateways,
  checkHotline,
  fault,
  registrationsFrom,
  schemeFrom,
} from './config-check.ts'
import type { Grid } from './core/grid.ts'
import { indicatorsOf, type FoldName, type Indicator, type Indicators } from './core/indicator.ts'
import { rankOf, type Scheme } from './core/level.ts'
import type { Plan } from './core/plan.ts'
import type { Limits, ParentRule, Rule, RuleOverride, RuleSet, Schedule } from './core/rule.ts'
import { nearest } from './core/nearest.ts'

type RuleSetting = Config['rules'][number]

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

function indicatorsFrom(config: Config, file: string): Indicators {
  const list = Object.entries(config.indicators).map(([code, setting]): Indicator => {
    if (setting.range[0] >= setting.range[1])
      throw fault(file, `indicators.${code}.range`, setting.range, 'lower before upper')
    if (setting.pane <= 0) throw fault(file, `indicators.${code}.pane`, setting.pane, 'more than 0')
    // 2^53 steps: beyond, sums would lose their last digits and with them their independence of order.
    if (Math.max(Math.abs(setting.range[0]), Math.abs(setting.range[1])) / setting.resolution > 2 ** 40)
      throw fault(file, `indicators.${code}.resolution`, setting.resolution, 'a range of at most 2^40 steps')
    return {
      code,
      name: setting.name,
      unit: setting.unit,
      kind: setting.kind,
      resolution: setting.resolution,
      range: setting.range,
      paneMs: setting.pane,
      fold: setting.fold as FoldName,
      intervalMs: setting.interval,
      category: setting.category,
      latenessMs: setting.lateness,
    }
  })
  return indicatorsOf(list)
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
  from: { indicators: Indicators; scheme: Scheme; grid: Grid; version: string; file: string },
): Rule {
  const { indicators, scheme, grid, file } = from
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
    version: from.version,
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

/** FNV-1a over the canonical text of the rules: names a version of them. */
function versionOf(config: Config): string {
  const text = JSON.stringify([config.indicators, config.rules, config.parents, config.scheme ?? null])
  let hash = 0xcbf29ce484222325n
  for (let i = 0; i < text.length; i++)
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n)
  return hash.toString(16).padStart(16, '0')
}

/** Checks settings against each other and against the grid, and makes the plan. Throws CF-value naming file, field and value. */
export function planFrom(config: Config, grid: Grid, file: string): Plan {
  const scheme = schemeFrom(config.scheme, file)
  const indicators = indicatorsFrom(config, file)
  const version = versionOf(config)
  const rules: RuleSet = {
    version,
    rules: config.rules.map((setting, i) =>
      ruleFrom(setting, i, { indicators, scheme, grid, version, file }),
    ),
    parents: config.parents.map((setting, i) => parentFrom(setting, i, scheme, grid, file)),
  }
  const once = (field: string, ids: readonly string[]) => {
    const twice = ids.find((id, i) => ids.indexOf(id) !== i)
    if (twice !== undefined) throw fault(file, field, twice, 'to stand once')
  }
  once(
    'rules',
    rules.rules.map((rule) => rule.id),
  )
  once(
    'parents',
    rules.parents.map((parent) => parent.level),
  )
  checkHotline(config, indicators, file)
  checkAccounts(config, file)
  checkGateways(config, file)
  if (config.clock.tick <= 0) throw fault(file, 'clock.tick', config.clock.tick, 'more than 0')
  const registrations = registrationsFrom(config, grid, file)
  return {
    grid,
    indicators,
    rules,
    scheme,
    partitions: config.log.partitions,
    tickMs: config.clock.tick,
    registrations,
  }
}
