import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { capacityOf, PLANNED, type Capacity, type City } from './capacity.ts'
import { MOST_KEYS } from './duplicate-filter.ts'
import { MOST_SOURCES } from './source-table.ts'

const CITY: City = {
  sources: 10_000_000,
  interval: 60,
  batch: 1,
  cells: 1_000_000,
  indicators: 1,
  window: 300,
  pane: 60,
  lateness: 300,
  tick: 1,
  linger: 0.05,
  retention: 604_800,
  replication: 3,
  history: 172_800,
  changes: 3600,
  turns: 4,
  age: Infinity,
}

const figures = ({ broker, ingest, kafka, aggregate, redis, ...rest }: Capacity): number[] => [
  ...[broker, ingest, kafka, aggregate, redis].map(({ cores }) => cores),
  ...[broker, ingest, kafka, aggregate, redis].map(({ processes }) => processes),
  rest.records,
  rest.changed,
  rest.partitions,
  rest.logged,
  rest.committed,
  rest.disk,
  rest.kept.all,
]

describe('capacity', () => {
  it('[CP3] needs no less where there is more', () => {
    const city = fc.record({
      sources: fc.integer({ min: 1000, max: 20_000_000 }),
      cells: fc.integer({ min: 100, max: 1_000_000 }),
      interval: fc.integer({ min: 1, max: 3600 }),
      batch: fc.integer({ min: 1, max: 100 }),
    })
    const more = fc.constantFrom<(one: City) => City>(
      (one) => ({ ...one, sources: one.sources * 2 }),
      (one) => ({ ...one, interval: one.interval / 2 }),
      (one) => ({ ...one, cells: one.cells * 2, sources: one.sources * 2 }),
    )
    fc.assert(
      fc.property(city, more, (part, grow) => {
        const less = { ...CITY, ...part }
        const needs = figures(capacityOf(less))
        // A hair's breadth for sums of floating numbers.
        for (const [i, figure] of figures(capacityOf(grow(less))).entries())
          expect(figure * 1.000001).toBeGreaterThanOrEqual(needs[i] ?? 0)
      }),
    )
  })

  it.each([60, 30, 20])('[CP4] keeps bounds at an interval of %d s', (interval) => {
    const { partitions, observations } = capacityOf({ ...CITY, interval })
    const keys = observations * (CITY.window + CITY.lateness)
    expect(Math.log2(partitions) % 1).toBe(0)
    expect(keys / partitions).toBeLessThan(MOST_KEYS * PLANNED)
    expect(CITY.sources / partitions).toBeLessThan(MOST_SOURCES * PLANNED)
  })

  it('[CP5] says what goes beyond a setting', () => {
    const ask = (part: Partial<City>): string => capacityOf({ ...CITY, ...part }).beyond.join('; ')
    expect(ask({ interval: 1 })).toMatch(/log\.partitions goes to 256/)
    expect(ask({ partitions: 16 })).toMatch(/would count as late/)
    expect(ask({})).toMatch(/beyond limits\.sources/)
    expect(ask({})).toMatch(/a grid has 1000000 areas/)
    expect(ask({ sources: 900_000, cells: 900_000 })).toBe('')
  })
})
