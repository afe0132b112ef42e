import { alertPartition } from '../core/alert-record.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import { Alerting } from '../core/alerting.ts'
import { alignTicks, type TickStore } from '../core/align.ts'
import type { Commit, Snapshot, TickBytes } from '../core/commit.ts'
import { conducted } from '../core/conducted.ts'
import { KIND_OBSERVATIONS, kindOf, readObservations } from '../core/record.ts'
import { PartitionState } from '../core/partition.ts'
import type { Plan } from '../core/plan.ts'
import { RollupState } from '../core/rollup.ts'
import type { Log } from '../ports.ts'
import { keyOf } from './book.ts'

const EMPTY: Snapshot = { offset: 0, at: 0, entries: new Map() }

/** Ticks from `from` on, as a store gives them, to their end. */
async function* told(ticks: readonly TickBytes[], from: number) {
  const left = ticks.filter(({ at }) => at >= from)
  for (let at = 0; at < left.length; at += 100) yield Promise.resolve(left.slice(at, at + 100))
}

/** What a replay made of one partition, as a store would hold it. */
export interface Replayed {
  /** Tick records in order. */
  readonly ticks: readonly TickBytes[]
  /** All entries as of the tick at which they are compared. */
  readonly entries: ReadonlyMap<string, Uint8Array>
}

/** Commits kept as a store keeps them, entries up to tick `until`. */
class Kept implements Replayed {
  readonly ticks: TickBytes[] = []
  readonly entries = new Map<string, Uint8Array>()
  readonly #partition: number
  readonly #until: number

  constructor(partition: number, until: number) {
    this.#partition = partition
    this.#until = until
  }

  take({ at, record, entries }: Commit): void {
    this.ticks.push({ partition: this.#partition, at, bytes: record })
    if (at > this.#until) return
    for (const { key, value } of entries)
      if (value === null) this.entries.delete(key)
      else this.entries.set(key, value)
  }
}

/** The log as it stands, read through once: what one process in memory makes of it, and which ids it holds. */
export class Replay {
  /** By `vendor/source`: ids in the log, each once, as {@link keyOf}. */
  readonly ids = new Map<string, Set<number>>()
  /** Rows in the log, repetitions too. */
  rows = 0
  readonly #plan: Plan
  readonly #log: Log

  constructor(plan: Plan, log: Log) {
    this.#plan = plan
    this.#log = log
  }

  /** A partition of the log from its first record to its present end; entries are compared at tick `until`. */
  async partition(partition: number, until: number): Promise<Replayed> {
    const kept = new Kept(partition, until)
    const state = new PartitionState(this.#plan, partition, EMPTY)
    const end = await this.#log.end(partition)
    const stop = new AbortController()
    if (end === 0) return kept
    for await (const { first, records } of this.#log.read(partition, 0, stop.signal)) {
      for (const [i, record] of records.entries()) {
        if (kindOf(record) === KIND_OBSERVATIONS) this.#note(record)
        const commit = state.apply(record, first + i)
        if (commit !== null) kept.take(commit)
      }
      if (first + records.length >= end) stop.abort()
    }
    return kept
  }

  /** The roll-up over these partitions' ticks. */
  async rollup(partitions: readonly Replayed[], until: number): Promise<Replayed> {
    const { partitions: number } = this.#plan
    const kept = new Kept(number, until)
    const state = new RollupState(this.#plan, EMPTY)
    const changes = (partition: number) => told(partitions[partition]?.ticks ?? [], 0)
    const all = Array.from({ length: number }, (_, partition) => partition)
    for await (const tick of alignTicks(changes, all, 0, new AbortController().signal)) {
      const commit = state.apply(tick)
      if (commit !== null) kept.take(commit)
    }
    return kept
  }

  /** The alert stage over these ticks of all partitions and the roll-up, in the order that the score told them. */
  async alerts(
    parts: readonly Replayed[],
    score: readonly TickBytes[],
    policy: AlertPolicy,
    until: number,
  ): Promise<Replayed> {
    const plan = this.#plan
    const kept = new Kept(alertPartition(plan), until)
    const alerting = new Alerting(plan, policy, EMPTY)
    const newest = score.at(-1)
    const store: TickStore = {
      changes: (partition, from) => told(parts[partition]?.ticks ?? score, from),
      tick: () => Promise.resolve(newest?.at ?? 0),
      entry: () => Promise.resolve(newest?.bytes),
    }
    const ticks = conducted(store, plan.partitions)
    for await (const tick of ticks.after(await ticks.begin(0), new AbortController().signal)) {
      const commit = alerting.apply(tick)
      if (commit !== null) kept.take(commit)
    }
    return kept
  }

  #note(record: Uint8Array): void {
    const rows = readObservations(record)
    this.rows += rows.rows
    for (let i = 0; i < rows.rows; i++) {
      const source = rows.sources[rows.source(i)] ?? ''
      const ids = this.ids.get(source) ?? new Set()
      this.ids.set(source, ids.add(keyOf(rows.idHigh(i), rows.idLow(i))))
    }
  }
}
