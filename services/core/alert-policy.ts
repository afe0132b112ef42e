import type { IncidentSettings } from './incident.ts'
import type { Rank } from './level.ts'
import type { Channel } from './notice.ts'
import type { Person, Role } from './person.ts'
import type { Schedule } from './schedule.ts'

/** How long each duty may take, ms; 0: no limit. */
export interface Limits {
  readonly acknowledge: number
  readonly dispatch: number
  readonly handle: number
  readonly verify: number
}

/** What a category is called, and its mark on maps and lists. */
export interface Category {
  readonly id: string
  readonly name: { readonly zh: string; readonly en: string }
}

/** A planned time in which notices about a place are kept back. */
export interface Maintenance {
  readonly name: string
  /** Code of a subtree. */
  readonly area: string
  /** '' for all. */
  readonly category: string
  readonly schedule: Schedule
}

/** All that the alert stage goes by beside the log: from the configuration, frozen. */
export interface AlertPolicy {
  /** Hash of all below: says in the state by what it was made. */
  readonly version: string
  readonly incidents: IncidentSettings
  /** Category of each rule by id (of its indicator, or the rule's id where incidents are kept by rule). */
  readonly categoryOf: ReadonlyMap<string, string>
  readonly categories: ReadonlyMap<string, Category>
  /** Limits for a category and rank; falls back from the category's to those of all. */
  limits(category: string, rank: Rank): Limits
  /** Share of a limit after which a warning goes out, 0–1. */
  readonly warnAfter: number
  /** How long each step of the ladder has to acknowledge before the next is told, ms; 0: it is told no further. */
  readonly stepMs: number
  /** An alert nobody has acknowledged is told again after so long, ms; 0: never. */
  readonly repeatMs: number
  /** At most so many notices to one person in so long; the rest come in one digest when it is over. */
  readonly rate: { readonly most: number; readonly perMs: number }
  /** Time that called units have where the whistle names none, ms. */
  readonly reportInMs: number
  /** Closed alerts are kept so long, ms. */
  readonly historyMs: number
  /** Named default: told when nobody stands on any roster up to the root. */
  readonly fallback: string
  readonly people: ReadonlyMap<string, Person>
  /** Channels and least rank by role, for those without subscriptions of their own; absent roles get none. */
  readonly defaults: ReadonlyMap<Role, { readonly rank: Rank; readonly channels: readonly Channel[] }>
  readonly maintenance: readonly Maintenance[]
  /** Units that can be dispatched and whistled for, by id. */
  readonly units: ReadonlyMap<string, { readonly zh: string; readonly en: string }>
  readonly exercise: boolean
}
