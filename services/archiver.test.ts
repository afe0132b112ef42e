import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openArchive } from './adapters/archive.parquet.ts'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { Archiver } from './archiver.ts'
import type { Manifest, TickSlice } from './core/archive.ts'
import { KIND_OBSERVATIONS, kindOf, rowsOf } from './core/record.ts'
import { HOUR_MS } from './core/segment-cut.ts'
import { archivedCity, EPOCH, randomSlices, START } from './testdata/archived-log.ts'
import {
  archiveDir,
  archiverBench,
  batchesOf,
  filesOf,
  hexOf,
  logsOf,
  refusing,
} from './testdata/archiver-bench.ts'

const MINUTE = 60_000
const city = archivedCity({ clock: { tick: '60s' } })
const { partitions } = city.plan
/** A tick a minute, from half past to ten past the next hour. */
const slices = randomSlices(city.plan, 11, 40, false)
const logs = logsOf(slices, partitions)
/** Right before the first tick: the log begins there. */
const BEGIN = START + MINUTE - 1
const HOUR_END = START + 30 * MINUTE
const LONG_AFTER = START + 5 * HOUR_MS
const none = Array.from({ length: partitions }, () => 0)
const indexOf = (at: number): number => (at === 0 ? 0 : (at - START) / MINUTE)

const observationsIn = (of: readonly TickSlice[]): number =>
  of
    .flatMap(({ parts }) => parts.flatMap(({ records }) => records))
    .reduce((sum, bytes) => sum + (kindOf(bytes) === KIND_OBSERVATIONS ? rowsOf(bytes) : 0), 0)

async function manifestsIn(dir: string): Promise<readonly Manifest[]> {
  const archive = openArchive(dir, EPOCH)
  const found = await archive.manifests(0, Infinity)
  await archive.close()
  return found
}

async function slicesIn(dir: string, after: number): Promise<TickSlice[]> {
  const read: TickSlice[] = []
  for await (const batch of openArchive(dir, EPOCH).read(after, Infinity)) read.push(...batch)
  return read
}

const endsIn = async (dir: string) => (await manifestsIn(dir)).map(({ to }) => (to - START) / MINUTE)

/** Follows the log as live does: the clock stands at the tick that is taken. */
async function followLive(archiver: Archiver, clock: VirtualClock, from: number, to: number): Promise<void> {
  for (const { at, parts } of slices.slice(from, to)) {
    clock.advance(Math.max(0, at - clock.now()))
    await archiver.take(parts)
  }
}

/** The archive as it is written long after, in one go. */
async function direct(most?: number): Promise<Map<string, string>> {
  const dir = archiveDir()
  const archiver = await archiverBench(city, dir, new VirtualClock(LONG_AFTER), most ? { most } : {}).open()
  for (const batch of batchesOf(logs, none, 500)) await archiver.take(batch)
  await archiver.flush()
  return filesOf(dir)
}

const hourFiles = (files: ReadonlyMap<string, string>): Map<string, string> =>
  new Map([...files].filter(([path]) => /hour=17|keyframes|plans/.test(path)))

describe('archiver', () => {
  it('[AW7] writes a segment so often while it follows, and one of the hour once that is over', async () => {
    const dir = archiveDir()
    const clock = new VirtualClock(START)
    const archiver = await archiverBench(city, dir, clock).open()
    await followLive(archiver, clock, 0, 17)
    expect(await endsIn(dir)).toEqual([5, 10, 15])
    await followLive(archiver, clock, 17, 40)
    expect(await endsIn(dir)).toEqual([30, 35, 40])
    const [hour] = await manifestsIn(dir)
    expect(hour).toMatchObject({ after: BEGIN, to: HOUR_END, ticks: 30 })
    expect(hour?.digest.observations).toBe(observationsIn(slices.slice(0, 30)))
    expect(hexOf(await slicesIn(dir, BEGIN))).toEqual(hexOf(slices))
  })

  it('[AW7] writes whole hours of what is long past', async () => {
    expect([...(await direct()).keys()].filter((path) => path.includes('segments'))).toHaveLength(2)
  })

  it.each([
    ['followed and stopped', true, [9, 22]],
    ['killed before the first segment', true, [3]],
    ['read in single records, killed and stopped', false, [4, 12, 31]],
  ])('[AW8] gives the same files of an hour: %s', { timeout: 120_000 }, async (_, isLive, stops) => {
    const dir = archiveDir()
    const clock = new VirtualClock(isLive ? START : LONG_AFTER)
    const bench = archiverBench(city, dir, clock)
    for (const [turn, stop] of [...stops, slices.length].entries()) {
      const archiver = await bench.open()
      const { at, offsets } = archiver.progress
      if (isLive) await followLive(archiver, clock, indexOf(at), stop)
      else
        for (const batch of batchesOf(logsOf(slices.slice(0, stop), partitions), offsets, 1))
          await archiver.take(batch)
      // What a killed one holds is in the log alone.
      if (turn % 2 === 1 || stop === slices.length) await archiver.flush()
    }
    expect(hourFiles(filesOf(dir))).toEqual(hourFiles(await direct()))
    expect(hexOf(await slicesIn(dir, BEGIN))).toEqual(hexOf(slices))
    expect(bench.told.reports).toEqual([])
  })

  it(
    '[AW9] ends a segment where it holds as much as one may, followed or not',
    { timeout: 120_000 },
    async () => {
      const most = Math.floor(observationsIn(slices) / 5)
      const dir = archiveDir()
      const clock = new VirtualClock(START)
      const archiver = await archiverBench(city, dir, clock, { most }).open()
      await followLive(archiver, clock, 0, 40)
      await archiver.flush()
      expect(hourFiles(filesOf(dir))).toEqual(hourFiles(await direct(most)))
      const counts = (await manifestsIn(dir)).map(({ digest }) => digest.observations)
      expect(counts.length).toBeGreaterThan(4)
      expect(Math.max(...counts)).toBeLessThan(2 * most)
    },
  )

  it('[AW10] writes what it holds though no further tick comes', async () => {
    const dir = archiveDir()
    const clock = new VirtualClock(START)
    const { parts, open } = archiverBench(city, dir, clock, { every: 10 * MINUTE })
    const archiver = await open()
    await followLive(archiver, clock, 0, 4)
    expect(await endsIn(dir)).toEqual([])
    clock.advance(2 * parts.every)
    await archiver.flush()
    expect(await endsIn(dir)).toEqual([4])
    expect(archiver.progress).toMatchObject({ at: START + 4 * MINUTE, segments: 1 })
  })

  it('[AW11] waits for a disk that refuses, says so, and loses nothing', async () => {
    const dir = archiveDir()
    const clock = new VirtualClock(START)
    const bench = archiverBench(city, dir, clock)
    const writer = refusing(bench.parts.writer, 3)
    const archiver = await archiverBench(city, dir, clock, {
      writer,
      waiting: (why) => bench.told.waits.push(why),
    }).open()
    const following = followLive(archiver, new VirtualClock(START), 0, 12)
    while (writer.refused < 3) {
      clock.advance(1000)
      await nextTurn()
    }
    clock.advance(10_000)
    await following
    await archiver.flush()
    expect(bench.told.waits.filter((why) => why !== null)).toHaveLength(3)
    expect(bench.told.waits).toContain('ENOSPC: no space left on device, write')
    expect(bench.told.waits.at(-1)).toBeNull()
    expect(hexOf(await slicesIn(dir, BEGIN))).toEqual(hexOf(slices.slice(0, 12)))
  })

  it('[AW12] goes on behind a gap with the first whole tick and a keyframe', async () => {
    const dir = archiveDir()
    const clock = new VirtualClock(START)
    const { parts, open } = archiverBench(city, dir, clock)
    await followLive(await open(), clock, 0, 6)
    const cut = logsOf(slices.slice(0, 12), partitions).map(({ length }) => length - 1)
    const archiver = new Archiver(parts, { offsets: cut }, [])
    for (const batch of batchesOf(logs, cut, 50)) await archiver.take(batch)
    await archiver.flush()
    const archive = openArchive(dir, EPOCH)
    const spans = await archive.spans()
    expect(spans.map(({ after, to }) => [indexOf(after), indexOf(to)])).toEqual([
      [indexOf(BEGIN), 5],
      [14, 40],
    ])
    expect((await archive.keyframe(START + 14 * MINUTE))?.at).toBe(START + 14 * MINUTE)
    expect(hexOf(await slicesIn(dir, START + 14 * MINUTE))).toEqual(hexOf(slices.slice(14)))
  })

  it('[AW13] goes on where files are damaged, and says so', async () => {
    const dir = archiveDir()
    const clock = new VirtualClock(START)
    const bench = archiverBench(city, dir, clock, { keyframe: 100 })
    await followLive(await bench.open(), clock, 0, 12)
    const [path] = [...filesOf(dir).keys()].filter((each) => each.includes('ticks'))
    truncateSync(join(dir, path ?? ''), 100)
    const archiver = await bench.open()
    expect(archiver.progress.at).toBe(START + 10 * MINUTE)
    await followLive(archiver, clock, 10, 20)
    expect(await endsIn(dir)).toEqual([5, 10, 15, 20])
    expect(bench.told.reports.join()).toMatch(/begin with nothing known/)
  })

  it('[AW20] looks for what may go after the first hour and then once a day of ticks', async () => {
    const hourly = archivedCity({ clock: { tick: '30m' } })
    const days = randomSlices(hourly.plan, 3, 100, false)
    const clock = new VirtualClock(START + 100 * HOUR_MS)
    const { parts, open } = archiverBench(hourly, archiveDir(), clock)
    const looked: number[] = []
    parts.writer.retain = (newest) => Promise.resolve(void looked.push((newest - START) / HOUR_MS))
    const archiver = await open()
    for (const batch of batchesOf(logsOf(days, partitions), none, 500)) await archiver.take(batch)
    // From 17:30; the days end at midnight.
    expect(looked).toEqual([0.5, 6.5, 30.5])
  })
})
