import { alertPartition } from '../core/alert-record.ts'
import type { Keyframe } from '../core/archive.ts'
import type { CityMachine, Played } from '../core/city-machine.ts'
import { QingyuError } from '../core/errors.ts'
import type { Plan } from '../core/plan.ts'
import type { LevelHistory, Offset, ReadingHistory, Snapshot, State, TickBytes } from '../ports.ts'
import { CHANGES_KEPT_MS, CHANGES_TICKS, readChanges, type Ledger } from './change-reader.ts'
import type { ReplayLog } from './log.replay.ts'
import { Tail } from './tail.ts'

/** Histories are kept so long, ms, as of the tick played last, and looked through for what is older every so many ticks. */
const KEPT_MS = 86_400_000
const TICKS_A_SWEEP = 1_000

/** What a {@link ReplayState} shows. */
export interface Shown {
  readonly machine: CityMachine
  /** What the machine began with; null: with nothing. */
  readonly begin: Keyframe | null
}

function listOf<Key, Line>(lists: Map<Key, Line[]>, key: Key): Line[] {
  const known = lists.get(key)
  if (known !== undefined) return known
  const made: Line[] = []
  lists.set(key, made)
  return made
}

/** The state of a replay: what its machine holds, with the histories of the last day that were played. Nobody can write it. */
export class ReplayState implements State, Ledger {
  readonly tail: Tail<TickBytes>
  readonly #alerts: number
  readonly #log: ReplayLog
  readonly #shown: Shown
  readonly #levels = new Map<number, LevelHistory[]>()
  readonly #readings = new Map<string, ReadingHistory[]>()
  /** Records of the alert stage: the only changes that anybody follows here. */
  #records: TickBytes[] = []
  #head: number
  #floor: number
  #ticks = 0

  constructor(plan: Plan, log: ReplayLog, shown: Shown) {
    this.#alerts = alertPartition(plan)
    this.#log = log
    this.#shown = shown
    this.tail = new Tail(this.#alerts + 1, 0)
    this.#head = shown.begin?.parts[this.#alerts]?.at ?? 0
    this.#floor = this.#head === 0 ? 0 : this.#head + 1
    for (const line of shown.begin?.levels ?? []) listOf(this.#levels, line.area).push(line)
  }

  /** Takes what the machine has played. Rate: per tick. */
  take({ tick: { at }, commits, alert }: Played): void {
    for (const { commit } of commits) {
      for (const line of commit.levels) listOf(this.#levels, line.area).push(line)
      for (const line of commit.readings) this.#takeReading(line)
    }
    if (alert !== null) {
      this.#records.push({ partition: this.#alerts, at, bytes: alert.record })
      this.#head = at
      this.tail.wake(this.#alerts)
    }
    if (++this.#ticks % TICKS_A_SWEEP === 0) this.#forget(at - KEPT_MS)
  }

  // A pane that is written again replaces its line; panes are corrected near their end only.
  #takeReading(line: ReadingHistory): void {
    const lines = listOf(this.#readings, `${line.area}/${line.indicator}`)
    let place = lines.length
    while (place > 0 && (lines[place - 1]?.pane ?? 0) > line.pane) place--
    if (lines[place - 1]?.pane === line.pane) lines[place - 1] = line
    else lines.splice(place, 0, line)
  }

  #forget(before: number): void {
    for (const [area, lines] of this.#levels) {
      const inForce = lines.findLastIndex(({ at }) => at < before)
      if (inForce > 0) this.#levels.set(area, lines.slice(inForce))
    }
    for (const [key, lines] of this.#readings) {
      const kept = lines.filter(({ pane }) => pane >= before)
      if (kept.length < lines.length) this.#readings.set(key, kept)
    }
    const first = this.#records.findIndex(({ at }) => at >= Math.max(before, this.#head - CHANGES_KEPT_MS))
    if (first <= 0) return
    this.#floor = (this.#records[first - 1]?.at ?? 0) + 1
    this.#records = this.#records.slice(first)
  }

  changes(partition: number, from: number, signal: AbortSignal): AsyncIterable<readonly TickBytes[]> {
    return readChanges(this, partition, from, signal)
  }

  entry(partition: number, key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#shown.machine.entry(partition, key))
  }

  entries(partition: number, prefix: string): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = [...this.#shown.machine.entries(partition)].filter(([key]) => key.startsWith(prefix))
    return Promise.resolve(new Map(found.sort(([a], [b]) => (a < b ? -1 : 1))))
  }

  levelAt(area: number, at: number): Promise<LevelHistory | undefined> {
    return Promise.resolve(this.#levels.get(area)?.findLast((line) => line.at <= at))
  }

  levels(area: number, from: number, to: number, most: number): Promise<readonly LevelHistory[]> {
    const lines = this.#levels.get(area) ?? []
    return Promise.resolve(lines.filter(({ at }) => at >= from && at <= to).slice(-most))
  }

  readings(
    area: number,
    indicator: string,
    from: number,
    to: number,
    most: number,
  ): Promise<readonly ReadingHistory[]> {
    const lines = this.#readings.get(`${area}/${indicator}`) ?? []
    return Promise.resolve(lines.filter(({ pane }) => pane >= from && pane <= to).slice(-most))
  }

  offsetAt(partition: number, at: number): Promise<Offset | undefined> {
    // A commit's offset is its tick in the alert stage.
    if (partition === this.#alerts) return Promise.resolve(this.#recordBefore(at))
    return Promise.resolve(this.#log.offsetAt(partition, at))
  }

  #recordBefore(at: number): number | undefined {
    const found = this.#records.findLast((record) => record.at <= at)?.at
    const begin = this.#floor - 1
    return found ?? (begin > 0 && begin <= at ? begin : undefined)
  }

  tick(): Promise<number> {
    return Promise.resolve(this.#shown.machine.at)
  }

  floor(): number {
    return this.#floor
  }

  newest(): number {
    return this.#head
  }

  fetch(_partition: number, from: number): readonly TickBytes[] {
    const first = this.#records.findIndex(({ at }) => at >= from)
    return first < 0 ? [] : this.#records.slice(first, first + CHANGES_TICKS)
  }

  breathe(): Promise<void> {
    return Promise.resolve()
  }

  /** RY-past. */
  load(): Promise<Snapshot> {
    return Promise.reject(new QingyuError('RY-past', { value: 'Taking the state over' }))
  }

  /** RY-past. */
  commit(): Promise<void> {
    return Promise.reject(new QingyuError('RY-past', { value: 'Writing the state' }))
  }

  trim(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
