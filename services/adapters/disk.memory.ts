import { QingyuError } from '../core/errors.ts'
import type { Random } from '../ports.ts'

/** How a simulated disk behaves; all of it is the caller's, so that a run can be repeated from its seed. */
export interface DiskOptions {
  /** Runs `run` later, once: the only source of delay. A simulator puts its virtual time behind it. */
  readonly defer: (run: () => void) => void
  /** Asked before each sync; an answer is the reason why the disk takes nothing this time. */
  readonly fault?: () => string | undefined
}

/** Writes that belong together, as in GroupCommit. */
interface Work {
  write(): Error | undefined
  done(): void
}

interface Job {
  readonly work: Work
  resolve(): void
  reject(error: Error): void
}

/**
 * The disk of one simulated process, shared by its log and state. What is submitted becomes durable together at the next sync,
 * or fails together with all that waits. After `crash` nothing is answered any more, as from a process that was killed.
 */
export class MemoryDisk {
  readonly #options: DiskOptions
  readonly #resets: (() => void)[] = []
  #waiting: Job[] = []
  #scheduled = false
  #gone = false

  constructor(options: DiskOptions) {
    this.#options = options
  }

  /** Resolves when the work is durable; rejects with its own refusal, or with LG-failed. */
  submit(work: Work): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#gone) return
      this.#waiting.push({ work, resolve, reject: (error) => reject(error) })
      if (this.#scheduled) return
      this.#scheduled = true
      this.#options.defer(() => this.#sync())
    })
  }

  /** Called after a failed sync, before anybody hears of it. */
  onFailure(reset: () => void): void {
    this.#resets.push(reset)
  }

  /** Of the writes on their way a prefix survives, its length drawn from `random` (none without it); none is acknowledged. */
  crash(random?: Random): void {
    const jobs = this.#waiting
    const survivors = random === undefined ? 0 : random.uint32() % (jobs.length + 1)
    this.#gone = true
    this.#waiting = []
    for (const { work } of jobs.slice(0, survivors)) if (work.write() === undefined) work.done()
  }

  /** Resolves when nothing is on its way. */
  async settled(): Promise<void> {
    while (this.#scheduled && !this.#gone) await this.turn()
  }

  /** Resolves in a later turn of the simulation; never after a crash. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.#options.defer(() => this.#gone || resolve()))
  }

  #sync(): void {
    this.#scheduled = false
    const jobs = this.#waiting
    this.#waiting = []
    const why = this.#gone ? undefined : this.#options.fault?.()
    if (why === undefined) this.#land(jobs)
    else this.#fail(jobs, why)
  }

  // All are durable before the first is acknowledged, as with one transaction.
  #land(jobs: readonly Job[]): void {
    const written: Job[] = []
    for (const job of jobs) {
      const refusal = job.work.write()
      if (refusal === undefined) written.push(job)
      else job.reject(refusal)
    }
    for (const job of written) job.work.done()
    for (const job of written) job.resolve()
  }

  #fail(jobs: readonly Job[], why: string): void {
    for (const reset of this.#resets) reset()
    const failure = new QingyuError('LG-failed', { why, dir: 'memory' })
    for (const job of jobs) job.reject(failure)
  }
}
