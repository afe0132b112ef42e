import { alertOf, simplePolicy } from '../testdata/sample-alert.ts'
import { smallPlan } from '../testdata/small-city.ts'
import type { AlertEvent } from './alert-event.ts'
import { smallestAround } from './alert-place.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { Alert } from './alert.ts'
import { CITIES } from './city-list.ts'
import { seeded } from './city-random.ts'
import { readGrid } from './grid-file.ts'
import type { Grid } from './grid.ts'
import { jsonEntry } from './json-entry.ts'
import { NoticeBook } from './notice-book.ts'
import type { Channel, Notice } from './notice.ts'
import type { Person } from './person.ts'
import { SubscriptionIndex } from './subscription-index.ts'
import type { Subscription } from './subscription.ts'

const START = Date.UTC(2026, 10, 22)
const ALERTS = 1_000
const TICKS = 60
const EACH = 5
const CATEGORIES = ['air', 'noise', 'water', 'crowd', 'traffic', 'waste', 'fire', 'light']
/** Share of officers at each depth of the tree: most work in one cell, few look after the whole city. */
const SHARES = [0.005, 0.025, 0.07, 0.2, 0.7]

type Pick1 = <T>(list: readonly T[]) => T

/** A seeded choice. */
function chooser(random: () => number): Pick1 {
  return (list) => {
    const chosen = list[Math.floor(random() * list.length)]
    if (chosen === undefined) throw new RangeError('nothing to choose from')
    return chosen
  }
}

/** Longgang: 3,229 cells in five levels. */
export function benchGrid(): Grid {
  const { grid } = readGrid(CITIES.get('longgang')?.() ?? '', 'longgang')
  if (grid === null) throw new RangeError('the city cannot be read')
  return grid
}

/** Officers all over the tree, each with five subscriptions to their own area or the one above, one category or all, any rank. */
export function benchOfficers(
  grid: Grid,
  officers: number,
): { people: Person[]; subscriptions: Subscription[] } {
  const random = seeded(1)
  const pick = chooser(random)
  const byDepth = SHARES.map((_, depth) =>
    [...grid.depths.keys()].filter((area) => grid.depths[area] === depth),
  )
  const people: Person[] = []
  const subscriptions: Subscription[] = []
  for (let nth = 0; nth < officers; nth++) {
    let [share, depth] = [random(), 0]
    while (depth < SHARES.length - 1 && share >= (SHARES[depth] ?? 0)) share -= SHARES[depth++] ?? 0
    const area = pick(byDepth[depth] ?? [0])
    const id = `officer-${nth}`
    const code = (index: number) => grid.codes[index] ?? ''
    people.push({ id, name: { zh: id, en: id }, role: 'officer', area: code(area), unit: '' })
    for (let of = 0; of < EACH; of++)
      subscriptions.push({
        id: `s${START.toString(36)}-${nth * EACH + of}`,
        person: id,
        default: false,
        area: code(random() < 0.1 ? Math.max(grid.parents[area] ?? 0, 0) : area),
        rank: 1 + Math.floor(random() * 4),
        category: random() < 0.2 ? '' : pick(CATEGORIES),
        schedule: random() < 0.2 ? { days: [1, 2, 3, 4, 5], from: 480, to: 1080, zone: grid.zone } : null,
        channels: [pick<Channel>(['desk', 'push', 'mail', 'webhook']), pick<Channel>(['desk', 'push'])],
      })
  }
  return { people, subscriptions }
}

/** Alerts of 1 to 30 cells that share a parent, each with two people on duty. */
export function benchAlerts(grid: Grid, people: readonly Person[]): Alert[] {
  const random = seeded(2)
  const pick = chooser(random)
  const cells = [...grid.depths.keys()].filter((area) => grid.depths[area] === SHARES.length - 1)
  return Array.from({ length: ALERTS }, (_, nth) => {
    const parent = grid.parents[pick(cells)]
    const around = cells.filter((area) => grid.parents[area] === parent)
    const areas = around.slice(0, 1 + Math.floor(random() * 30))
    const rank = 2 + Math.floor(random() * 3)
    const onDuty = [pick(people).id, pick(people).id]
    return alertOf({
      id: `a${nth}`,
      category: pick(CATEGORIES),
      area: smallestAround(grid, areas),
      areas,
      rank,
      peak: rank,
      onDuty,
      record: [],
    })
  })
}

/** What matching costs. */
export interface MatchBench {
  /** µs an alert. */
  readonly each: number
  /** Recipients an alert, on average. */
  readonly recipients: number
}

/** Matches a thousand alerts against 10,000 officers with five subscriptions each; throws when somebody is found twice. */
export function matchBench(grid: Grid, now: () => number, officers = 10_000): MatchBench {
  const { people, subscriptions } = benchOfficers(grid, officers)
  const alerts = benchAlerts(grid, people)
  const index = new SubscriptionIndex(grid)
  index.load(subscriptions)
  for (const alert of alerts) index.match(alert, START)
  const from = now()
  const found = alerts.map((alert) => index.match(alert, START))
  const each = ((now() - from) * 1000) / alerts.length
  for (const recipients of found) {
    const persons = new Set(recipients.map(({ person }) => person))
    if (persons.size !== recipients.length) throw new RangeError('somebody was found twice')
  }
  return { each, recipients: found.reduce((sum, { length }) => sum + length, 0) / alerts.length }
}

/** A minute of ticks with a thousand alerts raised, told to those on duty and to `subscribed` subscriptions. */
export class TickBench {
  readonly #plan
  readonly #policy: AlertPolicy
  readonly #alerts: readonly Alert[]
  readonly #stored: ReadonlyMap<string, Uint8Array>

  constructor(grid: Grid, subscribed: number) {
    const { people, subscriptions } = benchOfficers(grid, 20_000)
    this.#plan = smallPlan(grid)
    this.#policy = simplePolicy({
      people: new Map(people.map((person) => [person.id, person])),
      categories: new Map(CATEGORIES.map((id) => [id, { id, name: { zh: id, en: id } }])),
    })
    this.#alerts = benchAlerts(grid, people)
    const entries = subscriptions.slice(0, subscribed).map((each) => jsonEntry(`s/${each.id}`, each))
    this.#stored = new Map(entries.flatMap(({ key, value }) => (value === null ? [] : [[key, value]])))
  }

  /** µs a tick; throws when a notice is made twice. */
  run(now: () => number): number {
    const book = new NoticeBook(this.#plan, this.#policy)
    book.restore(this.#stored)
    const open = new Map<string, Alert>()
    const notices: Notice[] = []
    let ms = 0
    for (let tick = 1; tick <= TICKS; tick++) {
      const alerts = this.#alerts.filter((_, nth) => nth % TICKS === tick - 1)
      for (const alert of alerts) open.set(alert.id, alert)
      const events = alerts.map(eventOf)
      const from = now()
      const told = book.tick(START + tick * 1000, { alerts, events }, open, [])
      ms += now() - from
      notices.push(...told.notices)
    }
    assertOnce(notices)
    return (ms * 1000) / TICKS
  }
}

function eventOf(alert: Alert): AlertEvent {
  const to = alert.onDuty.map((person) => ({ person, why: 'duty' as const }))
  return { occasion: 'raised', alert, to, subscribers: true }
}

function assertOnce(notices: readonly Notice[]): void {
  const keys = notices.map(({ person, channel, occasion, alerts }) =>
    [person, channel, occasion, ...alerts].join(' '),
  )
  if (new Set(keys).size !== keys.length) throw new RangeError('somebody was told twice')
}
