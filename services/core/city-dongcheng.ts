import { cityText } from './city-build.ts'
import { layLattice, type Hill } from './city-lattice.ts'
import { cellNamer, laneNames, pairs } from './city-names.ts'
import { seeded } from './city-random.ts'

const STREETS = pairs(
  '和顺里 Heshunli,安泰门 Antaimen,北锣坊 Beiluofang,交泰口 Jiaotaikou,景文山 Jingwenshan,朝晖门 Zhaohuimen,东四坊 Dongsifang,东华桥 Donghuaqiao,建平门 Jianpingmen,崇礼门 Chonglimen',
)

/** A square old town of two by three quarters, with a corner beyond the wall. */
const HILLS: readonly Hill[] = [
  { at: [-1_000, 1_300], radius: [1_200, 1_000], height: 1 },
  { at: [1_000, 1_200], radius: [1_200, 1_000], height: 1 },
  { at: [-1_000, -300], radius: [1_200, 1_000], height: 1 },
  { at: [1_000, -300], radius: [1_200, 1_000], height: 1 },
  { at: [-700, -1_500], radius: [1_100, 700], height: 0.9 },
  { at: [1_000, -1_500], radius: [1_100, 700], height: 0.9 },
  { at: [1_300, 2_200], radius: [700, 400], height: 0.4 },
]

/** Dongcheng, a district of Beijing: 10 streets, 126 communities and 1,539 cells of about 10,000 m²; codes of 15 digits (DB11). */
export function dongcheng(): string {
  const random = seeded(110_101)
  const lanes = laneNames(126, random)
  const namer = cellNamer(2, random)
  const communities = new Map<string, number>()
  return cityText({
    city: 'dongcheng',
    name: { zh: '东城区', en: 'Dongcheng' },
    zone: 'Asia/Shanghai',
    code: '110101',
    unit: '东城区城市管理指挥中心',
    levels: [
      { id: 'city', name: { zh: '区', en: 'District' }, count: 1, digits: 0 },
      { id: 'street', name: { zh: '街道', en: 'Street' }, count: 10, digits: 3 },
      { id: 'community', name: { zh: '社区', en: 'Community' }, count: 126, digits: 3 },
      { id: 'cell', name: { zh: '单元网格', en: 'Unit cell' }, count: 1539, digits: 3 },
    ],
    partitionLevel: 'community',
    seeds: [],
    random,
    plots: layLattice({
      centre: [116.412, 39.928],
      cells: 1539,
      cell: [112, 89.3],
      form: 'brick',
      stray: 0.07,
      hills: HILLS,
      random,
    }),
    nameOf: ([street = 0, second, third], siblings) => {
      const own = STREETS[street] ?? { zh: '', en: '' }
      if (second === undefined) return { name: own, unit: `${own.zh}街道办事处` }
      const key = `${street} ${second}`
      const nth = communities.get(key) ?? communities.size
      communities.set(key, nth)
      const lane = lanes[nth] ?? own
      if (third === undefined) return { name: lane, unit: `${lane.zh}社区居委会` }
      return { name: namer(key, lane, third, siblings), unit: '' }
    },
  })
}
