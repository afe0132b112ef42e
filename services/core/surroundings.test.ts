import { describe, expect, it } from 'vitest'
import { smallGrid } from '../testdata/small-city.ts'
import { fromWgs84 } from './datum.ts'
import { metresBetween, Places, placesOfCells, standingSources } from './surroundings.ts'

const grid = smallGrid()

describe('surroundings', () => {
  it('[DK39] measures metres as they are on the ground', () => {
    expect(metresBetween(118, 32, 118, 32.01)).toBeCloseTo(1112, 0)
    expect(metresBetween(118, 32, 118.01, 32)).toBeCloseTo(943, 0)
    expect(metresBetween(118, 32, 118, 32)).toBe(0)
  })

  it('[DK39] finds what stands within a radius, nearest first, and no more than asked for', () => {
    const places = new Places([5, 1, 3, 90].map((n) => ({ item: `s${n}`, lon: 118, lat: 32 + n / 1000 })))
    const found = places.near(118, 32, 600, 10)
    expect(found.map(({ item, metres }) => [item, metres])).toEqual([
      ['s1', 111],
      ['s3', 334],
      ['s5', 556],
    ])
    expect(places.near(118, 32, 600, 1).map(({ item }) => item)).toEqual(['s1'])
    expect(new Places([]).near(118, 32, 600, 10)).toEqual([])
    // A corner of the square round the circle is not in the circle.
    const corner = new Places([{ item: 'corner', lon: 118.0056, lat: 32.005 }])
    expect(corner.near(118, 32, 600, 10)).toEqual([])
    expect(
      placesOfCells(grid)
        .near(118.005, 32.005, 1000, 10)
        .map(({ item }) => grid.codes[item]),
    ).toEqual(['3201001', '3201002'])
  })

  it('[DK39] puts sources where they are registered, whatever their datum, else in the middle of their area', () => {
    const [lon, lat] = fromWgs84(118.005, 32.005, 'gcj02')
    const sources = standingSources(
      new Map([
        ['acme/one', { lon, lat, datum: 'gcj02', kind: 'camera' }],
        ['acme/two', { area: '3201002', datum: 'wgs84' }],
        ['acme/lost', { datum: 'wgs84' }],
        ['acme/gone', { area: '99', datum: 'wgs84' }],
      ]),
      grid,
    )
    expect(sources.map(({ source, kind }) => `${source} ${kind}`)).toEqual([
      'acme/one camera',
      'acme/two sensor',
    ])
    expect(sources[0]?.lon).toBeCloseTo(118.005, 5)
    expect([sources[1]?.lon, sources[1]?.lat]).toEqual([118.015, 32.005])
  })
})
