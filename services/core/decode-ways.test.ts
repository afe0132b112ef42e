import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, GOOD, TIME } from '../testdata/decoded.ts'

const utf8 = new TextEncoder()

const value = fc.oneof(
  fc.double({ min: -10, max: 1100, noNaN: true }),
  fc.integer({ min: -10, max: 1100 }),
  fc.constantFrom(
    'NaN',
    '1e2',
    '1E400',
    '-0',
    '0.1',
    '00',
    '1.',
    '123456789012345',
    '1234567890123456',
    '0.00000000000000001',
  ),
)
const text = fc.oneof(
  fc.constantFrom('pm25', 'people.count', 'pm26', TIME, '2026-11-22T12:00:00', '320101', '3201019', ''),
  fc.string({ maxLength: 8, unit: 'binary' }),
)
const field = fc.oneof(
  fc.tuple(
    fc.constantFrom('indicator', 'time', 'id', 'area', 'address', 'phone', 'x'),
    text.map((t) => JSON.stringify(t)),
  ),
  fc.tuple(fc.constantFrom('value', 'time', 'lon', 'lat', 'x'), value.map(String)),
  fc.constantFrom<[string, string]>(
    ['indicator', '"pm25"'],
    ['value', '35.5'],
    ['time', `"${TIME}"`],
    ['time', '1795320000000'],
    ['lon', '118.905'],
    ['lat', '32.055'],
    ['area', '"320101"'],
    ['value', 'null'],
    ['x', '[{}]'],
  ),
)
const blank = fc.constantFrom('', '', '', ' ', '\n\t', '\r')
const item = fc.tuple(fc.array(field, { maxLength: 7 }), blank, fc.boolean()).map(([fields, gap, whole]) => {
  const all: [string, string][] = whole
    ? [
        ['indicator', '"pm25"'],
        ['value', '1.25'],
        ['time', `"${TIME}"`],
        ['lon', '118.905'],
        ['lat', '32.055'],
        ...fields,
      ]
    : fields
  return `{${gap}${all.map(([key, v]) => `"${key}"${gap}:${gap}${v}`).join(`${gap},`)}${gap}}`
})
const payload = fc.oneof(
  item,
  fc.array(item, { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
)

describe('decode, both ways', () => {
  it('[OB18] gives the same outcome with and without the scanner', () => {
    fc.assert(
      fc.property(payload, (bytes) => {
        expect(decode(bytes, null, true)).toEqual(decode(bytes, null, false))
      }),
      { numRuns: 2000 },
    )
  })

  it('[OB18] gives the same outcome on mutated bytes', () => {
    fc.assert(
      fc.property(
        payload,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        fc.nat(),
        (text, edits, cut) => {
          const bytes = utf8.encode(text)
          for (const [at, byte] of edits) bytes[at % bytes.length] = byte
          const payload = cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes
          expect(decode(payload, null, true)).toEqual(decode(payload, null, false))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('[OB18] reads numbers as the language does', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1000, noNaN: true }), fc.nat(17), (number, digits) => {
        const written = number.toFixed(digits)
        const [row] = decode(JSON.stringify(GOOD).replace('118.905', '118.9').replace('35.5', written)).rows
        expect(row?.value).toBe(Math.round(Number(written) / 0.1))
      }),
    )
  })

  it('[OB18] accepts as JSON what the language accepts', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.nat(), fc.nat(255), fc.boolean(), (json, at, byte, mutate) => {
        const bytes = utf8.encode(json)
        if (mutate) bytes[at % bytes.length] = byte
        let good = true
        try {
          JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
        } catch {
          good = false
        }
        const refused = decode(bytes).codes.includes('OB-json')
        expect([json, !refused]).toEqual([json, good])
      }),
      { numRuns: 1000 },
    )
  })
})
