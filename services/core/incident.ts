import type { Rank } from './level.ts'

/** Where an incident's weight lay at a tick: centre in WGS 84 degrees, area in square metres. */
export interface PathPoint {
  readonly at: number
  readonly lon: number
  readonly lat: number
  readonly m2: number
}

export type Trend = 'growing' | 'shrinking' | 'moving' | 'steady'

/**
 * Neighbouring areas of one depth at or above a level for one category (or rule), followed from tick to tick. `fading`: it has
 * no areas any more, but its off-delay runs; should they come back, it is the same. `merged`: it is part of an older one; should
 * the two come apart within the off-delay, it is `active` again. `over` is final.
 */
export interface Incident {
  /** `i` and the tick of its birth in base 36, `-`, and its number among those born at that tick: unique for the life of a log. */
  readonly id: string
  /** Number on the map and in lists, the smallest that no living one has (nor one merged within the off-delay), from 1. */
  readonly number: number
  /** What it is one of: a category of indicators, or a rule's id where incidents are kept apart by rule. */
  readonly category: string
  /** Index of the grid level of its areas. */
  readonly depth: number
  readonly state: 'active' | 'fading' | 'over' | 'merged'
  /** Area indexes, ascending; unless active, those it had last. */
  readonly areas: readonly number[]
  /** Gravest rank now, 0 unless active; and ever. */
  readonly rank: Rank
  readonly peak: Rank
  /** Gravest area (the first of equals) with its rule, limit and value, which is told anew at most once a minute; unless active, the last one. */
  readonly worst: {
    readonly area: number
    readonly rule: string
    readonly value: number | null
    readonly limit: number | null
  }
  readonly born: number
  /** Tick at which its areas or rank changed last. */
  readonly moved: number
  /** Tick at which it was over or merged; null while it lives. While fading: since when. */
  readonly faded: number | null
  readonly ended: number | null
  /** Id of the older incident that it became part of. */
  readonly into: string | null
  /** Id of the incident that it split from. */
  readonly from: string | null
  /** At most 60 points, its first and then one a minute, oldest out; the last is from when it or its trend changed last. */
  readonly path: readonly PathPoint[]
  readonly trend: Trend
  /** Where its centre will be 15 min from the path's last point if it goes on as it did; null: it stands, or too little is known. */
  readonly projection: { readonly at: number; readonly lon: number; readonly lat: number } | null
}

/** How areas become incidents. */
export interface IncidentSettings {
  /** Areas at this rank or graver belong to incidents. */
  readonly rank: Rank
  readonly by: 'category' | 'rule'
  /** Areas that lie so many areas apart still belong together; 0: they touch. */
  readonly gap: number
  /** Areas whose borders run along each other at most so far apart touch, metres. */
  readonly gapMetres: number
  /** An incident without areas is over after so long, ms. */
  readonly offDelayMs: number
}
