import type { Grid } from './grid.ts'
import type { Indicators } from './indicator.ts'
import type { Scheme } from './level.ts'
import type { Registration } from './observation.ts'
import type { RuleSet } from './rule.ts'

/** All that the stages need to know beside the log: what is observed where, and what it means. */
export interface Plan {
  readonly grid: Grid
  readonly indicators: Indicators
  readonly rules: RuleSet
  readonly scheme: Scheme
  readonly partitions: number
  /** Time between ticks, ms; every tick is a multiple of it. */
  readonly tickMs: number
  /** Registered sources by `vendor/source`. */
  readonly registrations: ReadonlyMap<string, Registration>
}
