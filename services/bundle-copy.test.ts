import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from './adapters/archive.parquet.ts'
import { writePlan, writeSegment } from './adapters/archive-segment.ts'
import { copySpan } from './bundle-copy.ts'
import { pastOf } from './past.ts'
import { BEGIN, keptArchive, keptSlices, TICK } from './testdata/kept-archive.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

async function archived(...parts: Parameters<typeof keptArchive>): Promise<string> {
  const kept = await keptArchive(...parts)
  onTestFinished(() => kept.remove())
  return kept.dir
}

async function copied(dir: string, from: number, to: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'qingyu-copy-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  await copySpan(
    openArchive(dir),
    {
      segment: (draft, plan) => writeSegment(folder, draft, plan),
      plan: (document) => writePlan(folder, document),
    },
    { from, to },
  )
  return folder
}

/** All files of a folder with their bytes in hex. */
function contents(dir: string): Record<string, string> {
  const paths = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    paths.sort().map((path) => [path.slice(dir.length), readFileSync(path).toString('hex')]),
  )
}

/** What each tick of a span comes to: the records of all partitions and of the alert stage, in hex. */
async function playedIn(dir: string, from: number, to: number): Promise<Record<number, string[]>> {
  const told: Record<number, string[]> = {}
  for await (const { city, slice } of pastOf(openArchive(dir), { from, to, isWatched: true }))
    for (const { tick, commits, alert } of slice === null ? [] : city.machine.play(slice)) {
      if (tick.at <= from) continue
      const bytes = [...commits.map(({ commit }) => commit.record), ...(alert === null ? [] : [alert.record])]
      told[tick.at] = bytes.map((each) => Buffer.from(each).toString('hex'))
    }
  return told
}

describe('a span copied from an archive', () => {
  it('[BU1] gives the same files however its segments were cut', async () => {
    const slices = keptSlices(30)
    const [from, to] = [BEGIN + 20 * MINUTE, BEGIN + 120 * MINUTE]
    const byMinutes = await copied(await archived(slices, 5 * MINUTE, 2), from, to)
    const byHours = await copied(await archived(slices, HOUR, 7), from, to)
    expect(contents(byMinutes)).toEqual(contents(byHours))
  })

  it('[BU2] plays to the same bytes as where it was made, from its first tick to its last', async () => {
    const dir = await archived(keptSlices(30), HOUR, 4)
    const [from, to] = [BEGIN + 35 * MINUTE, BEGIN + 135 * MINUTE]
    const folder = await copied(dir, from, to)
    const [there, here] = [await playedIn(dir, from, to), await playedIn(folder, from + TICK + 1, to)]
    const ticks = Object.keys(there).map(Number)
    expect(ticks).toHaveLength((to - from) / TICK)
    // The first tick is its keyframe.
    for (const at of ticks.slice(1)) expect([at, here[at]]).toEqual([at, there[at]])
    const spans = await openArchive(folder).spans()
    expect(spans.map((span) => [span.after, span.to])).toEqual([[from + TICK, to]])
  })

  it('[BU3] holds what lies on both sides of a gap, and nothing beyond its ends', async () => {
    const slices = keptSlices(24)
    // Segments of ten minutes; the fourth is missing.
    const dir = await archived(slices, 10 * MINUTE, 1, [3])
    const folder = await copied(dir, BEGIN + 15 * MINUTE, BEGIN + 60 * MINUTE)
    const manifests = await openArchive(folder).manifests(0, Infinity)
    expect(manifests[0]?.after).toBe(BEGIN + 15 * MINUTE)
    expect(manifests.at(-1)?.to).toBe(BEGIN + 60 * MINUTE)
    const gaps = manifests.flatMap(({ after }, i) => {
      const before = manifests[i - 1]?.to ?? after
      return before === after ? [] : [[before, after]]
    })
    expect(gaps).toHaveLength(1)
    const [gap = [0, 0]] = gaps
    expect(gap[0]).toBe(BEGIN + 30 * MINUTE)
  })

  it('[BU4] says that nothing is held, or not yet', async () => {
    const dir = await archived(keptSlices(6), HOUR, 3)
    await expect(copied(dir, BEGIN - HOUR, BEGIN - MINUTE)).rejects.toThrow(
      expect.objectContaining({ code: 'AV-gap' }),
    )
    await expect(copied(dir, BEGIN + HOUR, BEGIN + 2 * HOUR)).rejects.toThrow(
      expect.objectContaining({ code: 'RY-future' }),
    )
  })
})
