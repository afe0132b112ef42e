import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAddress, writeAddress } from './address.ts'

describe('address', () => {
  it('[WA6] reads back all that it writes', () => {
    const code = fc.stringMatching(/^[\w.:-]{0,64}$/)
    const view = fc.option(
      fc.record({
        lon: fc.integer({ min: -180_00000, max: 180_00000 }).map((n) => n / 1e5),
        lat: fc.integer({ min: -85_00000, max: 85_00000 }).map((n) => n / 1e5),
        zoom: fc.integer({ min: 0, max: 2400 }).map((n) => n / 100),
      }),
    )
    const any = fc.record({
      lang: fc.constantFrom('zh' as const, 'en' as const),
      theme: fc.constantFrom('dark' as const, 'light' as const),
      kiosk: fc.boolean(),
      table: fc.boolean(),
      area: code,
      cell: code,
      view,
    })
    fc.assert(
      fc.property(any, (address) => {
        expect(readAddress(writeAddress(address))).toEqual(address)
      }),
    )
  })

  it('[WA6] takes whatever it cannot read as absent', () => {
    const odd = '?lang=fr&theme=pink&cell=%3Cscript%3E&at=999,1,2&area=' + 'x'.repeat(65)
    expect(readAddress(odd)).toEqual(readAddress(''))
  })

  it('[WA6] follows the languages of the browser', () => {
    expect(readAddress('', ['fr', 'en-US', 'zh']).lang).toBe('en')
    expect(readAddress('', ['de']).lang).toBe('zh')
    expect(readAddress('?lang=zh', ['en']).lang).toBe('zh')
  })
})
