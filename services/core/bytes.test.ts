import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader, ByteWriter } from './bytes.ts'

describe('bytes', () => {
  it('[WN11] reads back every number and text', () => {
    const uint = fc.oneof(fc.nat(300), fc.maxSafeNat())
    const int = fc.oneof(fc.integer(), fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 }))
    const double = fc.double()
    const text = fc.string({ unit: 'grapheme', maxLength: 400 })
    const row = fc.record({ uint, int, double, maybe: fc.option(double), text })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
        const writer = new ByteWriter()
        for (const one of rows) {
          writer.uint(one.uint)
          writer.int(one.int)
          writer.double(one.double)
          writer.maybe(one.maybe)
          writer.text(one.text)
        }
        const reader = new ByteReader(writer.take())
        const read = rows.map(() => ({
          uint: reader.uint(),
          int: reader.int(),
          double: reader.double(),
          maybe: reader.maybe(),
          text: reader.text(),
        }))
        // JSON sees no difference between the two zeros.
        expect(JSON.stringify(read)).toEqual(JSON.stringify(rows))
        expect([reader.done, writer.length]).toEqual([true, 0])
      }),
    )
  })

  it.each([
    [0, 1],
    [127, 1],
    [128, 2],
    [2 ** 31 - 1, 5],
    [2 ** 31, 5],
    [2 ** 53 - 1, 8],
  ])('[WN11] writes %d in %d bytes', (value, length) => {
    const writer = new ByteWriter()
    writer.uint(value)
    expect(writer.length).toBe(length)
    expect(new ByteReader(writer.take()).uint()).toBe(value)
  })
})
