import { describe, expect, it } from 'vitest'
import { alertOf, entryOf, MINUTE, RAISED } from '../testdata/sample-alert.ts'
import { smallGrid } from '../testdata/small-city.ts'
import { hasMoved, sceneOf } from './scene.ts'

const grid = smallGrid(40, 40)
const seen = (...areas: number[]) => [entryOf('raise', RAISED, { scene: { areas, worst: alertOf().worst } })]
const moved = (areas: readonly number[], record = seen(50, 51, 52, 53), minutes = 5) =>
  hasMoved(grid, alertOf({ areas }), record, RAISED + minutes * MINUTE)

describe('scenes', () => {
  it('[CA30] hold the areas above where there are too many', () => {
    const all = Array.from({ length: 1_600 }, (_, n) => 41 + n)
    expect(sceneOf(grid, { ...alertOf(), areas: [52, 50] }).areas).toEqual([50, 52])
    expect(sceneOf(grid, { ...alertOf(), areas: all }).areas).toEqual(
      Array.from({ length: 40 }, (_, n) => 1 + n),
    )
  })

  it('[CA31] have moved once less than half is in both, five minutes after the last', () => {
    expect(moved([50, 51, 52, 53])).toBe(false)
    expect(moved([51, 52, 53, 54])).toBe(false)
    expect(moved([52, 53, 54, 55])).toBe(true)
    expect(moved([52, 53, 54, 55], undefined, 4)).toBe(false)
    expect(moved([90], [entryOf('raise', RAISED)])).toBe(false)
  })

  it('[CA31] move no more once the condition is over or it was told often enough', () => {
    const often = [...seen(50), ...Array.from({ length: 48 }, () => entryOf('moved', RAISED))]
    expect(moved([90], often)).toBe(false)
    expect(hasMoved(grid, alertOf({ areas: [90], ended: RAISED }), seen(50), RAISED + 9 * MINUTE)).toBe(false)
  })
})
