import type { Schedule } from './schedule.ts'
import type { Rank } from './level.ts'
import type { Channel } from './notice.ts'

/** What somebody wants to be told of. */
export interface SubscriptionSpec {
  /** Code of the area's subtree. */
  readonly area: string
  readonly rank: Rank
  /** '' for all. */
  readonly category: string
  /** When; null: always. */
  readonly schedule: Schedule | null
  readonly channels: readonly Channel[]
}

/** A person's subscription; `default` is true for one that comes with the role. */
export interface Subscription extends SubscriptionSpec {
  /** `s` + tick in base 36 + `-` + number; `role:<person>` for a default. */
  readonly id: string
  readonly person: string
  readonly default: boolean
}
