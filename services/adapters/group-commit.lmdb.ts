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
  #waiting: Job[] = []
  #busy = false
  #closed = false
  #idle: (() => void)[] = []

  constructor(root: RootDatabase, dir: string) {
    this.#root = root
    this.#dir = dir
  }

  /** Called after a failed commit, before anybody hears of it: what memory says of the store must be read again. */
  onFailure(reset: () => void): void {
    this.#resets.push(reset)
  }

  /** Rate: per append. Resolves on disk; rejects with the work's own refusal, or with LG-failed together with all that waited. */
  submit(work: Work): Promise<void> {
    if (this.#closed) return Promise.reject(this.#failure('the data folder is closed'))
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
    this.#closed = true
    return this.settled()
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const jobs = this.#waiting
      this.#waiting = []
      const written = this.#write(jobs)
      try {
        if (written.length > 0) await this.#root.committed
        for (const job of written) job.done()
        for (const job of written) job.resolve()
      } catch (error) {
        this.#fail(written, await causeOf(error))
      }
    }
    this.#busy = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #write(jobs: readonly Job[]): Job[] {
    const written: Job[] = []
    for (const job of jobs) {
      const refusal = job.write()
      if (refusal === undefined) written.push(job)
      else job.reject(refusal)
    }
    return written
  }

  // What waited was numbered on top of what failed, so it fails too.
  #fail(written: readonly Job[], cause: unknown): void {
    const jobs = [...written, ...this.#waiting]
    this.#waiting = []
    this.#root.resetReadTxn()
    for (const reset of this.#resets) reset()
    const failure = this.#failure(sentenceOf(cause), cause)
    for (const job of jobs) job.reject(failure)
  }

  #failure(why: string, cause?: unknown): QingyuError {
    return new QingyuError('LG-failed', { why, dir: this.#dir }, cause)
  }
}
