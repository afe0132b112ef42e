import { describe, expect, it } from 'vitest'
import { tickRecord } from '../testdata/small-city.ts'
import { alignTicks } from './align.ts'
import { encodeTickRecord } from './change.ts'
import type { TickBytes } from './commit.ts'

const SIGNAL = new AbortController().signal

function feeds(...ticks: readonly (readonly (readonly number[])[])[]) {
  const asked: number[] = []
  const changes = async function* (partition: number, from: number): AsyncGenerator<readonly TickBytes[]> {
    for (const batch of ticks[partition] ?? []) {
      asked.push(partition)
      await Promise.resolve()
      yield batch
        .filter((at) => at >= from)
        .map((at) => ({ partition, at, bytes: encodeTickRecord(tickRecord(partition, at)) }))
    }
  }
  return { changes, asked }
}

async function told(from: number, ...ticks: readonly (readonly (readonly number[])[])[]) {
  const list: [number, number[]][] = []
  const all = ticks.map((_, partition) => partition)
  for await (const { at, records } of alignTicks(feeds(...ticks).changes, all, from, SIGNAL))
    list.push([at, records.map((record) => record.partition)])
  return list
}

describe('align', () => {
  it('[WN14] tells a tick once all partitions passed it', async () => {
    expect(await told(0, [[1, 2], [3]], [[], [1], [2, 3]])).toEqual([
      [1, [0, 1]],
      [2, [0, 1]],
      [3, [0, 1]],
    ])
  })

  it('[WN14] tells a tick that some partitions left out', async () => {
    expect(await told(0, [[1, 3]], [[2, 3]])).toEqual([
      [1, [0]],
      [2, [1]],
      [3, [0, 1]],
    ])
  })

  it('[WN14] begins at the tick asked for', async () => {
    expect(await told(2, [[1, 2]], [[1, 2]])).toEqual([[2, [0, 1]]])
  })

  it('[WN14] reads no partition ahead of the slowest', async () => {
    const { changes, asked } = feeds([[1], [2], [3], [4]], [[1], [9]])
    for await (const tick of alignTicks(changes, [0, 1], 0, SIGNAL)) if (tick.at === 1) break
    expect(asked).toEqual([0, 1])
  })
})
