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

/** Ids of storms by who is alone where; throws when one changes. */
class Truth {
  readonly ids = new Map<Storm, string>()

  alone(storm: Storm, id: string, frame: number): void {
    const known = this.ids.get(storm)
    if (known === undefined) expect([...this.ids.values()]).not.toContain(id)
    else expect({ frame, id }).toEqual({ frame, id: known })
    this.ids.set(storm, id)
  }
}

function play(
  [, grid, stage, beside]: (typeof GRIDS)[number],
  acts: readonly Act[],
  seed: number,
  gap: number,
): { run: IncidentRun; truth: Truth; storms: Storm[] } {
  const storms = stormsOf(stage, acts, seed)
  const run = new IncidentRun(grid, { gap })
  const truth = new Truth()
  for (let frame = 0; frame < FRAMES; frame++) {
    const at = storms.map((storm) => new Set(storm.cells[frame]))
    const cells = new Set(at.flatMap((each) => [...each]))
    run.show([...cells].map((area) => [area, 2] as const))
    const active = run.living.filter(({ state }) => state === 'active')
    const parts = parted(cells, beside, gap)
    // Each incident hangs together, is whole, and is one.
    expect(active.map(({ areas }) => areas.join()).sort()).toEqual(parts.map((part) => part.join()).sort())
    for (const part of parts) {
      const here = storms.filter((_, nth) => part.some((area) => at[nth]?.has(area)))
      const id = active.find(({ areas }) => areas[0] === part[0])?.id ?? ''
      const [only] = here
      if (only && here.length === 1) truth.alone(only, id, frame)
      else expect(here.map((storm) => truth.ids.get(storm))).toContain(id)
    }
  }
  return { run, truth, storms }
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
            const { run, truth, storms } = play(city, acts, seed, gap)
            expect(truth.ids.size).toBe(storms.length)
            expect(run.ids.sort()).toEqual([...truth.ids.values()].sort())
            run.show([], 11 * MINUTE)
            expect(run.living).toEqual([])
          },
        ),
        { numRuns: 60 },
      )
    },
  )
})
