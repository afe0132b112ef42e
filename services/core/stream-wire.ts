import type { Told } from './desk-wire.ts'

/**
 * `GET /api/v1/desk/stream`: server-sent events; each bears its tick as id, so that a browser resumes by itself.
 * `news`: what changed at the tick, ask for it again. `notice`: I was told. `reset`: too much was missed, load everything again.
 * `beat`: at once and then every 3 s, whether or not anything changed: a page claims to be live no longer than its last tick is young.
 * `end`: the session is over or the server goes down; data `{code}`.
 */
export interface DeskNews {
  readonly tick: number
  /** Ids of alerts that changed and that I may see. */
  readonly alerts: readonly string[]
  readonly incidents: readonly string[]
  readonly silences: boolean
  readonly subscriptions: boolean
  readonly handovers: boolean
  readonly roster: boolean
}
export interface DeskNotice extends Told {
  readonly tick: number
  readonly alerts: readonly string[]
  /** Gravest rank among them. */
  readonly rank: number
}
export interface DeskBeat {
  /** Newest tick of the alert stage that the desk knows. */
  readonly tick: number
  /** Server's clock, ms. */
  readonly now: number
}
