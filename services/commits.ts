import type { Commit } from './core/commit.ts'
import type { Offset, State } from './ports.ts'

/** Commits of one partition that may wait for the state while the log is applied on. */
const MOST_OUTSTANDING = 8

/** Commits of one partition, in order, at most {@link MOST_OUTSTANDING} at a time. */
export class Commits {
  readonly #state: State
  readonly #partition: number
  readonly #broken: AbortController
  readonly #landed: (commit: Commit) => void
  #expected: Offset
  #outstanding: Promise<void>[] = []
  #fault: unknown = undefined

  constructor(
    state: State,
    partition: number,
    expected: Offset,
    broken: AbortController,
    landed: (commit: Commit) => void = () => {},
  ) {
    this.#state = state
    this.#partition = partition
    this.#expected = expected
    this.#broken = broken
    this.#landed = landed
  }

  /** Hands a commit over; waits while too many are outstanding. */
  async send(commit: Commit): Promise<void> {
    const expected = this.#expected
    this.#expected = commit.offset
    const landed = this.#state.commit(this.#partition, expected, commit).then(
      () => this.#landed(commit),
      (fault: unknown) => {
        // Those behind it are refused for its sake: the first fault is the one to tell.
        this.#fault ??= fault
        this.#broken.abort()
      },
    )
    this.#outstanding.push(landed)
    if (this.#outstanding.length >= MOST_OUTSTANDING) await this.#outstanding.shift()
    this.#check()
  }

  async settle(): Promise<void> {
    await Promise.all(this.#outstanding)
    this.#check()
  }

  #check(): void {
    if (this.#fault !== undefined) throw this.#fault
  }
}
