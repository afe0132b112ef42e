import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { QingyuError } from './errors.ts'
import { frameBytes } from './frame.bench.ts'
import { applyDelta, decodeFrame, encodeDelta, encodeSnapshot } from './frame.ts'

const EPOCH = '0123456789abcdef'
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const changes = fc
  .uniqueArray(fc.record({ area: fc.nat(0xffffffff), rank: fc.nat(15) }), {
    selector: (c) => c.area,
    maxLength: 200,
  })
  .map((list) => list.toSorted((a, b) => a.area - b.area))

describe('frames', () => {
  it('[FR1] lays a snapshot out as documented', () => {
    const bytes = encodeSnapshot(EPOCH, 1_000, Uint8Array.of(0, 4, 15, 14))
    expect(hex(bytes)).toBe(
      '5159' + '01' + '01' + '04000000' + '0000000000408f40' + EPOCH + '0000000000000000' + '00040f0e',
    )
  })

  it('[FR2] lays a delta out as documented', () => {
    const bytes = encodeDelta(EPOCH, 1_000, 750, Uint32Array.of(0, 1, 300), Uint8Array.of(4, 0, 15))
    expect(hex(bytes)).toBe(
      '5159' +
        '01' +
        '02' +
        '03000000' +
        '0000000000408f40' +
        EPOCH +
        '0000000000708740' +
        '040f' +
        '0000aa02',
    )
  })

  it('[FR3] views snapshot ranks without copying', () => {
    const bytes = encodeSnapshot(EPOCH, 5, Uint8Array.of(1, 2, 3))
    const frame = decodeFrame(bytes)
    bytes[33] = 9
    expect(frame.ranks[1]).toBe(9)
    expect(frame.ranks.buffer).toBe(bytes.buffer)
  })

  it('[FR4] decodes every frame it encoded', () => {
    fc.assert(
      fc.property(changes, fc.nat(), fc.nat(), (list, tick, previous) => {
        const areas = Uint32Array.from(list, (c) => c.area)
        const ranks = Uint8Array.from(list, (c) => c.rank)
        const frame = decodeFrame(encodeDelta(EPOCH, tick, previous, areas, ranks))
        expect(frame).toEqual({ kind: 'delta', epoch: EPOCH, tick, previous, areas, ranks })
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(), (ranks, tick) => {
        const frame = decodeFrame(encodeSnapshot(EPOCH, tick, ranks))
        expect({ ...frame, ranks: [...frame.ranks] }).toEqual({
          kind: 'snapshot',
          epoch: EPOCH,
          tick,
          ranks: [...ranks],
        })
      }),
    )
  })

  it('[FR5] refuses every truncated or foreign frame', () => {
    const whole = encodeDelta(EPOCH, 2, 1, Uint32Array.of(7, 70_000), Uint8Array.of(1, 2))
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeFrame(whole.subarray(0, length))).toThrow(QingyuError)
    for (const at of [0, 1, 2, 3]) {
      const foreign = whole.slice()
      foreign[at] = 0x7f
      expect(() => decodeFrame(foreign)).toThrow(QingyuError)
    }
    expect(() => decodeFrame(Uint8Array.from([...whole, 0]))).toThrow(/too many/)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
        const frame = whole.slice(0, 32)
        expect(() =>
          decodeFrame(Uint8Array.from([...frame.subarray(0, 4), 255, 255, 255, 255, ...noise])),
        ).toThrow(QingyuError)
      }),
    )
  })

  it('[FR6] sets nothing from a delta beyond the grid', () => {
    const ranks = new Uint8Array(3)
    const frame = decodeFrame(encodeDelta(EPOCH, 2, 1, Uint32Array.of(0, 3), Uint8Array.of(1, 1)))
    if (frame.kind !== 'delta') throw new Error('a delta was encoded')
    expect(() => applyDelta(ranks, frame)).toThrow(QingyuError)
    expect([...ranks]).toEqual([0, 0, 0])
  })

  it('[FR7] costs a thirty-fifth of JSON objects', () => {
    const row = frameBytes()
    expect(row.ratio).toBeGreaterThanOrEqual(35)
    expect(row).toEqual(frameBytes())
  })
})
