import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openArchive } from './adapters/archive.parquet.ts'
import { areaRow } from './api-levels.ts'
import { CityMachine } from './core/city-machine.ts'
import type { LevelHistory } from './core/commit.ts'
import { UNKNOWN } from './core/level.ts'
import { pastLevels } from './past-levels.ts'
import { BEGIN, KEPT, keptArchive, keptSlices, TICK } from './testdata/kept-archive.ts'

const TICKS = 30
const slices = keptSlices(TICKS)
let kept: Awaited<ReturnType<typeof keptArchive>>
beforeAll(async () => {
  // Segments of ten minutes; the ninth is missing.
  kept = await keptArchive(slices, 2 * TICK, 3, [8])
})
afterAll(() => kept.remove())

/** Levels of all cells after each tick, played from the beginning. */
function levelsByTick(): Map<number, Map<number, LevelHistory>> {
  const machine = new CityMachine(KEPT.plan, { policy: null }, null)
  const now = new Map<number, LevelHistory>()
  const found = new Map<number, Map<number, LevelHistory>>()
  for (const slice of slices)
    for (const { tick, commits } of machine.play(slice)) {
      for (const { commit } of commits) for (const line of commit.levels) now.set(line.area, line)
      found.set(tick.at, new Map(now))
    }
  return found
}

describe('levels of the past from the archive', () => {
  it('[HI17] are those that live had at any time that is held', async () => {
    const known = levelsByTick()
    const { grid } = KEPT.plan
    const archive = openArchive(kept.dir)
    for (const nth of [1, 2, 7, 13, 24, TICKS]) {
      const at = BEGIN + nth * TICK
      const {
        tick,
        areas,
        grid: version,
      } = await pastLevels(archive, { at: at + 1000 * Number(nth < TICKS), area: undefined, depth: 'cell' })
      expect([tick, version, areas.length]).toEqual([at, grid.version, grid.size])
      for (const [area, row] of areas.entries()) {
        const line = known.get(at)?.get(area)
        const { since = 0, decision = null } = line ?? {}
        expect(row).toEqual(areaRow(area, { rank: decision?.rank ?? UNKNOWN, since, decision }, KEPT.plan))
      }
    }
  })

  it('[HI18] are refused where nothing is held, not yet or no more', async () => {
    const archive = openArchive(kept.dir)
    const code = (at: number) =>
      pastLevels(archive, { at, area: undefined, depth: undefined }).then(
        () => '',
        (fault: { code: string }) => fault.code,
      )
    expect(await code(BEGIN - TICK)).toBe('AV-gap')
    expect(await code(BEGIN + 17 * TICK)).toBe('AV-gap')
    expect(await code(BEGIN + (TICKS + 1) * TICK)).toBe('RY-future')
  })
})
