import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { changed, decided, smallGrid, tickRecord } from '../testdata/small-city.ts'
import { applyDelta, decodeFrame, HIDDEN } from './frame.ts'
import { Picture } from './layer.ts'
import { MOST_CALLS } from './recent-calls.ts'
import { UNKNOWN } from './level.ts'

const EPOCH = 'feedfacecafebeef'
const grid = smallGrid()
const tick = (at: number, changes: readonly (readonly [number, number])[]) => ({
  at,
  records: [tickRecord(0, at, { changes: changes.map(([area, rank]) => changed(area, 0, rank, at)) })],
})

/** Follows frames as a wall does. */
function wall() {
  let ranks = new Uint8Array(0)
  let drawn = 0
  return {
    take(bytes: Uint8Array | undefined) {
      if (bytes === undefined) throw new Error('no frame')
      const frame = decodeFrame(bytes.slice())
      if (frame.kind === 'snapshot') ranks = Uint8Array.from(frame.ranks)
      else if (frame.previous === drawn) applyDelta(ranks, frame)
      else throw new Error(`delta from ${frame.previous} on a picture of ${drawn}`)
      drawn = frame.tick
    },
    get ranks() {
      return ranks
    },
    get drawn() {
      return drawn
    },
  }
}

const days = fc.array(
  fc.array(fc.tuple(fc.nat(grid.size - 1), fc.constantFrom(0, 1, 2, 3, 4, UNKNOWN)), { maxLength: 12 }),
  { minLength: 1, maxLength: 30 },
)

describe('picture', () => {
  it('[FR8] starts with every area unknown', () => {
    expect([...new Picture(grid, EPOCH, 600).ranks]).toEqual(Array(grid.size).fill(UNKNOWN))
  })

  it('[FR9] sums deltas up to the snapshot', () => {
    fc.assert(
      fc.property(days, fc.nat(grid.size - 1), fc.nat(2), (day, top, depth) => {
        const picture = new Picture(grid, EPOCH, 600)
        const view = picture.open(top, depth)
        const follower = wall()
        follower.take(picture.snapshotFrame(view))
        day.forEach((changes, i) => {
          picture.apply(tick(i + 1, changes))
          follower.take(picture.deltaFrame(view, follower.drawn))
        })
        const fresh = wall()
        fresh.take(picture.snapshotFrame(view))
        expect(follower.ranks).toEqual(fresh.ranks)
      }),
    )
  })

  it('[FR10] combines missed ticks into one delta', () => {
    fc.assert(
      fc.property(days, fc.nat(29), (day, missed) => {
        const picture = new Picture(grid, EPOCH, 600)
        const view = picture.open(0, 2)
        const follower = wall()
        follower.take(picture.snapshotFrame(view))
        day.forEach((changes, i) => {
          picture.apply(tick(i + 1, changes))
          if (i < missed) follower.take(picture.deltaFrame(view, follower.drawn))
        })
        if (follower.drawn < picture.tick) follower.take(picture.deltaFrame(view, follower.drawn))
        expect(follower.ranks).toEqual(picture.ranks)
      }),
    )
  })

  it('[FR11] leaves areas that came back out', () => {
    const picture = new Picture(grid, EPOCH, 600)
    const view = picture.open(0, 2)
    picture.apply(tick(1, [[3, 1]]))
    picture.apply(tick(2, [[3, 4]]))
    picture.apply(
      tick(3, [
        [3, 1],
        [4, 2],
      ]),
    )
    const frame = decodeFrame(picture.deltaFrame(view, 1) ?? new Uint8Array(0))
    expect(frame.kind === 'delta' && [...frame.areas]).toEqual([4])
  })

  it('[FR12] hides areas outside subtree and depth', () => {
    const picture = new Picture(grid, EPOCH, 600)
    picture.begin(
      1,
      Array.from(grid.codes, (_, area) => ({ area, since: 1, decision: decided(0) })),
    )
    const frame = decodeFrame(picture.snapshotFrame(picture.open(2, 2)))
    expect([...frame.ranks]).toEqual([14, 14, 0, 14, 14, 14, 14, 0, 0, 0, 0])
    const streets = decodeFrame(picture.snapshotFrame(picture.open(0, 1)))
    expect([...streets.ranks]).toEqual([0, 0, 0, ...Array<number>(8).fill(HIDDEN)])
  })

  it('[FR13] makes each frame once for all walls', () => {
    const picture = new Picture(grid, EPOCH, 600)
    const view = picture.open(0, 2)
    picture.apply(tick(1, [[3, 1]]))
    expect(picture.open(0, 2)).toBe(view)
    expect(picture.deltaFrame(view, 0)).toBe(picture.deltaFrame(view, 0))
    expect(picture.snapshotFrame(view)).toBe(picture.snapshotFrame(view))
  })

  it('[FR14] makes the same bytes wherever it began', () => {
    const early = new Picture(grid, EPOCH, 600)
    early.apply(
      tick(1, [
        [3, 1],
        [4, 2],
      ]),
    )
    early.apply(tick(2, [[3, 2]]))
    const late = new Picture(grid, EPOCH, 600)
    const lines = [3, 4].map((area) => ({ area, ...early.standing(area) }))
    late.begin(
      2,
      lines.map(({ area, since, rank }) => ({ area, since, decision: decided(rank) })),
    )
    for (const picture of [early, late])
      picture.apply(
        tick(3, [
          [4, 0],
          [5, 3],
        ]),
      )
    expect(late.deltaFrame(late.open(0, 2), 2)).toEqual(early.deltaFrame(early.open(0, 2), 2))
    expect(late.snapshotFrame(late.open(1, 2))).toEqual(early.snapshotFrame(early.open(1, 2)))
  })

  it('[FR15] keeps no more ticks than configured', () => {
    const picture = new Picture(grid, EPOCH, 3)
    for (let at = 1; at <= 5; at++) picture.apply(tick(at, []))
    expect([1, 2, 3, 4, 5, 6].map((from) => picture.reaches(from))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
    ])
    expect(picture.deltaFrame(picture.open(0, 2), 1)).toBeUndefined()
  })

  it('[FR16] drops old ticks when changes fill the bound', () => {
    const picture = new Picture(grid, EPOCH, 600, 4)
    picture.apply(
      tick(1, [
        [3, 1],
        [4, 1],
      ]),
    )
    picture.apply(
      tick(2, [
        [3, 2],
        [4, 2],
      ]),
    )
    expect(picture.reaches(0)).toBe(true)
    picture.apply(tick(3, [[3, 3]]))
    expect([picture.reaches(0), picture.reaches(1)]).toEqual([false, true])
  })

  it('[FR17] counts areas per rank as they change', () => {
    fc.assert(
      fc.property(days, fc.nat(2), fc.nat(2), (day, top, depth) => {
        const picture = new Picture(grid, EPOCH, 600)
        const kept = picture.open(top, depth)
        day.forEach((changes, i) => picture.apply(tick(i + 1, changes)))
        const counts = [...kept.counts]
        picture.close(kept)
        expect(counts).toEqual([...picture.open(top, depth).counts])
      }),
    )
  })

  it('[FR18] ignores a tick that it already has', () => {
    const picture = new Picture(grid, EPOCH, 600)
    picture.apply(tick(2, [[3, 1]]))
    picture.apply(tick(2, [[3, 4]]))
    picture.apply(tick(1, [[3, 4]]))
    expect([picture.ranks[3], picture.tick]).toEqual([1, 2])
  })

  it('[FR19] moves a value without a frame', () => {
    const picture = new Picture(grid, EPOCH, 600)
    picture.apply(tick(1, [[3, 1]]))
    picture.apply({
      at: 2,
      records: [tickRecord(0, 2, { readings: [{ area: 3, rule: 'pm25-high', value: 91 }] })],
    })
    expect(picture.standing(3).decision?.value).toBe(91)
    const frame = decodeFrame(picture.deltaFrame(picture.open(0, 2), 1) ?? new Uint8Array(0))
    expect(frame.kind === 'delta' && frame.areas.length).toBe(0)
  })

  it('[FR20] forgets calls after an hour and at the bound', () => {
    const picture = new Picture(grid, EPOCH, 600)
    const calls = (at: number, count: number) =>
      picture.apply({
        at,
        records: [
          tickRecord(0, at, {
            occurrences: Array.from({ length: count }, () => ({
              area: 3,
              indicator: 'call.noise',
              time: at,
            })),
          }),
        ],
      })
    calls(1_000, 5)
    calls(3_600_999, 1)
    expect(picture.calls.length).toBe(6)
    calls(3_601_000, MOST_CALLS)
    expect(picture.calls.length).toBe(MOST_CALLS)
    expect(picture.calls[0]?.time).toBe(3_601_000)
  })
})
