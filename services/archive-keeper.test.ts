import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { MemoryDisk } from './adapters/disk.memory.ts'
import { MemoryLog } from './adapters/log.memory.ts'
import { ownAll } from './adapters/ownership.embedded.ts'
import { openArchive } from './adapters/archive.parquet.ts'
import { startArchiving, type Archiving } from './archive-keeper.ts'
import type { FromArchiver, ToArchiver } from './archive-message.ts'
import { serveArchiver } from './archiver-thread.ts'
import type { TickSlice } from './core/archive.ts'
import { archivedCity, EPOCH, randomSlices, START } from './testdata/archived-log.ts'
import { archiveDir, archiverBench, hexOf } from './testdata/archiver-bench.ts'
import { until } from './testdata/small-server.ts'
import type { Thread } from './thread.ts'

const MINUTE = 60_000
const city = archivedCity({ clock: { tick: '60s' } })
const { partitions } = city.plan
const slices = randomSlices(city.plan, 11, 20, false)

/** A log in memory, an archive on the disk, and between them a keeper whose thread is none. */
class World {
  readonly clock = new VirtualClock(START)
  readonly dir = archiveDir()
  readonly log = new MemoryLog(new MemoryDisk({ defer: (run) => void setImmediate(run) }), {
    partitions,
    epoch: EPOCH,
  })
  readonly reports: string[] = []
  /** Breaks the thread off. */
  crash: (fault: Error) => void = () => undefined
  threads = 0
  #keeper: Archiving | null = null

  get keeper(): Archiving {
    return (this.#keeper ??= startArchiving({
      log: this.log,
      clock: this.clock,
      source: 'wall',
      ownership: ownAll(1),
      start: (hear) => this.#thread(hear),
      report: (sentence) => void this.reports.push(sentence),
    }))
  }

  async append(from: number, to: number): Promise<void> {
    for (const { at, parts } of slices.slice(from, to)) {
      this.clock.advance(Math.max(0, at - this.clock.now()))
      for (const { partition, records } of parts) await this.log.append(partition, records)
    }
  }

  /** Lets timers run until it is so. */
  async goOn(isSo: () => boolean): Promise<void> {
    await until(() => {
      if (!isSo()) this.clock.advance(100)
      return isSo()
    })
  }

  state = (): string => this.keeper.standing().state

  metric(name: string): number | undefined {
    return this.keeper.metrics().find((metric) => metric.name === `archive_${name}`)?.samples[0]?.value
  }

  async slices(after: number): Promise<TickSlice[]> {
    const read: TickSlice[] = []
    for await (const batch of openArchive(this.dir, EPOCH).read(after, Infinity)) read.push(...batch)
    return read
  }

  /** The thread's own code, in this one. */
  #thread(hear: (message: FromArchiver) => void): Thread<ToArchiver> {
    this.threads++
    let end: (fault: Error | null) => void = () => undefined
    const ended = new Promise<Error | null>((resolve) => (end = resolve))
    let isEnded = false
    void ended.then(() => (isEnded = true))
    const post = (message: FromArchiver): void =>
      void setImmediate(() => (isEnded ? undefined : hear(message)))
    const { parts } = archiverBench(city, this.dir, this.clock, {
      waiting: (why) => post({ what: 'waits', why }),
      report: (sentence) => post({ what: 'report', sentence }),
      written: (progress) => post({ what: 'written', progress }),
    })
    const served = serveArchiver({
      parts,
      open: () => openArchive(this.dir, EPOCH),
      post,
      leave: () => end(null),
    })
    served.catch((fault: unknown) => end(fault as Error))
    this.crash = end
    return {
      ended,
      post: (message) =>
        void served.then((told) =>
          isEnded ? undefined : told(message).catch((fault: unknown) => end(fault as Error)),
        ),
      end: async () => {
        end(null)
        await served.catch(() => undefined)
        await nextTurn()
      },
    }
  }
}

async function worldWith(ticks: number): Promise<World> {
  const world = new World()
  await world.append(0, ticks)
  return world
}

describe('keeping the archive', () => {
  it('[AW14] follows the log, tells how far it is, and writes the rest when it is stopped', async () => {
    const world = await worldWith(3)
    expect(world.state()).toBe('active, nothing written yet')
    await world.append(3, 7)
    await world.goOn(() => world.state().includes('written to'))
    expect(world.state()).toBe('active, written to 2026-03-01T17:35:00.000Z')
    expect(world.metric('segments_total')).toBe(1)
    expect(world.keeper.floor(0)).toBeGreaterThan(0)
    await world.keeper.stop()
    expect(hexOf(await world.slices(START + MINUTE - 1))).toEqual(hexOf(slices.slice(0, 7)))
  })

  it('[AW15] starts a thread anew that broke off, and says so', async () => {
    const world = await worldWith(6)
    onTestFinished(() => world.keeper.stop())
    await world.goOn(() => world.state().includes('written to'))
    world.crash(new Error('the thread ran out of memory'))
    await world.goOn(() => world.state() === 'waits: the thread ran out of memory')
    expect(world.keeper.standing().ready).toBe(true)
    await world.append(6, 12)
    await world.goOn(() => world.state().startsWith('active, written to 2026-03-01T17:4'))
    expect(world.threads).toBe(2)
    expect(world.reports[0]).toMatch(/^The archive broke off: the thread ran out of memory; going on in/)
  })

  it('[AW12] tells of records that are gone from the log, once', async () => {
    const world = await worldWith(6)
    await world.goOn(() => world.state().includes('written to'))
    await world.keeper.stop()
    const later = new World()
    Object.assign(later, { dir: world.dir })
    await later.append(0, 12)
    for (let partition = 0; partition < partitions; partition++)
      await later.log.trim(partition, (await later.log.end(partition)) - 3)
    await later.append(12, 20)
    onTestFinished(() => later.keeper.stop())
    await later.goOn(() => later.metric('gaps') === 1 && later.state().includes('17:5'))
    expect(later.reports.filter((sentence) => sentence.includes('has a gap'))).toHaveLength(1)
    const archive = openArchive(later.dir, EPOCH)
    expect(await archive.spans()).toHaveLength(2)
  })

  it('[AW16] writes nothing where the log is older than its archive', async () => {
    const world = await worldWith(6)
    await world.goOn(() => world.state().includes('written to'))
    await world.keeper.stop()
    const older = new World()
    Object.assign(older, { dir: world.dir })
    await older.append(0, 2)
    onTestFinished(() => older.keeper.stop())
    await older.goOn(() => older.state().startsWith('waits: Archive holds partition 0 up to offset'))
    expect(older.keeper.floor(0)).toBeGreaterThan(0)
  })
})
