import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cgcs2000, fromWgs84, toWgs84 } from './datum.ts'

const inChina = fc.tuple(
  fc.double({ min: 98, max: 122, noNaN: true }),
  fc.double({ min: 22, max: 45, noNaN: true }),
)

describe('datum', () => {
  it.each([
    ['gcj02', 1e-6],
    // The library undoes BD-09 in one step: half a metre at worst.
    ['bd09', 5e-6],
  ] as const)('[GR20] brings %s back within %s degrees', (datum, most) => {
    fc.assert(
      fc.property(inChina, ([lon, lat]) => {
        const [x, y] = toWgs84(...fromWgs84(lon, lat, datum), datum)
        expect(Math.abs(x - lon)).toBeLessThan(most)
        expect(Math.abs(y - lat)).toBeLessThan(most)
      }),
      { numRuns: 2_000 },
    )
  })

  it('[GR20] moves a place in Nanjing as published', () => {
    const [x, y] = fromWgs84(118.91, 32.1, 'gcj02')
    // The offset is about 480 m east and 250 m south here.
    expect(x).toBeCloseTo(118.91503, 4)
    expect(y).toBeCloseTo(32.09777, 4)
    const [bx, by] = fromWgs84(118.91, 32.1, 'bd09')
    expect(bx).toBeCloseTo(x + 0.0065, 3)
    expect(by).toBeCloseTo(y + 0.006, 3)
  })

  it('[GR20] leaves WGS 84 and geographic CGCS2000 as they are', () => {
    expect(toWgs84(118.91, 32.1, 'wgs84')).toEqual([118.91, 32.1])
    expect(toWgs84(118.91, 32.1, 'cgcs2000')).toEqual([118.91, 32.1])
    expect(fromWgs84(118.91, 32.1, 'cgcs2000')).toEqual([118.91, 32.1])
    expect(cgcs2000(4490)?.toWgs84(118.91, 32.1)).toEqual([118.91, 32.1])
  })

  it('[GR21] puts the central meridian of each zone at its false easting', () => {
    const meridians: readonly (readonly [number, number, number])[] = [
      [4491, 75, 13_500_000],
      [4507, 105, 500_000],
      [4513, 75, 25_500_000],
      [4527, 117, 39_500_000],
      [4549, 120, 500_000],
      [4554, 135, 500_000],
    ]
    for (const [epsg, lon, easting] of meridians)
      expect(cgcs2000(epsg)?.fromWgs84(lon, 32)[0]).toBeCloseTo(easting, 3)
    // The meridian arc from the equator to 32° N on GRS 80, by numerical integration.
    expect(cgcs2000(4549)?.fromWgs84(120, 32)[1]).toBeCloseTo(3_541_852.434, 2)
  })

  it('[GR21] brings projected CGCS2000 back within a millimetre', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4491, max: 4554 }),
        fc.double({ min: -1.5, max: 1.5, noNaN: true }),
        fc.double({ min: 18, max: 52, noNaN: true }),
        (epsg, aside, lat) => {
          const projection = cgcs2000(epsg)
          expect(projection).toBeDefined()
          const zone = projection?.toWgs84(falseEasting(epsg), 3_000_000)
          const lon = (zone?.[0] ?? 0) + aside
          const place = projection?.fromWgs84(lon, lat)
          const [x, y] = projection?.toWgs84(place?.[0] ?? 0, place?.[1] ?? 0) ?? [0, 0]
          expect(Math.abs(x - lon)).toBeLessThan(1e-8)
          expect(Math.abs(y - lat)).toBeLessThan(1e-8)
        },
      ),
    )
  })

  it('[GR21] knows no other projection', () => {
    for (const epsg of [4489, 4555, 4326, 4500.5, NaN]) expect(cgcs2000(epsg)).toBeUndefined()
  })
})

/** Where a zone's middle lies. */
function falseEasting(epsg: number): number {
  if (epsg >= 4534 || (epsg >= 4502 && epsg <= 4512)) return 500_000
  return (epsg >= 4513 ? epsg - 4513 + 25 : epsg - 4491 + 13) * 1_000_000 + 500_000
}
