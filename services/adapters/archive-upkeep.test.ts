import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Manifest, TickSlice } from '../core/archive.ts'
import { keyframeAt } from '../core/archive.ts'
import { spareKeyframes } from '../core/keyframe-keeping.ts'
import { archivedCity, archivedDrafts, EPOCH, randomSlices } from '../testdata/archived-log.ts'
import { readAll } from './archive.contract.ts'
import { compactSegments } from './archive-compact.ts'
import { ArchiveIndex } from './archive-index.ts'
import { writePlan, writeSegment } from './archive-segment.ts'
import { retainArchive, sweepArchive } from './archive-upkeep.ts'
import { openArchive } from './archive.parquet.ts'
import { codeOf } from './log.contract.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const city = archivedCity()
const slices = randomSlices(city.plan, 11, 48, false)
const LATER = Number.MAX_SAFE_INTEGER

async function written(every: number): Promise<{ dir: string; manifests: Manifest[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-upkeep-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  await writePlan(dir, city.document)
  const manifests: Manifest[] = []
  for (const draft of archivedDrafts(city, slices, every, 12))
    manifests.push(await writeSegment(dir, draft, city.plan))
  return { dir, manifests }
}

/** Every file below a folder with its bytes. */
function filesIn(dir: string): ReadonlyMap<string, string> {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter((name) => statSync(join(dir, name)).isFile())
  return new Map(files.map((name) => [name, readFileSync(join(dir, name), 'base64')]))
}

const places = (found: readonly TickSlice[]) =>
  found.map(({ at, parts }) => [at, parts.map(({ first }) => first)])
const begin = (slices[0]?.at ?? 0) - 1

describe('upkeep of the archive', () => {
  it(
    '[AV20] joins segments into one with the very files that writing it at once makes',
    { timeout: 60_000 },
    async () => {
      const [small, large] = [await written(60_000), await written(HOUR)]
      expect(small.manifests).toHaveLength(8)
      const made = await compactSegments(small.dir, small.manifests)
      expect([made]).toEqual(large.manifests)
      expect(filesIn(small.dir)).toEqual(filesIn(large.dir))
    },
  )

  it(
    '[AV21] reads the same whenever joining was cut off, and sweeps up afterwards',
    { timeout: 60_000 },
    async () => {
      const [small, large] = [await written(60_000), await written(HOUR)]
      const whole = places(slices)
      const before = filesIn(small.dir)
      // All is in place but nothing removed yet; then files vanish one by one.
      cpSync(large.dir, small.dir, { recursive: true })
      expect(places(await readAll(openArchive(small.dir), begin))).toEqual(whole)
      const lasting = filesIn(large.dir)
      const leftover = [...before.keys()].filter((name) => !lasting.has(name))
      for (const name of leftover.slice(0, leftover.length / 2)) rmSync(join(small.dir, name))
      writeFileSync(join(small.dir, EPOCH, 'segments/1.json.abc.tmp'), 'half')
      const archive = openArchive(small.dir)
      expect(places(await readAll(archive, begin))).toEqual(whole)
      expect(archive.damages()).toEqual([])
      expect(await sweepArchive(new ArchiveIndex(small.dir, EPOCH), EPOCH, 0)).toEqual([])
      await sweepArchive(new ArchiveIndex(small.dir, EPOCH), EPOCH, LATER)
      expect(filesIn(small.dir)).toEqual(lasting)
    },
  )

  it('[AV22] reads on over segments that are joined meanwhile', { timeout: 60_000 }, async () => {
    const { dir, manifests } = await written(60_000)
    const found: TickSlice[] = []
    let isJoined = false
    for await (const batch of openArchive(dir).read(begin, LATER)) {
      found.push(...batch)
      if (!isJoined) await compactSegments(dir, manifests)
      isJoined = true
    }
    expect(places(found)).toEqual(places(slices))
  })

  it('[AV23] joins nothing that is damaged or does not follow', { timeout: 60_000 }, async () => {
    const { dir, manifests } = await written(60_000)
    const before = filesIn(dir)
    const [first, second, third] = manifests
    if (!first || !second || !third) throw new Error('there are no segments')
    expect(await codeOf(compactSegments(dir, [first, third]))).toBe('AV-file')
    writeFileSync(join(dir, second.files[0]?.path ?? ''), 'x')
    expect(await codeOf(compactSegments(dir, [first, second, third]))).toBe('AV-file')
    expect([...filesIn(dir).keys()]).toEqual([...before.keys()])
  })

  it(
    '[AV24] drops whole segments by age and by size, back to a keyframe from which the rest is played',
    { timeout: 60_000 },
    async () => {
      const { dir, manifests } = await written(60_000)
      const all = manifests.reduce(
        (sum, { files }) => sum + files.reduce((size, { bytes }) => size + bytes, 0),
        0,
      )
      const now = slices.at(-1)?.at ?? 0
      expect(await retainArchive(new ArchiveIndex(dir, ''), { now, before: 0, maxSize: all })).toEqual([])
      // Keyframes end segments 1, 3, 5 and 7: what begins with segment 4 is played from the end of 3.
      const dropped = await retainArchive(new ArchiveIndex(dir, ''), {
        now,
        before: manifests[3]?.to ?? 0,
        maxSize: LATER,
      })
      expect(dropped).toEqual(manifests.slice(0, 3))
      expect(await openArchive(dir).spans()).toMatchObject([{ after: manifests[3]?.to, to: now }])
      expect(existsSync(join(dir, manifests[0]?.files[0]?.path ?? ''))).toBe(false)
      await retainArchive(new ArchiveIndex(dir, ''), { now, before: 0, maxSize: 1 })
      expect((await openArchive(dir).manifests(0, LATER)).at(-1)?.to).toBe(now)
      expect(await openArchive(dir).keyframe(now)).toMatchObject({ at: now })
      expect(openArchive(dir).damages()).toEqual([])
    },
  )

  it('[AV25] thins keyframes to one an hour after a day and one in six hours after thirty, but keeps the first', async () => {
    const now = 100 * DAY
    const every = (from: number, to: number) =>
      Array.from({ length: (to - from) / 600_000 }, (_, i) => from + i * 600_000)
    expect(spareKeyframes(every(now - DAY, now), now)).toEqual([])
    const older = every(now - 2 * DAY, now - DAY)
    const kept = older.filter((at) => !spareKeyframes(older, now).includes(at))
    expect(kept).toHaveLength(24)
    expect(kept[0]).toBe(older[0])
    const oldest = every(now - 60 * DAY + 600_000, now - 59 * DAY)
    const left = oldest.filter((at) => !spareKeyframes(oldest, now).includes(at))
    expect(left).toHaveLength(4)
    expect(left[0]).toBe(oldest[0])

    const { dir, manifests } = await written(60_000)
    await retainArchive(new ArchiveIndex(dir, ''), {
      now: (slices.at(-1)?.at ?? 0) + 40 * DAY,
      before: 0,
      maxSize: LATER,
    })
    const files = (await openArchive(dir).manifests(0, LATER)).flatMap((manifest) => manifest.files)
    const at = manifests[1]?.to ?? 0
    expect(files.flatMap(({ table, path }) => (table === 'keyframe' ? [keyframeAt(path)] : []))).toEqual([at])
    expect(readdirSync(join(dir, EPOCH, 'keyframes'))).toEqual([`${at}.bin.zst`])
    expect(places(await readAll(openArchive(dir), begin))).toEqual(places(slices))
  })
})
