import type { ReadingUpdate, RuleVerdict } from '../core/change.ts'
import type { Grid } from '../core/grid.ts'
import type { Incident, IncidentSettings } from '../core/incident.ts'
import { IncidentTracker } from '../core/incident-tracker.ts'
import type { Plan } from '../core/plan.ts'
import type { Rule } from '../core/rule.ts'
import { simplePolicy } from './sample-alert.ts'
import { indicatorWith, planWith, ruleWith } from './watched-city.ts'

export const MINUTE = 60_000
export const START = Date.UTC(2026, 10, 22, 0, 0, 0)

/** Rain on cells is one category, noise on cells another. */
const CATEGORIES: ReadonlyMap<string, string> = new Map([
  ['rain', 'water'],
  ['flood', 'water'],
  ['noise', 'noise'],
])

/** From blue on; areas next to each other; ten minutes of off-delay. */
const SETTINGS: IncidentSettings = {
  rank: 1,
  by: 'category',
  gap: 0,
  gapMetres: 0,
  offDelayMs: 10 * MINUTE,
}

/** Rank by area. */
export type Picture = Iterable<readonly [area: number, rank: number]>

/** Incidents of a grid, told by pictures of the ranks at each tick, with the state's entries beside. */
export class IncidentRun {
  readonly plan: Plan
  readonly entries = new Map<string, Uint8Array>()
  /** What each tick said, in order. */
  readonly told: { readonly at: number; readonly incident: Incident }[] = []
  /** Everything a store would be given, for comparing runs byte by byte. */
  readonly written: string[] = []
  at = START
  tracker: IncidentTracker
  readonly #settings: IncidentSettings
  readonly #most: number | undefined
  readonly #shown = new Map<string, Map<number, number>>()

  constructor(
    grid: Grid,
    settings: Partial<IncidentSettings> = {},
    most?: number,
    level = grid.levels.at(-1)?.id ?? '',
  ) {
    const rules = [...CATEGORIES.keys()].map((id): Rule => ruleWith(id, 'air', { level }))
    this.plan = planWith([indicatorWith('air')], rules, {}, grid)
    this.#settings = { ...SETTINGS, ...settings }
    this.#most = most
    this.tracker = this.#start()
  }

  get living(): Incident[] {
    return [...this.tracker.living.values()]
  }

  /** Ids that each tick so far has told of, each once. */
  get ids(): string[] {
    return [...new Set(this.told.map(({ incident }) => incident.id))]
  }

  /** The last that was told of an incident. */
  last(id: string): Incident | undefined {
    return this.told.findLast(({ incident }) => incident.id === id)?.incident
  }

  /** One tick, `afterMs` later, in which a rule has exactly these ranks. Answers what it told. */
  show(
    picture: Picture,
    afterMs = MINUTE,
    rule = 'rain',
    readings: readonly ReadingUpdate[] = [],
  ): readonly Incident[] {
    const before = this.#shown.get(rule) ?? new Map<number, number>()
    const now = new Map(picture)
    const verdicts: RuleVerdict[] = []
    for (const area of new Set([...before.keys(), ...now.keys()])) {
      const rank = now.get(area) ?? 0
      if ((before.get(area) ?? 0) === rank) continue
      verdicts.push({ area, rule, rank, value: rank * 10 + 5, limit: rank * 10 })
    }
    this.#shown.set(rule, now)
    return this.tell(verdicts, afterMs, readings)
  }

  /** One tick with these verdicts, and values that moved behind others. */
  tell(
    verdicts: readonly RuleVerdict[],
    afterMs = MINUTE,
    readings: readonly ReadingUpdate[] = [],
  ): readonly Incident[] {
    this.at += afterMs
    const sorted = [...verdicts].sort(
      (a, b) => a.area - b.area || (a.rule < b.rule ? -1 : +(a.rule > b.rule)),
    )
    const { incidents, entries } = this.tracker.tick(this.at, sorted, readings)
    for (const incident of incidents) this.told.push({ at: this.at, incident })
    for (const { key, value } of entries) {
      this.written.push(`${key} ${value === null ? '-' : Buffer.from(value).toString('latin1')}`)
      if (value === null) this.entries.delete(key)
      else this.entries.set(key, value)
    }
    return incidents
  }

  /** Throws away what is in memory and takes up from the entries. */
  restart(settings: Partial<IncidentSettings> = {}): void {
    this.tracker = this.#start(settings)
    this.tracker.restore(this.entries)
  }

  #start(settings: Partial<IncidentSettings> = {}): IncidentTracker {
    const incidents = { ...this.#settings, ...settings }
    return new IncidentTracker(
      this.plan,
      simplePolicy({ incidents, categoryOf: CATEGORIES }),
      ...(this.#most === undefined ? [] : [this.#most]),
    )
  }
}
