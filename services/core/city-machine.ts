import type { Action } from './action.ts'
import type { AlertPolicy } from './alert-policy.ts'
import { alertPartition } from './alert-record.ts'
import { Alerting } from './alerting.ts'
import type { Keyframe, TickSlice } from './archive.ts'
import { decodeTickRecord, type Occurrence, type TickRecord } from './change.ts'
import type { AlignedTick, Commit, Snapshot } from './commit.ts'
import { QingyuError } from './errors.ts'
import { PartitionState } from './partition.ts'
import type { Plan } from './plan.ts'
import { forgetCalls } from './recent-calls.ts'
import { RecentLevels } from './recent-levels.ts'
import { decodeAction, KIND_ACTION, kindOf } from './record.ts'
import { RollupState } from './rollup.ts'
import type { RuleSet } from './rule.ts'
import { isoOf } from './time.ts'

/** What one tick came to. */
export interface Played {
  readonly tick: AlignedTick
  /** Of the partitions that passed the tick, ascending, then the roll-up. */
  readonly commits: readonly { readonly partition: number; readonly commit: Commit }[]
  /** Of the alert stage; null where nothing happened or nobody watches. */
  readonly alert: Commit | null
}

/** How a city is played. */
export interface Playing {
  /** Null: neither incidents nor alerts are looked for. */
  readonly policy: AlertPolicy | null
  /** Which actions of the log are played; absent: all. */
  readonly plays?: (action: Action) => boolean
  /** Judges by these, whatever rules the log puts into force. */
  readonly rules?: RuleSet
}

/** Ticks that partitions may have passed while one has not, each. */
const MOST_WAITING = 4_096

/** What a partition of the state holds, as commits leave it. */
class Kept {
  offset: number
  at: number
  readonly entries: Map<string, Uint8Array>

  constructor({ offset, at, entries }: Snapshot) {
    this.offset = offset
    this.at = at
    this.entries = new Map(entries)
  }

  take({ offset, at, entries }: Commit): void {
    this.offset = offset
    this.at = at
    for (const { key, value } of entries) {
      if (value === null) this.entries.delete(key)
      else this.entries.set(key, value)
    }
  }

  snapshot(): Snapshot {
    return { offset: this.offset, at: this.at, entries: new Map(this.entries) }
  }
}

/** A partition whose ticks are missing would keep the others waiting for ever. */
function lagging(waiting: readonly (readonly Commit[])[], at: number): QingyuError {
  const partition = waiting.findIndex(({ length }) => length === 0)
  const why = `partition ${partition} has no tick while the others have passed ${MOST_WAITING}`
  return new QingyuError('RY-failed', { value: isoOf(at), why })
}

const NOTHING: Snapshot = { offset: 0, at: 0, entries: new Map() }

/**
 * A whole city in memory as a function of its log: all partitions, the roll-up and the alert stage, tick by tick, making the
 * commits that the stages make. The same slices from the same keyframe give the same bytes as live.
 */
export class CityMachine {
  readonly #plan: Plan
  readonly #playing: Playing
  readonly #kept: readonly Kept[]
  readonly #partitions: PartitionState[]
  #rollup: RollupState
  readonly #alerting: Alerting | null
  /** Commits of each partition whose ticks others have not passed yet; bound: {@link MOST_WAITING}. */
  readonly #waiting: Commit[][]
  readonly #levels: RecentLevels
  readonly #calls: Occurrence[]
  #at: number

  constructor(plan: Plan, playing: Playing, begin: Keyframe | null) {
    const parts = Array.from({ length: plan.partitions + 3 }, (_, part) => begin?.parts[part] ?? NOTHING)
    this.#plan = plan
    this.#playing = playing
    this.#kept = parts.map((part) => new Kept(part))
    this.#partitions = parts
      .slice(0, plan.partitions)
      .map((part, partition) => new PartitionState(plan, partition, part, playing))
    this.#rollup = new RollupState(plan, parts[plan.partitions] ?? NOTHING, playing.rules)
    const { policy } = playing
    this.#alerting = policy && new Alerting(plan, policy, parts[alertPartition(plan)] ?? NOTHING)
    this.#waiting = this.#partitions.map(() => [])
    this.#levels = new RecentLevels(begin?.levels)
    this.#calls = [...(begin?.calls ?? [])]
    this.#at = begin?.at ?? 0
  }

  /** Newest tick that all partitions have passed, ms; 0 before the first. */
  get at(): number {
    return this.#at
  }

  /** Plays one slice; the ticks that all partitions have now passed, mostly one. LG-record when a record is damaged. */
  play({ parts }: TickSlice): readonly Played[] {
    for (const { partition, first, records } of parts)
      for (const [i, bytes] of records.entries()) this.#apply(partition, bytes, first + i)
    const played: Played[] = []
    for (let at = this.#next(); at !== undefined; at = this.#next()) played.push(this.#close(at))
    return played
  }

  /** The city as it stands; undefined while partitions stand at different ticks. */
  keyframe(): Keyframe | undefined {
    const isEven = this.#partitions.every(({ at }) => at === this.#at)
    if (!isEven) return undefined
    return {
      at: this.#at,
      parts: this.#kept.map((kept) => kept.snapshot()),
      levels: this.#levels.at(this.#at),
      calls: [...this.#calls],
    }
  }

  /** An entry of the state, as State.entry gives it. */
  entry(partition: number, key: string): Uint8Array | undefined {
    return this.#kept[partition]?.entries.get(key)
  }

  /** What a partition of the state holds now; not a copy. */
  entries(partition: number): ReadonlyMap<string, Uint8Array> {
    return this.#kept[partition]?.entries ?? new Map()
  }

  /** Rate: per record. */
  #apply(partition: number, bytes: Uint8Array, offset: number): void {
    const state = this.#partitions[partition]
    const { plays } = this.#playing
    if (state === undefined) return
    if (plays && kindOf(bytes) === KIND_ACTION && !plays(decodeAction(bytes))) return
    const commit = state.apply(bytes, offset)
    if (commit === null) return
    const kept = this.#kept[partition]
    kept?.take(commit)
    const waiting = this.#waiting[partition] ?? []
    if (waiting.push(commit) > MOST_WAITING) throw lagging(this.#waiting, commit.at)
    if (state.isDue && kept)
      this.#partitions[partition] = new PartitionState(this.#plan, partition, kept, this.#playing)
  }

  /** The earliest tick of all that every partition has passed. */
  #next(): number | undefined {
    let earliest = Infinity
    for (const [head] of this.#waiting) {
      if (head === undefined) return undefined
      earliest = Math.min(earliest, head.at)
    }
    return Number.isFinite(earliest) ? earliest : undefined
  }

  /** Rate: per tick. */
  #close(at: number): Played {
    const records: TickRecord[] = []
    const commits: { partition: number; commit: Commit }[] = []
    for (const [partition, queue] of this.#waiting.entries()) {
      const commit = queue[0]?.at === at ? queue.shift() : undefined
      if (commit === undefined) continue
      commits.push({ partition, commit })
      records.push(decodeTickRecord(commit.record))
    }
    const above = this.#rollup.apply({ at, records })
    if (above !== null) {
      const kept = this.#kept[this.#plan.partitions]
      kept?.take(above)
      if (this.#rollup.isDue && kept) this.#rollup = new RollupState(this.#plan, kept, this.#playing.rules)
      records.push(decodeTickRecord(above.record))
      commits.push({ partition: this.#plan.partitions, commit: above })
    }
    const tick: AlignedTick = { at, records }
    const alert = this.#alerting?.apply(tick) ?? null
    if (alert !== null) this.#kept[alertPartition(this.#plan)]?.take(alert)
    this.#levels.add(
      commits.flatMap(({ commit }) => commit.levels),
      at,
    )
    for (const { occurrences } of records) this.#calls.push(...occurrences)
    forgetCalls(this.#calls, at)
    this.#at = at
    return { tick, commits, alert }
  }
}
