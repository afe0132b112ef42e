import { simplePolicy } from '../testdata/sample-alert.ts'
import { tickRecord } from '../testdata/small-city.ts'
import { indicatorWith, planWith, ruleWith } from '../testdata/watched-city.ts'
import { decodeAlertRecord } from './alert-record.ts'
import { Alerting } from './alerting.ts'
import type { RuleVerdict } from './change.ts'
import { seeded } from './city-random.ts'
import { readGrid } from './grid-file.ts'
import type { Grid } from './grid.ts'
import { jsonEntry } from './json-entry.ts'
import type { Channel, Notice } from './notice.ts'
import type { Rank } from './level.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { Plan } from './plan.ts'
import type { Person, Role } from './person.ts'
import { SubscriptionIndex, type Concern } from './subscription-index.ts'
import type { Subscription } from './subscription.ts'

const START = Date.UTC(2026, 10, 22)
const INCIDENTS = 1_000
const TICKS = 60
/** Subscriptions of each officer. */
const EACH = 5
const CATEGORIES = ['air', 'noise', 'water', 'crowd', 'traffic', 'waste', 'fire', 'light']
/** Officers by depth of the tree: most work in one cell, few look after the whole city; and the least rank they may ask for. */
const POSTS: readonly { readonly share: number; readonly rank: Rank; readonly role: Role }[] = [
  { share: 0.001, rank: 4, role: 'commander' },
  { share: 0.009, rank: 3, role: 'commander' },
  { share: 0.04, rank: 3, role: 'supervisor' },
  { share: 0.15, rank: 2, role: 'officer' },
  { share: 0.8, rank: 1, role: 'officer' },
]
const CELL = POSTS.length - 1

type Choose = <T>(list: readonly T[]) => T

function chooser(random: () => number): Choose {
  return (list) => {
    const chosen = list[Math.floor(random() * list.length)]
    if (chosen === undefined) throw new RangeError('nothing to choose from')
    return chosen
  }
}

/** 16,384 square cells in 1,024 communities of 16, 64 streets and 4 districts. */
export function benchGrid(): Grid {
  const level = (id: string) => ({ id, name: { zh: id, en: id } })
  const settings = {
    city: 'bench',
    name: { zh: '测试', en: 'Bench' },
    zone: 'Asia/Shanghai',
    levels: ['city', 'district', 'street', 'community', 'cell'].map(level),
    partitionLevel: 'street',
    squares: {
      west: 118,
      south: 32,
      east: 118.1354,
      north: 32.1153,
      cellMetres: 100,
      codePrefix: 'B',
      groups: [4, 4, 4],
    },
  }
  const { grid, findings } = readGrid(JSON.stringify(settings), 'bench')
  if (grid === null) throw new RangeError(findings[0]?.message ?? 'the city cannot be read')
  return grid
}

const at = (grid: Grid, depth: number): number[] =>
  [...grid.depths.keys()].filter((area) => grid.depths[area] === depth)

/** Officers all over the tree, each with five subscriptions: mostly to their own area, to one category or all, some for the day only. */
function officersOf(grid: Grid, count: number): { people: Person[]; subscriptions: Subscription[] } {
  const random = seeded(1)
  const choose = chooser(random)
  const areas = POSTS.map((_, depth) => at(grid, depth))
  const code = (area: number) => grid.codes[Math.max(area, 0)] ?? ''
  const hours = { days: [1, 2, 3, 4, 5], from: 480, to: 1080, zone: grid.zone }
  const people: Person[] = []
  const subscriptions: Subscription[] = []
  for (let nth = 0; nth < count; nth++) {
    let [depth, share] = [0, random()]
    for (; depth < CELL && share >= (POSTS[depth]?.share ?? 0); depth++) share -= POSTS[depth]?.share ?? 0
    const area = choose(areas[depth] ?? [])
    const { rank: least, role } = POSTS[depth] ?? { rank: 1, role: 'officer' }
    const id = `officer-${nth}`
    people.push({ id, name: { zh: id, en: id }, role, area: code(area), unit: '' })
    for (let of = 0; of < EACH; of++)
      subscriptions.push({
        id: `s${START.toString(36)}-${nth * EACH + of}`,
        person: id,
        default: false,
        area: code(random() < 0.1 ? (grid.parents[area] ?? 0) : area),
        rank: least + Math.floor(random() * (5 - least)),
        category: random() < 0.2 ? '' : choose(CATEGORIES),
        schedule: random() < 0.2 ? hours : null,
        channels: [choose<Channel>(['desk', 'push', 'mail', 'webhook'])],
      })
  }
  return { people, subscriptions }
}

/** What one storm says: some cells of a community of its own, a category, a rank. */
interface Storm {
  readonly community: number
  readonly cells: readonly number[]
  readonly category: string
  readonly rank: number
}

/** A thousand storms of 2 to 4 cells in the middle of communities, none touching another. */
function stormsOf(grid: Grid): Storm[] {
  const random = seeded(2)
  const choose = chooser(random)
  const middles = new Map<number, number[]>()
  for (const cell of at(grid, CELL)) {
    const community = grid.parents[cell] ?? 0
    middles.set(community, [...(middles.get(community) ?? []), cell])
  }
  return [...middles].slice(0, INCIDENTS).map(([community, block]) => ({
    community,
    cells: [5, 6, 9, 10].slice(0, 2 + Math.floor(random() * 3)).map((nth) => block[nth] ?? 0),
    category: choose(CATEGORIES),
    rank: 2 + Math.floor(random() * 3),
  }))
}

/** What matching costs. */
export interface MatchBench {
  /** µs an alert. */
  readonly each: number
  /** Recipients an alert, on average. */
  readonly recipients: number
}

/** Matches a thousand alerts against 10,000 officers with five subscriptions each; throws when somebody is found twice. */
export function matchBench(grid: Grid, now: () => number): MatchBench {
  const index = new SubscriptionIndex(grid)
  index.load(officersOf(grid, 10_000).subscriptions)
  const concerns = stormsOf(grid).map(({ community, cells, category, rank }): Concern => {
    return { area: community, areas: cells, category, rank }
  })
  for (const concern of concerns) index.match(concern, START)
  const from = now()
  const found = concerns.map((concern) => index.match(concern, START))
  const each = ((now() - from) * 1000) / concerns.length
  for (const recipients of found) {
    const persons = new Set(recipients.map(({ person }) => person))
    if (persons.size !== recipients.length) throw new RangeError('somebody was found twice')
  }
  return { each, recipients: found.reduce((sum, { length }) => sum + length, 0) / concerns.length }
}

/** What a tick costs. */
export interface TickCost {
  /** µs a tick. */
  readonly each: number
  /** Notices and alerts raised in all. */
  readonly notices: number
  readonly alerts: number
}

/**
 * A minute of the whole alert stage in which a thousand storms are born and grow, in a city of 20,000 officers (or as many as
 * are asked for) with some subscriptions. Who has none is told by what comes with the role, so that about as many are told whatever `subscribed` is.
 */
export class TickBench {
  readonly plan: Plan
  readonly policy: AlertPolicy
  /** Subscriptions as the stage's state holds them. */
  readonly entries: ReadonlyMap<string, Uint8Array>
  readonly #storms: readonly Storm[]

  constructor(grid: Grid, subscribed: number, officers = 20_000) {
    const { people, subscriptions } = officersOf(grid, officers)
    const indicators = CATEGORIES.map((id) => indicatorWith(id))
    const rules = CATEGORIES.map((id) => ruleWith(id, id))
    this.plan = planWith(indicators, rules, {}, grid)
    this.policy = simplePolicy({
      people: new Map(people.map((person) => [person.id, person])),
      categories: new Map(CATEGORIES.map((id) => [id, { id, name: { zh: id, en: id } }])),
      categoryOf: new Map(CATEGORIES.map((id) => [id, id])),
      defaults: new Map([
        ['officer', { rank: 2, channels: ['desk', 'push'] }],
        ['supervisor', { rank: 3, channels: ['desk', 'push'] }],
        ['commander', { rank: 4, channels: ['desk', 'push'] }],
      ]),
      fallback: 'officer-0',
    })
    this.#storms = stormsOf(grid)
    const entries = subscriptions.slice(0, subscribed).map((each) => jsonEntry(`s/${each.id}`, each))
    this.entries = new Map(entries.flatMap(({ key, value }) => (value === null ? [] : [[key, value]])))
  }

  /** Throws when a notice is made twice. */
  run(now: () => number): TickCost {
    const stage = new Alerting(this.plan, this.policy, { offset: 0, at: 0, entries: this.entries })
    const notices: Notice[] = []
    let [ms, alerts] = [0, 0]
    for (let tick = 0; tick < TICKS; tick++) {
      const time = START + tick * 1000
      const records = [tickRecord(0, time, { verdicts: this.verdicts(tick) })]
      const from = now()
      const commit = stage.apply({ at: time, records })
      ms += now() - from
      if (commit === null) continue
      const record = decodeAlertRecord(commit.record)
      notices.push(...record.notices)
      alerts += record.alerts.filter(({ raised }) => raised === time).length
    }
    assertOnce(notices)
    return { each: (ms * 1000) / TICKS, notices: notices.length, alerts }
  }

  /** Each storm begins with all its cells but one, which comes ten ticks later. */
  verdicts(tick: number): RuleVerdict[] {
    return this.#storms
      .flatMap(({ cells, category, rank }, nth) => {
        const age = tick - (nth % TICKS)
        const told = age === 0 ? cells.slice(0, -1) : age === 10 ? cells.slice(-1) : []
        return told.map((area) => ({ area, rule: category, rank, value: 10 * rank, limit: 10 }))
      })
      .sort((a, b) => a.area - b.area)
  }
}

function assertOnce(notices: readonly Notice[]): void {
  const keys = notices.map(({ at: tick, person, channel, occasion, alerts }) =>
    [tick, person, channel, occasion, ...alerts].join(' '),
  )
  if (new Set(keys).size !== keys.length) throw new RangeError('somebody was told twice')
}
