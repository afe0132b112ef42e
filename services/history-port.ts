import type { TimedArchive } from './timeline.ts'

/** The past as routes see it. */
export interface HistoryDoor {
  /** Null where none is kept. */
  readonly archive: TimedArchive['archive']
  /** An opened bundle. GW-not-found. */
  readonly bundle: (id: string) => Promise<TimedArchive>
}
