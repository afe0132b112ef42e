import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { compactSegments } from './adapters/archive-compact.ts'
import { writePlan, writeSegment } from './adapters/archive-segment.ts'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { lmdbLog } from './adapters/log.lmdb.ts'
import { openDataFolder } from './adapters/data-folder.lmdb.ts'
import { archiveCommand } from './app-archive-command.ts'
import { openEmbedded } from './app-stores.ts'
import { ownAll } from './adapters/ownership.embedded.ts'
import { startAggregate } from './aggregate.ts'
import type { ReadConfig } from './config.ts'
import type { Manifest, TickSlice } from './core/archive.ts'
import type { Log } from './ports.ts'
import { archivedCity, archivedDrafts, EPOCH, randomSlices } from './testdata/archived-log.ts'
import { streamsOf } from './testdata/state-bytes.ts'

const city = archivedCity()
const slices = randomSlices(city.plan, 3, 48, false)
const last = slices.at(-1)?.at ?? 0
let made = ''
let manifests: Manifest[] = []

beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'qingyu-archived-'))
  await writePlan(made, city.document)
  manifests = []
  for (const draft of archivedDrafts(city, slices, 60_000, 12))
    manifests.push(await writeSegment(made, draft, city.plan))
  return () => rmSync(made, { recursive: true, force: true })
}, 60_000)

/** A folder with a copy of the archive and an empty place for data, both gone with the test. */
function rooms(): { archive: string; read: ReadConfig; data: string } {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-restore-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const [archive, data] = [join(dir, 'archive'), join(dir, 'data')]
  cpSync(made, archive, { recursive: true })
  return { archive, data, read: { ...city.read, config: { ...city.read.config, data: { dir: data } } } }
}

async function ask(
  args: readonly string[],
  read: ReadConfig = city.read,
): Promise<{ code: number; text: string }> {
  let text = ''
  const screen = { write: (piece: string) => (text += piece) }
  const code = await archiveCommand(args, { configured: () => read, screen, log: { warn: () => undefined } })
  return { code, text }
}

async function refusalOf(args: readonly string[], read: ReadConfig): Promise<string> {
  return ask(args, read).then(
    () => 'done',
    (error: unknown) => `${String(Reflect.get(Object(error), 'code'))} ${String(error)}`,
  )
}

async function recordsOf(log: Log): Promise<string[][]> {
  return Promise.all(
    Array.from({ length: log.partitions }, async (_, partition) => {
      const end = await log.end(partition)
      const found: string[] = []
      const stop = new AbortController()
      for await (const { records } of log.read(partition, 0, stop.signal)) {
        found.push(...records.map((record) => Buffer.from(record).toString('hex')))
        if (found.length >= end) stop.abort()
      }
      return found
    }),
  )
}

const written = (all: readonly TickSlice[]): string[][] =>
  Array.from({ length: city.plan.partitions }, (_, partition) =>
    all.flatMap(({ parts }) =>
      parts.flatMap((part) =>
        part.partition === partition ? part.records.map((record) => Buffer.from(record).toString('hex')) : [],
      ),
    ),
  )

describe('qingyu archive', () => {
  it(
    '[AV50] ends verifying with 0 for a sound archive, and with 1 and the file for any other',
    { timeout: 60_000 },
    async () => {
      const { archive } = rooms()
      const sound = await ask(['verify', '--dir', archive])
      expect(sound).toMatchObject({ code: 0 })
      expect(sound.text).toMatch(/archive +sound/)
      expect((await ask(['list', '--dir', archive])).text).toContain(`8 segments, 48 ticks, 4 keyframes`)
      const some = manifests[3]?.files.find(({ table }) => table === 'changes')?.path ?? ''
      const bytes = readFileSync(join(archive, some))
      bytes[40] = (bytes[40] ?? 0) ^ 4
      writeFileSync(join(archive, some), bytes)
      const gone = manifests[5]?.files.find(({ table }) => table === 'ticks')?.path ?? ''
      rmSync(join(archive, gone))
      rmSync(join(archive, 'plans'), { recursive: true })
      const { code, text } = await ask(['verify', '--dir', archive])
      expect(code).toBe(1)
      for (const path of [some, gone, `plans/${city.document.hash}`])
        expect(text).toContain(`DAMAGED      ${path}`)
      expect(await refusalOf(['verify', '--dir', join(archive, 'none')], city.read)).toContain('CF-usage')
      expect(await refusalOf(['frobnicate'], city.read)).toContain('CF-usage')
    },
  )

  it(
    '[AV51] plays from keyframe to keyframe and finds one that the log does not come to',
    { timeout: 60_000 },
    async () => {
      const { archive } = rooms()
      const deep = await ask(['verify', '--dir', archive, '--deep'])
      expect(deep.text).toContain('48 ticks played, 4 keyframes compared')
      expect(deep.code).toBe(0)
      const draft = archivedDrafts(city, slices, 60_000, 12)[3]
      const [keyframe] = draft?.keyframes ?? []
      if (!draft || !keyframe) throw new Error('there is no keyframe')
      await writeSegment(archive, { ...draft, keyframes: [{ ...keyframe, calls: [] }] }, city.plan)
      expect(await ask(['verify', '--dir', archive])).toMatchObject({ code: 0 })
      const wrong = await ask(['verify', '--dir', archive, '--deep'])
      expect(wrong.code).toBe(1)
      expect(wrong.text).toContain(
        `The keyframe of ${new Date(keyframe.at).toISOString()} is not what the log comes to.`,
      )
    },
  )

  it('[AV52] restores the same log, and from it the same state', { timeout: 120_000 }, async () => {
    const { archive, data, read } = rooms()
    await compactSegments(archive, manifests.slice(0, 5))
    const { code, text } = await ask(['restore', '--from', archive], read)
    expect(code).toBe(0)
    expect(text).toContain(`Restored log ${EPOCH}`)
    const original = join(data, '../original')
    const { grid, partitions } = city.plan
    const folder = openDataFolder(original, { city: grid.city, grid: grid.version, partitions }, EPOCH)
    const log = lmdbLog(folder)
    for (const { parts } of slices)
      for (const { partition, records } of parts) await log.append(partition, records)
    await log.close()
    await folder.close()
    const states: unknown[] = []
    for (const dir of [original, data]) {
      const stores = openEmbedded({ ...read.config, data: { dir } }, city.plan, new VirtualClock(last))
      expect(stores.log.epoch).toBe(EPOCH)
      expect(await recordsOf(stores.log)).toEqual(written(slices))
      const aggregate = startAggregate({ ...stores, plan: city.plan, ownership: ownAll(partitions) })
      states.push(await streamsOf(stores.state, partitions, last))
      await aggregate.stop()
      await stores.close()
    }
    expect(states[1]).toEqual(states[0])
  })

  it('[AV53] refuses what would not be the same log', { timeout: 60_000 }, async () => {
    const { archive, data, read } = rooms()
    const restore = ['restore', '--from', archive]
    const four = archivedCity({ log: { partitions: 4 } }).read
    expect(await refusalOf(restore, { ...four, config: { ...four.config, data: { dir: data } } })).toContain(
      'AV-restore QingyuError: Archive',
    )
    rmSync(join(archive, EPOCH, 'segments', `${manifests[4]?.to}.json`))
    expect(await refusalOf(restore, read)).toMatch(/AV-restore.*nothing is held from/)
    const until = new Date(manifests[2]?.to ?? 0).toISOString()
    expect(await ask([...restore, '--to', until], read)).toMatchObject({ code: 0 })
    expect(await refusalOf(restore, read)).toMatch(/AV-restore.*is not empty/)
    rmSync(data, { recursive: true })
    rmSync(join(archive, EPOCH, 'segments', `${manifests[0]?.to}.json`))
    expect(await refusalOf(restore, read)).toMatch(/AV-restore.*beginning of its log is gone/)
    expect(existsSync(data)).toBe(false)
  })

  it(
    '[AV40] restores into another version of the grid by codes, as a new log, or names what is missing',
    { timeout: 60_000 },
    async () => {
      const { archive, data } = rooms()
      const text = readFileSync('config/cities/xianlin.geojson', 'utf8')
      const nudged = join(data, '../nudged.geojson')
      // A corner moves by centimetres: another version with the same codes.
      const [corner = ''] = /118\.\d{5,}/.exec(text) ?? []
      writeFileSync(nudged, text.replaceAll(corner, `${corner}1`))
      const into = (grid: string) => {
        const other = archivedCity({ city: { grid } }).read
        return {
          ...other,
          config: { ...other.config, log: { ...other.config.log, partitions: 3 }, data: { dir: data } },
        }
      }
      const restore = ['restore', '--from', archive]
      const done = await ask(restore, into(nudged))
      expect(done.code).toBe(0)
      expect(done.text).toMatch(/was read as [0-9a-f]{16} by the codes of its areas: it is a new log/)
      expect(done.text).not.toContain(`Restored log ${EPOCH}`)
    },
  )

  it('[AV54] leaves nothing behind where a file turns out to be altered', { timeout: 60_000 }, async () => {
    const { archive, data, read } = rooms()
    const some = manifests[6]?.files.find(({ table }) => table === 'observations')?.path ?? ''
    const bytes = readFileSync(join(archive, some))
    bytes[90] = (bytes[90] ?? 0) ^ 1
    writeFileSync(join(archive, some), bytes)
    expect(await refusalOf(['restore', '--from', archive], read)).toMatch(/AV-file.*altered/)
    expect(readdirSync(data)).toEqual([])
  })
})
