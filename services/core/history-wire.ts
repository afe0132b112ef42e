import type { People, Place } from './desk-wire.ts'
import type { KnownAlert } from './knowledge.ts'
import type { OnDuty } from './roster.ts'

/** GET /api/v1/alerts/{id}/knowledge: who knew what when. */
export interface Knowledge {
  readonly alert: string
  /** Oldest first. */
  readonly lines: readonly {
    readonly at: number
    /** Person, or '' for the program and walls. */
    readonly person: string
    readonly role: string
    /** `raised` `told` `delivered` `failed` `suppressed` `seen`, a verb, or another word of the alert's record. */
    readonly what: string
    readonly channel: string
    /** The alert as it stood then. */
    readonly rank: number
    readonly state: string
    readonly detail: string
  }[]
}

/** GET /api/v1/knowledge?at&area: what was open at a time, who had been told of it and who had seen it, and who was on duty. */
export interface KnowledgeAt {
  readonly at: number
  /** Gravest first, then oldest, at most 200; how many more were open. */
  readonly alerts: readonly (Omit<KnownAlert, 'area'> & { readonly area: Place })[]
  readonly more: number
  /** From the area asked for up to the city, by the rosters as they are now. */
  readonly duty: readonly { readonly area: Place; readonly onDuty: readonly OnDuty[] }[]
  readonly people: People
}
