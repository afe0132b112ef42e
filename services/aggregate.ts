import { alignTicks } from './core/align.ts'
import type { Commit } from './core/commit.ts'
import { QingyuError } from './core/errors.ts'
import { PartitionState } from './core/partition.ts'
import type { Plan } from './core/plan.ts'
import { RollupState } from './core/rollup.ts'
import type { Log, Offset, State } from './ports.ts'

/** Commits of one partition that may wait for the state while the log is applied on. */
const MOST_OUTSTANDING = 8

/** What the aggregate stage is made of. */
export interface AggregateParts {
  readonly log: Log
  readonly state: State
  readonly plan: Plan
  /** Partitions that this process owns. */
  readonly partitions: readonly number[]
  /** Whether it owns the areas above the partition level, too. */
  readonly rollup: boolean
  /** Hears, in one sentence, of a partition that was lost to another process. */
  readonly report?: (sentence: string) => void
}

/** The running stage. */
export interface Aggregate {
  /** Stops reading, lets outstanding commits settle. */
  stop(): Promise<void>
  /** Rejects with the first fault that is not a lost partition; never resolves. */
  readonly failed: Promise<never>
}

/** Commits of one partition, in order, at most {@link MOST_OUTSTANDING} at a time. */
class Commits {
  readonly #state: State
  readonly #partition: number
  readonly #broken: AbortController
  #expected: Offset
  #outstanding: Promise<void>[] = []
  #fault: unknown = undefined

  constructor(state: State, partition: number, expected: Offset, broken: AbortController) {
    this.#state = state
    this.#partition = partition
    this.#expected = expected
    this.#broken = broken
  }

  /** Hands a commit over; waits while too many are outstanding. */
  async send(commit: Commit): Promise<void> {
    const expected = this.#expected
    this.#expected = commit.offset
    const landed = this.#state.commit(this.#partition, expected, commit).catch((fault: unknown) => {
      // Those behind it are refused for its sake: the first fault is the one to tell.
      this.#fault ??= fault
      this.#broken.abort()
    })
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

/** Follows the log of one partition until `stop` aborts. */
async function followLog(parts: AggregateParts, partition: number, stop: AbortController): Promise<void> {
  const stored = await parts.state.load(partition)
  const state = new PartitionState(parts.plan, partition, stored)
  const commits = new Commits(parts.state, partition, stored.offset, stop)
  for await (const batch of parts.log.read(partition, stored.offset, stop.signal)) {
    for (const [i, record] of batch.records.entries()) {
      if (stop.signal.aborted) break
      const commit = state.apply(record, batch.first + i)
      if (commit !== null) await commits.send(commit)
    }
    // A long log must not keep sockets and other partitions waiting.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await commits.settle()
}

/** Follows the tick records of all partitions for the areas above them. */
async function followTicks(parts: AggregateParts, stop: AbortController): Promise<void> {
  const { state, plan } = parts
  const stored = await state.load(plan.partitions)
  const rollup = new RollupState(plan, stored)
  const commits = new Commits(state, plan.partitions, stored.offset, stop)
  const partitions = Array.from({ length: plan.partitions }, (_, partition) => partition)
  const changes = state.changes.bind(state)
  const from = stored.at === 0 ? 0 : stored.at + 1
  for await (const tick of alignTicks(changes, partitions, from, stop.signal)) {
    const commit = rollup.apply(tick)
    if (commit !== null) await commits.send(commit)
  }
  await commits.settle()
}

/** Starts the stage: one follower per partition and one for the roll-up, each taking up where its state stands. */
export function startAggregate(parts: AggregateParts): Aggregate {
  const stops: AbortController[] = []
  let fail: (fault: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => (fail = reject))
  // Whoever does not look at `failed` hears of it from `stop` or not at all; it must not end the process.
  failed.catch(() => undefined)
  const run = async (follow: (stop: AbortController) => Promise<void>): Promise<void> => {
    const stop = new AbortController()
    stops.push(stop)
    try {
      await follow(stop)
    } catch (fault) {
      if (fault instanceof QingyuError && fault.code === 'ST-fenced') parts.report?.(fault.message)
      else fail(fault)
    }
  }
  const running = parts.partitions.map((partition) => run((stop) => followLog(parts, partition, stop)))
  if (parts.rollup) running.push(run((stop) => followTicks(parts, stop)))
  return {
    failed,
    async stop() {
      for (const stop of stops) stop.abort()
      await Promise.all(running)
    },
  }
}
