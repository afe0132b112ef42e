import { describe, expect, it } from 'vitest'
import { changed, smallGrid, smallPlan, tickRecord } from '../testdata/small-city.ts'
import { Picture } from './layer.ts'
import { COLUMN_MS, COLUMNS, RankHistory } from './layer-history.ts'
import { LEGAL_SCHEME } from './level.ts'
import { ownersOf } from './ownership.ts'
import { callsOf, missingOf, MOST_SERIOUS, occurrencesOf, seriousOf, summaryOf, totalsOf } from './summary.ts'

const EPOCH = 'feedfacecafebeef'
const grid = smallGrid(2, 20)
const plan = smallPlan(grid)
const make = () => new Picture(grid, EPOCH, 600)

describe('summary', () => {
  it('[FR21] lists gravest areas first, then longest', () => {
    const picture = make()
    const view = picture.open(0, 2)
    picture.apply({
      at: 9,
      records: [
        tickRecord(0, 9, {
          changes: [
            changed(5, 0, 2, 3),
            changed(6, 0, 4, 8),
            changed(7, 0, 4, 2),
            changed(8, 0, 0, 1),
            changed(9, 0, 15, 1, { reason: 'no-data' }),
            changed(1, 0, 4, 1, { reason: 'worst-child' }),
          ],
        }),
      ],
    })
    expect(seriousOf(picture, view, plan).map((row) => row.index)).toEqual([7, 6, 5])
    expect(seriousOf(picture, view, plan)[0]).toMatchObject({
      code: '3201005',
      rank: 4,
      since: 2,
      unit: 'µg/m³',
    })
  })

  it('[FR22] lists at most twenty areas of the view', () => {
    const picture = make()
    const changes = Array.from({ length: 30 }, (_, i) => changed(3 + i, 0, 3, 1))
    picture.apply({ at: 1, records: [tickRecord(0, 1, { changes })] })
    expect(seriousOf(picture, picture.open(0, 2), plan).length).toBe(MOST_SERIOUS)
    expect(seriousOf(picture, picture.open(2, 2), plan).length).toBe(10)
  })

  it('[FR23] adds counts, sources and lag over partitions', () => {
    const part = (partition: number, applied: number, p50: number) =>
      tickRecord(partition, 1, {
        counts: { received: 0, applied, duplicate: 1, late: 0, quarantined: 0, refused: 0 },
        sources: { alive: 1, known: 2 },
        lag: { p50, p99: p50 * 2 },
        newest: p50,
        refusedBy: partition === 0 ? { 'OB-json': 3 } : {},
      })
    const totals = totalsOf(
      [part(0, 100, 20), part(1, 5, 900), part(2, 0, 1)],
      new Map([[0, part(0, 90, 5)]]),
    )
    expect(totals).toEqual({
      counts: { received: 0, applied: 105, duplicate: 3, late: 0, quarantined: 0, refused: 0 },
      sources: { alive: 3, known: 6 },
      lag: { p50: 20, p99: 1800 },
      newest: 900,
      refusedBy: { 'OB-json': 3 },
    })
  })

  it('[FR24] counts calls of the last hour by indicator', () => {
    const picture = make()
    const call = (area: number, indicator: string, time: number) => ({ area, indicator, time })
    picture.apply({
      at: 4_000_000,
      records: [
        tickRecord(0, 4_000_000, {
          occurrences: [
            call(3, 'call.noise', 3_999_000),
            call(4, 'call.noise', 3_990_000),
            call(4, 'call.water', 3_990_000),
            call(3, 'call.noise', 100_000),
            call(30, 'call.noise', 3_999_000),
          ],
        }),
      ],
    })
    expect(callsOf(picture, picture.open(1, 2), plan)).toEqual([
      { indicator: 'call.noise', name: { zh: '噪声投诉', en: 'Noise calls' }, count: 2 },
      { indicator: 'call.water', name: { zh: 'call.water', en: 'call.water' }, count: 1 },
    ])
  })

  it('[FR25] shows occurrences on the deepest visible area', () => {
    const picture = make()
    const occurrences = Array.from({ length: 250 }, (_, i) => ({ area: 3, indicator: 'call.noise', time: i }))
    const records = [tickRecord(0, 5, { occurrences })]
    picture.apply({ at: 5, records })
    const items = occurrencesOf(picture, picture.open(0, 1), records)?.items ?? []
    expect([items.length, items[0]?.time, items[0]?.index]).toEqual([200, 50, 1])
    expect(occurrencesOf(picture, picture.open(2, 2), records)).toBeUndefined()
    // What a partition makes good of earlier ticks is no news.
    picture.apply({ at: 6, records })
    expect(occurrencesOf(picture, picture.open(0, 1), records)).toBeUndefined()
  })

  it('[FR21] puts what is missing behind what is known', () => {
    const picture = make()
    const changes = [changed(3, 0, 4, 1), changed(23, 0, 1, 1)]
    const owner = ownersOf(plan)[3] ?? 0
    picture.apply({ at: 5, records: [tickRecord(0, 5, { changes })], behind: [{ partition: owner, at: 1 }] })
    expect(seriousOf(picture, picture.open(0, 2), plan).map((row) => row.index)).toEqual([23, 3])
  })

  it('[GW67] names what of a view is missing', () => {
    const picture = make()
    const [first, second] = [1, 2].map((street) => ownersOf(plan)[street] ?? 0)
    const behind = [
      { partition: first ?? 0, at: 3 },
      { partition: plan.partitions, at: 2 },
    ]
    const missing = (top: number, depth: number) => missingOf(picture, { top, depth }, plan)
    const above = { areas: [0], at: 2 }
    expect(missing(0, 2)).toEqual([])
    picture.apply({ at: 5, records: [], behind })
    expect(missing(0, 2)).toEqual([{ areas: [1], at: 3 }, above])
    expect(missing(0, 0)).toEqual([above])
    expect(missing(1, 2)).toEqual([{ areas: [1], at: 3 }])
    expect([missing(3, 2), missing(2, 2), missing(23, 2)]).toEqual([[{ areas: [3], at: 3 }], [], []])
    expect(first).not.toBe(second)
    const { parts } = summaryOf(picture, picture.open(0, 2), plan, totalsOf([], new Map()))
    expect(parts).toEqual({ told: 1, all: 2 })
  })

  it('[FR26] counts the levels of the subtree', () => {
    const picture = make()
    picture.apply({
      at: 5,
      records: [tickRecord(0, 5, { changes: [changed(3, 15, 4, 5), changed(1, 15, 4, 5)] })],
    })
    const summary = summaryOf(picture, picture.open(1, 2), plan, totalsOf([], new Map()))
    expect(summary.levels).toEqual({ normal: 0, blue: 0, yellow: 0, orange: 0, red: 1, unknown: 19 })
    expect(summary.top).toEqual({ rank: 4, since: 5 })
  })
})

describe('history', () => {
  it('[FR27] keeps a column every five minutes', () => {
    const picture = make()
    const history = new RankHistory()
    const apply = (at: number, rank: number) => {
      const added = history.note(picture, at)
      picture.apply({ at, records: [tickRecord(0, at, { changes: [changed(3, 0, rank, at)] })] })
      return added
    }
    expect([
      apply(COLUMN_MS, 1),
      apply(COLUMN_MS + 1, 2),
      apply(2 * COLUMN_MS, 3),
      apply(3 * COLUMN_MS + 5, 4),
    ]).toEqual([false, true, false, true])
    const message = history.message(picture, picture.open(0, 2), LEGAL_SCHEME)
    expect(message.times).toEqual([COLUMN_MS, 2 * COLUMN_MS, 3 * COLUMN_MS])
    expect(message.levels).toMatchObject({
      blue: [1, 0, 0],
      yellow: [0, 0, 0],
      orange: [0, 1, 1],
      unknown: [39, 39, 39],
    })
  })

  it('[FR28] keeps six hours however far time jumps', () => {
    const picture = make()
    const history = new RankHistory()
    picture.apply({ at: COLUMN_MS, records: [] })
    history.note(picture, 10_000 * COLUMN_MS)
    const { times } = history.message(picture, picture.open(0, 2), LEGAL_SCHEME)
    expect([times.length, times[0], times.at(-1)]).toEqual([COLUMNS, 9_928 * COLUMN_MS, 9_999 * COLUMN_MS])
  })
})
