import { describe, expect, it } from 'vitest'
import { smallGrid, smallPlan } from '../testdata/small-city.ts'
import { GridRemap } from './archive-remap.ts'
import type { TickSlice } from './archive.ts'
import { partitionOf, type Grid } from './grid.ts'
import { encodeTick, readObservations } from './record.ts'
import { RecordWriter } from './record-writer.ts'

const PARTITIONS = 2
/** Two streets of four cells, and the same city with a street more: every number behind it is another. */
const [old, now] = [smallGrid(2, 4), { ...smallGrid(3, 4), version: 'ffeeddccbbaa9988' }]
const areaOf = (grid: Grid, code: string): number => grid.indexOf(code) ?? -1

function sliceOf(codes: readonly string[]): TickSlice {
  const [, indicator = ''] = smallPlan().indicators.list.map(({ code }) => code)
  const parts = [0, 1].flatMap((partition) => {
    const writer = new RecordWriter([indicator])
    const source = writer.source(new TextEncoder().encode('vendor/one'))
    for (const code of codes)
      if (partitionOf(old, areaOf(old, code), PARTITIONS) === partition)
        writer.add(1000, 7, 1, 2, areaOf(old, code), source, 0)
    const records = [...(writer.rows > 0 ? [writer.finish()] : []), encodeTick({ at: 2000 })]
    return [{ partition, first: 5, records }]
  })
  return { at: 2000, parts }
}

function codesIn({ parts }: TickSlice, grid: Grid): string[] {
  return parts
    .flatMap(({ records }) => (records.length > 1 ? records.slice(0, 1) : []))
    .flatMap((record) => {
      const rows = readObservations(record)
      return Array.from({ length: rows.rows }, (_, i) => grid.codes[rows.area(i)] ?? '')
    })
    .sort()
}

describe('archives of another grid', () => {
  it('[AV40] are read by the codes of areas; where one is missing or lies elsewhere they are refused', () => {
    const codes = ['3201001', '3202003', '3202004']
    const remap = new GridRemap(old, now, PARTITIONS)
    expect(areaOf(old, '3202003')).not.toBe(areaOf(now, '3202003'))
    const [mapped] = remap.slices([sliceOf(codes)])
    expect(mapped && codesIn(mapped, now)).toEqual(codes)
    expect(mapped?.parts.map(({ partition, first, records }) => [partition, first, records.length])).toEqual(
      sliceOf(codes).parts.map(({ partition, first, records }) => [partition, first, records.length]),
    )
    const same = [sliceOf(codes)]
    expect(new GridRemap(old, old, PARTITIONS).slices(same)).toBe(same)

    const less = { ...smallGrid(1, 4), version: '1111111111111111' }
    expect(() => new GridRemap(old, less, PARTITIONS).slices([sliceOf(codes)])).toThrow(
      'Archive is of grid 00112233445566aa, here holds 1111111111111111: missing here: 3202003, 3202004',
    )
    // What does not occur need not be there.
    expect(() => new GridRemap(old, less, PARTITIONS).slices([sliceOf(['3201001'])])).not.toThrow()
    const moved = new GridRemap(old, now, 7)
    expect(() => moved.slices([sliceOf(codes)])).toThrow(/in another partition here: 3201001/)
  })
})
