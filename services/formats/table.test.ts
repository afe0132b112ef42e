import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { QingyuError } from '../core/errors.ts'
import { readMapping } from './mapping.ts'
import { registerFrom } from './register.ts'
import { categoryReader, slugOf, tableReader } from './table.ts'

const at = (text: string) => Date.parse(text)

const long = readMapping(
  `
name: mine
vendor: acme
empty: ['', NA]
time: { column: [at, Time], zone: Asia/Shanghai }
source: { column: station, prefix: st- }
place: { lon: lon, lat: lat }
values:
  - { column: speed, indicator: traffic.speed, scale: 1.609344, empty: ['0'] }
  - { column: speed, indicator: traffic.flow, scale: 100, per: free, empty: ['0'] }
`,
  'mine.yaml',
)

describe('long tables', () => {
  const read = tableReader(long, ['\uFEFFTime', 'station', 'lon', 'lat', 'speed', 'free'], 'x.csv')

  it('[IM6] makes one payload a row with scaled values', () => {
    const { parcels, empty, faults } = read(
      ['2015-12-05 08:00', 'Ring Road #3', '116.4', '39.9', '50', '80'],
      0,
    )
    const place = { lon: 116.4, lat: 39.9, time: at('2015-12-05T00:00:00Z') }
    expect(parcels).toEqual([
      {
        kind: 'bundle',
        vendor: 'acme',
        source: 'st-ring-road-3',
        observations: [
          { indicator: 'traffic.speed', value: 80.4672, ...place },
          { indicator: 'traffic.flow', value: 62.5, ...place },
        ],
      },
    ])
    expect([empty, faults]).toEqual([0, []])
  })

  it('[IM7] counts empty cells apart from unreadable ones', () => {
    expect(read(['2015-12-05 08:00', 'a', '116', '39', 'NA', '80'], 0)).toMatchObject({
      empty: 2,
      faults: [],
      parcels: [],
    })
    expect(read(['2015-12-05 08:00', 'a', '116', '39', '0', '80'], 0)).toMatchObject({
      empty: 2,
      parcels: [],
    })
    expect(read(['2015-12-05 08:00', 'a', '116', '39', 'fast', '80'], 0)).toMatchObject({
      empty: 0,
      faults: [{ field: 'speed', value: 'fast', expected: 'a number' }, { field: 'speed' }],
    })
    expect(read(['soon', 'a', '116', '39', '50', '80'], 0)).toMatchObject({
      time: undefined,
      parcels: [],
      faults: [{ field: 'Time', value: 'soon', expected: 'a time as iso' }],
    })
    expect(read(['2015-12-05 08:00', 'a', 'east', '39', '50', '80'], 0).faults).toEqual([
      { field: 'lon', value: 'east', expected: 'a number' },
    ])
    expect(read(['2015-12-05 08:00', '？', '116', '39', '50', '80'], 0).faults).toMatchObject([
      { field: 'source' },
    ])
  })

  it('[IM7] survives any row', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (row) => {
        const { parcels, faults, empty } = read(row, 0)
        expect(parcels.length + faults.length + empty).toBeGreaterThan(0)
      }),
    )
  })

  it('[IM8] leaves a row without a place to the front door', () => {
    const parcel = read(['2015-12-05 08:00', 'a', '', 'NA', '50', '80'], 0).parcels[0]
    expect(parcel?.kind === 'bundle' && parcel.observations[0]).toEqual({
      indicator: 'traffic.speed',
      value: 80.4672,
      time: at('2015-12-05T00:00:00Z'),
    })
  })

  it('[IM5] names a column that is not there', () => {
    expect(() => tableReader(long, ['at', 'station', 'lon', 'lat', 'speed'], 'x.csv')).toThrow(
      new QingyuError('IM-mapping', {
        file: 'x.csv',
        field: 'values.traffic.flow.per',
        value: '"free"',
        expected: 'a column of the table: at, station, lon, lat, speed',
      }),
    )
  })
})

describe('wide tables', () => {
  const wide = readMapping(
    `
name: feet
vendor: acme
empty: ['', '-1']
time: { column: Date, hour: Hour, format: dd/MM/yyyy, zone: Australia/Melbourne }
register: { file: r.csv, key: name, lon: x, lat: y, aliases: { Town Hall (W): Town Hall (West) } }
wide: { indicator: people.count, except: [Date, Hour] }
`,
    'feet.yaml',
  )
  const register = registerFrom(
    [
      ['name', 'x', 'y'],
      ['Town Hall (West)', '144.9', '-37.8'],
    ],
    wide.register ?? { file: '', key: '', lon: '', lat: '', aliases: {} },
    'r.csv',
  )

  it('[IM9] makes a source of each column, placed by name', () => {
    const read = tableReader(wide, ['Date', 'Hour', 'Town Hall (W)', 'Elsewhere'], 'x.csv', register)
    const { parcels, empty } = read(['01/03/2017', '7', '140', '36'], 0)
    const time = at('2017-02-28T20:00:00Z')
    expect(parcels).toMatchObject([
      {
        source: 'town-hall-w',
        observations: [{ indicator: 'people.count', value: 140, time, lon: 144.9, lat: -37.8 }],
      },
      { source: 'elsewhere', observations: [{ indicator: 'people.count', value: 36, time }] },
    ])
    expect(empty).toBe(0)
    expect(read(['01/03/2017', '8', '-1', ''], 1)).toMatchObject({ empty: 2, parcels: [] })
  })

  it('[IM10] counts time by the row across a change of clocks', () => {
    const steps = readMapping(
      `{ name: loops, vendor: acme, time: { start: '2012-03-11T00:00:00', step: 1h, zone: America/Los_Angeles }, wide: { indicator: v } }`,
      'loops.yaml',
    )
    const read = tableReader(steps, ['1'], 'x.csv')
    expect([0, 2, 3].map((row) => new Date(read(['5'], row).time ?? 0).toISOString())).toEqual([
      '2012-03-11T08:00:00.000Z',
      '2012-03-11T10:00:00.000Z',
      '2012-03-11T11:00:00.000Z',
    ])
  })
})

describe('calls', () => {
  const text = `
name: ny
vendor: acme
door: http
time: { column: [Created, created] }
place: { lon: [Lon, lon], lat: [Lat, lat] }
call: { id: [Key, key], category: [Type, type], otherwise: other, services: { 'Noise*': noise, Noise - Park: park } }
`

  it('[IM11] maps categories to services under either column style', () => {
    for (const header of [
      ['Key', 'Created', 'Type', 'Lat', 'Lon'],
      ['key', 'created', 'type', 'lat', 'lon'],
    ]) {
      const read = tableReader(readMapping(text, 'ny.yaml'), header, 'x.csv')
      expect(read(['7', '2022-05-01T00:00:03', 'NOISE - Street', '40.8', '-73.9'], 0).parcels).toEqual([
        {
          kind: 'call',
          id: 'ny-7',
          service: 'noise',
          time: at('2022-05-01T00:00:03Z'),
          lon: -73.9,
          lat: 40.8,
        },
      ])
    }
    const observed = tableReader(
      readMapping(text.replace('door: http', 'door: mqtt'), 'ny.yaml'),
      ['key', 'created', 'type', 'lat', 'lon'],
      'x.csv',
    )
    expect(observed(['7', '2022-05-01T00:00:03', 'Rodent', '', ''], 0).parcels).toEqual([
      {
        kind: 'bundle',
        vendor: 'acme',
        source: 'ny',
        observations: [{ indicator: 'other', value: 1, time: at('2022-05-01T00:00:03Z'), id: 'ny-7' }],
      },
    ])
  })

  it('[IM11] prefers the exact, then the longest category', () => {
    const serviceOf = categoryReader(
      { 'Noise*': 'noise', 'Noise - R*': 'home', 'noise - park': 'park' },
      'other',
    )
    expect(['Noise', 'NOISE - Residential', 'Noise - Park', 'Quiet'].map(serviceOf)).toEqual([
      'noise',
      'home',
      'park',
      'other',
    ])
  })

  it('[IM12] makes names of topics from any name', () => {
    expect(slugOf('QV Market-Peel St')).toBe('qv-market-peel-st')
    expect(slugOf('Søftenvej / Åby')).toMatch(/^[a-z0-9-]+$/)
    expect(slugOf('奥体中心')).toMatch(/^[0-9a-f]{8}$/)
    expect(slugOf('st-奥体中心')).not.toBe(slugOf('st-东四'))
    expect(slugOf('a'.repeat(80))).not.toBe(slugOf('a'.repeat(81)))
    expect(slugOf(' -?- ')).toBe('')
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(slugOf(name)).toMatch(/^[a-z0-9-]{0,64}$/)
      }),
    )
  })
})
