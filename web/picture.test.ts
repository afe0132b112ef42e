import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeDelta, encodeSnapshot } from '../services/core/frame.ts'
import { Picture } from './picture.ts'

const EPOCH = '00000000000000e1'
const delta = (tick: number, previous: number, areas: number[], ranks: number[], epoch = EPOCH) =>
  decodeFrame(encodeDelta(epoch, tick, previous, Uint32Array.from(areas), Uint8Array.from(ranks)))
const snapshot = (tick: number, ranks: number[]) =>
  decodeFrame(encodeSnapshot(EPOCH, tick, Uint8Array.from(ranks)))

describe('picture', () => {
  it('[WA1] sets in a delta that continues it', () => {
    const picture = new Picture()
    picture.apply(snapshot(1000, [0, 1, 2, 3]))
    const stroke = picture.apply(delta(2000, 1000, [1, 3], [4, 0]))
    expect([...picture.ranks]).toEqual([0, 4, 2, 0])
    expect(picture.tick).toBe(2000)
    expect([...(stroke?.before ?? [])]).toEqual([1, 3])
    expect(stroke?.whole).toBe(false)
  })

  it('[WA1] refuses a delta that leaves a gap', () => {
    const picture = new Picture()
    picture.apply(snapshot(1000, [0, 1]))
    expect(picture.apply(delta(3000, 2000, [0], [4]))).toBeNull()
    expect([...picture.ranks]).toEqual([0, 1])
    expect(picture.tick).toBe(1000)
  })

  it('[WA1] refuses a delta of another epoch', () => {
    const picture = new Picture()
    picture.apply(snapshot(1000, [0]))
    expect(picture.apply(delta(2000, 1000, [0], [4], '00000000000000e2'))).toBeNull()
  })

  it('[WA2] keeps a snapshot apart from its message', () => {
    const message = encodeSnapshot(EPOCH, 1000, Uint8Array.from([0, 1]))
    const picture = new Picture()
    picture.apply(decodeFrame(message))
    picture.apply(delta(2000, 1000, [0], [4]))
    expect(message.at(-2)).toBe(0)
    expect([...picture.ranks]).toEqual([4, 1])
  })

  it('[WA2] tells what a later snapshot changed', () => {
    const picture = new Picture()
    picture.apply(snapshot(1000, [0, 1, 2]))
    const stroke = picture.apply(snapshot(9000, [0, 4, 2]))
    expect([...(stroke?.areas ?? [])]).toEqual([1])
    expect(stroke?.whole).toBe(true)
  })
})
