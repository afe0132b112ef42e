import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CityRun } from '../testdata/city-run.ts'
import { story, tell } from '../testdata/city-story.ts'
import { busyPlan } from '../testdata/watched-city.ts'

const entriesOf = (run: CityRun) =>
  run.kept.map(({ entries }) =>
    [...entries]
      .map(([key, value]) => [key, Buffer.from(value).toString('hex')] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

describe('laws of the state', () => {
  it('[WN10] gives the same changes on 1, 4 and 16 partitions', () => {
    fc.assert(
      fc.property(story, (ticks) => {
        const [one, four, sixteen] = [1, 4, 16].map(
          (count) => tell(new CityRun(busyPlan(count)), ticks).changes,
        )
        expect(four).toEqual(one)
        expect(sixteen).toEqual(one)
      }),
      { numRuns: 60 },
    )
  })

  it('[WN11] goes on byte for byte after a stop', () => {
    fc.assert(
      fc.property(story, (ticks) => {
        const straight = tell(new CityRun(busyPlan(3)), ticks)
        const broken = new CityRun(busyPlan(3))
        tell(broken, ticks, () => broken.restart())
        expect(broken.records).toEqual(straight.records)
        expect(broken.readings).toEqual(straight.readings)
        expect(entriesOf(broken)).toEqual(entriesOf(straight))
      }),
      { numRuns: 60 },
    )
  })

  it('[WN12] does not depend on order inside a tick', () => {
    fc.assert(
      fc.property(story, fc.infiniteStream(fc.nat()), (ticks, chance) => {
        // A source that says two things under one id is judged by the first: such stories have an order.
        const plain = ticks.map((batch) =>
          batch.map(({ id: _, ...one }, i) => ({ ...one, id: i + 1000 * batch.length })),
        )
        const numbered = plain.map((batch, tick) =>
          batch.map((one) => ({ ...one, id: one.id + 1_000_000 * tick })),
        )
        const shuffled = numbered.map((batch) =>
          batch
            .map((one) => ({ one, key: Number(chance.next().value) }))
            .sort((a, b) => a.key - b.key)
            .map(({ one }) => one),
        )
        const run = tell(new CityRun(busyPlan(2)), numbered)
        const other = tell(new CityRun(busyPlan(2)), shuffled)
        expect(other.changes).toEqual(run.changes)
        expect(other.readings).toEqual(run.readings)
      }),
      { numRuns: 60 },
    )
  })

  it('[WN13] counts each observation exactly once at every tick', () => {
    fc.assert(
      fc.property(story, (ticks) => {
        const run = new CityRun(busyPlan(2))
        tell(run, ticks, () => {
          const { received, applied, duplicate, late, quarantined, refused } = run.counts()
          expect(applied + duplicate + late + quarantined + refused).toBe(received)
        })
        expect(run.counts().received).toBe(ticks.reduce((sum, batch) => sum + batch.length, 0))
      }),
      { numRuns: 30 },
    )
  })
})
