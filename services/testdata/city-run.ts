import { decodeTickRecord, type Change, type TickRecord } from '../core/change.ts'
import type { Commit, LevelHistory, ReadingHistory, Snapshot } from '../core/commit.ts'
import { Fingerprint, seedOf } from '../core/idempotency.ts'
import { UNKNOWN } from '../core/level.ts'
import { partitionOf } from '../core/grid.ts'
import { PartitionState, type PartitionOptions } from '../core/partition.ts'
import type { Plan } from '../core/plan.ts'
import { encodeInForce, encodeTick, type InForce, type Tick } from '../core/record.ts'
import { RecordWriter } from '../core/record-writer.ts'
import { RollupState } from '../core/rollup.ts'

/** An observation of a test; value in the indicator's unit, time in ms. */
export interface Said {
  readonly area: number
  readonly indicator: string
  readonly value?: number
  readonly time: number
  readonly source?: string
  readonly id?: number
}

/** What a partition has committed, as a store would hold it. */
class Kept {
  offset = 0
  at = 0
  readonly entries = new Map<string, Uint8Array>()

  take(commit: Commit): void {
    this.offset = commit.offset
    this.at = commit.at
    for (const { key, value } of commit.entries) {
      if (value === null) this.entries.delete(key)
      else this.entries.set(key, value)
    }
  }

  snapshot(): Snapshot {
    return { offset: this.offset, at: this.at, entries: new Map(this.entries) }
  }
}

/** All partitions and the roll-up of a plan over a log in memory, tick by tick, with the state's store beside them. */
export class CityRun {
  readonly plan: Plan
  readonly logs: Uint8Array[][]
  readonly kept: Kept[]
  /** Encoded tick records in order: partitions ascending, the roll-up last. */
  readonly records: TickRecord[] = []
  readonly changes: (Change & { readonly at: number })[] = []
  readonly levels: LevelHistory[] = []
  readonly readings: ReadingHistory[] = []
  /** Partitions and roll-up as they stand; made anew by {@link restart}. */
  states: PartitionState[] = []
  rollup: RollupState
  readonly #bounds: PartitionOptions
  /** Of the last {@link restart}. */
  #started: Plan
  readonly #writers: RecordWriter[]
  readonly #sources: Map<string, number>[]

  constructor(plan: Plan, bounds: PartitionOptions = {}) {
    this.plan = plan
    this.#started = plan
    this.#bounds = bounds
    const codes = plan.indicators.list.map((indicator) => indicator.code)
    this.logs = Array.from({ length: plan.partitions }, () => [])
    this.#writers = this.logs.map(() => new RecordWriter(codes))
    this.#sources = this.logs.map(() => new Map<string, number>())
    this.kept = Array.from({ length: plan.partitions + 1 }, () => new Kept())
    this.rollup = this.restart()
  }

  /** Throws away what is in memory and takes up from the store. Log records after the last tick are applied again. */
  restart(plan = this.plan): RollupState {
    this.#started = plan
    const snapshots = this.kept.map((kept) => kept.snapshot())
    this.states = this.logs.map((log, partition) => {
      const stored = snapshots[partition] ?? { offset: 0, at: 0, entries: new Map() }
      const state = new PartitionState(plan, partition, stored, this.#bounds)
      for (let offset = stored.offset; offset < log.length; offset++)
        state.apply(log[offset] ?? new Uint8Array(0), offset)
      return state
    })
    this.rollup = new RollupState(
      plan,
      snapshots[plan.partitions] ?? { offset: 0, at: 0, entries: new Map() },
      this.#bounds.rules,
    )
    return this.rollup
  }

  observe(...said: readonly Said[]): void {
    for (const one of said) {
      const owner = partitionOf(this.plan.grid, one.area, this.plan.partitions)
      const partition = owner === this.plan.partitions ? 0 : owner
      const column = this.plan.indicators.index.get(one.indicator) ?? 0
      const resolution = this.plan.indicators.list[column]?.resolution ?? 1
      const writer = this.#writers[partition]
      const name = `v/${one.source ?? 's1'}`
      let source = this.#sources[partition]?.get(name)
      if (!writer) continue
      if (source === undefined) {
        source = writer.source(new TextEncoder().encode(name))
        this.#sources[partition]?.set(name, source)
      }
      const print = new Fingerprint()
      print.ofTime(seedOf(one.indicator), one.time)
      const [high, low] = one.id === undefined ? [print.high, print.low] : [7, one.id]
      writer.add(one.time, Math.round((one.value ?? 1) / resolution), high, low, one.area, source, column)
    }
  }

  /** Appends what was observed, then the tick, to every partition; answers the changes sorted by area. */
  tick(at: number, ingest?: Tick['ingest']): Change[] {
    const records: TickRecord[] = []
    for (const [partition, log] of this.logs.entries()) {
      this.flush(partition)
      const counted = partition === 0 && ingest ? { at, ingest } : { at }
      log.push(encodeTick(counted))
      const commit = this.states[partition]?.apply(log.at(-1) ?? new Uint8Array(0), log.length - 1)
      if (commit) records.push(this.#take(partition, commit))
    }
    const above = this.rollup.apply({ at, records })
    if (above) records.push(this.#take(this.plan.partitions, above))
    this.#renew()
    this.records.push(...records)
    const changes = records.flatMap((record) => record.changes).sort((a, b) => a.area - b.area)
    this.changes.push(...changes.map((change) => ({ ...change, at })))
    return changes
  }

  /** Appends what was observed and then what rules hold to every partition. */
  say(said: InForce): void {
    for (const [partition, log] of this.logs.entries()) {
      this.flush(partition)
      log.push(encodeInForce(said))
      this.states[partition]?.apply(log.at(-1) ?? new Uint8Array(0), log.length - 1)
    }
  }

  /** Appends what was observed to the log, as one record. */
  flush(partition: number): void {
    const writer = this.#writers[partition]
    const log = this.logs[partition]
    if (!writer || !log || writer.rows === 0) return
    log.push(writer.finish())
    this.#sources[partition]?.clear()
    this.states[partition]?.apply(log.at(-1) ?? new Uint8Array(0), log.length - 1)
  }

  /** The last decision told of an area; its rank is UNKNOWN before the first. */
  level(area: number): Pick<Change, 'rank'> & Partial<Change> {
    return this.changes.findLast((change) => change.area === area) ?? { rank: UNKNOWN }
  }

  /** Counts over all partitions at the last tick. */
  counts(): TickRecord['counts'] {
    const last = this.records.at(-1)?.at
    const sum = { received: 0, applied: 0, duplicate: 0, late: 0, quarantined: 0, refused: 0 }
    for (const record of this.records)
      if (record.at === last)
        for (const name of ['received', 'applied', 'duplicate', 'late', 'quarantined', 'refused'] as const)
          sum[name] += record.counts[name]
    return sum
  }

  /** Makes anew what the log has put under other rules. */
  #renew(): void {
    const stored = (partition: number) => this.kept[partition] ?? new Kept()
    for (const [partition, { isDue }] of this.states.entries())
      if (isDue)
        this.states[partition] = new PartitionState(this.#started, partition, stored(partition), this.#bounds)
    if (this.rollup.isDue)
      this.rollup = new RollupState(this.#started, stored(this.plan.partitions), this.#bounds.rules)
  }

  #take(partition: number, commit: Commit): TickRecord {
    this.kept[partition]?.take(commit)
    this.levels.push(...commit.levels)
    this.readings.push(...commit.readings)
    return decodeTickRecord(commit.record)
  }
}
