import { createHash } from 'node:crypto'
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Manifest, SegmentDraft, TickSlice } from '../core/archive.ts'
import { CityMachine, type Played } from '../core/city-machine.ts'
import { encodeKeyframe } from '../core/keyframe-bytes.ts'
import type { Archive } from '../ports.ts'
import {
  archivedDrafts,
  EPOCH,
  plainDraft,
  randomSlices,
  START,
  type archivedCity,
} from '../testdata/archived-log.ts'
import { codeOf } from './log.contract.ts'

/** An archive under test: a folder of its own that goes with the test, how it is written and how it is opened. */
export interface ArchiveBench {
  readonly dir: string
  write(draft: SegmentDraft): Promise<Manifest>
  open(): Archive
}

const NEVER = 9e15

/** Everything that can be read behind `after`. */
export async function readAll(archive: Archive, after: number, to = NEVER): Promise<TickSlice[]> {
  const slices: TickSlice[] = []
  for await (const batch of archive.read(after, to)) slices.push(...batch)
  return slices
}

const bytesOf = (slices: readonly TickSlice[]) =>
  slices.map(({ at, parts }) => [
    at,
    parts.map(({ partition, first, records }) => [
      partition,
      first,
      records.map((record) => Buffer.from(record).toString('hex')),
    ]),
  ])

/** All that a tick came to. */
function hashOf({ commits, alert }: Played): string {
  const hash = createHash('sha256')
  for (const { record, entries } of [
    ...commits.map(({ commit }) => commit),
    ...(alert === null ? [] : [alert]),
  ]) {
    hash.update(record)
    for (const { key, value } of entries) hash.update(`\n${key} `).update(value ?? 'gone')
  }
  return hash.digest('hex')
}

/** A hash of all that a city is at a tick. */
function wholeOf(machine: CityMachine): string {
  const keyframe = machine.keyframe()
  if (keyframe === undefined) throw new Error('partitions stand at different ticks')
  // The order in which entries came is no matter of the state.
  const parts = keyframe.parts.map((part) => ({
    ...part,
    entries: new Map([...part.entries].sort(([a], [b]) => (a < b ? -1 : 1))),
  }))
  return createHash('sha256')
    .update(encodeKeyframe({ ...keyframe, parts }))
    .digest('hex')
}

/** Whatever keeps a log for good must pass this. */
export function archiveContract(
  name: string,
  city: ReturnType<typeof archivedCity>,
  bench: () => Promise<ArchiveBench>,
): void {
  const { plan, policy } = city
  let slices: readonly TickSlice[] = []
  let drafts: readonly SegmentDraft[] = []
  /** Behind which the log of `drafts` begins. */
  let begin = 0

  beforeAll(() => {
    slices = randomSlices(plan, 7, 48, false)
    drafts = archivedDrafts(city, slices, 60_000, 12)
    begin = drafts[0]?.manifest.after ?? 0
  })

  async function written(skip: readonly number[] = []): Promise<ArchiveBench & { manifests: Manifest[] }> {
    const made = await bench()
    const manifests: Manifest[] = []
    for (const [i, draft] of drafts.entries()) if (!skip.includes(i)) manifests.push(await made.write(draft))
    return { ...made, manifests }
  }

  describe(name, () => {
    it(
      '[AV10] gives every record back to the byte, whatever it is, in its slice',
      { timeout: 60_000 },
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.integer(), fc.integer({ min: 2, max: 30 }), async (seed, ticks) => {
            const odd = randomSlices(plan, seed, ticks, true)
            const cut = Math.floor(ticks / 2)
            const made = await bench()
            await made.write(plainDraft(city, odd.slice(0, cut)))
            await made.write(plainDraft(city, odd.slice(cut), odd.slice(0, cut)))
            const archive = made.open()
            expect(bytesOf(await readAll(archive, START))).toEqual(bytesOf(odd))
            expect(archive.damages()).toEqual([])
            await archive.close()
          }),
          { numRuns: 30 },
        )
      },
    )

    it('[AV11] reads from any tick to any other', async () => {
      const archive = (await written()).open()
      for (const [from, to] of [
        [0, 48],
        [1, 2],
        [5, 6],
        [6, 30],
        [47, 48],
      ] as const) {
        const after = from === 0 ? begin : (slices[from - 1]?.at ?? 0)
        const found = await readAll(archive, after, slices[to - 1]?.at ?? 0)
        expect(bytesOf(found)).toEqual(bytesOf(slices.slice(from, to)))
      }
    })

    it('[AV12] tells what it holds, and that it holds nothing else', async () => {
      const archive = (await written()).open()
      const [first, last] = [slices.at(0)?.at ?? 0, slices.at(-1)?.at ?? 0]
      expect(await archive.spans()).toEqual([{ epoch: EPOCH, after: first - 1, to: last }])
      expect((await archive.manifests(0, NEVER)).map(({ to }) => to)).toEqual(
        drafts.map(({ manifest }) => manifest.to),
      )
      expect(await archive.manifests(last, NEVER)).toEqual([])
      expect(await codeOf(readAll(archive, last + 1))).toBe('AV-gap')
      expect(await codeOf(readAll(archive, first - 1000))).toBe('AV-gap')
      expect(await codeOf(archive.keyframe(last + 1))).toBe('AV-gap')
      expect(await codeOf(archive.plan('0'.repeat(64)))).toBe('AV-plan')
      expect(await codeOf(archive.plan('../../etc/passwd'))).toBe('AV-plan')
    })

    it('[AV13] gives the newest keyframe behind which a time is played, and plays on as if from the beginning', async () => {
      const archive = (await written()).open()
      const whole = new CityMachine(plan, { policy }, null)
      const commits = (machine: CityMachine, some: readonly TickSlice[]) =>
        some.flatMap((slice) => machine.play(slice)).map(hashOf)
      const all = commits(whole, slices)
      expect(await archive.keyframe(slices[10]?.at ?? 0)).toBeNull()
      for (const [tick, newest] of [
        [11, 11],
        [20, 11],
        [30, 23],
        [47, 47],
      ] as const) {
        const keyframe = await archive.keyframe(slices[tick]?.at ?? 0)
        expect(keyframe?.at).toBe(slices[newest]?.at)
        const machine = new CityMachine(plan, { policy }, keyframe)
        expect(commits(machine, await readAll(archive, keyframe?.at ?? 0).catch(() => []))).toEqual(
          all.slice(newest + 1),
        )
        expect(wholeOf(machine)).toBe(wholeOf(whole))
      }
    })

    it('[AV14] writes the same bytes for the same draft, and again changes nothing', async () => {
      const [one, other] = [await written(), await written()]
      expect(one.manifests).toEqual(other.manifests)
      for (const { path } of one.manifests.flatMap(({ files }) => files))
        expect(readFileSync(join(one.dir, path)).equals(readFileSync(join(other.dir, path)))).toBe(true)
      for (const draft of drafts) await one.write(draft)
      expect(bytesOf(await readAll(one.open(), begin))).toEqual(bytesOf(slices))
    })

    it('[AV15] shows a missing segment as a gap, and plays behind it from the next keyframe', async () => {
      const archive = (await written([3])).open()
      const [before, behind] = await archive.spans()
      expect(before).toMatchObject({ to: drafts[2]?.manifest.to })
      // Keyframes lie at every twelfth tick.
      expect(behind).toMatchObject({ after: slices[35]?.at, to: slices.at(-1)?.at })
      const found = await readAll(archive, begin)
      expect(found.at(-1)?.at).toBe(drafts[2]?.manifest.to)
      expect(await codeOf(archive.keyframe(drafts[3]?.manifest.to ?? 0))).toBe('AV-gap')
    })

    it('[AV16] names a file that was cut short or is gone, and shows what it held as a gap', async () => {
      const made = await written()
      const lost = made.manifests[2]?.files.find(({ table }) => table === 'observations')?.path ?? ''
      const cut = made.manifests[5]?.files.find(({ table }) => table === 'ticks')?.path ?? ''
      rmSync(join(made.dir, lost))
      truncateSync(join(made.dir, cut), 100)
      const archive = made.open()
      const spans = await archive.spans()
      expect(spans).toMatchObject([
        { to: drafts[1]?.manifest.to },
        { after: slices[23]?.at, to: drafts[4]?.manifest.to },
        // The keyframe at the end of the segment that was cut short is whole.
        { after: slices[35]?.at, to: slices.at(-1)?.at },
      ])
      expect(archive.damages().map(({ path, code }) => [path, code])).toEqual([
        [lost, 'AV-file'],
        [cut, 'AV-file'],
      ])
      expect((await readAll(archive, begin)).at(-1)?.at).toBe(drafts[1]?.manifest.to)
    })

    it('[AV16] counts a manifest again that was mended, and names it no more', async () => {
      const made = await written()
      const archive = made.open()
      const before = await archive.spans()
      const manifest = join(made.dir, EPOCH, 'segments', `${drafts[2]?.manifest.to}.json`)
      const whole = readFileSync(manifest)
      truncateSync(manifest, 100)
      expect(await archive.spans()).toHaveLength(2)
      expect(archive.damages()).toHaveLength(1)
      writeFileSync(manifest, whole)
      expect(await archive.spans()).toEqual(before)
      expect(archive.damages()).toEqual([])
    })

    it('[AV17] finds a single bit that was turned in any file, names the file and never serves it as whole', async () => {
      const made = await written()
      const truth = new Map(bytesOf(slices).map((slice) => [slice[0], JSON.stringify(slice)]))
      const paths = made.manifests.flatMap(({ epoch, to, files }) => [
        `${epoch}/segments/${to}.json`,
        ...files.filter(({ table }) => table !== 'changes' && table !== 'alerts').map(({ path }) => path),
      ])
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...paths), fc.nat(), fc.nat(7), async (path, place, bit) => {
          const file = join(made.dir, path)
          const bytes = readFileSync(file)
          const altered = Buffer.from(bytes)
          const at = place % bytes.length
          altered[at] = (altered[at] ?? 0) ^ (1 << bit)
          writeFileSync(file, altered)
          try {
            const archive = made.open()
            for (const { after, to } of await archive.spans()) {
              await archive.keyframe(to)
              for (const slice of bytesOf(await readAll(archive, after)))
                expect(truth.get(slice[0])).toBe(JSON.stringify(slice))
            }
            for (const tick of [11, 23, 35, 47])
              await archive.keyframe(slices[tick]?.at ?? 0).catch(() => null)
            expect(archive.damages().map((damage) => damage.path)).toContain(path)
          } finally {
            writeFileSync(file, bytes)
          }
        }),
        { numRuns: 20 },
      )
    }, 120_000)

    it('[AV18] passes over what is not finished, and takes what comes while it is open', async () => {
      const made = await written([6, 7])
      const archive = made.open()
      const before = await archive.spans()
      const some = made.manifests[0]?.files[0]?.path ?? ''
      writeFileSync(join(made.dir, `${some}.0123.tmp`), 'half')
      writeFileSync(join(made.dir, `${EPOCH}/segments/${slices[0]?.at}.json.0123.tmp`), '{')
      expect(await made.open().spans()).toEqual(before)
      const next = drafts[6]
      if (next !== undefined) await made.write(next)
      expect((await archive.spans()).at(-1)?.to).toBe(next?.manifest.to)
      expect((await readAll(archive, begin)).at(-1)?.at).toBe(next?.manifest.to)
    })
  })
}
