import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Records, TickSlice } from './archive.ts'
import { encodeInForce, encodeTick } from './record.ts'
import { TickCutter } from './tick-cutter.ts'

const other = (name: string) => encodeInForce({ grid: name, rules: '', program: '' })

/** Ticks that a partition has, by their number, with so many records before each; some partitions lack some. */
const logs = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.array(
      fc.array(fc.record({ isLacking: fc.boolean(), before: fc.nat(3), isRepeated: fc.boolean() }), {
        minLength: 4,
        maxLength: 4,
      }),
      { minLength: 1, maxLength: 12 },
    ),
  )
  .map(([partitions, ticks]) =>
    Array.from({ length: partitions }, (_, partition) => [
      ...ticks.flatMap((told, number) => {
        const { isLacking, before, isRepeated } = told[partition] ?? {
          isLacking: true,
          before: 0,
          isRepeated: false,
        }
        const at = (number + 1) * 1000
        const records = Array.from({ length: before }, (_each, i) => other(`${partition}-${number}-${i}`))
        if (isRepeated) records.push(encodeTick({ at: Math.max(0, at - 1000) }))
        return isLacking ? records : [...records, encodeTick({ at })]
      }),
      encodeTick({ at: 1_000_000 }),
    ]),
  )

type Logs = readonly (readonly Uint8Array[])[]

/** Gives the logs in batches of the sizes drawn, as long as the cutter takes some. */
function cut(all: Logs, cutter: TickCutter, sizes: readonly number[]): TickSlice[] {
  const next = [...cutter.offsets]
  const slices: TickSlice[] = []
  let isFed = true
  for (let turn = 0; isFed; turn++) {
    isFed = false
    for (const [partition, log] of all.entries()) {
      const first = next[partition] ?? 0
      if (cutter.isAhead(partition) || first >= log.length) continue
      const records = log.slice(first, first + (sizes[(turn + partition) % sizes.length] ?? 1))
      cutter.take({ partition, first, records })
      next[partition] = first + records.length
      isFed = true
    }
    for (let slice = cutter.next(); slice !== undefined; slice = cutter.next()) slices.push(slice)
  }
  return slices
}

const fresh = (all: Logs) =>
  new TickCutter(
    all.map(() => 0),
    0,
  )
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
const recordsOf = (parts: readonly Records[]) => parts.map(({ records }) => records.length)

describe('slices', () => {
  it('[AW4] are the same however the log comes in batches', () => {
    fc.assert(
      fc.property(logs, sizes, (all, drawn) => {
        expect(cut(all, fresh(all), drawn)).toEqual(cut(all, fresh(all), [1000]))
      }),
    )
  })

  it('[AW4] hold every record once, in the order of its partition, up to its tick', () => {
    fc.assert(
      fc.property(logs, sizes, (all, drawn) => {
        const slices = cut(all, fresh(all), drawn)
        for (const [partition, log] of all.entries()) {
          const parts = slices.flatMap((slice) => slice.parts.filter((part) => part.partition === partition))
          expect(parts.flatMap(({ records }) => records)).toEqual(log)
          let first = 0
          for (const part of parts) {
            expect(part.first).toBe(first)
            first += part.records.length
          }
        }
        expect(slices.map(({ at }) => at)).toEqual(
          [...new Set(slices.map(({ at }) => at))].sort((a, b) => a - b),
        )
      }),
    )
  })

  it('[AW5] wait for the partition that is behind', () => {
    const cutter = new TickCutter([0, 0], 0)
    cutter.take({ partition: 0, first: 0, records: [encodeTick({ at: 1000 }), encodeTick({ at: 2000 })] })
    expect(cutter.next()).toBeUndefined()
    expect([cutter.isAhead(0), cutter.isAhead(1)]).toEqual([true, false])
    cutter.take({ partition: 1, first: 0, records: [encodeTick({ at: 2000 })] })
    expect(cutter.next()).toMatchObject({ at: 1000, parts: [{ partition: 0 }] })
    expect(recordsOf(cutter.next()?.parts ?? [])).toEqual([1, 1])
    expect(cutter.offsets).toEqual([2, 1])
  })

  it('[AW4] refuse records that do not follow', () => {
    const cutter = new TickCutter([5], 0)
    expect(() => cutter.take({ partition: 0, first: 7, records: [] })).toThrow(
      'partition 0: 7 does not follow 5',
    )
  })

  it('[AW6] begin, where a log is cut off, behind the tick up to which a partition may lack records', () => {
    fc.assert(
      fc.property(logs, sizes, fc.array(fc.nat(30), { minLength: 4, maxLength: 4 }), (all, drawn, starts) => {
        const from = all.map((log, partition) => Math.min(log.length - 1, starts[partition] ?? 0))
        const cutter = new TickCutter(from, null)
        const slices = cut(all, cutter, drawn)
        const whole = cut(all, fresh(all), [1000])
        const after = cutter.after ?? Infinity
        expect(slices).toEqual(whole.filter(({ at }) => at > after))
      }),
    )
  })
})
