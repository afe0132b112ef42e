import type { Actor } from './person.ts'
import type { Rank } from './level.ts'
import type { PlainRules } from './rule-set.ts'
import type { SilenceSpec } from './silence.ts'
import type { SubscriptionSpec } from './subscription.ts'
import type { Channel } from './notice.ts'

/**
 * What somebody did, as an appended record of the log (kind 4, partition 0): it belongs to the next tick of that partition.
 * Whether it was permitted is decided in the alert stage, by core alone; a refused one stands in the log, too.
 */
export interface Action {
  /** 16 hex digits made by who appends it; a repetition is ignored. */
  readonly id: string
  /** When it was taken in, ms (ingest's clock); everything that follows is dated by the tick. */
  readonly time: number
  readonly by: Actor
  readonly deed: Deed
}

/** What can be done. Alerts, silences and subscriptions are named by id; areas by code; comments are at most 500 characters and cut of personal numbers. */
export type Deed =
  | {
      readonly verb: 'acknowledge' | 'handle' | 'verify' | 'close' | 'note' | 'unshelve'
      readonly alert: string
      readonly comment: string
    }
  /** `reject`: what was handled is not done, back to dispatched. `reopen`: a closed alert is raised again. */
  | { readonly verb: 'reject' | 'reopen'; readonly alert: string; readonly comment: string }
  | {
      readonly verb: 'dispatch'
      readonly alert: string
      readonly unit: string
      readonly person: string
      readonly comment: string
    }
  | { readonly verb: 'shelve'; readonly alert: string; readonly until: number; readonly comment: string }
  /** The whistle: `units` are called and must report in by `by` (ms). */
  | {
      readonly verb: 'whistle'
      readonly alert: string
      readonly units: readonly string[]
      readonly by: number
      readonly comment: string
    }
  | { readonly verb: 'report-in'; readonly alert: string; readonly unit: string; readonly comment: string }
  /** Raised by hand; `exercise` marks a drill. */
  | {
      readonly verb: 'raise'
      readonly areas: readonly string[]
      readonly category: string
      readonly rank: Rank
      readonly headline: string
      readonly exercise: boolean
    }
  /** The desk showed this alert to the person. */
  | { readonly verb: 'see'; readonly alert: string }
  | { readonly verb: 'silence'; readonly silence: SilenceSpec }
  | { readonly verb: 'unsilence'; readonly silence: string; readonly comment: string }
  | { readonly verb: 'subscribe'; readonly subscription: SubscriptionSpec }
  | { readonly verb: 'unsubscribe'; readonly subscription: string }
  /** A roster as it was read; replaces the one of that name. At most 256 KiB. */
  | {
      readonly verb: 'roster'
      readonly name: string
      readonly format: 'ical' | 'yaml'
      readonly text: string
    }
  /** Override or swap: `person` is on duty for `area` from `from` to `to` (ms) instead of `instead` ('' : of everybody). */
  | {
      readonly verb: 'cover'
      readonly area: string
      readonly person: string
      readonly instead: string
      readonly from: number
      readonly to: number
      readonly comment: string
    }
  /** A note for the next shift of an area. */
  | { readonly verb: 'handover'; readonly area: string; readonly comment: string }
  /** Rules under a name, to be compared or put into force later; saved again they take the new name. */
  | { readonly verb: 'save-rules'; readonly name: string; readonly book: PlainRules }
  /** Puts a saved version into force, a few seconds after it is decided; the comment says why. */
  | { readonly verb: 'publish-rules'; readonly version: string; readonly comment: string }
  | { readonly verb: 'sign-in' | 'sign-out'; readonly from: string }
  /** What became of a notice on its channel; by the program. */
  | {
      readonly verb: 'delivery'
      readonly notice: string
      readonly channel: Channel
      readonly state: 'sent' | 'failed'
      readonly why: string
      readonly attempts: number
    }

export type Verb = Deed['verb']

/** What became of an action, told to who did it. */
export interface Outcome {
  readonly action: string
  /** Code of the catalogue; null: done. */
  readonly code: string | null
  /** Parameters of the code's sentence. */
  readonly parameters: Readonly<Record<string, string | number>>
  /** What it made or moved: id of the alert, silence or subscription; '' for none. */
  readonly subject: string
}

const isText = (value: unknown): value is string => typeof value === 'string'
const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === 'object' && value !== null ? { ...value } : null

/** An action from JSON that this program wrote: what every action has is checked, its deed's fields by who decides on it. Null for anything else. */
export function readAction({ id, time, by, deed }: Readonly<Record<string, unknown>>): Action | null {
  const actor = fieldsOf(by)
  const sound =
    isText(id) &&
    typeof time === 'number' &&
    actor !== null &&
    [actor['person'], actor['role'], actor['area'], actor['unit']].every(isText) &&
    isText(fieldsOf(deed)?.['verb'])
  return sound ? { id, time, by: by as Actor, deed: deed as Deed } : null
}
