import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FoldName } from './indicator.ts'
import { UTC, zoneNamed } from './local-time.ts'
import { foldPanes } from './readings-fold.ts'
import '../testdata/properties.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Values of each minute's pane, none in some. */
const minutes = fc.array(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 4 }), { maxLength: 90 })

/** What a fold says of values, computed at once. */
const OF: Readonly<Partial<Record<FoldName, (values: readonly number[]) => number>>> = {
  count: (values) => values.length,
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  last: (values) => values.at(-1) ?? NaN,
}

describe('readings folded to a resolution', () => {
  it('[HI24] say what the fold says of all values of a step at once', () => {
    fc.assert(
      fc.property(minutes, fc.constantFrom(...(Object.keys(OF) as FoldName[])), (told, fold) => {
        const of = OF[fold] ?? (() => NaN)
        const full = told.flatMap((values, i) => (values.length === 0 ? [] : [{ pane: i * MINUTE, values }]))
        const panes = full.map(({ pane, values }) => ({ pane, value: of(values), samples: values.length }))
        const steps = new Map<number, typeof full>()
        for (const part of full) {
          const step = Math.floor(part.pane / (30 * MINUTE))
          steps.set(step, [...(steps.get(step) ?? []), part])
        }
        const folded = foldPanes(panes, fold, 30 * MINUTE, UTC)
        expect(folded.map(({ pane, samples }) => [pane, samples])).toEqual(
          [...steps].map(([step, parts]) => [
            step * 30 * MINUTE,
            parts.flatMap(({ values }) => values).length,
          ]),
        )
        for (const [i, parts] of [...steps.values()].entries())
          expect(folded[i]?.value).toBeCloseTo(of(parts.flatMap(({ values }) => values)), 9)
      }),
    )
  })

  it('[HI25] of percentiles and sources take the largest pane, and days begin at the city’s midnight', () => {
    const panes = [5, 9, 7].map((value, i) => ({ pane: i * 20 * MINUTE, value, samples: 2 }))
    for (const fold of ['p50', 'p95', 'sources'] as const)
      expect(foldPanes(panes, fold, HOUR, UTC)).toEqual([{ pane: 0, value: 9, samples: 6 }])
    const zone = zoneNamed('Asia/Shanghai') ?? UTC
    const night = Date.parse('2026-11-22T15:59:00Z')
    const days = foldPanes(
      [night, night + MINUTE].map((pane) => ({ pane, value: 1, samples: 1 })),
      'sum',
      24 * HOUR,
      zone,
    )
    expect(days.map(({ pane }) => new Date(pane).toISOString())).toEqual([
      '2026-11-21T16:00:00.000Z',
      '2026-11-22T16:00:00.000Z',
    ])
  })
})
