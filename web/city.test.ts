import { describe, expect, it } from 'vitest'
import { LEGAL_SCHEME, UNKNOWN } from '../services/core/level.ts'
import { bordersOf } from './borders.ts'
import { cellAt, centreOf, cityOf, find, step } from './city.ts'
import { courseOf, withGaps } from './explanation.ts'
import { quietSpot } from './labels.ts'
import { lookOf, luminance, warningRanks } from './look.ts'
import { numeralOf } from './numeral.ts'
import { outlook } from './sentence.ts'
import { holds, tile } from './shape.ts'
import type { Point } from './shape.ts'
import { blobCity } from './testdata/blob-city.ts'
import { KEPT, retell } from './tidings.ts'
import type { Tidings } from './tidings.ts'

const city = cityOf(blobCity())
const cells = city.cells
const first = cells[0] ?? 0

describe('city', () => {
  it('[WA9] finds the cell under every centre', () => {
    expect(cells.length).toBe(1156)
    expect(cells.filter((cell) => cellAt(city, ...centreOf(city, cell)) !== cell)).toEqual([])
    expect(cellAt(city, 0, 0)).toBe(-1)
  })

  it('[WA9] walks to the neighbour and back', () => {
    const middle = cellAt(city, 118.9206, 32.1005)
    const right = step(city, middle, 1, 0)
    expect(centreOf(city, right)[0] - centreOf(city, middle)[0]).toBeCloseTo(
      0.00106 / Math.cos((32.1 * Math.PI) / 180),
      5,
    )
    expect(step(city, right, -1, 0)).toBe(middle)
    const top = cells.reduce((a, b) => (centreOf(city, b)[1] > centreOf(city, a)[1] ? b : a), first)
    expect(step(city, top, 0, 1)).toBe(top)
  })

  it('[WA9] finds areas by name and code', () => {
    expect(find(city, '灵山', 5).length).toBe(5)
    expect(find(city, 'LINGSHAN', 1).map((i) => city.doc.names[i]?.en)).toEqual(['Lingshan'])
    expect(find(city, city.doc.codes[first] ?? '', 3)[0]).toBe(first)
    expect(find(city, '  ', 5)).toEqual([])
  })

  it('[WA23] is about a subtree where one is asked for', () => {
    const part = cityOf(city.doc, '32011301106')
    expect(part.cells.length).toBeGreaterThan(50)
    expect(part.cells.length).toBeLessThan(400)
    expect(part.bounds[0]).toBeGreaterThan(city.bounds[0])
    expect(cityOf(city.doc, 'nowhere').cells.length).toBe(1156)
  })

  it('[WA9] offers only borders that are named', () => {
    const sets = bordersOf(city)
    expect(new Set(sets[1]?.map((row) => row.depth))).toEqual(new Set([1]))
    expect(new Set(sets[2]?.map((row) => row.depth))).toEqual(new Set([1, 2]))
  })
})

describe('tiles', () => {
  const square: Point[] = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
    [0, 0],
  ]

  it('[WA10] keeps a drawn cell inside its own', () => {
    const drawn = tile(square, 1)
    expect(drawn.length).toBeGreaterThan(8)
    for (const [x, y] of drawn) {
      expect(Math.min(x, y, 1 - x, 1 - y)).toBeGreaterThan(0.02)
    }
  })

  it('[WA10] gives back what is too thin', () => {
    const sliver: Point[] = [
      [0, 0],
      [1, 0],
      [1, 0.001],
      [0, 0.001],
      [0, 0],
    ]
    expect(Math.max(...tile(sliver, 1).map(([x]) => x))).toBeCloseTo(1)
  })

  it('[WA10] leaves holes out of a polygon', () => {
    const hole: Point[] = [
      [0.4, 0.4],
      [0.6, 0.4],
      [0.6, 0.6],
      [0.4, 0.6],
      [0.4, 0.4],
    ]
    const ring = (points: Point[]) => points.map(([x, y]): [number, number] => [x, y])
    expect(holds([[ring(square), ring(hole)]], 0.5, 0.5)).toBe(false)
    expect(holds([[ring(square), ring(hole)]], 0.2, 0.2)).toBe(true)
  })
})

describe('levels', () => {
  it('[WA11] marks each level by numeral and pattern', () => {
    const looks = warningRanks(LEGAL_SCHEME).map((rank) => lookOf(LEGAL_SCHEME, rank))
    expect(looks.map((look) => look.numeral)).toEqual(['Ⅰ', 'Ⅱ', 'Ⅲ', 'Ⅳ', '?'])
    expect(new Set(looks.map((look) => look.pattern)).size).toBe(looks.length)
  })

  it('[WA11] sets numerals off from their colour', () => {
    for (const rank of [1, 2, 3, 4]) {
      const { colour, ink } = lookOf(LEGAL_SCHEME, rank)
      const [a, b] = [luminance(colour), luminance(ink)].sort((x, y) => y - x)
      expect(((a ?? 0) + 0.05) / ((b ?? 0) + 0.05)).toBeGreaterThan(3)
    }
  })

  it('[WA11] draws Roman numerals and leaves others to type', () => {
    expect(numeralOf('Ⅳ')).toEqual(numeralOf('IV'))
    expect(numeralOf('Ⅲ')?.width).toBeGreaterThan(numeralOf('Ⅰ')?.width ?? 9)
    expect(numeralOf('?')).toBeNull()
    expect(numeralOf('')).toBeNull()
  })

  it('[WA11] takes any rank outside a scheme as unknown', () => {
    const lights = { id: 'lights', levels: LEGAL_SCHEME.levels.slice(0, 3) }
    expect(warningRanks(lights)).toEqual([2, 1, UNKNOWN])
    expect(lookOf(lights, 4).id).toBe('unknown')
  })
})

describe('state of the whole', () => {
  const see = (paint: (ranks: Uint8Array) => void) => {
    const ranks = new Uint8Array(city.doc.codes.length)
    paint(ranks)
    return outlook(ranks, cells, city.doc.centres, city.bounds, 4)
  }

  it('[WA12] is clear while all is normal', () => {
    expect(see(() => undefined)).toMatchObject({ sky: 'clear', gravest: 0, cells: 0 })
  })

  it('[WA12] says how much, how grave and where', () => {
    const north = cells.filter((cell) => {
      const [lon, lat] = centreOf(city, cell)
      return lat > 32.112 && Math.abs(lon - 118.9206) < 0.004
    })
    expect(see((ranks) => north.forEach((cell) => (ranks[cell] = 4)))).toEqual({
      sky: 'thunder',
      spread: 'local',
      gravest: 4,
      cells: north.length,
      sector: 'n',
    })
    expect(see((ranks) => ranks.fill(3))).toMatchObject({ sky: 'rain', spread: 'wide', sector: 'all' })
    expect(see((ranks) => (ranks[first] = 1))).toMatchObject({ sky: 'cloud', cells: 1 })
  })

  it('[WA12] calls silence fog, never clear', () => {
    expect(see((ranks) => ranks.fill(UNKNOWN)).sky).toBe('fog')
  })
})

describe('recent changes', () => {
  const stroke = (areas: number[], before: number[]) => ({
    areas: Uint32Array.from(areas),
    before: Uint8Array.from(before),
    whole: false,
  })

  it('[WA13] tells neighbours of one step as one row', () => {
    const [a = 0, b = 0] = cells
    const ranks = new Uint8Array(city.doc.codes.length).fill(2)
    const rows = retell([], stroke([a, b], [1, 1]), ranks, city, 5)
    expect(rows).toEqual([{ at: 5, from: 1, to: 2, area: city.doc.parents[a], cells: 2 }])
  })

  it('[WA13] keeps the newest rows up to a bound', () => {
    const ranks = new Uint8Array(city.doc.codes.length).fill(4)
    let rows: readonly Tidings[] = []
    for (let tick = 1; tick <= KEPT + 5; tick++) rows = retell(rows, stroke([first], [3]), ranks, city, tick)
    expect(rows.length).toBe(KEPT)
    expect(rows[0]?.at).toBe(KEPT + 5)
  })

  it('[WA13] takes no news from a snapshot', () => {
    const ranks = new Uint8Array(city.doc.codes.length).fill(4)
    expect(retell([], { ...stroke([first], [0]), whole: true }, ranks, city, 1)).toEqual([])
  })
})

describe('course of a value', () => {
  it('[WA24] breaks where nothing was heard', () => {
    const at = [0, 10, 20, 30, 100, 110].map((ms) => ({ at: ms, value: 1 }))
    expect(withGaps(at).map((point) => point.value)).toEqual([1, 1, 1, 1, null, 1, 1])
    expect(withGaps([])).toEqual([])
  })

  it('[WA24] leaves out panes without a time', () => {
    const readings = [
      { pane: '2026-11-22T10:00:00Z', value: 3 },
      { pane: 'soon', value: 4 },
    ]
    expect(courseOf({ readings }).map((point) => point.value)).toEqual([3])
  })
})

describe('names on the map', () => {
  const camera = {
    width: 1000,
    height: 1000,
    project: (lon: number, lat: number) => [(lon - 118.87) * 9000, (32.15 - lat) * 9000] as const,
  }
  const own = cells.filter(
    (cell) => city.doc.codes[city.doc.parents[city.doc.parents[cell] ?? 0] ?? 0] === city.doc.codes[1],
  )

  it('[WA14] leaves the middle when it is grave there', () => {
    const ranks = new Uint8Array(city.doc.codes.length)
    const centre = centreOf(city, 1)
    expect(quietSpot(city, 1, own, ranks, camera, [40, 20])).toEqual(centre)
    const hidden = cellAt(city, ...centre)
    ranks[hidden] = 4
    const [x, y] = camera.project(...quietSpot(city, 1, own, ranks, camera, [40, 20]))
    const [hx, hy] = camera.project(...centreOf(city, hidden))
    expect(Math.abs(x - hx) >= 40 || Math.abs(y - hy) >= 20).toBe(true)
  })

  it('[WA14] stays in the middle when all is grave', () => {
    const ranks = new Uint8Array(city.doc.codes.length).fill(4)
    expect(quietSpot(city, 1, own, ranks, camera, [40, 20])).toEqual(centreOf(city, 1))
  })
})
