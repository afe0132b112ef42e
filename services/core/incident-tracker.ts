import { adjacencyOf, type Adjacency } from './adjacency.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { ReadingUpdate, RuleVerdict } from './change.ts'
import type { StateEntry } from './commit.ts'
import { IncidentBook, type Extent } from './incident-book.ts'
import { decodeIncident } from './incident-entry.ts'
import { IncidentGroup, groupKey } from './incident-group.ts'
import { byAge, matchIncidents, type Component, type Kept } from './incident-matching.ts'
import type { Incident } from './incident.ts'
import type { Plan } from './plan.ts'
import { StandingVerdicts } from './standing-verdicts.ts'

/** Most incidents at a time, with those merged within the off-delay; areas beyond wait until one is over, gravest first. */
export const MOST_INCIDENTS = 10_000

/** What a tick has made of the incidents. */
export interface IncidentNews {
  /** Those that changed, oldest first, as they are now. */
  readonly incidents: Incident[]
  /** By key. */
  readonly entries: StateEntry[]
}

/** A component without an incident yet. */
interface Newborn {
  readonly group: IncidentGroup
  readonly component: Component
  readonly from: Kept | null
}

/**
 * Follows incidents from tick to tick by the verdicts of rules: a function of these and of what it has stored. The work of a
 * tick grows with the areas that changed and the sizes of the incidents they touch, never with the city.
 */
export class IncidentTracker {
  /** Active areas that are no incident because there are {@link MOST_INCIDENTS}. */
  waiting = 0
  readonly #plan: Plan
  readonly #policy: AlertPolicy
  readonly #most: number
  readonly #adjacency: Adjacency
  readonly #scratch: Uint8Array
  readonly #standing = new StandingVerdicts()
  readonly #book: IncidentBook
  /** By depth and category. */
  readonly #groups = new Map<string, IncidentGroup>()
  /** Nothing has been looked at since the start: everything is at the next tick. */
  #fresh = true
  #newborn: Newborn[] = []
  /** Entries of verdicts for the next commit; one that is told twice in a tick counts as told last. */
  readonly #entries = new Map<string, StateEntry>()

  /** `most` is a bound that tests set lower. */
  constructor(plan: Plan, policy: AlertPolicy, most = MOST_INCIDENTS) {
    this.#plan = plan
    this.#policy = policy
    this.#most = most
    this.#scratch = new Uint8Array(plan.grid.size)
    this.#adjacency = adjacencyOf(plan.grid, policy.incidents.gapMetres)
    this.#book = new IncidentBook(plan.grid, policy.incidents.offDelayMs)
  }

  /** Active and fading incidents by id. */
  get living(): ReadonlyMap<string, Incident> {
    return this.#book.living
  }

  /** Takes up what was stored. Verdicts of rules and areas that the plan no longer has are dropped at the next tick. */
  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    const { grid, rules } = this.#plan
    const levels = new Map(rules.rules.map(({ id, level }) => [id, level]))
    const known = (area: number, rule: string): boolean => {
      const level = grid.levels[grid.depths[area] ?? -1]?.id
      return level !== undefined && levels.get(rule) === level
    }
    for (const [key, bytes] of entries)
      if (key.startsWith('v/') && !this.#standing.restore(key, bytes, known))
        this.#entries.set(key, { key, value: null })
    for (const [key, bytes] of entries) if (key.startsWith('i/')) this.#takeUp(decodeIncident(bytes))
  }

  #takeUp(kept: Kept): void {
    const { state, areas, category, depth, worst } = kept.incident
    kept.value = this.#standing.find(worst.area, worst.rule)?.value ?? worst.value
    this.#book.takeUp(kept)
    if (state === 'active') this.#group(category, depth).own(kept, areas)
    if (state === 'fading') this.#group(category, depth).fade(kept)
  }

  /** What the verdicts of tick `at`, and the values that moved behind others, make of the incidents. Rate: per tick. */
  tick(at: number, verdicts: readonly RuleVerdict[], readings: readonly ReadingUpdate[] = []): IncidentNews {
    this.waiting = 0
    this.#book.ring(at, (kept) => this.#groupOf(kept).unfade(kept))
    const touched = this.#hear(verdicts)
    this.#measure(readings)
    for (const key of [...this.#groups.keys()].sort()) {
      const group = this.#groups.get(key)
      const areas = touched.get(key)
      if (group && (areas || this.#fresh || group.crowded)) this.#resolve(group, areas ?? [], at)
    }
    this.#fresh = false
    this.#bearAll(at)
    const { incidents, entries } = this.#book.take()
    const all = [...this.#entries.values(), ...entries]
    this.#entries.clear()
    return { incidents, entries: all.sort((a, b) => (a.key < b.key ? -1 : +(a.key > b.key))) }
  }

  /** Areas that the verdicts are about, by group. */
  #hear(verdicts: readonly RuleVerdict[]): Map<string, Set<number>> {
    const touched = new Map<string, Set<number>>()
    const touch = (area: number, rule: string): void => {
      const group = this.#group(this.#categoryOf(rule), this.#plan.grid.depths[area] ?? 0)
      const areas = touched.get(group.key)
      if (areas) areas.add(area)
      else touched.set(group.key, new Set([area]))
    }
    for (const verdict of verdicts) {
      const entry = this.#standing.hear(verdict)
      this.#entries.set(entry.key, entry)
      touch(verdict.area, verdict.rule)
    }
    if (this.#fresh)
      for (const area of this.#standing.areas())
        for (const rule of this.#standing.rules(area)) touch(area, rule)
    return touched
  }

  /** Only what an incident shows is kept: the value of its gravest area. Rate: per value that moved. */
  #measure(readings: readonly ReadingUpdate[]): void {
    for (const { area, rule, value } of readings) {
      const key = groupKey(this.#categoryOf(rule), this.#plan.grid.depths[area] ?? 0)
      const kept = this.#groups.get(key)?.owners.get(area)
      const worst = kept?.incident.worst
      if (!kept || value === null || worst?.area !== area || worst.rule !== rule) continue
      const entry = this.#standing.measure(area, rule, value)
      if (entry === null) continue
      this.#entries.set(entry.key, entry)
      this.#book.measure(kept, value)
    }
  }

  /** Rate: per group with verdicts. */
  #resolve(group: IncidentGroup, touched: Iterable<number>, at: number): void {
    const appeared = new Set<number>()
    const affected = new Set<Kept>()
    const refreshed = new Set<Kept>()
    for (const area of touched) {
      group.judge(area, this.#worst(group, area)?.rank ?? 0, this.#policy.incidents.rank)
      const owner = group.owners.get(area)
      if (owner) (group.active.has(area) ? refreshed : affected).add(owner)
      else if (group.active.has(area)) appeared.add(area)
    }
    // Also what found no place when there were too many.
    if (group.crowded) for (const area of group.unowned()) appeared.add(area)
    group.crowded = false
    if (this.#fresh) for (const owner of group.owners.values()) affected.add(owner)
    for (const area of appeared)
      for (const near of group.near(area)) {
        const owner = group.owners.get(near)
        if (owner) affected.add(owner)
      }
    if (affected.size > 0 || appeared.size > 0) this.#match(group, [...affected].sort(byAge), appeared, at)
    for (const kept of refreshed)
      if (!affected.has(kept)) this.#book.goOn(kept, this.#extent(group, kept.incident.areas), at, false)
  }

  /** Parts what was touched into components and lets incidents go on in them. */
  #match(group: IncidentGroup, actives: readonly Kept[], appeared: Iterable<number>, at: number): void {
    const areas = new Set(appeared)
    for (const { incident } of actives)
      for (const area of incident.areas) if (group.active.has(area)) areas.add(area)
    const components = group.components(areas)
    const { heirs, from, lost, jumped } = matchIncidents(components, {
      actives,
      fadingAt: (area) => group.fadingAt(area),
      merged: this.#book.merged,
      around: (area) => group.around(area),
    })
    const origins = originsOf([...heirs.filter((heir) => heir !== null), ...actives], this.#book.merged)
    for (const heir of heirs)
      if (heir?.incident.state === 'merged') this.#book.merged.delete(heir.incident.id)
    for (const kept of actives) group.disown(kept)
    for (const [kept, into] of lost) {
      if (into) this.#book.merge(kept, into, at)
      else this.#fade(group, kept, at)
    }
    for (const [nth, component] of components.entries()) {
      const heir = heirs[nth]
      if (!heir) {
        this.#newborn.push({ group, component, from: from[nth] ?? null })
        continue
      }
      if (heir.incident.state === 'fading') group.unfade(heir)
      heir.parts = this.#partsOf(group, heir, component.areas, origins)
      this.#book.goOn(heir, this.#extent(group, component.areas), at, jumped.has(heir))
      group.own(heir, component.areas)
    }
  }

  #fade(group: IncidentGroup, kept: Kept, at: number): void {
    this.#book.fade(kept, at)
    if (kept.incident.state === 'fading') group.fade(kept)
  }

  /** Which of an heir's areas are of one that was merged into it within the off-delay; new areas go with their nearest. */
  #partsOf(
    group: IncidentGroup,
    heir: Kept,
    areas: readonly number[],
    origins: ReadonlyMap<number, string>,
  ): Map<number, string> {
    const { id } = heir.incident
    const { merged } = this.#book
    if (!areas.some((area) => merged.has(origins.get(area) ?? ''))) return new Map()
    const parts = new Map<number, string>()
    for (const area of areas) {
      const origin = origins.get(area)
      if (origin !== undefined) parts.set(area, merged.has(origin) ? origin : id)
    }
    const spread = group.spread(areas, parts)
    for (const [area, part] of spread) if (part === id) spread.delete(area)
    return spread
  }

  /** Gravest first, so that their numbers are the smallest and none of them waits for a lesser one. */
  #bearAll(at: number): void {
    const newborn = this.#newborn.sort(
      (a, b) =>
        b.component.rank - a.component.rank ||
        (a.group.key < b.group.key ? -1 : +(a.group.key > b.group.key)) ||
        (a.component.areas[0] ?? 0) - (b.component.areas[0] ?? 0),
    )
    this.#newborn = []
    for (const { group, component, from } of newborn) {
      const { areas } = component
      if (this.#book.size >= this.#most) {
        group.crowded = true
        this.waiting += areas.length
        continue
      }
      const { category, depth } = group
      group.own(this.#book.bear(category, depth, this.#extent(group, areas), from, at), areas)
    }
  }

  #extent(group: IncidentGroup, areas: readonly number[]): Extent {
    let gravest = areas[0] ?? 0
    for (const area of areas)
      if ((group.active.get(area) ?? 0) > (group.active.get(gravest) ?? 0)) gravest = area
    const none = { area: gravest, rule: '', rank: 0, value: null, limit: null }
    return { areas, worst: this.#worst(group, gravest) ?? none }
  }

  #worst(group: IncidentGroup, area: number): RuleVerdict | null {
    return this.#standing.worst(area, (rule) => this.#categoryOf(rule) === group.category)
  }

  #categoryOf(rule: string): string {
    return this.#policy.categoryOf.get(rule) ?? rule
  }

  #groupOf({ incident }: Kept): IncidentGroup {
    return this.#group(incident.category, incident.depth)
  }

  #group(category: string, depth: number): IncidentGroup {
    const key = groupKey(category, depth)
    let group = this.#groups.get(key)
    if (!group) {
      group = new IncidentGroup(category, depth, this.#adjacency, this.#policy.incidents.gap, this.#scratch)
      this.#groups.set(key, group)
    }
    return group
  }
}

/** By area: the incident that it was of, or the one merged into that which brought it. */
function originsOf(all: readonly Kept[], merged: ReadonlyMap<string, Kept>): Map<number, string> {
  const origins = new Map<number, string>()
  for (const { incident, parts } of all)
    for (const area of incident.areas) {
      const part = parts.get(area)
      origins.set(area, part !== undefined && merged.has(part) ? part : incident.id)
    }
  return origins
}
