import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from 'lmdb'
import type { LevelHistory, ReadingHistory } from '../ports.ts'
import type { DataFolder } from './data-folder.lmdb.ts'
import { LAST_PLACE } from './slot.lmdb.ts'

/** Lines dropped in one transaction: more would hold up the appends that share it. */
const DROPPED = 2048
/** Series looked at before others may run. */
const LOOKED_AT = 500

/** [area, at] */
type LevelKey = [number, number]
/** [area, indicator, pane] */
type ReadingKey = [number, string, number]

/** Levels and readings by area, each series in the order of time. */
export class History {
  readonly #folder: DataFolder
  readonly #levels: Database<LevelHistory, LevelKey>
  readonly #readings: Database<ReadingHistory, ReadingKey>

  constructor(folder: DataFolder) {
    this.#folder = folder
    this.#levels = folder.values('level')
    this.#readings = folder.values('reading')
  }

  /** Inside a transaction of GroupCommit only. */
  write(levels: readonly LevelHistory[], readings: readonly ReadingHistory[]): void {
    for (const line of levels) void this.#levels.put([line.area, line.at], line)
    for (const line of readings) void this.#readings.put([line.area, line.indicator, line.pane], line)
  }

  /** The last line at or before `at`. */
  levelAt(area: number, at: number): LevelHistory | undefined {
    return this.levels(area, 0, at, 1)[0]
  }

  /** Lines with `at` in [from, to], the newest `most`, oldest first. */
  levels(area: number, from: number, to: number, most: number): readonly LevelHistory[] {
    return this.#newest(this.#levels, [area, to], [area, from], most)
  }

  /** Readings of panes that start in [from, to], the newest `most`, oldest first. */
  readings(
    area: number,
    indicator: string,
    from: number,
    to: number,
    most: number,
  ): readonly ReadingHistory[] {
    return this.#newest(this.#readings, [area, indicator, to], [area, indicator, from], most)
  }

  /** The last level line before `before` stays: it is in force at `before`. */
  async trim(before: number): Promise<void> {
    await this.#trim(
      this.#levels,
      ([area]) => ({ start: [area, 0], before: [area, before], next: [area, LAST_PLACE] }),
      1,
    )
    await this.#trim(
      this.#readings,
      ([area, indicator]) => ({
        start: [area, indicator, 0],
        before: [area, indicator, before],
        next: [area, indicator, LAST_PLACE],
      }),
      0,
    )
  }

  #newest<Line, Key extends LevelKey | ReadingKey>(
    lines: Database<Line, Key>,
    start: Key,
    end: Key,
    most: number,
  ): Line[] {
    const range = lines.getRange({ start, end, inclusiveEnd: true, reverse: true, limit: most })
    return Array.from(range, ({ value }) => value).toReversed()
  }

  // Goes from series to series, so that the work is by series and by dropped line, not by kept line.
  async #trim<Line, Key extends LevelKey | ReadingKey>(
    lines: Database<Line, Key>,
    seriesOf: (key: Key) => { start: Key; before: Key; next: Key },
    kept: number,
  ): Promise<void> {
    let doomed: Key[] = []
    let key = first(lines.getKeys({ limit: 1 }))
    for (let looked = 1; key !== undefined; looked++) {
      const series = seriesOf(key)
      const old = Array.from(lines.getKeys({ start: series.start, end: series.before }))
      doomed.push(...old.slice(0, Math.max(0, old.length - kept)))
      while (doomed.length >= DROPPED) {
        await this.#drop(lines, doomed.slice(0, DROPPED))
        doomed = doomed.slice(DROPPED)
      }
      if (looked % LOOKED_AT === 0) await nextTurn()
      key = first(lines.getKeys({ start: series.next, limit: 1 }))
    }
    if (doomed.length > 0) await this.#drop(lines, doomed)
  }

  #drop<Line, Key extends LevelKey | ReadingKey>(
    lines: Database<Line, Key>,
    keys: readonly Key[],
  ): Promise<void> {
    return this.#folder.commits.submit({
      write() {
        for (const key of keys) void lines.remove(key)
        return undefined
      },
      done() {},
    })
  }
}

function first<Item>(items: Iterable<Item>): Item | undefined {
  for (const item of items) return item
  return undefined
}
