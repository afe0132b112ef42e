import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { area, box, cityOf, collection, feature, settingsOf, UNIT } from '../testdata/grid-pieces.ts'
import { createGrid, type AreaSpec } from './grid.ts'
import { findGaps, findOverlaps, leafUnion } from './grid-check.ts'
import { Findings, type Finding } from './grid-finding.ts'
import { importGeoJson } from './grid-import.ts'
import { metresPerDegree, partHolds } from './grid-shape.ts'
import { Outlines } from './locate.ts'

const SIDE = 8
const [east, north] = metresPerDegree(32.1 + (SIDE / 2) * UNIT)
const SQUARE = UNIT * east * UNIT * north

type Box = readonly [number, number, number, number]
const boxes = fc.array(
  fc
    .tuple(fc.nat(SIDE - 1), fc.nat(SIDE - 1), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
    .map(([x, y, w, h]): Box => [x, y, Math.min(SIDE, x + w), Math.min(SIDE, y + h)]),
  { minLength: 1, maxLength: 7 },
)

const total = (findings: readonly Finding[]): number =>
  findings.reduce((sum, { parameters }) => sum + Number(parameters['size']), 0) / SQUARE

/** A root of its own shape around cells that may overlap and leave gaps. */
function checked(cells: readonly Box[]): Findings {
  const root = area('C', null, [[box(0, 0, SIDE, SIDE)]])
  const specs = cells.map((each, nth): AreaSpec => area(`C${nth}`, 'C', [[box(...each)]]))
  const grid = createGrid(cityOf([root, ...specs]))
  const findings = new Findings()
  const union = leafUnion(grid)
  findOverlaps(grid, union, findings)
  findGaps(grid, union, (at) => at === 0, findings)
  return findings
}

describe('grid check', () => {
  it('[GR37] measures overlaps of any boxes like their product', () => {
    fc.assert(
      fc.property(boxes, (cells) => {
        let expected = 0
        for (const [nth, a] of cells.entries())
          for (const b of cells.slice(nth + 1))
            expected +=
              Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) *
              Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]))
        const overlaps = checked(cells).list.filter(({ code }) => code === 'GR-overlap')
        expect(Math.abs(total(overlaps) - expected)).toBeLessThan(0.01)
      }),
    )
  })

  it('[GR38] measures gaps between any boxes like their rest', () => {
    fc.assert(
      fc.property(boxes, (cells) => {
        let free = 0
        for (let x = 0; x < SIDE; x++)
          for (let y = 0; y < SIDE; y++)
            if (!cells.some((each) => x >= each[0] && x < each[2] && y >= each[1] && y < each[3])) free++
        const gaps = checked(cells).list.filter(({ code }) => code === 'GR-gap')
        expect(Math.abs(total(gaps) - free)).toBeLessThan(0.01)
      }),
    )
  })

  it('[GR10] holds points in rings of many corners', () => {
    const unit = fc.double({ min: 0.2, max: 1, noNaN: true })
    const at = fc.double({ min: -1.1, max: 1.1, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(unit, { minLength: 40, maxLength: 300 }),
        fc.array(fc.tuple(at, at), { minLength: 50, maxLength: 50 }),
        (radii, points) => {
          const star = radii.map((radius, nth): [number, number] => {
            const angle = (nth / radii.length) * 2 * Math.PI
            return [radius * Math.cos(angle), radius * Math.sin(angle)]
          })
          const ring = [...star, star[0] ?? [0, 0]]
          const outlines = new Outlines([[[box(0, 0, 1, 1)]], [[ring]]])
          for (const [x, y] of points) expect(outlines.holds(1, x, y)).toBe(partHolds([ring], x, y))
          for (const [x, y] of ring) expect(outlines.holds(1, x, y)).toBe(true)
        },
      ),
    )
  })

  it('[GR36] throws on no GeoJSON, however malformed', () => {
    const odd = fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      fc.constantFrom(NaN, Infinity, undefined, [[]], [[[]]]),
    )
    const good = feature('C101', [box(0, 0, 1, 1)])
    const member = fc.constantFrom('type', 'properties', 'geometry', 'coordinates', 'code')
    const broken = fc
      .tuple(member, odd)
      .map(([key, value]) =>
        key === 'coordinates'
          ? { ...good, geometry: { type: 'Polygon', coordinates: value } }
          : key === 'code'
            ? { ...good, properties: { code: value } }
            : { ...good, [key]: value },
      )
    fc.assert(
      fc.property(fc.array(fc.oneof(broken, odd)), (features) => {
        const json = { ...collection(), features: [feature('C1'), ...features] }
        const { grid, findings } = importGeoJson(json, settingsOf(), 'trial.geojson')
        expect(grid === null).toBe(findings.some(({ fatal }) => fatal))
      }),
      { numRuns: 500 },
    )
  })
})
