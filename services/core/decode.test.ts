import { describe, expect, it } from 'vitest'
import { decode, GOOD, locator, plan, senderOf, TIME } from '../testdata/decoded.ts'
import { fromWgs84 } from './datum.ts'
import { Decoder, MOST_REFUSALS } from './decode.ts'
import type { Registration } from './observation.ts'

const utf8 = new TextEncoder()
const CANARY = 'CANARY-7f3a'

/** Code, pointer, message and hint of the only refusal. */
function fault(payload: unknown, registration: Registration | null = null) {
  const { rows, refused } = decode(payload, registration)
  expect(rows).toEqual([])
  expect(refused).toHaveLength(1)
  return refused[0]?.refusal
}

const code = (payload: unknown) => {
  const found = fault(payload)
  return `${found?.code} ${found?.pointer}`
}

describe('decode', () => {
  it('[OB1] takes one object or a batch', () => {
    const row = {
      time: Date.UTC(2026, 10, 22, 4),
      value: 355,
      area: '320101001',
      indicator: 0,
      item: -1,
    }
    expect(decode(GOOD).rows).toMatchObject([row])
    expect(decode(` \n[${JSON.stringify(GOOD)} , ${JSON.stringify(GOOD)}]\t`).rows).toMatchObject([
      { ...row, item: 0 },
      { ...row, item: 1 },
    ])
  })

  it('[OB1] takes times as text or milliseconds', () => {
    const rows = decode([GOOD, { ...GOOD, time: Date.UTC(2026, 10, 22, 4) }]).rows
    expect(rows[0]).toEqual({ ...rows[1], item: 0, text: rows[0]?.text })
  })

  it('[OB2] refuses what is not JSON with its position', () => {
    const cases: [string, string][] = [
      ['{"indicator":"pm25",}', 'a key in quotes is expected at byte 20'],
      ['{"indicator" "pm25"}', 'a colon is expected at byte 13'],
      ['{"a":1 "b":2}', 'a comma or } is expected at byte 7'],
      ['[{"a":1} 2]', 'a comma or ] is expected at byte 9'],
      ['{"a":01}', 'no value begins at byte 5'],
      ['{"a":.5}', 'no value begins at byte 5'],
      ['{"a":', 'the payload ends too early at byte 5'],
      ['{"a":"x', 'the payload ends inside a string at byte 7'],
      ['{"a":"\u0001"}', 'a control character stands in a string at byte 6'],
      ['{"a":"\\x"}', 'an escape is not known in the string that ends at byte 8'],
      [`${JSON.stringify(GOOD)} x`, 'more follows the value at byte 96'],
      ['\ufeff{}', 'no value begins at byte 0'],
    ]
    for (const [text, why] of cases)
      expect([text, fault(text)?.message]).toEqual([text, `Payload is not JSON: ${why}`])
    expect(fault(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))?.code).toBe('OB-json')
    expect([fault('')?.code, fault(' \n')?.code, fault('[]')?.code]).toEqual([
      'OB-empty',
      'OB-empty',
      'OB-empty',
    ])
  })

  it('[OB2] takes nothing of a batch that is not JSON', () => {
    expect(code(`[${JSON.stringify(GOOD)},{"x"]`)).toBe('OB-json ')
  })

  it('[OB3] refuses wrong types by field', () => {
    expect(code({ ...GOOD, value: '35.5' })).toBe('OB-type /value')
    expect(code({ ...GOOD, value: {} })).toBe('OB-type /value')
    expect(code({ ...GOOD, indicator: 7 })).toBe('OB-type /indicator')
    expect(code({ ...GOOD, indicator: null })).toBe('OB-type /indicator')
    expect(code({ ...GOOD, time: true })).toBe('OB-type /time')
    expect(code({ ...GOOD, id: 5 })).toBe('OB-type /id')
    expect(code({ ...GOOD, id: '' })).toBe('OB-type /id')
    expect(code({ ...GOOD, id: 'x'.repeat(257) })).toBe('OB-type /id')
    expect(code({ ...GOOD, lon: '118.9' })).toBe('OB-type /lon')
    expect(code({ ...GOOD, lat: null })).toBe('OB-type /lat')
    expect(code({ ...GOOD, area: 320101 })).toBe('OB-type /area')
    expect(code('[5]')).toBe('OB-type /0')
    expect(code('"text"')).toBe('OB-type ')
    expect(fault({ ...GOOD, value: '35.5' })?.message).toBe('value is "35.5", expected a number')
  })

  it('[OB4] refuses what is not a finite number', () => {
    const text = JSON.stringify(GOOD)
    for (const literal of ['null', 'NaN', 'Infinity', '-Infinity', '1e400', '-1e999'])
      expect([literal, code(text.replace('35.5', literal))]).toEqual([literal, 'OB-not-finite /value'])
    expect(fault(text.replace('35.5', '1e400'))?.message).toContain('1e400')
    expect(code(text.replace('118.905', 'NaN'))).toBe('OB-not-finite /lon')
  })

  it('[OB5] names the missing field', () => {
    for (const field of ['indicator', 'value', 'time', 'lat', 'lon'])
      expect(code({ ...GOOD, [field]: undefined })).toBe(`OB-missing /${field}`)
    expect(code({})).toBe('OB-missing /indicator')
  })

  it('[OB6] proposes the nearest known indicator', () => {
    expect(fault({ ...GOOD, indicator: 'pm2.5' })).toMatchObject({
      code: 'OB-indicator',
      pointer: '/indicator',
      message: 'Indicator "pm2.5" is not known here',
      hint: 'Perhaps pm25?',
    })
    expect(fault({ ...GOOD, indicator: 'humidity' })?.hint).toBe(
      'Known here: pm25, people.count, call.noise.',
    )
  })

  it('[OB7] refuses values outside the range of their indicator', () => {
    expect(fault({ ...GOOD, value: 1000.5 })).toMatchObject({
      code: 'OB-range',
      pointer: '/value',
      message: 'Value 1000.5 of pm25 is outside 0 to 1000',
    })
    expect(decode([0, -0, 1000].map((value) => ({ ...GOOD, value }))).rows.map((row) => row.value)).toEqual([
      0, 0, 10_000,
    ])
  })

  it('[OB8] ignores harmless fields it does not know', () => {
    expect(
      decode({ ...GOOD, battery: 80, station_name: 'x', meta: { fw: [1, { a: null }] } }).rows,
    ).toHaveLength(1)
  })

  it('[OB9] refuses personal fields however deep', () => {
    for (const key of [
      'name',
      'phone',
      'callerPhone',
      'tel',
      'mobile',
      'E-Mail',
      'plate_no',
      'face',
      'id_card',
      'caller',
      '联系人',
      'idCard',
      'fullName',
    ])
      expect([key, fault({ ...GOOD, [key]: CANARY })?.code]).toEqual([key, 'OB-personal'])
    const deep = fault([{ ...GOOD, meta: { items: [{ caller: CANARY }] } }])
    expect(deep).toMatchObject({ code: 'OB-personal', pointer: '/0/meta/items/0/caller' })
    expect(JSON.stringify(deep)).not.toContain(CANARY)
  })

  it('[OB12] refuses duplicate keys and names that poison objects', () => {
    const open = JSON.stringify(GOOD).slice(0, -1)
    expect(code(`${open},"value":3}`)).toBe('OB-duplicate /value')
    expect(code(`${open},"x":{"y":1,"y":2}}`)).toBe('OB-duplicate /x/y')
    expect(code(`${open},"__proto__":{"value":3}}`)).toBe('OB-unknown-field /__proto__')
    expect(code(`${open},"x":{"constructor":1}}`)).toBe('OB-unknown-field /x/constructor')
    expect(code(`${open},"va\\u006cue":3}`)).toBe('OB-duplicate /value')
  })

  it('[OB13] bounds depth, keys, strings and batches', () => {
    const nest = (depth: number) => `{"x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    expect(code(nest(16))).toBe('OB-missing /indicator')
    expect(code(nest(17))).toBe('OB-depth ')
    expect(code('['.repeat(1_000_000))).toBe('OB-depth ')
    const keys = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 1])))
    expect(code(keys(256))).toBe('OB-missing /indicator')
    expect(code(keys(257))).toBe('OB-json ')
    expect(code({ x: 'y'.repeat(4096) })).toBe('OB-missing /indicator')
    expect(code({ x: 'y'.repeat(4097) })).toBe('OB-json ')
    expect(decode(Array.from({ length: 50 }, () => GOOD)).rows).toHaveLength(50)
    expect(fault(Array.from({ length: 51 }, () => GOOD))?.message).toBe(
      'Batch has more than 50 observations, at most 50 are taken',
    )
  })

  it('[OB10] explains times it cannot read', () => {
    expect(fault({ ...GOOD, time: '2026-11-22T12:00:00' })?.hint).toContain('offset is missing')
    expect(fault({ ...GOOD, time: 1_795_320_000 })?.hint).toContain('seconds since 1970')
    expect(fault({ ...GOOD, time: '1795320000000' })?.hint).toContain('without quotes')
    expect(fault({ ...GOOD, time: 'now' })).toMatchObject({ code: 'OB-time', pointer: '/time' })
  })

  it('[OB14] finds the area by registration, then position, then codes', () => {
    const bare = { indicator: 'pm25', value: 1, time: TIME }
    const at = (fields: object, registration: Registration | null = null) =>
      decode({ ...bare, ...fields }, registration).rows.map((row) => row.area)[0]
    expect(at({ lon: 118.955, lat: 32.055, area: '320101001' })).toBe('320102001')
    expect(at({ area: '320103' })).toBe('320103')
    expect(at({ area: '3201', address: '320104002' })).toBe('3201')
    expect(at({ address: '3201040020007-12' })).toBe('320104002')
    expect(at({ address: '320104999' })).toBe('320104')
    expect(at({ address: '3201x' })).toBe('3201')
    const fixed: Registration = { lon: 118.905, lat: 32.055, datum: 'wgs84' }
    expect(at({ lon: 118.955, lat: 32.055 }, fixed)).toBe('320101001')
    expect(at({}, { area: '320102', datum: 'wgs84' })).toBe('320102')
    const [lon, lat] = fromWgs84(118.955, 32.055, 'gcj02')
    expect(at({ lon, lat }, { datum: 'gcj02' })).toBe('320102001')
  })

  it('[OB15] says why a place is not taken', () => {
    const bare = { indicator: 'pm25', value: 1, time: TIME }
    const hint = (lon: number, lat: number, registration: Registration | null = null) => {
      const found = fault({ ...bare, lon, lat }, registration)
      expect(found?.code).toBe('OB-outside')
      return found?.hint
    }
    expect(fault(bare)?.code).toBe('OB-place')
    expect(hint(32.055, 118.905)).toBe('lon and lat look swapped: lon 118.905, lat 32.055 lies in the city.')
    expect(hint(31, 118.9)).toContain('look swapped')
    expect(hint(0, 0)).toContain('without a fix')
    expect(hint(200, 300)).toContain('reaches from lon 118.9 to 119')
    const [lon, lat] = fromWgs84(118.9002, 32.0502, 'gcj02')
    expect(hint(118.9002 * 2 - lon - 0.001, 32.0502 * 2 - lat)).toContain('reaches')
    const [east, north] = fromWgs84(118.9999, 32.1, 'gcj02')
    expect(hint(east, north)).toBe(
      'Read as gcj02 it lies in the city: have the source registered with datum gcj02.',
    )
    expect(fault({ ...bare, area: '999' })).toMatchObject({ code: 'OB-area', pointer: '/area' })
    expect(fault({ ...bare, address: '99' })).toMatchObject({ code: 'OB-address', pointer: '/address' })
    expect(fault(bare, { lon: 1, lat: 1, datum: 'wgs84' })?.hint).toContain('registered')
    expect(fault(bare, { area: '999', datum: 'wgs84' })?.code).toBe('OB-area')
  })

  it('[OB16] takes the good and refuses the bad of a batch', () => {
    const { rows, refused } = decode([GOOD, { ...GOOD, value: 'x' }, GOOD, { ...GOOD, lat: 91 }])
    expect(rows.map((row) => row.item)).toEqual([0, 2])
    expect(refused.map((part) => part.refusal.pointer)).toEqual(['/1/value', '/3/lon'])
  })

  it('[OB16] tells a hundred refusals and counts the others', () => {
    const many = new Decoder(plan.indicators, locator, { batch: 1000, depth: 16 })
    many.decode(utf8.encode(JSON.stringify(Array.from({ length: 150 }, () => 5))), senderOf())
    expect([many.refused.length, many.codes.length]).toEqual([MOST_REFUSALS, 150])
  })

  it('[OB17] quotes no free text in messages', () => {
    const text = `${CANARY} lives at Main Street`
    for (const field of ['indicator', 'value', 'time', 'id', 'lon', 'lat', 'area', 'address'])
      expect(
        JSON.stringify(decode({ ...GOOD, lon: undefined, lat: undefined, [field]: text }).refused),
      ).not.toContain(CANARY)
    expect(JSON.stringify(decode(`{"note":"${text}`).refused)).not.toContain(CANARY)
    expect(fault({ ...GOOD, indicator: 'x'.repeat(65) })?.message).toBe(
      'Indicator a text of 65 characters is not known here',
    )
  })
})
