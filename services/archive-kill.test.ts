import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ArchiveIndex } from './adapters/archive-index.ts'
import { openArchive } from './adapters/archive.parquet.ts'
import { sweepArchive } from './adapters/archive-upkeep.ts'
import { archiveCommand } from './app-archive-command.ts'
import { readConfig } from './config.ts'
import { openDataFolder } from './adapters/data-folder.lmdb.ts'
import { lmdbLog } from './adapters/log.lmdb.ts'
import { seededRandom } from './adapters/random.seeded.ts'
import type { Manifest, TickSlice } from './core/archive.ts'
import { TickCutter } from './core/tick-cutter.ts'
import type { Log } from './ports.ts'
import { built, keptPort, load, type Program } from './testdata/app-process.ts'
import { filesOf, hexOf } from './testdata/archiver-bench.ts'
import { demoPlan } from './testdata/folder-contents.ts'
import { PublisherUnderKill, WINDOW } from './testdata/publisher-under-kill.ts'
import { BEGIN, seededDay, type Message } from './testdata/seeded-day.ts'

const SEED = Number(process.env['KILL_SEED'] ?? 7)
const KILLS = Number(process.env['KILL_COUNT'] ?? 20)
const COUNT = 6_000
/** A life lasts at most so long behind its start, ms: some segments. */
const LIFE = 1_000
const SETTINGS = {
  QINGYU_CLOCK__TICK: '200ms',
  QINGYU_ARCHIVE__EVERY: '600ms',
  QINGYU_ARCHIVE__KEYFRAME: '7',
  QINGYU_LOG__PARTITIONS: '4',
}
const AGAIN = { repeated: 40, behind: 2 * WINDOW }

const plan = { ...demoPlan(), partitions: 4 }
const random = seededRandom(SEED)

/** The day as if it ended now, for the wall clock. */
function today(): readonly Message[] {
  const day = seededDay(seededRandom(SEED), plan.grid, COUNT)
  const last = day.at(-1)?.observations.at(-1)?.time ?? BEGIN
  const shift = Date.now() - last
  return day.map(({ source, observations }) => ({
    source,
    observations: observations.map((told) => ({ ...told, time: told.time + shift })),
  }))
}

async function metricOf({ http }: Program, name: string): Promise<number> {
  const text = await fetch(`${http}/metrics`).then(
    (response) => response.text(),
    () => '',
  )
  return Number(new RegExp(`^qingyu_${name} (.+)$`, 'm').exec(text)?.[1] ?? 0)
}

/** Lives through the day with SIGKILL at random moments of writing, then ends by SIGTERM. */
async function live(dir: string): Promise<void> {
  const [mqttPort, httpPort] = [await keptPort(), await keptPort()]
  const launch = { dir, mqttPort, httpPort, args: [], settings: SETTINGS }
  const messages = today()
  const publisher = new PublisherUnderKill(messages, mqttPort)
  let spare = load(launch)
  for (let kill = 0; kill < KILLS; kill++) {
    const program = spare
    program.go()
    spare = load(launch)
    await program.ready()
    const to = Math.floor((messages.length * (kill + 1)) / (KILLS + 1))
    const sending = publisher.stretch({ to, ...AGAIN, onWaiting: () => program.expectAlive() })
    // Half of them are killed before the archive has begun, or while it begins.
    while (kill % 2 === 1 && (await metricOf(program, 'archive_segments_total')) === 0) await pause(20)
    await pause(random.uint32() % LIFE)
    program.signal('SIGKILL')
    expect(await program.ended).toBe('SIGKILL')
    await sending
  }
  spare.go()
  await spare.ready()
  await publisher.stretch({ to: messages.length, ...AGAIN, onWaiting: () => spare.expectAlive() })
  while ((await metricOf(spare, 'archive_segments_total')) < 2) await pause(50)
  expect(await metricOf(spare, 'archive_gaps')).toBe(0)
  spare.signal('SIGTERM')
  expect(await spare.ended).toBe(0)
}

/** The whole log in slices. */
async function slicesOfLog(log: Log): Promise<TickSlice[]> {
  const cutter = new TickCutter(
    Array.from({ length: log.partitions }, () => 0),
    0,
  )
  for (let partition = 0; partition < log.partitions; partition++) {
    const stop = new AbortController()
    const end = await log.end(partition)
    for await (const { first, records } of log.read(partition, 0, stop.signal)) {
      cutter.take({ partition, first, records: records.map((record) => new Uint8Array(record)) })
      if (first + records.length >= end) stop.abort()
    }
  }
  const slices: TickSlice[] = []
  for (let slice = cutter.next(); slice !== undefined; slice = cutter.next()) slices.push(slice)
  return slices
}

/** Segments that do not follow the one before in ticks and offsets. */
const gapsIn = (manifests: readonly Manifest[]) =>
  manifests.slice(1).filter(({ after, offsets }, i) => {
    const before = manifests[i]
    return (
      after !== before?.to || offsets.some(({ partition, from }) => from !== before.offsets[partition]?.end)
    )
  })

describe('an archive whose writer is killed', () => {
  beforeAll(built)

  it('[AW17] has no gap and no duplicate, and holds the log', { timeout: 590_000 }, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'qingyu-archive-kill-'))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    await live(dir)
    const { city, version } = plan.grid
    const folder = openDataFolder(dir, { city, grid: version, partitions: plan.partitions })
    const slices = await slicesOfLog(lmdbLog(folder))
    const { epoch } = folder
    await folder.close()
    const archive = openArchive(join(dir, 'archive'), epoch)
    const manifests = await archive.manifests(0, Infinity)
    expect(gapsIn(manifests)).toEqual([])
    expect(manifests[0]?.offsets.map(({ from }) => from)).toEqual([0, 0, 0, 0])
    const read: TickSlice[] = []
    for await (const batch of archive.read(manifests[0]?.after ?? 0, Infinity)) read.push(...batch)
    const last = read.at(-1)?.at ?? 0
    expect(hexOf(read)).toEqual(hexOf(slices.filter(({ at }) => at <= last)))
    expect(archive.damages()).toEqual([])
    // What the next start does: the last one may have been ended while it wrote.
    await sweepArchive(new ArchiveIndex(join(dir, 'archive'), epoch), epoch, Infinity)
    const named = manifests.flatMap(({ files, to }) => [
      `${epoch}/segments/${to}.json`,
      ...files.map(({ path }) => path),
    ])
    const found = [...filesOf(join(dir, 'archive')).keys()].filter((path) => path.startsWith(epoch))
    expect(found.sort()).toEqual(named.sort())
    const world = {
      configured: () => readConfig('config/qingyu.yaml'),
      screen: { write: () => true },
      log: { warn: () => undefined },
    }
    expect(await archiveCommand(['verify', '--deep', '--dir', join(dir, 'archive')], world)).toBe(0)
    process.stdout.write(
      `${KILLS} kills, seed ${SEED}: ${manifests.length} segments, ${read.length} ticks, ${manifests.reduce((sum, { digest }) => sum + digest.observations, 0)} observations\n`,
    )
  })
})
