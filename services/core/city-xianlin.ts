import { cityText } from './city-build.ts'
import { layLattice, type Hill } from './city-lattice.ts'
import { cellNamer, pairs } from './city-names.ts'
import { seeded } from './city-random.ts'
import type { Names } from './grid-settings.ts'
import type { Position } from './grid-shape.ts'

/** Neighbourhoods, their place in metres from the centre, and names for their second-level grids. */
const NEIGHBOURHOODS: readonly { name: Names; at: Position; grids: readonly Names[] }[] = [
  {
    name: { zh: '文澜路', en: 'Wenlan Road' },
    at: [-950, 950],
    grids: pairs(
      '文澜北 Wenlan North,文澜南 Wenlan South,学海路 Xuehai Rd,仙境路 Xianjing Rd,杉湖路 Shanhu Rd,文苑路 Wenyuan Rd,九乡河 Jiuxiang River,学则路 Xueze Rd,文枢路 Wenshu Rd,齐民路 Qimin Rd,桂山路 Guishan Rd,元化路 Yuanhua Rd',
    ),
  },
  {
    name: { zh: '仙林大学城', en: 'Xianlin Campus' },
    at: [150, 350],
    grids: pairs(
      '大成名店 Dacheng,仙林湖 Xianlin Lake,学府 Xuefu,知行路 Zhixing Rd,敏学路 Minxue Rd,致远路 Zhiyuan Rd,书香里 Shuxiang,仙隐路 Xianyin Rd,博学苑 Boxue,听泉路 Tingquan Rd,明德里 Mingde,星河路 Xinghe Rd',
    ),
  },
  {
    name: { zh: '亚东新城', en: 'Yadong' },
    at: [1150, 750],
    grids: pairs(
      '亚东广场 Yadong Plaza,亚东花园 Yadong Garden,东城汇 Dongcheng Mall,新城路 Xincheng Rd,赛虹里 Saihong,康桥 Kangqiao,香樟园 Xiangzhang,青枫里 Qingfeng,云锦路 Yunjin Rd,和悦里 Heyue,望山路 Wangshan Rd,平澜里 Pinglan',
    ),
  },
  {
    name: { zh: '仙鹤门', en: 'Xianhemen' },
    at: [-1050, -500],
    grids: pairs(
      '鹤鸣路 Heming Rd,仙鹤里 Xianhe,门东 Mendong,门西 Menxi,白鹭洲 Bailu,石城路 Shicheng Rd,马群里 Maqun,松涛苑 Songtao,梅园 Meiyuan,古驿路 Guyi Rd,沧波里 Cangbo,银杏坊 Yinxing',
    ),
  },
  {
    name: { zh: '羊山公园', en: 'Yangshan Park' },
    at: [50, -850],
    grids: pairs(
      '羊山北 Yangshan North,羊山湖 Yangshan Lake,湖滨路 Hubin Rd,芦荡 Ludang,栖园 Qiyuan,月牙湾 Yueya Bay,环湖路 Huanhu Rd,枫桥里 Fengqiao,草场坡 Caochang,南麓 Nanlu,兰溪 Lanxi,荷风苑 Hefeng',
    ),
  },
  {
    name: { zh: '灵山', en: 'Lingshan' },
    at: [1150, -600],
    grids: pairs(
      '灵山北麓 Lingshan North,灵山南麓 Lingshan South,灵泉 Lingquan,青龙岗 Qinglong Ridge,采石路 Caishi Rd,竹海里 Zhuhai,观星台 Guanxing,果园路 Guoyuan Rd,松林岗 Songlin Ridge,泉水沟 Quanshui,东坡里 Dongpo,云台 Yuntai',
    ),
  },
]

/** Lobes of the outline; lower and smaller ones make its notches. */
const HILLS: readonly Hill[] = [
  { at: [-950, 750], radius: [800, 700], height: 1 },
  { at: [850, 750], radius: [850, 650], height: 1 },
  { at: [-1150, -450], radius: [700, 600], height: 0.9 },
  { at: [1350, -350], radius: [700, 650], height: 0.85 },
  { at: [0, 0], radius: [900, 700], height: 0.75 },
  { at: [350, 1500], radius: [600, 400], height: 0.5 },
  { at: [-450, -1250], radius: [450, 500], height: 0.5 },
  { at: [850, -1150], radius: [550, 450], height: 0.45 },
]

/** Xianlin, a street of Nanjing in four levels: 1 street, 6 first-level, 46 second-level grids and 1,156 cells of 100 m. */
export function xianlin(): string {
  const random = seeded(118_321)
  const namer = cellNamer(4, random)
  return cityText({
    city: 'xianlin',
    name: { zh: '仙林街道', en: 'Xianlin' },
    zone: 'Asia/Shanghai',
    code: '320113010',
    unit: '仙林街道网格化服务管理中心',
    levels: [
      { id: 'street', name: { zh: '街道', en: 'Street' }, count: 1, digits: 0 },
      { id: 'grid1', name: { zh: '一级网格', en: 'First-level grid' }, count: 6, digits: 2 },
      { id: 'grid2', name: { zh: '二级网格', en: 'Second-level grid' }, count: 46, digits: 2 },
      { id: 'cell', name: { zh: '三级网格', en: 'Third-level grid' }, count: 1156, digits: 3 },
    ],
    partitionLevel: 'grid2',
    seeds: NEIGHBOURHOODS.map(({ at }) => at),
    random,
    plots: layLattice({
      centre: [118.91, 32.1],
      cells: 1156,
      cell: [100, 100],
      form: 'square',
      stray: 0,
      hills: HILLS,
      random,
    }),
    nameOf: ([first = 0, second, third], siblings) => {
      const hood = NEIGHBOURHOODS[first]
      if (hood === undefined) return { name: { zh: '', en: '' }, unit: '' }
      const unit = `${hood.name.zh}网格站`
      const grid = hood.grids[second ?? -1]
      if (second === undefined || grid === undefined) return { name: hood.name, unit }
      return {
        name: third === undefined ? grid : namer(`${first} ${second}`, grid, third, siblings),
        unit: '',
      }
    },
  })
}
