import type { RootDatabase } from 'lmdb'
import { QingyuError, sentenceOf } from '../core/errors.ts'

/** Writes that belong together: all of them are on disk, or none. */
interface Work {
  /** Puts and removes, synchronously; an error refuses this work alone and must come before its first put. */
  write(): Error | undefined
  /** Called once on disk, before the promise of `submit` settles. */
  done(): void
}

interface Job extends Work {
  resolve(): void
  reject(error: unknown): void
}

// A refused work has put nothing yet, so those beside it in the batch are whole.
function writable(jobs: readonly Job[]): Job[] {
  return jobs.filter((job) => {
    const refusal = job.write()
    if (refusal !== undefined) job.reject(refusal)
    return refusal === undefined
  })
}

/** The real cause of a failed commit hangs on a promise of its own, which nobody else awaits. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error
  try {
    await error.commitError
    return error
  } catch (cause) {
    return cause
  }
}

/**
 * The one writer of an LMDB environment. At most one transaction is on its way to the disk; what is submitted meanwhile waits
 * and shares the next one, so the cost of a sync is divided by whatever the load is. LMDB's commit returns after fdatasync of
 * the pages and an O_DSYNC write of the root, because the environment is opened without `overlappingSync`.
 */
export class GroupCommit {
  readonly #root: RootDatabase
  readonly #dir: string
  readonly #resets: (() => void)[] = []
  readonly #broken: ((failure: QingyuError) => void)[] = []
  #waiting: Job[] = []
  #busy = false
  /** Why nothing is taken any more. */
  #ended: string | undefined
  #idle: (() => void)[] = []

  constructor(root: RootDatabase, dir: string) {
    this.#root = root
    this.#dir = dir
  }

  /** Called after a failed commit, before anybody hears of it: what memory says of the store must be read again. */
  onFailure(reset: () => void): void {
    this.#resets.push(reset)
  }

  /** Called when the environment takes nothing any more; only opening it anew, in a new process, can help. */
  onBroken(tell: (failure: QingyuError) => void): void {
    this.#broken.push(tell)
  }

  /** Rate: per append. Resolves on disk; rejects with the work's own refusal, or with LG-failed together with all that waited. */
  submit(work: Work): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#failure(this.#ended))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write: () => work.write(), done: () => work.done(), resolve, reject })
      if (this.#busy) return
      this.#busy = true
      // Not a microtask: everything that this turn of the event loop still brings shares the sync.
      setImmediate(() => void this.#run())
    })
  }

  /** Resolves when nothing is on its way. */
  settled(): Promise<void> {
    if (!this.#busy) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Refuses what comes from now on, and resolves when nothing is on its way. */
  close(): Promise<void> {
    this.#ended ??= 'the data folder is closed'
    return this.settled()
  }

  // No pause between two commits: what waits has waited for the sync already.
  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const jobs = this.#waiting
      this.#waiting = []
      const written: Job[] = []
      try {
        // One explicit batch is one transaction and one promise; LMDB's batching by turn leaves promises that nobody catches.
        await this.#root.batch(() => written.push(...writable(jobs)))
        for (const job of written) job.done()
        for (const job of written) job.resolve()
      } catch (error) {
        this.#fail(written, await causeOf(error))
      }
    }
    this.#busy = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  // What waited was numbered on top of what failed, so it fails too.
  #fail(written: readonly Job[], cause: unknown): void {
    const jobs = [...written, ...this.#waiting]
    this.#waiting = []
    try {
      this.#root.resetReadTxn()
      for (const reset of this.#resets) reset()
    } catch (error) {
      // The root page could not be written: LMDB allows nothing more on this environment, and would wait for ever if asked.
      this.#ended = sentenceOf(error)
    }
    const failure = this.#failure(sentenceOf(cause), cause)
    for (const job of jobs) job.reject(failure)
    if (this.#ended !== undefined) for (const tell of this.#broken) tell(failure)
  }

  #failure(why: string, cause?: unknown): QingyuError {
    return new QingyuError('LG-failed', { why, dir: this.#dir }, cause)
  }
}
