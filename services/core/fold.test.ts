import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { indicatorWith } from '../testdata/watched-city.ts'
import { Fold, decodeFold, encodeFold, scaleOf } from './fold.ts'
import type { FoldName } from './indicator.ts'
import { SKETCH_ACCURACY } from './sketch.ts'
import { SourceSet } from './source-set.ts'

const shape = { sources: 3, sketch: true }
const FOLDS: readonly FoldName[] = ['count', 'sum', 'mean', 'min', 'max', 'last', 'sources', 'p50', 'p95']
const scale = scaleOf(indicatorWith('air', { resolution: 0.1 }))

const row = fc.record({
  value: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  time: fc.integer({ min: 1, max: 20 }),
  source: fc.integer({ min: 0, max: 6 }),
})
type Row = { readonly value: number; readonly time: number; readonly source: number }

function folded(rows: readonly Row[]): Fold {
  const fold = new Fold(shape)
  for (const { value, time, source } of rows) fold.add(value, time, source)
  return fold
}

describe('fold', () => {
  it('[WN2] answers each fold of a window', () => {
    const rows = [30, 10, 20, 40].map((value, i) => ({ value, time: 4 - i, source: i % 2 }))
    const values = FOLDS.map((name) => [name, folded(rows).value(name, { times: 1, by: 1 })] as const)
    const { p50, p95, ...exact } = Object.fromEntries(values)
    expect(exact).toEqual({ count: 4, sum: 100, mean: 25, min: 10, max: 40, last: 30, sources: 2 })
    expect(p50).toBe(20)
    expect(p95).toBe(30)
  })

  it('[WN2] answers null for the mean of nothing', () => {
    const empty = new Fold(shape)
    expect(FOLDS.map((name) => empty.value(name, scale))).toEqual([
      0,
      0,
      null,
      null,
      null,
      null,
      0,
      null,
      null,
    ])
  })

  it('[WN3] folds and merges in any order alike', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), fc.nat(), (rows, cut) => {
        const whole = encodeFold(folded(rows))
        expect(encodeFold(folded(rows.toReversed()))).toBe(whole)
        const at = cut % (rows.length + 1)
        const [left, right] = [folded(rows.slice(at)), folded(rows.slice(0, at))]
        left.merge(right)
        expect(encodeFold(left)).toBe(whole)
        expect(encodeFold(decodeFold(whole, shape, 0))).toBe(whole)
      }),
    )
  })

  it('[WN3] counts distinct sources exactly up to capacity', () => {
    const hashes = fc.array(fc.integer({ min: 0, max: 2 ** 52 - 1 }), { maxLength: 60 })
    fc.assert(
      fc.property(hashes, hashes, fc.integer({ min: 2, max: 40 }), (a, b, capacity) => {
        const [one, other] = [new SourceSet(capacity), new SourceSet(capacity)]
        for (const hash of a) one.add(hash)
        for (const hash of b) other.add(hash)
        one.merge(other)
        expect(one.size).toBe(Math.min(capacity, new Set([...a, ...b]).size))
      }),
    )
  })

  it('[WN5] keeps quantiles within one per cent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 300 }),
        (values) => {
          const fold = folded(values.map((value) => ({ value, time: 1, source: 1 })))
          const sorted = values.toSorted((a, b) => a - b)
          for (const [name, q] of [
            ['p50', 0.5],
            ['p95', 0.95],
          ] as const) {
            const exact = sorted[Math.floor(q * (sorted.length - 1))] ?? NaN
            const found = fold.value(name, { times: 1, by: 1 }) ?? NaN
            expect(Math.abs(found - exact)).toBeLessThanOrEqual(SKETCH_ACCURACY * Math.abs(exact) + 0.5)
          }
        },
      ),
    )
  })

  it('[WN3] sums tenths without an error of rounding', () => {
    const fold = folded([1, 2, 4].map((value) => ({ value, time: 1, source: 1 })))
    expect(fold.value('sum', scale)).toBe(0.7)
    expect(scaleOf(indicatorWith('a', { resolution: 5 }))).toEqual({ times: 5, by: 1 })
    expect(scaleOf(indicatorWith('a', { resolution: 0.25 }))).toEqual({ times: 1, by: 4 })
  })
})
