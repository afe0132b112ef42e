import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from './adapters/archive.parquet.ts'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { openKafkaLog } from './adapters/log.kafka.ts'
import { readConfig } from './config.ts'
import type { TickSlice } from './core/archive.ts'
import { HOUR_MS } from './core/segment-cut.ts'
import { Guard } from './native/guard.ts'
import { memberSpec } from './native/members.ts'
import { NativeProcess } from './native/process.ts'
import { Ports } from './native/reach.ts'
import type { Archive, Log } from './ports.ts'
import { built } from './testdata/app-process.ts'
import { archivedCity, EPOCH, randomSlices, START } from './testdata/archived-log.ts'
import { archiveDir, archiverBench, batchesOf, filesOf, hexOf, logsOf } from './testdata/archiver-bench.ts'
import { HAS_KAFKA, TestKafka } from './testdata/kafka.ts'
import { HAS_REDIS, RedisBed } from './testdata/redis.ts'

const home = resolve(import.meta.dirname, '..')
const config = join(home, 'config/qingyu.yaml')
const city = archivedCity({ clock: { tick: '60s' } })
const { grid, partitions } = city.plan
/** A tick a minute, from half past to ten past the next hour. */
const slices = randomSlices(city.plan, 11, 40, false)

/** The hour that is over, as one process alone writes it long after: checksums by table. */
async function embeddedHour(): Promise<Map<string, string>> {
  const dir = archiveDir()
  const archiver = await archiverBench(city, dir, new VirtualClock(START + 5 * HOUR_MS)).open()
  const none = Array.from({ length: partitions }, () => 0)
  for (const batch of batchesOf(logsOf(slices, partitions), none, 500)) await archiver.take(batch)
  return hourIn(dir, EPOCH)
}

const hourIn = (dir: string, epoch: string) =>
  new Map([...filesOf(join(dir, epoch))].filter(([path]) => path.includes('hour=17')))

async function append(log: Log, some: readonly TickSlice[]): Promise<void> {
  for (const { parts } of some)
    for (const { partition, records } of parts) await log.append(partition, records)
}

const isActive = async ({ spec }: NativeProcess): Promise<boolean> =>
  (await (await fetch(`${spec.address}/metrics`)).text()).includes('\nqingyu_archive_active 1')

async function reached(archive: Archive, at: number): Promise<void> {
  while (((await archive.manifests(0, Infinity)).at(-1)?.to ?? 0) < at) await pause(50)
}

describe.skipIf(!HAS_KAFKA || !HAS_REDIS)('the archive of a cluster', () => {
  it(
    '[AW18] is one without gaps when its writer is killed and another takes over, equal to that of one process',
    { timeout: 240_000 },
    async () => {
      built()
      const dir = mkdtempSync(join(tmpdir(), 'qingyu-archive-cluster-'))
      onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
      const [kafka, redis] = await Promise.all([TestKafka.start(), RedisBed.open()])
      onTestFinished(() => kafka.stop())
      onTestFinished(() => redis.close())
      const settings = {
        QINGYU_KAFKA__BROKERS: kafka.brokers,
        QINGYU_REDIS__URL: (await redis.server()).url,
        QINGYU_LOG__PARTITIONS: String(partitions),
        QINGYU_CLOCK__TICK: '60s',
        QINGYU_CLOCK__SOURCE: 'data',
        QINGYU_MQTT__ENABLED: 'false',
        QINGYU_ARCHIVE__DIR: dir,
        QINGYU_ARCHIVE__EVERY: '500ms',
        QINGYU_ARCHIVE__KEYFRAME: '8',
      }
      const read = readConfig(config, settings).config
      const belonging = { city: grid.city, grid: grid.version, partitions }
      const logger = pino({ level: 'silent' })
      const log = await openKafkaLog({ ...read.log, kafka: read.kafka, ...belonging, name: 'test', logger })
      onTestFinished(() => log.close())
      const guard = new Guard()
      const ports = new Ports()
      const members: NativeProcess[] = []
      for (const name of ['archive-1', 'archive-2'])
        members.push(
          new NativeProcess(
            memberSpec({ name, stage: 'archive', port: await ports.any() }, { home, config, settings }),
            guard,
            () => {},
          ),
        )
      onTestFinished(async () => void (await Promise.all(members.map((member) => member.stop(5000)))))
      await append(log, slices.slice(0, 12))
      await Promise.all(members.map((member) => member.start()))
      const archive = openArchive(dir, log.epoch)
      await reached(archive, START + 12 * 60_000)
      const [active, standby] = (await isActive(members[0] as NativeProcess)) ? members : members.toReversed()
      expect(await isActive(standby as NativeProcess)).toBe(false)
      active?.signal('SIGKILL')
      await append(log, slices.slice(12))
      await reached(archive, START + 40 * 60_000)
      const found: TickSlice[] = []
      for await (const batch of archive.read(START + 60_000 - 1, Infinity)) found.push(...batch)
      expect(hexOf(found)).toEqual(hexOf(slices))
      expect(hourIn(dir, log.epoch)).toEqual(await embeddedHour())
    },
  )
})
