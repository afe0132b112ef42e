import type { Commit, LevelHistory, Offset, ReadingHistory, Snapshot, State, TickBytes } from '../ports.ts'
import { CHANGES_BYTES, CHANGES_KEPT_MS, CHANGES_TICKS, readChanges, type Ledger } from './change-reader.ts'
import type { MemoryDisk } from './disk.memory.ts'
import { NOWHERE, refusalOf, type Head } from './fence.ts'
import { Tail } from './tail.ts'

/** What is on the disk of one partition. */
interface Stored {
  head: Head
  entries: Map<string, Uint8Array>
  ticks: { readonly tick: TickBytes; readonly offset: Offset }[]
  /** Lowest tick from which nothing was dropped. */
  floor: number
}

interface Histories {
  levels: LevelHistory[]
  readings: ReadingHistory[]
}

/** The state for simulations and tests of stages; bounded by what its user trims. */
export class MemoryState implements State, Ledger {
  readonly tail: Tail<TickBytes>
  readonly #disk: MemoryDisk
  readonly #stored: readonly Stored[]
  readonly #histories: Histories
  /** Where each partition will stand after what was written but is not yet on the disk. */
  #heads: Head[]

  constructor(
    disk: MemoryDisk,
    of: { readonly partitions: number },
    found?: { readonly stored: readonly Stored[]; readonly histories: Histories },
  ) {
    this.#disk = disk
    const count = of.partitions + 3
    this.tail = new Tail(count, 0)
    this.#stored =
      found?.stored ??
      Array.from({ length: count }, () => ({ head: NOWHERE, entries: new Map(), ticks: [], floor: 0 }))
    this.#histories = found?.histories ?? { levels: [], readings: [] }
    this.#heads = this.#stored.map((part) => part.head)
    disk.onFailure(() => (this.#heads = this.#stored.map((part) => part.head)))
  }

  /** The state as the next process finds it, on a disk of its own; what this one still does has no effect on it. */
  reopen(disk: MemoryDisk): MemoryState {
    const stored = this.#stored.map((part) => ({
      ...part,
      entries: new Map(part.entries),
      ticks: [...part.ticks],
    }))
    const histories = { levels: [...this.#histories.levels], readings: [...this.#histories.readings] }
    return new MemoryState(disk, { partitions: stored.length - 3 }, { stored, histories })
  }

  load(partition: number): Promise<Snapshot> {
    const { head, entries } = this.#part(partition)
    return Promise.resolve({ ...head, entries: new Map(entries) })
  }

  commit(partition: number, expected: Offset, next: Commit): Promise<void> {
    if (this.#stored[partition] === undefined) {
      return Promise.reject(new RangeError(`partition ${partition} of ${this.#stored.length}`))
    }
    return this.#disk.submit({
      write: () => {
        const refusal = refusalOf(partition, this.#heads[partition] ?? NOWHERE, expected, next)
        if (refusal === undefined) this.#heads[partition] = { offset: next.offset, at: next.at }
        return refusal
      },
      done: () => {
        this.#land(this.#part(partition), partition, next)
        this.tail.wake(partition)
      },
    })
  }

  changes(partition: number, from: number, signal: AbortSignal): AsyncIterable<readonly TickBytes[]> {
    return readChanges(this, partition, from, signal)
  }

  entry(partition: number, key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#part(partition).entries.get(key))
  }

  entries(partition: number, begin: string): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = [...this.#part(partition).entries].filter(([key]) => key.startsWith(begin))
    return Promise.resolve(new Map(found.sort(([a], [b]) => (a < b ? -1 : 1))))
  }

  async levelAt(area: number, at: number): Promise<LevelHistory | undefined> {
    const [line] = await this.levels(area, 0, at, 1)
    return line
  }

  // Lines of an area come in the order of their ticks, as one partition commits them.
  levels(area: number, from: number, to: number, most: number): Promise<readonly LevelHistory[]> {
    const lines = this.#histories.levels.filter(
      (line) => line.area === area && line.at >= from && line.at <= to,
    )
    return Promise.resolve(lines.slice(-most))
  }

  readings(
    area: number,
    indicator: string,
    from: number,
    to: number,
    most: number,
  ): Promise<readonly ReadingHistory[]> {
    const lines = this.#histories.readings.filter(
      (line) => line.area === area && line.indicator === indicator && line.pane >= from && line.pane <= to,
    )
    return Promise.resolve(lines.toSorted((a, b) => a.pane - b.pane).slice(-most))
  }

  offsetAt(partition: number, at: number): Promise<Offset | undefined> {
    return Promise.resolve(this.#part(partition).ticks.findLast(({ tick }) => tick.at <= at)?.offset)
  }

  tick(): Promise<number> {
    return Promise.resolve(Math.min(...this.#stored.slice(0, -2).map((part) => part.head.at)))
  }

  trim(before: number): Promise<void> {
    return this.#disk.submit({
      write: () => undefined,
      done: () => {
        for (const part of this.#stored) dropTicks(part, Math.max(before, part.head.at - CHANGES_KEPT_MS))
        const { levels, readings } = this.#histories
        const inForce = new Map(levels.filter((line) => line.at < before).map((line) => [line.area, line]))
        this.#histories.levels = levels.filter((line) => line.at >= before || inForce.get(line.area) === line)
        this.#histories.readings = readings.filter((line) => line.pane >= before)
      },
    })
  }

  close(): Promise<void> {
    return this.#disk.settled()
  }

  floor(partition: number): number {
    return this.#part(partition).floor
  }

  newest(partition: number): number {
    return this.#part(partition).head.at
  }

  fetch(partition: number, from: number): readonly TickBytes[] {
    const { ticks } = this.#part(partition)
    const first = ticks.findIndex(({ tick }) => tick.at >= from)
    if (first < 0) return []
    const found: TickBytes[] = []
    let size = 0
    for (const { tick } of ticks.slice(first, first + CHANGES_TICKS)) {
      found.push(tick)
      size += tick.bytes.length
      if (size >= CHANGES_BYTES) break
    }
    return found
  }

  breathe(): Promise<void> {
    return this.#disk.turn()
  }

  #land(part: Stored, partition: number, next: Commit): void {
    part.head = { offset: next.offset, at: next.at }
    for (const { key, value } of next.entries) {
      if (value === null) part.entries.delete(key)
      else part.entries.set(key, value)
    }
    part.ticks.push({ tick: { partition, at: next.at, bytes: next.record }, offset: next.offset })
    this.#histories.levels.push(...next.levels)
    for (const line of next.readings) this.#putReading(line)
  }

  // A pane that is written again replaces its line, as a key does.
  #putReading(line: ReadingHistory): void {
    const { readings } = this.#histories
    const at = readings.findLastIndex(
      (other) => other.area === line.area && other.indicator === line.indicator && other.pane === line.pane,
    )
    if (at < 0) readings.push(line)
    else readings[at] = line
  }

  #part(partition: number): Stored {
    const part = this.#stored[partition]
    if (part === undefined) throw new RangeError(`partition ${partition} of ${this.#stored.length}`)
    return part
  }
}

// The floor is one above the last tick dropped, not `before`: a reader in between has lost nothing.
function dropTicks(part: Stored, before: number): void {
  const kept = part.ticks.findIndex(({ tick }) => tick.at >= before)
  const dropped = kept < 0 ? part.ticks.length : kept
  const last = part.ticks[dropped - 1]
  if (last === undefined) return
  part.floor = last.tick.at + 1
  part.ticks = part.ticks.slice(dropped)
}
