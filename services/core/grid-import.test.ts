import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { box, collection, feature, settingsOf, UNIT } from '../testdata/grid-pieces.ts'
import { fromWgs84, cgcs2000 } from './datum.ts'
import { readGrid } from './grid-file.ts'
import { MOST_FINDINGS, type Finding } from './grid-finding.ts'
import { importGeoJson } from './grid-import.ts'
import { metresPerDegree } from './grid-shape.ts'

const whole = feature('C')
const street = feature('C1')
const cell = feature('C101', [box(0, 0, 1, 1)])
const beside = feature('C102', [box(1, 0, 2, 1)])

const bring = (features: readonly object[], more = {}) =>
  importGeoJson(collection(...features), settingsOf(more), 'trial.geojson')
const codes = (findings: readonly Finding[]): string[] => findings.map(({ code }) => code)

/** Square metres of one unit by one unit at the trial city. */
const [east, north] = metresPerDegree(32.1005)
const SQUARE = UNIT * east * UNIT * north

describe('grid import', () => {
  it('[GR30] reads areas, names, units and parents', () => {
    const named = { ...street, properties: { code: 'C1', zh: '文澜路', en: 'Wenlan Road', unit: '文澜路站' } }
    const { grid, findings } = bring([whole, named, cell, beside])
    expect(findings).toEqual([])
    expect(grid?.codes).toEqual(['C', 'C1', 'C101', 'C102'])
    expect(grid?.names[1]).toEqual({ zh: '文澜路', en: 'Wenlan Road' })
    expect(grid?.units).toEqual(['', '文澜路站', '文澜路站', '文澜路站'])
    expect(grid?.locate(118.9005, 32.1005)).toBe(2)
  })

  it('[GR31] takes levels and parents from properties', () => {
    const of = (code: string, level: string, parent: string | null, ring?: [number, number][]) => ({
      type: 'Feature',
      properties: { ID: code, kind: level, above: parent },
      geometry: ring === undefined ? null : { type: 'Polygon', coordinates: [ring] },
    })
    const features = [of('x', 'city', null), of('y', 'street', 'x'), of('z', 'cell', 'y', box(0, 0, 1, 1))]
    const properties = { code: 'ID', level: 'kind', parent: 'above' }
    const { grid, findings } = bring(features, { properties, digits: undefined, root: undefined })
    expect(findings).toEqual([])
    expect([...(grid?.parents ?? [])]).toEqual([-1, 0, 1])
    expect(grid?.names[2]).toEqual({ zh: 'z', en: 'z' })
  })

  it('[GR32] makes declared areas of their children', () => {
    const areas = [{ code: 'C1', name: { zh: '东', en: 'East' }, unit: 'u' }]
    const { grid, findings } = bring([cell, beside], { areas, nameOf: { zh: '{code}格', en: 'Cell {code}' } })
    expect(findings).toEqual([])
    expect(grid?.names.map((name) => name.en)).toEqual(['Trial', 'East', 'No C101', 'No C102'])
    expect(grid?.polygon(1)[0]?.[0]).toHaveLength(5)
    expect(grid?.units[2]).toBe('u')
  })

  it.each([
    ['missing', undefined],
    ['too short', 'C10'],
    ['with a blank', 'C 01'],
    ['an object', {}],
    ['empty', ''],
  ])('[GR33] refuses a code that is %s', (_, code) => {
    const { grid, findings } = bring([street, cell, feature(code, [box(1, 0, 2, 1)])])
    expect(grid).toBeNull()
    expect(codes(findings)).toEqual(['GR-code'])
    expect(findings[0]).toMatchObject({ fatal: true })
    expect(findings[0]?.message).toContain('Feature 2')
  })

  it('[GR34] refuses a code that stands twice', () => {
    const { grid, findings } = bring([street, cell, beside, feature('C101', [box(2, 0, 3, 1)])])
    expect(grid).toBeNull()
    expect(findings.map(({ message }) => message)).toEqual(['Feature 3: code C101 stands also at feature 1'])
  })

  it('[GR35] refuses an area whose parent is missing', () => {
    const { grid, findings } = bring([street, cell, feature('C901', [box(2, 0, 3, 1)])])
    expect(grid).toBeNull()
    expect(findings.map(({ message }) => message)).toEqual(['Area C901 has no parent C9'])
  })

  it('[GR35] refuses a city without one root', () => {
    const noRoot = bring([street, cell], { root: undefined })
    expect(codes(noRoot.findings)).toContain('GR-root')
    const two = bring([feature('C'), feature('D'), street, cell], { root: undefined })
    expect(codes(two.findings)).toEqual(['GR-root'])
    expect(two.grid).toBeNull()
  })

  const ring = box(0, 0, 1, 1)
  const [a, b, c, d] = [ring[0], ring[1], ring[2], ring[3]]
  it.each([
    ['unclosed', [[a, b, c, d]], 'is not closed'],
    ['three positions', [[a, b, a]], 'has 3 positions'],
    ['crossing itself', [[a, b, d, c, a]], 'crosses itself near 118.900500,32.100500'],
    ['crossing itself on a slope', [[a, [118.9012, 32.1003], [118.9001, 32.1009], c, a]], 'crosses itself'],
    ['NaN', [[a, [NaN, 32.1], c, a]], 'not two numbers'],
    ['null', [[a, [118.9, null], c, a]], 'not two numbers'],
    ['a text', [[a, '118.9,32.1', c, a]], 'not a position'],
    ['flat', [[a, b, a, b, a]], 'encloses nothing'],
    ['latitude first', [[...ring].map(([x, y]) => [y, x])], 'latitude stands before longitude'],
    [
      'beyond the poles',
      [
        [
          [200, 95],
          [201, 95],
          [201, 96],
          [200, 95],
        ],
      ],
      'outside of longitude',
    ],
    ['no ring', [], 'has no rings'],
    ['no list', ['ring'], 'is not a list'],
  ])('[GR36] refuses a ring that is %s', (_, part, why) => {
    const { grid, findings } = bring([street, beside, feature('C101', part)])
    expect(grid).toBeNull()
    expect(codes(findings)).toEqual(['GR-geometry'])
    expect(findings[0]?.message).toContain('Area C101')
    expect(findings[0]?.message).toContain(why)
  })

  it('[GR36] refuses other geometries and leaves without one', () => {
    const point = {
      type: 'Feature',
      properties: { code: 'C101' },
      geometry: { type: 'Point', coordinates: [1, 2] },
    }
    const none = { type: 'Feature', properties: { code: 'C101' } }
    for (const each of [
      point,
      none,
      feature('C101'),
      { ...point, geometry: { type: 'MultiPolygon', coordinates: [] } },
    ])
      expect(codes(bring([street, beside, each]).findings)).toEqual(['GR-geometry'])
  })

  it('[GR36] turns rings as RFC 7946 says', () => {
    const lake = box(0.25, 0.25, 0.75, 0.75)
    const { grid } = bring([street, feature('C101', [[...box(0, 0, 1, 1)].reverse(), lake]), beside])
    const [outer, inner] = grid?.polygon(2)[0] ?? []
    expect(outer).toEqual(box(0, 0, 1, 1))
    expect(inner).toEqual([...lake].reverse())
  })

  it('[GR37] tells overlaps in square metres and goes on', () => {
    const over = feature('C102', [box(0.75, 0.5, 2, 1)])
    const { grid, findings } = bring([street, cell, over])
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({ code: 'GR-overlap', fatal: false })
    const size = Number(/by (\d+) m²/.exec(findings[0]?.message ?? '')?.[1])
    expect(size / (0.125 * SQUARE)).toBeCloseTo(1, 2)
    expect(findings[0]?.message).toMatch(/^Areas C101 and C102 overlap/)
    expect(grid?.locate(118.9009, 32.1008)).toBe(2)
  })

  it('[GR37] measures slanted and threefold overlaps exactly', () => {
    const triangle = feature('C102', [[...box(0, 0, 1, 1).slice(0, 3), ...box(0, 0, 1, 1).slice(0, 1)]])
    const size = (findings: readonly Finding[]) =>
      findings.map(({ message }) => Number(/by (\d+) m²/.exec(message)?.[1]) / SQUARE)
    const half = size(bring([street, cell, triangle]).findings)
    expect(half).toHaveLength(1)
    expect(half[0]).toBeCloseTo(0.5, 3)
    const thrice = bring([
      street,
      cell,
      feature('C102', [box(0.5, 0, 2, 1)]),
      feature('C103', [box(0.5, 0, 0.75, 1)]),
    ])
    expect(thrice.findings.map(({ message }) => message.replace(/ by.*/, ''))).toEqual([
      'Areas C101 and C102 overlap',
      'Areas C101 and C103 overlap',
      'Areas C102 and C103 overlap',
    ])
    expect(size(thrice.findings)[1]).toBeCloseTo(0.25, 3)
  })

  it('[GR38] tells gaps in square metres with their place', () => {
    const around = [box(0, 0, 1, 3), box(2, 0, 3, 3), box(1, 0, 2, 1), box(1, 2, 2, 3)]
    const cells = around.map((each, nth) => feature(`C10${nth}`, [each]))
    const { grid, findings } = bring([street, ...cells])
    expect(codes(findings)).toEqual(['GR-gap'])
    expect(findings[0]?.message).toMatch(/inside C1 near 118\.90[12]/)
    expect(Number(/of (\d+) m²/.exec(findings[0]?.message ?? '')?.[1]) / SQUARE).toBeCloseTo(1, 2)
    expect(grid?.codes[grid.locate(118.9015, 32.1015)]).toBe('C1')
  })

  it('[GR38] tells each gap inside a shape of its own', () => {
    const own = feature('C1', [box(0, 0, 5, 1)])
    const { findings } = bring([own, cell, feature('C102', [box(2, 0, 3, 1)])])
    expect(findings.map(({ message }) => message.replace(/\d+\.?\d* m²/, 'N m²'))).toEqual([
      'Gap of N m² inside C1 near 118.90150,32.10050',
      'Gap of N m² inside C1 near 118.90400,32.10050',
    ])
  })

  it('[GR38] finds nothing wrong where sides meet corners', () => {
    const tall = feature('C101', [box(0, 0, 1, 3)])
    const short = [0, 1, 2].map((y) => feature(`C11${y}`, [box(1, y, 2, y + 1)]))
    const { grid, findings } = bring([street, tall, ...short])
    expect(findings).toEqual([])
    expect(grid?.polygon(1)).toHaveLength(1)
    expect(grid?.polygon(1)[0]).toHaveLength(1)
  })

  it('[GR39] brings polygons of another datum to WGS 84', () => {
    const ring = box(0, 0, 1, 1)
    for (const datum of ['gcj02', 'bd09'] as const) {
      const moved = feature('C101', [ring.map(([x, y]) => fromWgs84(x, y, datum))])
      const { grid } = bring([street, moved], { datum })
      expect(grid?.centres[4]).toBeCloseTo(118.9005, 5)
    }
    const metres = feature('C101', [ring.map(([x, y]) => cgcs2000(4549)?.fromWgs84(x, y))])
    expect(bring([street, metres], { epsg: 4549 }).grid?.centres[5]).toBeCloseTo(32.1005, 8)
    expect(bring([street, metres], { epsg: 4495.5 }).findings[0]?.message).toContain('epsg is 4495.5')
  })

  it('[GR40] keeps at most a thousand findings', () => {
    const many = Array.from({ length: MOST_FINDINGS + 1 }, () => feature('?', [box(0, 0, 1, 1)]))
    const { findings, grid } = bring(many)
    expect(grid).toBeNull()
    expect(findings).toHaveLength(MOST_FINDINGS)
    expect(bring(many.slice(0, MOST_FINDINGS)).findings).toHaveLength(MOST_FINDINGS)
  })

  const recorded = resolve('../shared/data/new-york-311/community_districts.geojson.gz')
  const here = existsSync(recorded)
  if (!here) console.warn(`SKIPPED: ${recorded} is absent, so New York's districts are not read`)
  it.skipIf(!here)('[GR41] reads the 71 districts of New York without findings', () => {
    const text = readFileSync(resolve('config/cities/new-york.yaml'), 'utf8')
    const { grid, findings } = readGrid(text, 'new-york.yaml', () =>
      gunzipSync(readFileSync(recorded)).toString(),
    )
    expect(findings).toEqual([])
    expect(grid?.size).toBe(1 + 5 + 71)
    expect(grid?.codes[grid.locate(-73.9855, 40.758)]).toBe('105')
    expect(grid?.codes[grid.locate(-74.076, 40.643)]).toBe('501')
    expect(grid?.locate(-74.2, 40.9)).toBe(-1)
  })
})
