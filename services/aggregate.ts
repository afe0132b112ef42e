import { Commits } from './commits.ts'
import { followScore, type ScoreSettings } from './aggregate-score.ts'
import { askEach } from './area-batches.ts'
import { alignTicks } from './core/align.ts'
import type { Snapshot } from './core/commit.ts'
import { messageOf, oldestOf, QingyuError, sentenceOf } from './core/errors.ts'
import type { Rank } from './core/level.ts'
import { PartitionState } from './core/partition.ts'
import type { Plan } from './core/plan.ts'
import { RollupState } from './core/rollup.ts'
import { keptRules, RULES_KEY } from './core/rules-of-log.ts'
import { keepFollowing, type Follow } from './following.ts'
import type { Log, Offset, Ownership, State } from './ports.ts'

/** What the aggregate stage is made of. */
export interface AggregateParts {
  readonly log: Log
  readonly state: State
  readonly plan: Plan
  /** Says which partitions are ours; the roll-up goes with partition 0, and so does the score. */
  readonly ownership: Ownership
  /** Where several processes aggregate, gateways are told ticks by a score; null or absent: they align the partitions themselves. */
  readonly score?: ScoreSettings | null
  /** Hears, in one sentence, of a partition that was lost to another process, or whose state was found damaged and is made anew. */
  readonly report?: (sentence: string) => void
  /** Hears of each tick record of a log partition once it is committed. */
  readonly committed?: (record: Uint8Array) => void
}

/** The running stage. */
export interface Aggregate {
  /** Stops reading, lets outstanding commits settle. */
  stop(): Promise<void>
  /** Rejects with the first fault that is not a lost partition; never resolves. */
  readonly failed: Promise<never>
}

/** Where a partition is taken up: at the state's offset, or, when the state is gone, where the log begins. */
async function beginning(parts: AggregateParts, partition: number, stored: Snapshot): Promise<Offset> {
  const { log, report } = parts
  const [start, end] = await Promise.all([log.start(partition), log.end(partition)])
  if (stored.offset > end) throw new QingyuError('ST-ahead', { partition, value: stored.offset, end })
  if (stored.offset > 0 || stored.at > 0 || end === 0) return stored.offset
  const hint =
    start === 0
      ? 'It is made anew from the whole log: nothing is missing.'
      : 'It is made anew from what the log still holds: counts and histories begin there.'
  if (end > start) report?.(`${messageOf('ST-lost', { partition, value: start, end })}. ${hint}`)
  return start
}

/** Follows the log of one partition until `stop` aborts. */
async function followLog(parts: AggregateParts, partition: number, stop: AbortController): Promise<void> {
  const stored = await parts.state.load(partition)
  if (stop.signal.aborted) return
  const from = await beginning(parts, partition, stored)
  let state = new PartitionState(parts.plan, partition, stored)
  const commits = new Commits(parts.state, partition, stored.offset, stop, ({ offset, record }) => {
    parts.ownership.reached(partition, offset)
    parts.committed?.(record)
  })
  for await (const batch of parts.log.read(partition, from, stop.signal)) {
    for (const [i, record] of batch.records.entries()) {
      if (stop.signal.aborted) break
      const commit = state.apply(record, batch.first + i)
      if (commit !== null) await commits.send(commit)
      if (!state.isDue) continue
      await commits.settle()
      if (stop.signal.aborted) break
      state = new PartitionState(parts.plan, partition, await parts.state.load(partition))
    }
    // A long log must not keep sockets and other partitions waiting.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await commits.settle()
}

/** What areas of the partition level were at tick `at`, for a roll-up that has not heard how they became it. */
async function ranksAt({ state, plan }: AggregateParts, at: number): Promise<[number, Rank][]> {
  const { depths, partitionLevel, size } = plan.grid
  const children = Array.from({ length: size }, (_, area) => area).filter(
    (area) => depths[area] === partitionLevel,
  )
  const lines = await askEach(children, (area) => state.levelAt(area, at))
  return lines.flatMap((line) => (line === undefined ? [] : [[line.area, line.decision.rank]]))
}

/** Follows the tick records of all partitions for the areas above them. */
async function followTicks(parts: AggregateParts, stop: AbortController): Promise<void> {
  const { state, plan, report } = parts
  const stored = await state.load(plan.partitions)
  let rollup = new RollupState(plan, stored)
  const commits = new Commits(state, plan.partitions, stored.offset, stop)
  const partitions = Array.from({ length: plan.partitions }, (_, partition) => partition)
  const changes = state.changes.bind(state)
  let from = stored.at === 0 ? 0 : stored.at + 1
  while (!stop.signal.aborted) {
    try {
      for await (const tick of alignTicks(changes, partitions, from, stop.signal)) {
        const commit = rollup.apply(tick)
        if (commit !== null) await commits.send(commit)
        from = tick.at + 1
        if (!rollup.isDue) continue
        await commits.settle()
        if (stop.signal.aborted) break
        rollup = new RollupState(plan, await state.load(plan.partitions))
      }
    } catch (fault) {
      // Its own state was lost or is older than what the partitions still tell: it goes on with what they are now.
      const oldest = oldestOf(fault)
      if (oldest === undefined || oldest <= from) throw fault
      report?.(
        `${sentenceOf(fault)}. The areas above the partitions go on from there; their windows fill anew.`,
      )
      const kept = keptRules(await state.entry(0, RULES_KEY))
      rollup.adopt(await ranksAt(parts, oldest - 1), kept?.inForce ?? null)
      from = oldest
    }
  }
  await commits.settle()
}

/** Starts the stage: one follower per partition owned, and with partition 0 those of roll-up and score, each taking up where its state stands. */
export function startAggregate(parts: AggregateParts): Aggregate {
  let fail: (fault: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => (fail = reject))
  // Whoever does not look at `failed` hears of it from `stop` or not at all; it must not end the process.
  failed.catch(() => undefined)
  const started = parts.ownership.start(async (partition, lost) => {
    const given = new AbortController()
    const end = (): void => given.abort()
    lost.addEventListener('abort', end)
    if (lost.aborted) end()
    const follows: Follow[] = [(stop) => followLog(parts, partition, stop)]
    const { score } = parts
    if (partition === 0) follows.push((stop) => followTicks(parts, stop))
    if (partition === 0 && score) follows.push((stop) => followScore(parts, score, stop))
    await Promise.all(follows.map((follow) => keepFollowing(given, follow, parts.report).catch(fail)))
    lost.removeEventListener('abort', end)
  })
  started.catch(fail)
  return {
    failed,
    async stop() {
      await started.catch(() => undefined)
      await parts.ownership.stop()
    },
  }
}
