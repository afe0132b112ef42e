import { shuffled } from './city-random.ts'
import type { Names } from './grid-settings.ts'

const FIRST = pairs(
  '松 Song,石 Shi,云 Yun,清 Qing,福 Fu,桂 Gui,枫 Feng,荷 He,兰 Lan,竹 Zhu,梅 Mei,银 Yin,金 Jin,玉 Yu,安 An,和 He,平 Ping,永 Yong,新 Xin,长 Chang,东 Dong,西 Xi,南 Nan,北 Bei,白 Bai,青 Qing,大 Da,龙 Long,凤 Feng,宝 Bao',
)
const LAST = pairs(
  '岭 ling,塘 tang,湖 hu,湾 wan,桥 qiao,园 yuan,坑 keng,溪 xi,洲 zhou,坪 ping,田 tian,林 lin,台 tai,门 men,井 jing,泉 quan,港 gang,坊 fang,岗 gang,围 wei',
)
const LANE_FIRST = pairs(
  '文 Wen,礼 Li,钟 Zhong,鼓 Gu,雨 Yu,灯 Deng,菊 Ju,福 Fu,琉 Liu,槐 Huai,柳 Liu,杏 Xing,枣 Zao,银 Yin,御 Yu,瑞 Rui,祥 Xiang,宁 Ning,景 Jing,桃 Tao,砚 Yan,书 Shu',
)
const LANE_LAST = pairs(
  '里 li,巷 xiang,坊 fang,条 tiao,井 jing,院 yuan,桥 qiao,寺 si,街 jie,园 yuan,楼 lou,阁 ge',
)

/** What stands in a neighbourhood and gives a cell its name. */
const LANDMARKS = pairs(
  '站 Station,广场 Plaza,路口 Junction,小学 School,菜场 Market,公园 Park,北 North,南 South,医院 Clinic,西 West,东 East,书店 Books',
)

/** Reads `松 Song,石 Shi` as names. */
export function pairs(text: string): Names[] {
  return text.split(',').map((pair) => {
    const [zh = '', ...en] = pair.split(' ')
    return { zh, en: en.join(' ') }
  })
}

/** Names of towns and villages that exist nowhere together; no two alike in Chinese. At most 600. */
export function placeNames(count: number, random: () => number): Names[] {
  return combined(FIRST, LAST, count, random)
}

/** Names of lanes in an old town; no two alike in Chinese. At most 264. */
export function laneNames(count: number, random: () => number): Names[] {
  return combined(LANE_FIRST, LANE_LAST, count, random)
}

/** Every first with every last syllable, shuffled: no pair comes twice. */
function combined(
  first: readonly Names[],
  last: readonly Names[],
  count: number,
  random: () => number,
): Names[] {
  const all = first.flatMap((a) => last.map((b) => ({ zh: a.zh + b.zh, en: a.en + b.en })))
  return shuffled(all, random).slice(0, count)
}

/** Names of the cells of one neighbourhood: a few after landmarks, the others numbered. */
export function cellNames(base: Names, count: number, landmarks: number, random: () => number): Names[] {
  const width = String(count).length
  const marks = shuffled(LANDMARKS, random).slice(0, landmarks)
  const at = shuffled([...Array(count).keys()], random)
  const marked = new Map(marks.map((mark, nth) => [at[nth], mark]))
  return Array.from({ length: count }, (_, nth) => {
    const mark = marked.get(nth)
    if (mark !== undefined) return { zh: base.zh + mark.zh, en: `${base.en} ${mark.en}` }
    const number = String(nth + 1).padStart(Math.max(2, width), '0')
    return { zh: `${base.zh} ${number}`, en: `${base.en} ${number}` }
  })
}

/** Remembers the cell names of each neighbourhood, so that they may be asked for one by one. */
export function cellNamer(
  landmarks: number,
  random: () => number,
): (key: string, base: Names, nth: number, most: number) => Names {
  const made = new Map<string, Names[]>()
  return (key, base, nth, most) => {
    const names = made.get(key) ?? cellNames(base, most, landmarks, random)
    made.set(key, names)
    return names[nth] ?? base
  }
}
