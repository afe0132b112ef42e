import type { DrillScore, ReplaysAnswer, ReplayView } from './core/replay-wire.ts'
import type { VerbCall } from './replay-message.ts'

/** Body of POST /api/v1/replays as it came. */
export type Wanted = Readonly<Record<string, unknown>>

/** Who opens a session. */
export interface Opener {
  readonly person: string
  /** Whether drills are open to them. */
  readonly drills: boolean
}

/** Sessions of replays and drills of this process, as routes see them. */
export interface Replays {
  list(): ReplaysAnswer
  /** RY-unknown. */
  get(id: string): ReplayView
  /** Opens a session; it is still `opening` when this resolves. RY-field, RY-full, RY-future, AV-gap, AL-unknown, SE-role. */
  open(wanted: Wanted, by: Opener): Promise<ReplayView>
  /** RY-unknown, RY-field, RY-future, RY-failed, AV-gap. */
  do(id: string, call: VerbCall): Promise<ReplayView>
  /** How people did in a drill so far. RY-unknown, RY-field, RY-failed. */
  score(id: string): Promise<DrillScore>
  /** RY-unknown. */
  close(id: string): Promise<void>
  /** Where the server of a session listens, once it is open, and a use of it, which ends with the answer's call. RY-unknown, RY-failed. */
  enter(id: string): Promise<{ readonly socket: string; readonly leave: () => void }>
}
