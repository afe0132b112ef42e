import type { Rank } from './level.ts'

/** Mutes notices for a time and place; what is muted is still counted, shown and marked. */
export interface SilenceSpec {
  /** Why; never empty. */
  readonly reason: string
  readonly from: number
  readonly until: number
  /** Code of a subtree. Of one that is drawn: the ring counts inside it only; '' stands for all that its author answers for. */
  readonly area: string
  /** Drawn on the map: a closed ring, WGS 84 lon,lat, at most 200 points; it covers alerts all of whose areas have their centre in it. Empty: by subtree. */
  readonly ring: readonly (readonly [number, number])[]
  /** '' for all. */
  readonly category: string
  /** Alerts that were never graver than this rank are muted; graver ones come through. */
  readonly most: Rank
}

/** A silence with its author. */
export interface Silence extends SilenceSpec {
  /** `q` + tick in base 36 + `-` + number. */
  readonly id: string
  readonly by: string
  readonly at: number
  /** Ended early by this person, and `until` is when; '' while not. */
  readonly endedBy: string
}
