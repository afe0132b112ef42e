import type { Config } from './config-schema.ts'
import type { Person } from './core/person.ts'
import type { DrillScore, OpenReplay, ReplayVerb, ReplayVerbs, ReplayView } from './core/replay-wire.ts'
import type { TellableFault } from './thread.ts'

type Names = { readonly zh: string; readonly en: string }

/** A verb with its body. */
export type VerbCall = {
  [Verb in ReplayVerb]: { readonly verb: Verb; readonly body: ReplayVerbs[Verb] }
}[ReplayVerb]

/** What a session is opened with: its `workerData`. Holds no secret. */
export interface ReplaySetting {
  readonly named: Pick<ReplayView, 'id' | 'kind' | 'title' | 'path' | 'bundle' | 'by'>
  readonly at: number
  readonly to: number | null
  readonly rate: Required<OpenReplay>['rate']
  readonly playing: boolean
  /** Of a drill: who takes part. */
  readonly people: readonly Person[]
  /** Folder of the archive. */
  readonly archive: string
  /** Where the session's server listens: a socket that nobody else on this machine may open. */
  readonly socket: string
  /** How people of this installation are called; an archive names nobody. */
  readonly names: Readonly<Record<string, Names>>
  /** Without the token of walls, which the way in has asked for already. */
  readonly http: Config['http']
  readonly state: Config['state']
  /** Folder of the built pages. */
  readonly web: string
  readonly program: string
}

/** To a session's thread. */
export type ToReplay =
  | { readonly what: 'verb'; readonly call: number; readonly verb: VerbCall }
  /** GET /api/v1/replays/{id}/score. */
  | { readonly what: 'score'; readonly call: number }
  | { readonly what: 'close' }

/** From it. `view` follows each change, and twice a second while it plays. */
export type FromReplay =
  | { readonly what: 'open'; readonly view: ReplayView }
  | { readonly what: 'view'; readonly view: ReplayView }
  | { readonly what: 'done'; readonly call: number; readonly view: ReplayView }
  | { readonly what: 'scored'; readonly call: number; readonly score: DrillScore }
  | { readonly what: 'refused'; readonly call: number; readonly fault: TellableFault }
  | { readonly what: 'failed'; readonly fault: TellableFault }
  /** A question to its server went wrong; the session goes on. */
  | { readonly what: 'fault'; readonly fault: TellableFault }
