import type { AreasDocument } from '../../services/core/areas.ts'

const STEP = 0.00106
const LAT0 = 32.1
const LON_STEP = STEP / Math.cos((LAT0 * Math.PI) / 180)
const QUARTERS = [
  ['文澜路', 'Wenlan Road'],
  ['大学城', 'University Town'],
  ['亚东新城', 'Yadong New Town'],
  ['仙鹤门', 'Xianhe Gate'],
  ['羊山公园', 'Yangshan Park'],
  ['灵山', 'Lingshan'],
] as const
const CELLS = 1156
const PARTS = 46

type Square = { readonly x: number; readonly y: number; readonly part: number; readonly quarter: number }

/** A roundish blob of exactly 1,156 squares in six quarters and 46 parts. */
function squares(): Square[] {
  const all: { x: number; y: number; d: number }[] = []
  for (let y = -24; y <= 24; y++)
    for (let x = -24; x <= 24; x++) {
      const angle = Math.atan2(y, x)
      const edge = 1 + 0.11 * Math.sin(3 * angle + 0.8) + 0.06 * Math.sin(7 * angle)
      all.push({ x, y, d: Math.hypot(x / 1.12, y) / edge })
    }
  all.sort((a, b) => a.d - b.d || a.x - b.x || a.y - b.y)
  const kept = all.slice(0, CELLS).map(({ x, y }) => {
    const quarter = (x < -6 ? 0 : x < 7 ? 1 : 2) + (y > 0 ? 0 : 3)
    return { x, y, quarter, patch: `${quarter}/${Math.floor(x / 5)}/${Math.floor(y / 5)}` }
  })
  const sizes = new Map<string, number>()
  for (const { patch } of kept) sizes.set(patch, (sizes.get(patch) ?? 0) + 1)
  // The largest patches stay parts of their own; slivers go to the first part of their quarter.
  const names = [...sizes]
    .sort((a, b) => b[1] - a[1])
    .slice(0, PARTS)
    .map(([name]) => name)
    .sort()
  const partOf = (patch: string, quarter: number): number => {
    const own = names.indexOf(patch)
    return own >= 0
      ? own
      : Math.max(
          0,
          names.findIndex((name) => name.startsWith(`${quarter}/`)),
        )
  }
  return kept
    .map(({ x, y, quarter, patch }) => ({ x, y, quarter, part: partOf(patch, quarter) }))
    .sort((a, b) => a.quarter - b.quarter || a.part - b.part || b.y - a.y || a.x - b.x)
}

type Ring = [number, number][]

function at(x: number, y: number): [number, number] {
  return [118.92 + x * LON_STEP, LAT0 + y * STEP]
}

/** Outer lines of a set of squares, chained edge by edge. */
function outline(set: readonly Square[]): Ring[][] {
  const own = new Set(set.map(({ x, y }) => `${x},${y}`))
  const next = new Map<string, [number, number][]>()
  const edge = (from: [number, number], to: [number, number]): void => {
    const key = from.join()
    next.set(key, [...(next.get(key) ?? []), to])
  }
  for (const { x, y } of set) {
    if (!own.has(`${x},${y - 1}`)) edge([x, y], [x + 1, y])
    if (!own.has(`${x + 1},${y}`)) edge([x + 1, y], [x + 1, y + 1])
    if (!own.has(`${x},${y + 1}`)) edge([x + 1, y + 1], [x, y + 1])
    if (!own.has(`${x - 1},${y}`)) edge([x, y + 1], [x, y])
  }
  const rings: Ring[][] = []
  for (const key of next.keys()) {
    let here = key.split(',').map(Number) as [number, number]
    const ring: Ring = []
    for (let to = next.get(here.join())?.shift(); to !== undefined; to = next.get(here.join())?.shift()) {
      ring.push(at(...here))
      here = to
    }
    if (ring.length > 3 && ring[0]) rings.push([[...ring, ring[0]]])
  }
  return rings
}

/** An invented city in the shape of a street of 1,156 grids, as `GET /api/v1/grids/{version}` would tell it. */
export function blobCity(): AreasDocument {
  const all = squares()
  const doc = {
    codes: ['320113011'],
    names: [{ zh: '仙林街道', en: 'Xianlin' }],
    units: ['仙林街道办事处'],
    parents: [-1],
    depths: [0],
    centres: [at(0.5, 0.5)],
    polygons: [outline(all)],
  }
  const add = (
    code: string,
    zh: string,
    en: string,
    parent: number,
    depth: number,
    set: readonly Square[],
  ): number => {
    const x = set.reduce((sum, s) => sum + s.x + 0.5, 0) / set.length
    const y = set.reduce((sum, s) => sum + s.y + 0.5, 0) / set.length
    doc.codes.push(code)
    doc.names.push({ zh, en })
    doc.units.push(depth === 3 ? `${zh.split(' ')[0]}网格站` : '')
    doc.parents.push(parent)
    doc.depths.push(depth)
    doc.centres.push(at(x, y))
    doc.polygons.push(
      depth === 3 && set[0]
        ? [
            [
              [
                at(set[0].x, set[0].y),
                at(set[0].x + 1, set[0].y),
                at(set[0].x + 1, set[0].y + 1),
                at(set[0].x, set[0].y + 1),
                at(set[0].x, set[0].y),
              ],
            ],
          ]
        : outline(set),
    )
    return doc.codes.length - 1
  }
  const two = (n: number): string => String(n + 1).padStart(2, '0')
  const quarters = QUARTERS.map(([zh, en], q) =>
    add(
      `320113011${two(q)}`,
      zh,
      en,
      0,
      1,
      all.filter((s) => s.quarter === q),
    ),
  )
  const parts = [...new Set(all.map((s) => s.part))].map((part, i) => {
    const set = all.filter((s) => s.part === part)
    const quarter = set[0]?.quarter ?? 0
    const [zh, en] = QUARTERS[quarter] ?? QUARTERS[0]
    return {
      part,
      quarter,
      zh,
      en,
      index: add(
        `32011301100${two(i)}`,
        `${zh}${i + 1} 片`,
        `${en} ${i + 1}`,
        quarters[quarter] ?? 0,
        2,
        set,
      ),
    }
  })
  for (const { part, zh, en, index } of parts)
    all
      .filter((s) => s.part === part)
      .forEach((s, i) =>
        add(
          `320113${String(part).padStart(2, '0')}${String(i).padStart(4, '0')}`,
          `${zh} ${two(part)}-${two(i)}`,
          `${en} ${two(part)}-${two(i)}`,
          index,
          3,
          [s],
        ),
      )
  const level = (id: string, zh: string, en: string) => ({ id, name: { zh, en } })
  return {
    grid: '00000000000000aa',
    city: '320113011',
    name: { zh: '仙林街道', en: 'Xianlin' },
    zone: 'Asia/Shanghai',
    levels: [
      level('street', '街道', 'Street'),
      level('large', '一级网格', 'Large grid'),
      level('medium', '二级网格', 'Medium grid'),
      level('cell', '三级网格', 'Cell'),
    ],
    partitionLevel: 1,
    bounds: [118.88, 32.07, 118.96, 32.13],
    ...doc,
  }
}
