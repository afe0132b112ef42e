import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { QingyuError } from './errors.ts'
import { RecordWriter } from './record-writer.ts'
import {
  decodeInForce,
  decodeTick,
  encodeInForce,
  encodeTick,
  KIND_OBSERVATIONS,
  kindOf,
  MOST_ROWS,
  readObservations,
} from './record.ts'

const CODES = ['pm25', 'people.count', 'call.noise']
const utf8 = new TextEncoder()
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

interface Row {
  time: number
  value: number
  idHigh: number
  idLow: number
  area: number
  source: string
  indicator: number
}

function written(rows: readonly Row[], writer = new RecordWriter(CODES)): Uint8Array {
  const slots = new Map<string, number>()
  for (const row of rows) {
    let slot = slots.get(row.source)
    if (slot === undefined) {
      slot = writer.source(utf8.encode(row.source))
      slots.set(row.source, slot)
    }
    writer.add(row.time, row.value, row.idHigh, row.idLow, row.area, slot, row.indicator)
  }
  return writer.finish()
}

function readBack(bytes: Uint8Array): Row[] {
  const columns = readObservations(bytes)
  return Array.from({ length: columns.rows }, (_, i) => ({
    time: columns.time(i),
    value: columns.value(i),
    idHigh: columns.idHigh(i),
    idLow: columns.idLow(i),
    area: columns.area(i),
    source: columns.sources[columns.source(i)] ?? '',
    indicator: CODES.indexOf(columns.indicators[columns.indicator(i)] ?? ''),
  }))
}

const rowOf = fc.record({
  time: fc.integer({ min: 0, max: 8.64e15 }),
  value: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  idHigh: fc.nat(0xffffffff),
  idLow: fc.nat(0xffffffff),
  area: fc.nat(999_999),
  source: fc.constantFrom('acme/cam-1', 'acme/cam-2', 'city/desk', '城/站'),
  indicator: fc.nat(CODES.length - 1),
})

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return error instanceof QingyuError ? error.code : String(error)
  }
  return 'nothing'
}

describe('record', () => {
  it('[OB40] writes observations byte for byte as documented', () => {
    const record = written([
      { time: 1_700_000_000_000, value: 355, idHigh: 1, idLow: 2, area: 7, source: 'a/b', indicator: 1 },
      {
        time: 1_700_000_000_001,
        value: -1,
        idHigh: 0xdeadbeef,
        idLow: 3,
        area: 8,
        source: 'c/d',
        indicator: 0,
      },
    ])
    expect(hex(record)).toBe(
      '01010200020000000200000000000000' +
        '00008056febc784200000000003076400100000002000000070000000000' +
        '0000' +
        '00108056febc7842000000000000f0bfefbeadde03000000080000000100' +
        '0100' +
        '0c70656f706c652e636f756e74' +
        '04706d3235' +
        '0300612f62' +
        '0300632f64',
    )
  })

  it('[OB40] writes ticks and versions byte for byte', () => {
    expect(hex(encodeTick({ at: 5 }))).toBe(`0201${hex(utf8.encode('{"at":5}'))}`)
    const ingest = { received: 3, quarantined: 1, refused: 2, refusedBy: { 'OB-type': 1, 'OB-json': 1 } }
    expect(hex(encodeTick({ at: 5, ingest }))).toBe(
      `0201${hex(utf8.encode('{"at":5,"ingest":{"received":3,"quarantined":1,"refused":2,"refusedBy":{"OB-json":1,"OB-type":1}}}'))}`,
    )
    expect(decodeTick(encodeTick({ at: 5, ingest }))).toEqual({ at: 5, ingest })
    const versions = { grid: 'g', rules: 'r', program: '0.1.0' }
    expect(hex(encodeInForce(versions))).toBe(
      `0301${hex(utf8.encode('{"grid":"g","rules":"r","program":"0.1.0"}'))}`,
    )
    expect(decodeInForce(encodeInForce(versions))).toEqual(versions)
  })

  it('[OB41] reads back whatever rows were written', () => {
    const writer = new RecordWriter(CODES)
    fc.assert(
      fc.property(fc.array(rowOf, { minLength: 1, maxLength: 200 }), (rows) => {
        expect(readBack(written(rows, writer))).toEqual(rows)
      }),
      { numRuns: 100 },
    )
  })

  it('[OB41] reads records at any address of a buffer', () => {
    const rows: Row[] = [{ time: 1, value: 2, idHigh: 3, idLow: 4, area: 5, source: 'x/y', indicator: 2 }]
    const record = written(rows)
    for (let shift = 0; shift < 9; shift++) {
      const buffer = new Uint8Array(record.length + shift)
      buffer.set(record, shift)
      expect(readBack(buffer.subarray(shift))).toEqual(rows)
      expect(readBack(Buffer.from(buffer.buffer, shift))).toEqual(rows)
    }
  })

  it('[OB42] holds at most 65,535 rows in a record', () => {
    const writer = new RecordWriter(CODES)
    const slot = writer.source(utf8.encode('a/b'))
    for (let i = 0; i < MOST_ROWS; i++) {
      expect(writer.full).toBe(false)
      writer.add(i, i, 0, i, 0, slot, 0)
    }
    expect(writer.full).toBe(true)
    const columns = readObservations(writer.finish())
    expect([columns.rows, columns.idLow(MOST_ROWS - 1), writer.full]).toEqual([
      MOST_ROWS,
      MOST_ROWS - 1,
      false,
    ])
  })

  it('[OB43] refuses damaged records as LG-record', () => {
    const record = written([
      { time: 1, value: 2, idHigh: 3, idLow: 4, area: 5, source: 'x/y', indicator: 2 },
      { time: 2, value: 2, idHigh: 3, idLow: 4, area: 5, source: 'x/z', indicator: 1 },
    ])
    for (let length = 0; length < record.length; length++)
      expect(codeOf(() => readObservations(record.subarray(0, length)))).toBe('LG-record')
    expect(codeOf(() => readObservations(new Uint8Array([...record, 0])))).toBe('LG-record')
    expect(codeOf(() => kindOf(new Uint8Array([9, 1])))).toBe('LG-record')
    expect(codeOf(() => kindOf(new Uint8Array([1, 9])))).toBe('LG-record')
    expect(codeOf(() => decodeTick(utf8.encode('\u0002\u0001{"at":"x"}')))).toBe('LG-record')
    expect(codeOf(() => decodeTick(utf8.encode('\u0002\u0001{"at":1,"ingest":{}}')))).toBe('LG-record')
    expect(codeOf(() => decodeInForce(utf8.encode('\u0003\u0001{}')))).toBe('LG-record')
    expect(() => readObservations(record.subarray(0, 9), { partition: 3, offset: 12 })).toThrow(
      'Record 12 of partition 3',
    )
  })

  it('[OB43] never fails otherwise on any bytes', () => {
    const record = written([{ time: 1, value: 2, idHigh: 3, idLow: 4, area: 5, source: 'x/y', indicator: 2 }])
    fc.assert(
      fc.property(fc.nat(record.length - 1), fc.nat(255), (at, byte) => {
        const mutated = record.slice()
        mutated[at] = byte
        expect(['nothing', 'LG-record']).toContain(codeOf(() => readObservations(mutated)))
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(codeOf(() => readObservations(new Uint8Array([KIND_OBSERVATIONS, 1, ...bytes])))).toMatch(
          /^(nothing|LG-record)$/,
        )
      }),
    )
  })
})
