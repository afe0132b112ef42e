import fc from 'fast-check'
import type { CityRun, Said } from './city-run.ts'

/** First tick but one, ms. */
export const START = Date.UTC(2026, 10, 22, 0, 0, 0)
/** Time between ticks, ms. */
export const TICK = 15_000

/** One tick's observations: near the tick, some late, some ahead, some said twice. */
const said = fc.record({
  area: fc.integer({ min: 0, max: 20 }),
  indicator: fc.constantFrom('air', 'speed', 'call', 'crowd'),
  value: fc.integer({ min: -20, max: 420 }).map((value) => value / 2),
  behind: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
    { weight: 2, arbitrary: fc.integer({ min: 20_000, max: 600_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -400_000, max: 0 }) },
  ),
  source: fc.constantFrom('a', 'b', 'c', 'd'),
  id: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
})

/** Ticks with their observations; every fifth tick comes after a gap. */
export const story = fc.array(fc.array(said, { maxLength: 12 }), { minLength: 4, maxLength: 40 })
type Told = Omit<Said, 'time' | 'id'> & { readonly behind: number; readonly id?: number | undefined }
export type Story = readonly (readonly Told[])[]

/** Plays a story; `between` hears of each tick. */
export function tell(run: CityRun, ticks: Story, between: (tick: number) => void = () => undefined): CityRun {
  let at = START
  for (const [i, batch] of ticks.entries()) {
    at += i % 5 === 4 ? 9 * TICK : TICK
    run.observe(
      ...batch.map(({ behind, id, ...one }) => ({
        ...one,
        time: at - behind,
        ...(id !== undefined && { id }),
      })),
    )
    run.tick(at)
    between(i)
  }
  return run
}
