import { describe, expect, it } from 'vitest'
import { box, collection, feature } from '../testdata/grid-pieces.ts'
import { readGrid } from './grid-file.ts'
import { metresPerDegree, shapeArea } from './grid-shape.ts'

const settings = {
  city: 'trial',
  name: { zh: '试', en: 'Trial' },
  zone: 'Asia/Shanghai',
  levels: ['city', 'street', 'cell'].map((id) => ({ id, name: { zh: id, en: id } })),
  digits: [1, 2, 4],
}
const features = collection(feature('C'), feature('C1'), feature('C101', [box(0, 0, 1, 1)]))
const yaml = (more: object): string => JSON.stringify({ ...settings, ...more }).replace(/^\{/, '\n# made\n{')
const squares = {
  west: 10.05,
  south: 56.08,
  east: 10.28,
  north: 56.25,
  cellMetres: 500,
  codePrefix: 'AAR',
  groups: [8],
}
const square = (more: object = {}) =>
  readGrid(yaml({ squares: { ...squares, ...more }, digits: undefined }), 'trial.yaml')

type Load = (name: string) => string
const UNREADABLE: readonly (readonly [string, string, Load | undefined, string])[] = [
  ['no JSON', '{"type": "FeatureCollection"', undefined, 'JSON'],
  ['no YAML', 'city: [', undefined, 'trial'],
  ['empty', '', undefined, 'no settings'],
  ['a bare GeoJSON', JSON.stringify(features), undefined, 'a member qingyu'],
  ['settings alone', yaml({}), undefined, 'neither features, nor file, nor squares'],
  [
    'a lost file',
    yaml({ file: 'raw.geojson' }),
    () => {
      throw new Error('ENOENT')
    },
    'ENOENT',
  ],
  ['a broken file', yaml({ file: 'raw.geojson' }), () => '{', 'raw.geojson'],
  [
    'another kind of file',
    yaml({ file: 'raw.geojson' }),
    () => '{"type":"Feature"}',
    'no GeoJSON FeatureCollection',
  ],
]

describe('grid file', () => {
  it('[GR50] reads a GeoJSON with its settings inside', () => {
    const { grid, findings } = readGrid(JSON.stringify({ ...features, qingyu: settings }), 'trial.geojson')
    expect(findings).toEqual([])
    expect(grid).toMatchObject({ city: 'trial', zone: 'Asia/Shanghai', partitionLevel: 1, size: 3 })
  })

  it('[GR50] reads settings with a GeoJSON beside them', () => {
    const asked: string[] = []
    const load = (name: string): string => (asked.push(name) > 0 ? JSON.stringify(features) : '')
    const { grid, findings } = readGrid(
      yaml({ file: 'raw.geojson', partitionLevel: 'cell' }),
      'trial.yaml',
      load,
    )
    expect(findings).toEqual([])
    expect(asked).toEqual(['raw.geojson'])
    expect(grid?.partitionLevel).toBe(2)
  })

  it.each(UNREADABLE)('[GR51] tells why it refuses %s', (_, text, load, why) => {
    const { grid, findings } = readGrid(text, 'trial', load)
    expect(grid).toBeNull()
    expect(findings.map(({ code }) => code)).toEqual(['GR-file'])
    expect(findings[0]?.message).toContain(why)
  })

  it.each([
    ['city', 'New York', 'a name of a-z'],
    ['name', { zh: '试' }, 'a text'],
    ['zone', 'Asia/Xianlin', 'an IANA time zone'],
    ['levels', [], '1 to 16 levels'],
    ['partitionLevel', 'village', 'one of city, street, cell'],
    ['datum', 'wgs72', 'one of wgs84, gcj02, bd09, cgcs2000'],
    ['epsg', 4326, 'a number from 4490 to 4554'],
    ['digits', [6, 3, 9], 'rising'],
    ['digits', [6, 9], 'each of the 3 levels'],
    ['areas', [{}], 'a text'],
    ['properties', 'code', 'an object'],
    ['citty', 'x', 'no such setting; city?'],
  ])('[GR52] names a wrong %s', (field, value, expected) => {
    const text = JSON.stringify({ ...features, qingyu: { ...settings, [field]: value } })
    const { grid, findings } = readGrid(text, 'trial.geojson')
    expect(grid).toBeNull()
    expect(findings[0]).toMatchObject({ code: 'GR-setting', fatal: true })
    expect(findings[0]?.message).toContain('trial.geojson')
    expect(findings[0]?.message).toContain(field)
    expect(findings[0]?.message).toContain(expected)
  })

  it('[GR53] makes squares of the size asked for', () => {
    const { grid, findings } = square()
    expect(findings).toEqual([])
    const area = shapeArea(grid?.polygon(grid.size - 1) ?? [])
    expect(Math.sqrt(area) / 500).toBeCloseTo(1, 2)
    const [east, north] = metresPerDegree(56.165)
    const across = Math.ceil((0.23 * east) / 500) * Math.ceil((0.17 * north) / 500)
    expect(grid?.depths.filter((depth) => depth === 2)).toHaveLength(across)
  })

  it('[GR53] codes squares west to east, north to south', () => {
    const { grid } = square()
    expect(grid?.codes.slice(0, 3)).toEqual(['AAR', 'AAR01', 'AAR02'])
    const place = (code: string) => {
      const at = grid?.indexOf(code) ?? -1
      return {
        x: grid?.centres[at * 2] ?? 0,
        y: grid?.centres[at * 2 + 1] ?? 0,
        parent: grid?.codes[grid.parents[at] ?? -1],
      }
    }
    expect(place('AAR0102').x).toBeGreaterThan(place('AAR0101').x)
    expect(place('AAR0102').y).toBe(place('AAR0101').y)
    expect(place('AAR0109').y).toBeLessThan(place('AAR0101').y)
    expect(place('AAR02').x).toBeGreaterThan(place('AAR01').x)
    expect(place('AAR0209').parent).toBe('AAR02')
    expect(grid?.names[grid.indexOf('AAR0210') ?? -1]?.en).toBe('cell B1-B2')
  })

  it('[GR53] leaves out squares beyond the outline', () => {
    const within = [
      [10.05, 56.08],
      [10.28, 56.08],
      [10.05, 56.25],
    ]
    const [full, half] = [square().grid, square({ within }).grid]
    const cells = (grid: typeof full) => grid?.depths.filter((depth) => depth === 2).length ?? 0
    expect(cells(half) / cells(full)).toBeCloseTo(0.5, 1)
    expect(half?.locate(10.27, 56.24)).toBe(-1)
    expect(half?.locate(10.06, 56.09)).toBeGreaterThan(0)
    expect(
      square({
        within: [
          [0, 0],
          [1, 0],
          [0, 1],
        ],
      }).findings[0]?.message,
    ).toContain('no cell lies within')
  })

  it('[GR53] needs no level between city and cell', () => {
    const levels = settings.levels.filter(({ id }) => id !== 'street')
    const { grid, findings } = readGrid(
      yaml({ levels, squares: { ...squares, groups: [] }, digits: undefined }),
      'trial.yaml',
    )
    expect(findings).toEqual([])
    expect(new Set(grid?.parents)).toEqual(new Set([-1, 0]))
  })

  it.each([
    ['groups', [8, 2], '1 whole numbers'],
    ['east', 10, 'more than west'],
    ['north', 56, 'more than south'],
    ['cellMetres', 0, 'a number from 1'],
    ['codePrefix', 'A-R', 'a text'],
    ['within', [[1, 2]], 'at least three corners'],
    ['west', 'x', 'a number from -180'],
  ])('[GR52] names wrong %s of squares', (field, value, expected) => {
    const { grid, findings } = square({ [field]: value })
    expect(grid).toBeNull()
    expect(findings[0]?.message).toContain(`squares.${field}`)
    expect(findings[0]?.message).toContain(expected)
  })

  it('[GR54] takes no more than a million areas', () => {
    const { grid, findings } = square({ cellMetres: 15 })
    expect(grid).toBeNull()
    expect(findings.map(({ code }) => code)).toEqual(['GR-size'])
    // Areas above the cells count too: 999 × 1,000 cells alone would do.
    const [east, north] = metresPerDegree(0)
    const equator = {
      west: 0,
      south: -500 * (10 / north),
      east: 999 * (10 / east),
      north: 500 * (10 / north),
      cellMetres: 10,
    }
    expect(square({ ...equator, groups: [2] }).findings[0]?.message).toMatch(/has 12\d{5} areas/)
  })
})
