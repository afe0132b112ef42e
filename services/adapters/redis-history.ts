import type { LevelHistory, Offset, ReadingHistory } from '../ports.ts'
import { DAY_MS, dayOf, keysOf, levelsKey, readingsKey } from './redis-keys.ts'
import { unpackLevel, unpackReadings } from './redis-line.ts'
import type { RedisLink } from './redis-link.ts'
import { OFFSET, TRIM, TRIM_LEVELS } from './redis-script.ts'

/** Days of readings asked for at once. */
const DAYS = 8
/** Series or days trimmed in one step. */
const TRIMMED = 256

/** Answers about the past of areas and partitions, and drops what is too old. Each method is one attempt. */
export class RedisHistory {
  readonly #link: RedisLink
  readonly #prefix: string
  readonly #areas: number
  readonly #partitionOf: (area: number) => number

  constructor(link: RedisLink, prefix: string, areas: number, partitionOf: (area: number) => number) {
    this.#link = link
    this.#prefix = prefix
    this.#areas = areas
    this.#partitionOf = partitionOf
  }

  async levels(area: number, from: number, to: number, most: number): Promise<readonly LevelHistory[]> {
    const key = levelsKey(this.#prefix, this.#partitionOf(area), area)
    const lines = await this.#link.client.zrevrangebyscoreBuffer(key, to, from, 'LIMIT', 0, most)
    return lines.map((line) => unpackLevel(area, line)).toReversed()
  }

  /** From the newest day backwards, until there are enough. */
  async readings(
    area: number,
    indicator: string,
    from: number,
    to: number,
    most: number,
  ): Promise<readonly ReadingHistory[]> {
    const { client } = this.#link
    const partition = this.#partitionOf(area)
    const { days, head } = keysOf(this.#prefix, partition)
    const [oldest, newest, kept] = await Promise.all([
      client.zrange(days, '0', '0'),
      client.zrange(days, '-1', '-1'),
      client.hget(head, 'kept'),
    ])
    if (oldest[0] === undefined || newest[0] === undefined) return []
    const start = Math.max(from, Number(kept))
    const first = Math.max(dayOf(oldest[0]), Math.floor(start / DAY_MS))
    let day = Math.min(dayOf(newest[0]), Math.floor(to / DAY_MS))
    let lines: ReadingHistory[] = []
    for (; day >= first && lines.length < most; day -= DAYS) {
      const count = Math.min(DAYS, day - first + 1)
      const keys = Array.from({ length: count }, (_, i) =>
        readingsKey(this.#prefix, partition, area, indicator, day - count + 1 + i),
      )
      const found = await client.mgetBuffer(keys)
      const older = found.flatMap((bytes) =>
        bytes === null ? [] : unpackReadings(area, indicator, bytes, start, to),
      )
      lines = [...older, ...lines]
    }
    return lines.slice(-most)
  }

  async offsetAt(partition: number, at: number): Promise<Offset | undefined> {
    const { ticks, minutes } = keysOf(this.#prefix, partition)
    const found = await this.#link.run(OFFSET, [ticks, minutes], at)
    return found === null ? undefined : Number(String(found as Buffer))
  }

  /** Drops ticks, offsets and readings of a partition that are older than `before`, and ticks older than `kept` ms. */
  async trim(partition: number, before: number, kept: number): Promise<void> {
    const { client } = this.#link
    const { head, ticks, minutes, days } = keysOf(this.#prefix, partition)
    const newest = Number(await client.hget(head, 'at'))
    const horizon = Math.max(before, newest - kept)
    while ((await this.#link.run(TRIM, [head, ticks, minutes], horizon, before)) === 1);
    for (;;) {
      const today = Math.floor(before / DAY_MS)
      const old = await client.zrangebyscore(days, '-inf', `(${today}`, 'LIMIT', 0, TRIMMED)
      if (old.length === 0) return
      await client.unlink(old)
      await client.zrem(days, ...old)
    }
  }

  /** Drops level lines older than `before`, but not the one in force then. */
  async trimLevels(before: number): Promise<void> {
    const waiting = new Map<number, string[]>()
    for (let area = 0; area < this.#areas; area++) {
      const partition = this.#partitionOf(area)
      const keys = waiting.get(partition) ?? []
      keys.push(levelsKey(this.#prefix, partition, area))
      waiting.set(partition, keys)
      if (keys.length < TRIMMED) continue
      waiting.delete(partition)
      await this.#link.run(TRIM_LEVELS, keys, before)
    }
    for (const keys of waiting.values()) await this.#link.run(TRIM_LEVELS, keys, before)
  }
}
