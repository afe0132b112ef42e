import type { Adjacency } from './adjacency.ts'
import type { Component, Kept } from './incident-matching.ts'
import type { Rank } from './level.ts'

const NOBODY: readonly Kept[] = []

/** Key of the group of a category and depth. */
export function groupKey(category: string, depth: number): string {
  return `${depth}/${category}`
}

/** The areas of one depth that are active in one category, and which incident each belongs to. */
export class IncidentGroup {
  readonly category: string
  readonly depth: number
  /** Unlike that of every other group. */
  readonly key: string
  /** Rank of each active area. */
  readonly active = new Map<number, Rank>()
  /** Incident of each active area. */
  readonly owners = new Map<number, Kept>()
  /** Some active areas have no incident, because there are too many. */
  crowded = false
  readonly #fading = new Map<number, Kept[]>()
  readonly #adjacency: Adjacency
  readonly #reach: number
  /** 1 for areas of which nothing is known yet, all 0 between calls. */
  readonly #open: Uint8Array

  /** Areas with up to `gap` others between them belong together. `scratch` has a 0 for each area; groups may share it. */
  constructor(category: string, depth: number, adjacency: Adjacency, gap: number, scratch: Uint8Array) {
    this.category = category
    this.depth = depth
    this.key = groupKey(category, depth)
    this.#adjacency = adjacency
    this.#reach = gap + 1
    this.#open = scratch
  }

  /** Areas near enough to belong together with an area, ascending. */
  near(area: number): Int32Array {
    return this.#adjacency.within(area, this.#reach)
  }

  /** Areas near enough to an area to be where a fast incident has gone from it: a step further than {@link near}. */
  around(area: number): Int32Array {
    return this.#adjacency.within(area, this.#reach + 1)
  }

  /** An area is active from `least` on. */
  judge(area: number, rank: Rank, least: Rank): void {
    if (rank > 0 && rank >= least) this.active.set(area, rank)
    else this.active.delete(area)
  }

  /** Fading incidents that had an area last. */
  fadingAt(area: number): readonly Kept[] {
    return this.#fading.get(area) ?? NOBODY
  }

  fade(kept: Kept): void {
    for (const area of kept.incident.areas) this.#fading.set(area, [...this.fadingAt(area), kept])
  }

  /** It came back or is over; before its areas change. */
  unfade(kept: Kept): void {
    for (const area of kept.incident.areas) {
      const rest = this.fadingAt(area).filter((other) => other !== kept)
      if (rest.length === 0) this.#fading.delete(area)
      else this.#fading.set(area, rest)
    }
  }

  own(kept: Kept, areas: readonly number[]): void {
    for (const area of areas) this.owners.set(area, kept)
  }

  disown(kept: Kept): void {
    for (const area of kept.incident.areas) this.owners.delete(area)
  }

  /** Active areas without an incident, ascending. */
  unowned(): number[] {
    return [...this.active.keys()].filter((area) => !this.owners.has(area)).sort((a, b) => a - b)
  }

  /** Parts `areas`, all of them active, into those that belong together; by smallest area. Rate: per area of an incident that changed. */
  components(areas: Iterable<number>): Component[] {
    const sorted = Int32Array.from(areas).sort()
    const open = this.#open
    for (const area of sorted) open[area] = 1
    const components: Component[] = []
    for (const seed of sorted) {
      if (open[seed] === 0) continue
      open[seed] = 0
      const found = [seed]
      // The list grows while it is walked.
      for (const area of found)
        for (const near of this.near(area)) {
          if (open[near] === 0) continue
          open[near] = 0
          found.push(near)
        }
      found.sort((a, b) => a - b)
      const rank = found.reduce((gravest, area) => Math.max(gravest, this.active.get(area) ?? 0), 0)
      components.push({ areas: found, rank })
    }
    return components
  }

  /** Gives the areas of a component that had no part yet the part of the nearest that has one. */
  spread(areas: readonly number[], parts: ReadonlyMap<number, string>): Map<number, string> {
    const spread = new Map<number, string>()
    const open = new Set(areas)
    const found: number[] = []
    const reach = (area: number, part: string): void => {
      if (!open.delete(area)) return
      spread.set(area, part)
      found.push(area)
    }
    for (const area of areas) {
      const part = parts.get(area)
      if (part !== undefined) reach(area, part)
    }
    for (const area of found) for (const near of this.near(area)) reach(near, spread.get(area) ?? '')
    return spread
  }
}
