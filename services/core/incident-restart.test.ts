import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IncidentRun, MINUTE } from '../testdata/incident-run.ts'
import '../testdata/properties.ts'
import { smallGrid } from '../testdata/small-city.ts'
import { ACTS, FRAMES, stageOf, stormsOf } from '../testdata/storms.ts'

const SIDE = 7
const grid = smallGrid(SIDE, SIDE)

/** A tick: which rule changes which cells to which rank, and how long after the last. */
const step = fc.record({
  rule: fc.constantFrom('rain', 'rain', 'flood', 'noise'),
  cells: fc.array(
    fc.tuple(fc.integer({ min: 1 + SIDE, max: SIDE * (SIDE + 1) }), fc.constantFrom(0, 0, 1, 2, 3)),
    { maxLength: 14 },
  ),
  values: fc.array(fc.tuple(fc.integer({ min: 1 + SIDE, max: SIDE * (SIDE + 1) }), fc.nat(99)), {
    maxLength: 30,
  }),
  afterMs: fc.constantFrom(1000, 15_000, MINUTE, 4 * MINUTE, 25 * MINUTE),
})
const settings = fc.record({
  gap: fc.constantFrom(0, 1),
  rank: fc.constantFrom(1, 2),
  offDelayMs: fc.constantFrom(0, MINUTE, 5 * MINUTE),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Each cell keeps its rank until a tick changes it. */
function tell(run: IncidentRun, steps: readonly Step[], between: () => void): IncidentRun {
  const shown = new Map<string, Map<number, number>>()
  for (const { rule, cells, values, afterMs } of steps) {
    const picture = new Map([...(shown.get(rule) ?? []), ...cells])
    shown.set(rule, picture)
    const readings = values.map(([area, value]) => ({ area, rule, value }))
    run.show(picture, afterMs, rule, readings)
    between()
  }
  return run
}

describe('incidents after a restart', () => {
  it(
    '[IC30] go on byte for byte, whatever was told, also where there are too many',
    { timeout: 60_000 },
    () => {
      fc.assert(
        fc.property(
          fc.array(step, { minLength: 3, maxLength: 40 }),
          settings,
          fc.constantFrom(3, 100),
          (steps, part, most) => {
            const straight = tell(new IncidentRun(grid, part, most), steps, () => undefined)
            const broken = new IncidentRun(grid, part, most)
            tell(broken, steps, () => broken.restart())
            expect(broken.told).toEqual(straight.told)
            expect(broken.written).toEqual(straight.written)
          },
        ),
        { numRuns: 400 },
      )
    },
  )

  it('[IC30] go on byte for byte in the middle of storms', { timeout: 60_000 }, () => {
    const wide = smallGrid(40, 40)
    const stage = stageOf(wide)
    fc.assert(
      fc.property(fc.shuffledSubarray([...ACTS], { minLength: 3, maxLength: 3 }), fc.nat(), (acts, seed) => {
        const [straight, broken] = [new IncidentRun(wide), new IncidentRun(wide)]
        const storms = stormsOf(stage, acts, seed)
        for (let frame = 0; frame < FRAMES; frame++) {
          const picture = storms.flatMap(({ cells }) =>
            (cells[frame] ?? []).map((area) => [area, 2] as const),
          )
          for (const run of [straight, broken]) run.show(picture, 30_000)
          broken.restart()
        }
        expect(broken.written).toEqual(straight.written)
      }),
      { numRuns: 20 },
    )
  })
})
