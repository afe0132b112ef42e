import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from 'lmdb'
import type { Commit, LevelHistory, Offset, ReadingHistory, Snapshot, State, TickBytes } from '../ports.ts'
import {
  CHANGES_BYTES,
  CHANGES_KEPT_MS,
  CHANGES_TICKS,
  readChanges,
  TAIL_BYTES,
  weightOf,
  type Ledger,
} from './change-reader.ts'
import type { DataFolder } from './data-folder.lmdb.ts'
import { NOWHERE, refusalOf, type Head } from './fence.ts'
import { History } from './history.lmdb.ts'
import { partitionOf, placeOf, slotOf } from './slot.lmdb.ts'
import { Tail } from './tail.ts'

/** Offsets by tick are kept by the minute once the tick's own record is gone. */
const MINUTE_MS = 60_000
/** Lines dropped in one transaction. */
const DROPPED = 2048

/** `007/`: partitions sort as text. */
function prefixOf(partition: number): string {
  return `${String(partition).padStart(3, '0')}/`
}

class LmdbState implements State, Ledger {
  readonly tail: Tail<TickBytes>
  readonly #folder: DataFolder
  /** The aggregated partitions, the roll-up, the score and the alert stage. */
  readonly #count: number
  readonly #entries: Database<Uint8Array, string>
  readonly #stored: Database<Head, number>
  /** Tick records; the version beside each is the offset reached. */
  readonly #ticks: Database<Uint8Array, number>
  readonly #floors: Database<number, number>
  readonly #minutes: Database<Offset, number>
  readonly #history: History
  /** Where each partition will stand once what was written is on disk; only this process writes, so it is the store's truth. */
  #heads: Head[] = []
  #durable: Head[] = []
  #floor: number[] = []

  constructor(folder: DataFolder) {
    this.#folder = folder
    this.#count = folder.partitions + 3
    this.tail = new Tail(this.#count, TAIL_BYTES)
    this.#entries = folder.named('state')
    this.#stored = folder.values('head')
    this.#ticks = folder.bytes('tick', true)
    this.#floors = folder.values('tick.start')
    this.#minutes = folder.values('minute')
    this.#history = new History(folder)
    this.#recall()
    folder.commits.onFailure(() => this.#recall())
  }

  async load(partition: number): Promise<Snapshot> {
    const prefix = prefixOf(partition)
    const entries = new Map<string, Uint8Array>()
    // One synchronous pass sees one snapshot of the store.
    const head = this.#stored.get(partition) ?? NOWHERE
    for (const { key, value } of this.#entries.getRange({ start: prefix, end: `${prefix}\u{7f}` })) {
      entries.set(key.slice(prefix.length), value)
    }
    return { offset: head.offset, at: head.at, entries }
  }

  commit(partition: number, expected: Offset, next: Commit): Promise<void> {
    if (!(partition >= 0 && partition < this.#count)) {
      return Promise.reject(new RangeError(`partition ${partition} of ${this.#count}`))
    }
    return this.#folder.commits.submit({
      write: () => this.#write(partition, expected, next),
      done: () => {
        this.#durable[partition] = { offset: next.offset, at: next.at }
        const tick = { partition, at: next.at, bytes: next.record }
        this.tail.push(partition, next.at, tick, weightOf(next.record))
        this.tail.wake(partition)
      },
    })
  }

  changes(partition: number, from: number, signal: AbortSignal): AsyncIterable<readonly TickBytes[]> {
    return readChanges(this, partition, from, signal)
  }

  async entry(partition: number, key: string): Promise<Uint8Array | undefined> {
    return this.#entries.get(prefixOf(partition) + key)
  }

  async entries(partition: number, begin: string): Promise<ReadonlyMap<string, Uint8Array>> {
    const [own, entries] = [prefixOf(partition), new Map<string, Uint8Array>()]
    const start = own + begin
    for (const { key, value } of this.#entries.getRange({ start, end: `${start}\u{7f}` }))
      entries.set(key.slice(own.length), value)
    return entries
  }

  async levelAt(area: number, at: number): Promise<LevelHistory | undefined> {
    return this.#history.levelAt(area, at)
  }

  async levels(area: number, from: number, to: number, most: number): Promise<readonly LevelHistory[]> {
    return this.#history.levels(area, from, to, most)
  }

  async readings(
    area: number,
    indicator: string,
    from: number,
    to: number,
    most: number,
  ): Promise<readonly ReadingHistory[]> {
    return this.#history.readings(area, indicator, from, to, most)
  }

  async offsetAt(partition: number, at: number): Promise<Offset | undefined> {
    const start = slotOf(partition, at)
    const last = { start, reverse: true, limit: 1 } as const
    for (const { key, version } of this.#ticks.getRange({ ...last, versions: true })) {
      if (partitionOf(key) === partition) return version
    }
    for (const { key, value } of this.#minutes.getRange(last)) {
      if (partitionOf(key) === partition) return value
    }
    return undefined
  }

  // Of what is durable: a tick on its way to the disk could still be taken back.
  async tick(): Promise<number> {
    return Math.min(...this.#durable.slice(0, -2).map((head) => head.at))
  }

  // Rate: once an hour; steps of 2,048 lines share their transactions with appends.
  async trim(before: number): Promise<void> {
    for (let partition = 0; partition < this.#count; partition++) {
      const horizon = this.newest(partition) - CHANGES_KEPT_MS
      await this.#dropTicks(partition, Math.max(before, horizon))
      await this.#dropMinutes(partition, before)
    }
    await this.#history.trim(before)
  }

  /** Settles what is on its way; the folder stays open, it may hold other stores. */
  close(): Promise<void> {
    return this.#folder.settled()
  }

  floor(partition: number): number {
    return this.#floor[partition] ?? 0
  }

  newest(partition: number): number {
    return this.#durable[partition]?.at ?? 0
  }

  fetch(partition: number, from: number): readonly TickBytes[] {
    const found: TickBytes[] = []
    let size = 0
    const end = slotOf(partition, this.newest(partition)) + 1
    for (const { key, value } of this.#ticks.getRange({
      start: slotOf(partition, from),
      end,
      limit: CHANGES_TICKS,
    })) {
      found.push({ partition, at: placeOf(key), bytes: value })
      size += value.length
      if (size >= CHANGES_BYTES) break
    }
    return found
  }

  breathe(): Promise<void> {
    return nextTurn()
  }

  #write(partition: number, expected: Offset, next: Commit): Error | undefined {
    const head = this.#heads[partition] ?? NOWHERE
    const refusal = refusalOf(partition, head, expected, next)
    if (refusal !== undefined) return refusal
    const prefix = prefixOf(partition)
    for (const { key, value } of next.entries) {
      if (value === null) void this.#entries.remove(prefix + key)
      else void this.#entries.put(prefix + key, value)
    }
    const slot = slotOf(partition, next.at)
    void this.#ticks.put(slot, next.record, next.offset)
    const newMinute = head.at === 0 || Math.floor(next.at / MINUTE_MS) !== Math.floor(head.at / MINUTE_MS)
    if (newMinute) void this.#minutes.put(slot, next.offset)
    this.#history.write(next.levels, next.readings)
    const reached = { offset: next.offset, at: next.at }
    void this.#stored.put(partition, reached)
    this.#heads[partition] = reached
    return undefined
  }

  async #dropTicks(partition: number, before: number): Promise<void> {
    for (;;) {
      const slots = this.#slotsBefore(this.#ticks, partition, before)
      const last = slots.at(-1)
      if (last === undefined) return
      await this.#folder.commits.submit({
        write: () => {
          // Readers are told first, so that none misses a tick without a word.
          this.#floor[partition] = placeOf(last) + 1
          void this.#floors.put(partition, placeOf(last) + 1)
          for (const slot of slots) void this.#ticks.remove(slot)
          return undefined
        },
        done: () => {},
      })
    }
  }

  async #dropMinutes(partition: number, before: number): Promise<void> {
    const slots = this.#slotsBefore(this.#minutes, partition, before)
    if (slots.length === 0) return
    await this.#folder.commits.submit({
      write: () => {
        for (const slot of slots) void this.#minutes.remove(slot)
        return undefined
      },
      done: () => {},
    })
    await this.#dropMinutes(partition, before)
  }

  #slotsBefore(database: Database<unknown, number>, partition: number, before: number): number[] {
    const range = { start: slotOf(partition, 0), end: slotOf(partition, before), limit: DROPPED }
    return Array.from(database.getKeys(range))
  }

  // At the start, and after a failed commit, when only the store knows what is true.
  #recall(): void {
    const partitions = Array.from({ length: this.#count }, (_, partition) => partition)
    this.#heads = partitions.map((partition) => this.#stored.get(partition) ?? NOWHERE)
    this.#durable = [...this.#heads]
    this.#floor = partitions.map((partition) => this.#floors.get(partition) ?? 0)
  }
}

/** The state in the data folder. Values of entries and records must not be written to after they were handed to `commit`. */
export function lmdbState(folder: DataFolder): State {
  return folder.checked(() => new LmdbState(folder))
}
