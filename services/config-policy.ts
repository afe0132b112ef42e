import type { Config } from './config-schema.ts'
import { fault } from './config-check.ts'
import { scheduleFrom } from './config-rules.ts'
import { checkWaysToPeople } from './config-reach.ts'
import type { AlertPolicy, Category, Limits, Maintenance } from './core/alert-policy.ts'
import { Fingerprint } from './core/idempotency.ts'
import { rankOf, type Rank } from './core/level.ts'
import { nearest } from './core/nearest.ts'
import { SYSTEM, type Person, type Role } from './core/person.ts'
import type { Plan } from './core/plan.ts'
import { isName } from './core/topic.ts'

type Durations = Partial<Limits>
const NO_LIMITS: Durations = {}
const NO_DUTIES: Limits = Object.freeze({ acknowledge: 0, dispatch: 0, handle: 0, verify: 0 })

/** A setting that must be one of those known. Throws CF-value with the nearest. */
function known(file: string, field: string, value: string, among: readonly string[], what: string): void {
  if (among.includes(value)) return
  const best = nearest(value, among)
  const some = among.length <= 8 ? `: ${among.join(', ')}` : ''
  throw fault(file, field, value, best === undefined ? `${what}${some}` : `${what}, perhaps ${best}`)
}

function knownArea(file: string, field: string, code: string, { grid }: Plan): void {
  if (grid.indexOf(code) === undefined) throw fault(file, field, code, `an area code of grid ${grid.city}`)
}

/** Rank of a level that warns; '' is `preset`. */
function warningRank({ scheme }: Plan, id: string, preset: Rank, file: string, field: string): Rank {
  if (id === '') return preset
  const names = scheme.levels.slice(1).map((level) => level.id)
  known(file, field, id, names, 'a warning level')
  return rankOf(scheme, id) ?? preset
}

/** Everybody who signs in, by id, as the log knows them. Throws CF-value. */
export function peopleFrom(config: Config, plan: Plan, file: string): ReadonlyMap<string, Person> {
  const root = plan.grid.codes[0] ?? ''
  const people = new Map<string, Person>()
  for (const [id, { name, role, area, unit }] of Object.entries(config.people)) {
    const field = `people.${id}`
    if (!isName(id) || id === SYSTEM.person)
      throw fault(file, field, id, `an id of a-z, 0-9 and -, 1 to 64, other than ${SYSTEM.person}`)
    if (area !== '') knownArea(file, `${field}.area`, area, plan)
    const units = Object.keys(role === 'vendor' ? config.vendors : config.units)
    if (unit !== '')
      known(file, `${field}.unit`, unit, units, role === 'vendor' ? 'one of vendors' : 'one of units')
    people.set(id, { id, name, role, area: area === '' ? root : area, unit })
  }
  return people
}

function categoriesFrom(config: Config, plan: Plan): Pick<AlertPolicy, 'categoryOf' | 'categories'> {
  const { indicators, rules } = plan
  const categories = new Map<string, Category>()
  const categoryOf = new Map<string, string>()
  for (const { id, name, indicator } of rules.rules) {
    const setting = indicators.list[indicators.index.get(indicator) ?? -1]
    const category = config.alerts.by === 'rule' ? id : (setting?.category ?? 'other')
    categoryOf.set(id, category)
    const plain = config.alerts.by === 'rule' ? name : { zh: category, en: category }
    categories.set(category, { id: category, name: config.categories[category] ?? plain })
  }
  for (const [id, name] of Object.entries(config.categories))
    if (!categories.has(id)) categories.set(id, { id, name })
  return { categoryOf, categories }
}

/** The most particular of what is said: of the category and level, of the category, of the level, of all. */
function limitsFrom(
  { alerts: { deadlines }, people }: Config,
  plan: Plan,
  categories: readonly string[],
  file: string,
): AlertPolicy['limits'] {
  const levels = plan.scheme.levels.slice(1).map(({ id }) => id)
  const checkLevels = (field: string, said: object) => {
    for (const level of Object.keys(said)) known(file, `${field}.${level}`, level, levels, 'a warning level')
  }
  checkLevels('alerts.deadlines.levels', deadlines.levels)
  for (const [category, said] of Object.entries(deadlines.categories)) {
    known(file, `alerts.deadlines.categories.${category}`, category, categories, 'a category')
    checkLevels(`alerts.deadlines.categories.${category}.levels`, said.levels)
  }
  const made = (category: string, rank: Rank): Limits => {
    const level = plan.scheme.levels[rank]?.id ?? ''
    const own = deadlines.categories[category]
    const said: readonly Durations[] = [
      own?.levels[level] ?? NO_LIMITS,
      own ?? NO_LIMITS,
      deadlines.levels[level] ?? NO_LIMITS,
      deadlines,
    ]
    const of = (duty: keyof Limits) => said.find((limits) => limits[duty] !== undefined)?.[duty] ?? 0
    return Object.freeze({
      acknowledge: of('acknowledge'),
      dispatch: of('dispatch'),
      handle: of('handle'),
      verify: of('verify'),
    })
  }
  const all = new Map<string, readonly Limits[]>()
  for (const category of ['', ...categories])
    all.set(
      category,
      plan.scheme.levels.map((_, rank) => made(category, rank)),
    )
  const none = made('', 0)
  // Where nobody is registered nobody has anything to do in time.
  if (Object.keys(people).length === 0) return () => NO_DUTIES
  return (category, rank) => (all.get(category) ?? all.get(''))?.[rank] ?? none
}

function maintenanceFrom(
  config: Config,
  plan: Plan,
  categories: readonly string[],
  file: string,
): readonly Maintenance[] {
  return config.alerts.maintenance.map(({ name, area, category, schedule }, i) => {
    const field = `alerts.maintenance.${i} (${name})`
    knownArea(file, `${field}.area`, area, plan)
    if (category !== '') known(file, `${field}.category`, category, categories, 'a category')
    return { name, area, category, schedule: scheduleFrom(schedule, plan.grid.zone) }
  })
}

/** Who is told when nobody is on duty must be somebody who may act. Without people nobody is: alerts stand on walls and in CAP. */
function checkFallback(config: Config, people: ReadonlyMap<string, Person>, file: string): void {
  const { fallback } = config.alerts
  if (fallback === '' && people.size === 0) return
  const field = 'alerts.fallback'
  const person = people.get(fallback)
  if (person === undefined) {
    const best = fallback === '' ? undefined : nearest(fallback, people.keys())
    const whom = best === undefined ? 'one of people' : `one of people, perhaps ${best}`
    throw fault(file, field, fallback === '' ? 'empty' : fallback, `${whom}: told when nobody is on duty`)
  }
  if (person.role === 'viewer' || person.role === 'vendor')
    throw fault(file, field, `${fallback}, a ${person.role}`, 'somebody who may act')
}

function defaultsFrom(config: Config, plan: Plan, least: Rank, file: string): AlertPolicy['defaults'] {
  const entries = Object.entries(config.alerts.defaults).map(([role, { level, channels }]) => {
    const field = `alerts.defaults.${role}`
    const rank = warningRank(plan, level, least, file, `${field}.level`)
    // The schema knows no other keys than roles.
    return [role as Role, { rank, channels }] as const
  })
  return new Map(entries)
}

/** 64 bits over all that decides: two policies of one version act alike. What people are called decides nothing. */
function versionOf(config: Config, plan: Plan, people: ReadonlyMap<string, Person>): string {
  const { alerts, categories, units } = config
  const who = [...people.values()].map(({ id, role, area, unit }) => [id, role, area, unit])
  const text = JSON.stringify([plan.grid.version, plan.rules.version, alerts, categories, units, who])
  const bytes = new TextEncoder().encode(text)
  const print = new Fingerprint()
  print.ofId(bytes, 0, bytes.length)
  return [print.high, print.low].map((half) => half.toString(16).padStart(8, '0')).join('')
}

/** Checks what is said of alerts, people and places against each other and makes the policy. Throws CF-value naming file, field and value. */
export function policyFrom(config: Config, plan: Plan, file: string): AlertPolicy {
  const policy = judgingPolicy(config, plan, file)
  checkWaysToPeople(config, plan.grid, file)
  return policy
}

/** The policy alone, for settings that hold no ways to people, as those of a plan document. Throws CF-value. */
export function judgingPolicy(config: Config, plan: Plan, file: string): AlertPolicy {
  const { alerts } = config
  const preset = Math.min(2, plan.scheme.levels.length - 1)
  const rank = warningRank(plan, alerts.level, preset, file, 'alerts.level')
  const people = peopleFrom(config, plan, file)
  const { categoryOf, categories } = categoriesFrom(config, plan)
  const ids = [...categories.keys()]
  checkFallback(config, people, file)
  for (const field of ['step', 'digest', 'reportIn', 'history'] as const)
    if (alerts[field] <= 0) throw fault(file, `alerts.${field}`, `${alerts[field]}ms`, 'more than 0')
  return Object.freeze({
    version: versionOf(config, plan, people),
    incidents: Object.freeze({
      rank,
      by: alerts.by,
      gap: alerts.gap,
      gapMetres: alerts.gapMetres,
      offDelayMs: alerts.offDelay,
    }),
    categoryOf,
    categories,
    limits: limitsFrom(config, plan, ids, file),
    warnAfter: alerts.warnAfter,
    stepMs: alerts.step,
    repeatMs: alerts.repeat,
    rate: Object.freeze({ most: alerts.rate, perMs: alerts.digest }),
    reportInMs: alerts.reportIn,
    historyMs: alerts.history,
    fallback: alerts.fallback,
    people,
    defaults: defaultsFrom(config, plan, rank, file),
    maintenance: maintenanceFrom(config, plan, ids, file),
    units: new Map(Object.entries(config.units)),
    exercise: alerts.exercise,
  })
}
