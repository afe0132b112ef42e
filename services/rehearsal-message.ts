import type { RehearsalView } from './core/replay-wire.ts'
import type { RulesSource } from './rules-text.ts'
import type { TellableFault } from './thread.ts'

/** What the thread of one rehearsal is started with. */
export interface RehearsalSetting {
  /** Folder of the archive, and which log counts where several overlap. */
  readonly archive: string
  readonly epoch: string
  /** Folder in which what comes of it is kept. */
  readonly folder: string
  readonly view: RehearsalView
  readonly rules: RulesSource
}

/** What the thread tells. */
export type FromRehearsal =
  | { readonly what: 'progress'; readonly share: number }
  /** It is over and kept; the view is without its result. */
  | { readonly what: 'done'; readonly view: RehearsalView }
  | { readonly what: 'failed'; readonly fault: TellableFault }
