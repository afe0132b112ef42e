import { describe, expect, it } from 'vitest'
import { tickRecord } from '../testdata/small-city.ts'
import type { TickStore } from './align.ts'
import { encodeTickRecord } from './change.ts'
import { conducted } from './conducted.ts'
import { QingyuError } from './errors.ts'
import { encodeScore, evenScore, SCORE_KEY, type Score } from './score.ts'

const SIGNAL = new AbortController().signal

/** One partition, its roll-up and their score. Below `floor` nothing is held, of the first partition below `ownFloor`. */
function storeOf(scores: readonly Score[], ticks: readonly (readonly number[])[], floor = 0, ownFloor = 0) {
  const asked: [number, number][] = []
  const bytesOf = (partition: number, at: number): Uint8Array => {
    const score = scores.find((one) => one.at === at)
    return partition === 2 && score ? encodeScore(score) : encodeTickRecord(tickRecord(partition, at))
  }
  const store: TickStore = {
    tick: () => Promise.resolve(0),
    entry: (_, key) => {
      const last = scores.at(-1)
      return Promise.resolve(key === SCORE_KEY && last ? encodeScore(last) : undefined)
    },
    async *changes(partition, from) {
      asked.push([partition, from])
      await Promise.resolve()
      const oldest = partition === 2 ? floor : partition === 0 ? ownFloor : 0
      if (from < oldest) throw new QingyuError('ST-gone', { value: from, oldest })
      for (const at of partition === 2 ? scores.map((score) => score.at) : (ticks[partition] ?? []))
        if (at >= from) yield [{ partition, at, bytes: bytesOf(partition, at) }]
    },
  }
  return { store, asked }
}

async function told(store: TickStore, base: Score) {
  const list: unknown[] = []
  for await (const { at, records, behind } of conducted(store, 1).after(base, SIGNAL))
    list.push([at, records.map((record) => `${record.partition}/${record.at}`), behind])
  return list
}

const even = (at: number) => evenScore(1, at)

describe('ticks by score', () => {
  it('[SC6] takes from each partition what the score says', async () => {
    const scores = [
      even(1),
      { at: 2, reached: [1, 2], late: [0] },
      { at: 5, reached: [3, 5], late: [0] },
      even(6),
    ]
    const { store } = storeOf(scores, [
      [1, 2, 3, 4, 6, 7],
      [1, 2, 5, 6, 7],
    ])
    expect(await told(store, even(0))).toEqual([
      [1, ['0/1', '1/1'], undefined],
      [2, ['1/2'], [{ partition: 0, at: 1 }]],
      [5, ['0/2', '0/3', '1/5'], [{ partition: 0, at: 3 }]],
      [6, ['0/4', '0/6', '1/6'], undefined],
    ])
  })

  it('[SC6] tells the base with the newest of each', async () => {
    const base = { at: 2, reached: [1, 2], late: [0] }
    const { store, asked } = storeOf(
      [even(1), base, even(3)],
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    )
    expect(await told(store, base)).toEqual([
      [2, ['0/1', '1/2'], [{ partition: 0, at: 1 }]],
      [3, ['0/2', '0/3', '1/3'], undefined],
    ])
    expect(asked).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ])
  })

  it('[SC7] begins where it is asked, or as near as is held', async () => {
    const scores = [even(2), even(3), { at: 5, reached: [3, 5], late: [0] }]
    const begin = async (from: number, floor = 0) =>
      (await conducted(storeOf(scores, [], floor).store, 1).begin(from)).at
    expect([await begin(0), await begin(3), await begin(4), await begin(5), await begin(9)]).toEqual([
      2, 3, 5, 5, 5,
    ])
    expect([await begin(0, 3), await begin(Infinity, 3)]).toEqual([3, 5])
    expect(await conducted(storeOf([], []).store, 1).begin(0)).toEqual(even(0))
    expect(await conducted(storeOf(scores, []).store, 1).newest()).toBe(5)
  })

  it('[SC7] says so when a record is no longer held', async () => {
    const { store } = storeOf([even(1), even(9)], [[9], [1, 9]], 0, 5)
    await expect(told(store, even(1))).rejects.toMatchObject({ code: 'ST-gone' })
  })
})
