import { cityText } from './city-build.ts'
import { layLattice, type Hill } from './city-lattice.ts'
import { placeNames } from './city-names.ts'
import { seeded } from './city-random.ts'
import type { Names } from './grid-settings.ts'

/** A long district with a horn in the north-west and one in the north-east. */
const HILLS: readonly Hill[] = [
  { at: [-7_600, -1_300], radius: [3_800, 3_800], height: 1 },
  { at: [-2_900, -3_200], radius: [3_800, 3_600], height: 0.9 },
  { at: [2_100, 600], radius: [4_200, 5_000], height: 1 },
  { at: [7_100, 3_900], radius: [4_200, 4_300], height: 1 },
  { at: [11_300, 7_200], radius: [2_700, 3_100], height: 0.7 },
  { at: [-9_700, 5_200], radius: [2_400, 3_400], height: 0.6 },
  { at: [4_200, -5_800], radius: [2_500, 2_900], height: 0.5 },
]

/** Longgang, a district of Shenzhen: 9 streets, 103 large, 384 full and 3,229 micro grids of irregular outline. */
export function longgang(): string {
  const random = seeded(440_307)
  const names = placeNames(9 + 103, random)
  const plain: Names = { zh: '', en: '' }
  const large = new Map<string, Names>()
  return cityText({
    city: 'longgang',
    name: { zh: '龙岗区', en: 'Longgang' },
    zone: 'Asia/Shanghai',
    code: '440307',
    unit: '龙岗区网格管理中心',
    levels: [
      { id: 'city', name: { zh: '区', en: 'District' }, count: 1, digits: 0 },
      { id: 'street', name: { zh: '街道', en: 'Street' }, count: 9, digits: 3 },
      { id: 'large', name: { zh: '大网格', en: 'Large grid' }, count: 103, digits: 2 },
      { id: 'full', name: { zh: '全科网格', en: 'Full grid' }, count: 384, digits: 2 },
      { id: 'cell', name: { zh: '微网格', en: 'Micro grid' }, count: 3229, digits: 2 },
    ],
    partitionLevel: 'large',
    seeds: [],
    random,
    plots: layLattice({
      centre: [114.25, 22.72],
      cells: 3229,
      cell: [372, 324],
      form: 'hexagon',
      stray: 0.13,
      hills: HILLS,
      random,
    }),
    nameOf: ([street = 0, second, third, fourth]) => {
      const own = names[street] ?? plain
      if (second === undefined) return { name: own, unit: `${own.zh}街道综合网格中心` }
      // Names are given in the order of codes, so a large grid keeps its own below.
      const key = `${street} ${second}`
      const base = large.get(key) ?? names[9 + large.size] ?? plain
      large.set(key, base)
      if (third === undefined) return { name: base, unit: `${base.zh}社区工作站` }
      const number =
        fourth === undefined ? `${third + 1}` : `${third + 1}-${String(fourth + 1).padStart(2, '0')}`
      return { name: { zh: `${base.zh} ${number}`, en: `${base.en} ${number}` }, unit: '' }
    },
  })
}
