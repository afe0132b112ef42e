import { describe, expect, it } from 'vitest'
import { irregular } from '../testdata/grid-pieces.ts'
import { IncidentRun, MINUTE, START } from '../testdata/incident-run.ts'
import { smallGrid } from '../testdata/small-city.ts'
import { cellsIn, stageOf } from '../testdata/storms.ts'
import { createGrid } from './grid.ts'
import { metresPerDegree } from './grid-shape.ts'
import { extended, projectionOf, trendOf } from './incident-motion.ts'
import type { PathPoint } from './incident.ts'

/** A path of one point a minute; centres in millionths of a degree from 118, 32. */
function pathOf(
  minutes: number,
  at: (minute: number) => { x?: number; y?: number; m2?: number },
): PathPoint[] {
  return Array.from({ length: minutes + 1 }, (_, minute) => {
    const { x = 0, y = 0, m2 = 10_000 } = at(minute)
    return { at: START + minute * MINUTE, lon: 118 + x / 1e6, lat: 32 + y / 1e6, m2 }
  })
}

describe('path, trend and projection', () => {
  it('[IC11] keep the first point and one a minute, sixty at most', () => {
    let path: PathPoint[] = []
    const add = (at: number, lon: number) =>
      (path = extended(path, START, { at: START + at, lon, lat: 32, m2: 1 }))
    add(0, 1)
    add(1000, 2)
    add(59_000, 3)
    expect(path.map(({ at, lon }) => [at - START, lon])).toEqual([
      [0, 1],
      [59_000, 3],
    ])
    // It stood until it moved again.
    add(3 * MINUTE + 5, 4)
    expect(path.slice(2).map(({ at, lon }) => [at - START, lon])).toEqual([
      [MINUTE, 3],
      [2 * MINUTE, 3],
      [3 * MINUTE + 5, 4],
    ])
    add(300 * MINUTE, 5)
    expect(path).toHaveLength(60)
    expect(path.slice(-2).map(({ at, lon }) => [at - START, lon])).toEqual([
      [299 * MINUTE, 4],
      [300 * MINUTE, 5],
    ])
  })

  it('[IC12] say what it does: growing, shrinking, moving or steady', () => {
    const radius = 56.4
    expect(trendOf(pathOf(0, () => ({})))).toBe('steady')
    expect(trendOf(pathOf(20, () => ({})))).toBe('steady')
    expect(trendOf(pathOf(10, (minute) => ({ m2: 10_000 + 400 * minute })))).toBe('growing')
    expect(trendOf(pathOf(10, (minute) => ({ m2: 10_000 - 400 * minute })))).toBe('shrinking')
    expect(trendOf(pathOf(10, (minute) => ({ m2: 10_000 + (minute % 2) * 2000 })))).toBe('steady')
    // A millionth of a degree of latitude is 0.11 m.
    expect(trendOf(pathOf(10, (minute) => ({ y: (minute * radius) / 1.1 })))).toBe('moving')
    expect(trendOf(pathOf(10, (minute) => ({ y: (minute * radius) / 3 })))).toBe('steady')
    expect(trendOf(pathOf(2, (minute) => ({ y: minute * radius * 9 })))).toBe('steady')
    // What was more than ten minutes ago is past.
    expect(trendOf(pathOf(30, (minute) => ({ m2: minute < 19 ? 5000 : 10_000 })))).toBe('steady')
  })

  it('[IC13] foretell a straight way, and nothing where the way says nothing', () => {
    const straight = pathOf(15, (minute) => ({ x: minute * 500, y: minute * 200 }))
    expect(projectionOf(straight, START)).toEqual({ at: START + 30 * MINUTE, lon: 118.015, lat: 32.006 })
    expect(
      projectionOf(
        pathOf(15, () => ({})),
        START,
      ),
    ).toBe(null)
    expect(projectionOf(straight.slice(-4), START)).toBe(null)
    const wandering = pathOf(15, (minute) => ({ x: [0, 900, 400, 1300, 200][minute % 5] ?? 0 }))
    expect(projectionOf(wandering, START)).toBe(null)
    // A merge moves the centre of what stands.
    const merged = pathOf(15, (minute) => ({ x: minute < 12 ? 0 : 9000 }))
    expect(projectionOf(merged, START + 12 * MINUTE)).toBe(null)
    expect(projectionOf(straight, START + 12 * MINUTE)).toBe(null)
  })

  it.each([
    ['lattice', smallGrid(40, 40)],
    ['honeycomb', createGrid(irregular(1600, 7))],
  ] as const)('[IC13] foretell a storm of known speed on a %s to a cell', (_, grid) => {
    const stage = stageOf(grid)
    const [east, north] = metresPerDegree((grid.bounds[1] + grid.bounds[3]) / 2)
    for (const [vx, vy] of [
      [0.5, 0.2],
      [0.8, 0],
      [-0.3, 0.6],
    ] as const) {
      const run = new IncidentRun(grid, { gap: 1 })
      const at = (minute: number) => ({ x: (vx < 0 ? 32 : 6) + vx * minute, y: 8 + vy * minute, r: 3 })
      const show = (minute: number) => run.show(cellsIn(stage, at(minute)).map((area) => [area, 2] as const))
      for (let minute = 0; minute <= 25; minute++) show(minute)
      const [told] = run.living
      const { lon, lat } = told?.projection ?? { lon: 0, lat: 0 }
      const [sx, sy] = [at(25 + 15).x, at(25 + 15).y]
      const off = Math.hypot(
        ((lon - grid.bounds[0]) * east) / stage.unit - sx,
        ((lat - grid.bounds[1]) * north) / stage.unit - sy,
      )
      expect(told?.trend).toBe('moving')
      expect(off).toBeLessThan(1)
    }
  })

  it('[IC12] come to rest when nothing moves any more, and are told once a minute until then', () => {
    const run = new IncidentRun(smallGrid(20, 20), { gap: 1 })
    const stage = stageOf(run.plan.grid)
    for (let minute = 0; minute <= 12; minute++)
      run.show(cellsIn(stage, { x: 4 + minute / 2, y: 8, r: 2.5 }).map((area) => [area, 2] as const))
    expect(run.living).toMatchObject([{ trend: 'moving', projection: { at: run.at + 15 * MINUTE } }])
    const moved = run.living[0]?.moved
    let told = 0
    for (let second = 0; second < 30 * 60; second += 20) told += run.tell([], 20_000).length
    expect(run.living).toMatchObject([{ trend: 'steady', projection: null, moved }])
    expect(told).toBeGreaterThan(3)
    expect(told).toBeLessThan(17)
  })
})
