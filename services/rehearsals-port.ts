import type { RehearsalsAnswer, RehearsalView } from './core/replay-wire.ts'

/** Rehearsals of this process, as routes see them. */
export interface Rehearsals {
  list(): RehearsalsAnswer
  /** Asks for one, from the body of POST /api/v1/rehearsals as it came; it waits or runs when this resolves. RS-*, RY-field, RY-full, RY-future, AV-gap. */
  open(wanted: Readonly<Record<string, unknown>>, by: string): Promise<RehearsalView>
  /** A {@link RehearsalView} as JSON, with its result when it is done. RY-unknown. */
  whole(id: string): Promise<string>
  /** What it came to as a table; RY-unknown until it is done. */
  csv(id: string): Promise<string>
  /** Takes it out of the queue, ends it or forgets what came of it. RY-unknown. */
  remove(id: string): Promise<void>
}

/** Where what came of rehearsals is kept over restarts. */
export interface RehearsalStore {
  /** All without their results, oldest first. */
  views(): Promise<readonly RehearsalView[]>
  /** Keeps one that has no result. */
  save(view: RehearsalView): Promise<void>
  /** As JSON, as a table; undefined where there is none. */
  whole(id: string): Promise<string | undefined>
  csv(id: string): Promise<string | undefined>
  remove(id: string): Promise<void>
}
