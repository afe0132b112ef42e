import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { irregular } from '../testdata/grid-pieces.ts'
import { IncidentRun, MINUTE } from '../testdata/incident-run.ts'
import '../testdata/properties.ts'
import { smallGrid } from '../testdata/small-city.ts'
import { ACTS, FRAMES, stageOf, stormsOf, type Act, type Storm } from '../testdata/storms.ts'
import { createGrid } from './grid.ts'
import type { Grid } from './grid.ts'

const lattice = smallGrid(40, 40)
const honeycomb = createGrid(irregular(1600, 7))

/** Neighbours by corners that two areas have both, twice: nothing of core/adjacency. */
function sharedCorners(grid: Grid): (area: number) => readonly number[] {
  const byCorner = new Map<string, number[]>()
  const deepest = grid.levels.length - 1
  const corners = (area: number) =>
    grid
      .polygon(area)
      .flatMap(([ring]) => (ring ?? []).slice(1).map(([x, y]) => `${x.toFixed(9)} ${y.toFixed(9)}`))
  for (let area = 0; area < grid.size; area++)
    if (grid.depths[area] === deepest)
      for (const corner of corners(area)) byCorner.set(corner, [...(byCorner.get(corner) ?? []), area])
  return (area) => {
    const met = corners(area).flatMap((corner) => byCorner.get(corner) ?? [])
    return [...new Set(met)].filter(
      (other) => other !== area && met.indexOf(other) !== met.lastIndexOf(other),
    )
  }
}

/** Parts cells into those that hang together with up to `gap` others between them. */
function parted(
  cells: ReadonlySet<number>,
  beside: (area: number) => readonly number[],
  gap: number,
): number[][] {
  const open = new Set(cells)
  const parts: number[][] = []
  for (const seed of cells) {
    if (!open.delete(seed)) continue
    const part = [seed]
    for (const area of part) {
      let rim = [area]
      for (let step = 0; step <= gap; step++) {
        rim = rim.flatMap((at) => [...beside(at)])
        for (const other of rim) if (open.delete(other)) part.push(other)
      }
    }
    parts.push(part.sort((a, b) => a - b))
  }
  return parts
}

const GRIDS = [
  ['lattice', lattice, stageOf(lattice), sharedCorners(lattice)],
  ['honeycomb', honeycomb, stageOf(honeycomb), sharedCorners(honeycomb)],
] as const

/** Plays storms to a tracker; `wrong` says where it did not see what there was, `ids` which incident each storm was. */
function play(
  [, grid, stage, beside]: (typeof GRIDS)[number],
  acts: readonly Act[],
  seed: number,
  gap: number,
): { run: IncidentRun; ids: Map<Storm, string>; storms: Storm[]; wrong: string[] } {
  const storms = stormsOf(stage, acts, seed)
  const run = new IncidentRun(grid, { gap })
  const ids = new Map<Storm, string>()
  const wrong: string[] = []
  for (let frame = 0; frame < FRAMES; frame++) {
    const at = storms.map((storm) => new Set(storm.cells[frame]))
    const cells = new Set(at.flatMap((each) => [...each]))
    run.show([...cells].map((area) => [area, 2] as const))
    const active = run.living.filter(({ state }) => state === 'active')
    const parts = parted(cells, beside, gap)
    if (active.length !== parts.length) wrong.push(`${frame}: ${active.length} for ${parts.length}`)
    for (const part of parts) {
      // Each incident hangs together and is whole.
      const id = active.find(({ areas }) => areas.join() === part.join())?.id ?? 'none'
      const here = storms.filter((_, nth) => part.some((area) => at[nth]?.has(area)))
      const known = here.flatMap((storm) => ids.get(storm) ?? [])
      const [only] = here
      if (only && here.length === 1 && known.length === 0) ids.set(only, id)
      // Of several that are one, the oldest goes on.
      else if (id !== run.ids.find((one) => known.includes(one)))
        wrong.push(`${frame}: ${id} for ${known.join()}`)
    }
  }
  return { run, ids, storms, wrong }
}

describe('storms with a known truth', () => {
  it.each(GRIDS)(
    '[IC20] makes of every storm exactly one incident on a %s',
    { timeout: 120_000 },
    (...city) => {
      fc.assert(
        fc.property(
          fc.tuple(fc.constantFrom(...ACTS), fc.constantFrom(...ACTS), fc.constantFrom(...ACTS)),
          fc.nat(),
          fc.constantFrom(0, 1),
          (acts, seed, gap) => {
            const { run, ids, storms, wrong } = play(city, acts, seed, gap)
            expect(wrong).toEqual([])
            expect(ids.size).toBe(storms.length)
            expect(new Set(run.ids)).toEqual(new Set(ids.values()))
            expect(new Set(run.ids).size).toBe(storms.length)
            run.show([], 11 * MINUTE)
            expect(run.living).toEqual([])
          },
        ),
        { numRuns: 50 },
      )
    },
  )

  it('[IC20] tells of each act what happened', () => {
    const [city] = GRIDS
    const happened = (act: Act) => {
      const { run, ids, storms } = play(city, [act], 1, 0)
      const states = storms.map((storm) => {
        const told = run.told.filter(({ incident }) => incident.id === ids.get(storm))
        const list = told.map(({ incident }) => incident.state)
        return list.filter((state, nth) => state !== list[nth - 1]).join(' ')
      })
      const last = storms.map((storm) => run.last(ids.get(storm) ?? ''))
      const number = (id: string | null | undefined) => [...ids.values()].indexOf(id ?? '')
      return {
        states,
        into: last.map((one) => number(one?.into)),
        from: last.map((one) => number(one?.from)),
      }
    }
    expect(happened('split')).toEqual({
      states: ['active fading over', 'active fading over'],
      into: [-1, -1],
      from: [-1, 0],
    })
    expect(happened('merge')).toEqual({
      states: ['active fading over', 'active merged'],
      into: [-1, 0],
      from: [-1, -1],
    })
    expect(happened('touch').states).toEqual(['active fading', 'active merged active fading'])
    expect(happened('pass').states).toEqual(['active fading over', 'active fading over'])
    expect(happened('flicker').states[0]).toMatch(/^active (fading active ){3}/)
  })
})
