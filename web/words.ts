import type { Reason } from '../services/core/change.ts'
import type { Lang } from './format.ts'

/** Every sentence of the wall in both languages; `{name}` is filled in. */
export const WORDS = {
  cells: { zh: '{n} 格', en: '{n} cells' },
  demo: { zh: '演示数据 Demo', en: 'Demo data 演示' },
  serious: { zh: '最严重', en: 'Most serious' },
  seriousHint: { zh: '当前／限值', en: 'Value / limit' },
  more: { zh: '另有 {n} 处', en: '{n} more' },
  sinceAt: { zh: '自 {t}', en: 'since {t}' },
  limit: { zh: '限 {v}', en: 'limit {v}' },
  noLimit: { zh: '无限值', en: 'no limit' },
  lastHour: { zh: '近一小时', en: 'last hour' },
  nowMark: { zh: '现在', en: 'now' },
  why: { zh: '为什么', en: 'Why' },
  whyWorst: { zh: '最严重处 · 为什么', en: 'Worst place · why' },
  whyNormal: { zh: '此格正常：没有规则越限。', en: 'Normal here: no rule is beyond its limit.' },
  whyLoading: { zh: '正在取原因……', en: 'Fetching the reason …' },
  whyFailed: { zh: '原因取不到：{why}', en: 'The reason cannot be had: {why}' },
  whyNone: {
    zh: '点选任意网格，看它为何是这个颜色。',
    en: 'Choose a cell to see why it has its colour.',
  },
  whyValue: { zh: '当前', en: 'Value' },
  whyLimit: { zh: '限值', en: 'Limit' },
  whySince: { zh: '起始', en: 'Since' },
  whyEvidence: { zh: '{n} 次观测 · {s} 个来源', en: '{n} observations · {s} sources' },
  whyEvidenceOne: { zh: '{n} 次观测 · 1 个来源', en: '{n} observations · 1 source' },
  whyFrom: { zh: '依据', en: 'Seen by' },
  whyClears: { zh: '解除条件', en: 'To clear' },
  whyRule: { zh: '规则 {r} · 版本 {v}', en: 'Rule {r} · version {v}' },
  whyUnit: { zh: '责任单位 {u}', en: 'Responsible: {u}' },
  alerts: { zh: '告警', en: 'Alerts' },
  alertsLeft: { zh: '剩余时间', en: 'Time left' },
  alertsNone: { zh: '没有未关闭的告警。', en: 'No open alerts.' },
  alertsMore: { zh: '另有 {n} 条', en: '{n} more' },
  alertsOverdue: { zh: '{n} 条超时', en: '{n} overdue' },
  alertPlace: { zh: '{area}{what}', en: '{what}, {area}' },
  alertOver: { zh: '已超 {t}', en: 'over {t}' },
  alertEnded: { zh: '已自行解除，待关闭', en: 'ended, not yet closed' },
  alertMuted: { zh: '静默', en: 'muted' },
  alertCame: { zh: '到场 {n}/{m}', en: '{n} of {m} came' },
  exercise: { zh: '演练', en: 'Exercise' },
  stateRaised: { zh: '待确认', en: 'not acknowledged' },
  stateAcknowledged: { zh: '已确认，待派遣', en: 'acknowledged' },
  stateDispatched: { zh: '已派遣，处置中', en: 'dispatched' },
  stateHandled: { zh: '已处置，待核查', en: 'handled, to be verified' },
  stateVerified: { zh: '已核查，待关闭', en: 'verified, to be closed' },
  stateClosed: { zh: '已关闭', en: 'closed' },
  changes: { zh: '最近变化', en: 'Recent changes' },
  changesNone: { zh: '连接以来没有变化。', en: 'No change since this wall connected.' },
  cellsAt: { zh: '{area} · {n} 格', en: '{area} · {n} cells' },
  calls: { zh: '事件 · 近一小时', en: 'Occurrences · last hour' },
  callsNone: { zh: '近一小时没有来电或事件。', en: 'No calls or events in the last hour.' },
  age: { zh: '数据龄期', en: 'Data age' },
  latency: { zh: '事件到屏 p99', en: 'Event to wall p99' },
  sources: { zh: '来源在线', en: 'Sources alive' },
  observations: { zh: '已收观测', en: 'Observations' },
  dropped: { zh: '迟到／重复／拒收', en: 'Late / dupl. / refused' },
  mode: { zh: '画面', en: 'Picture' },
  live: { zh: '实时', en: 'Live' },
  stoppedMark: { zh: '停滞', en: 'Stopped' },
  cutMark: { zh: '断开', en: 'Cut off' },
  waitingMark: { zh: '等待', en: 'Waiting' },
  historyNone: {
    zh: '等级的走势会在这里积累，每五分钟一列。',
    en: 'Levels over time gather here, one column every five minutes.',
  },
  trendNone: { zh: '这一小时还没有读数。', en: 'No readings in this hour yet.' },
  trendFailed: { zh: '读数取不到：{why}', en: 'Readings cannot be had: {why}' },
  calmList: {
    zh: '没有超过限值的地方。\n出现预警时，最严重的排在这里。',
    en: 'Nothing is beyond its limit.\nWarnings are listed here, worst first.',
  },
  loadingList: { zh: '等待第一份汇总……', en: 'Waiting for the first summary …' },
  connecting: { zh: '正在连接服务……', en: 'Connecting to the server …' },
  loadingGrid: { zh: '正在取网格……', en: 'Fetching the grid …' },
  gridFailed: {
    zh: '网格取不到：{why}。{s} 后重试。',
    en: 'The grid cannot be had: {why}. Next try in {s}.',
  },
  waitingPicture: { zh: '已连接，等待第一幅画面……', en: 'Connected, waiting for the first picture …' },
  cutBanner: { zh: '连接中断 · 画面停在 {t}（{d}前）', en: 'Connection lost · picture of {t}, {d} ago' },
  cutNever: {
    zh: '连不上服务。请确认它已启动、网络可达。',
    en: 'The server cannot be reached. See that it runs and the network is up.',
  },
  cutNext: { zh: '第 {n} 次重连', en: 'reconnecting, try {n}' },
  stoppedBanner: { zh: '数据停滞 · 画面停在 {t}（{d}前）', en: 'Data has stopped · picture of {t}, {d} ago' },
  stoppedNext: { zh: '连接正常，但没有新的时刻到来', en: 'connected, but no new tick arrives' },
  refused: { zh: '服务拒绝：{why}', en: 'The server refuses: {why}' },
  missingAt: { zh: '{areas}自 {t} 起无消息', en: 'No news from {areas} since {t}' },
  missingFrom: { zh: '{areas}最早自 {t} 起无消息', en: 'No news from {areas}, the longest since {t}' },
  missingYet: { zh: '{areas}尚无消息', en: 'No news yet from {areas}' },
  missingAlso: { zh: '{areas}等 {n} 处', en: '{areas} and {n} more' },
  missingAnd: { zh: '、', en: ' and ' },
  missingRest: { zh: '网纹下为当时情况，其余照常更新', en: 'under the net as it was then; all else is live' },
  missingParts: { zh: '{m}/{n} 分区在线', en: '{m} of {n} parts' },
  missingAbove: { zh: '汇总等级截至 {t}', en: 'levels of the whole as of {t}' },
  missingAboveYet: { zh: '尚无汇总等级', en: 'no levels of the whole yet' },
  missingMark: { zh: '无消息', en: 'No news' },
  missingHere: {
    zh: '此处自 {t} 起无消息，以下为当时情况。',
    en: 'No news from here since {t}; this is how it was.',
  },
  missingHereYet: { zh: '此处尚无消息。', en: 'No news from here yet.' },
  elsewhere: { zh: '其余：{what}', en: 'elsewhere {what}' },
  asOf: { zh: '截至 {t}', en: 'as of {t}' },
  parts: { zh: '分区在线', en: 'Parts live' },
  tableVeiled: { zh: '{n} 格无消息。', en: 'No news from {n} cells.' },
  tableNote: {
    zh: '此屏没有 WebGL，以表格代替地图。',
    en: 'No WebGL here: a table stands in for the map.',
  },
  tableNormal: { zh: '其余 {n} 格正常。', en: 'The other {n} cells are normal.' },
  tableAll: { zh: '全部 {n} 格正常。', en: 'All {n} cells are normal.' },
  mapLost: { zh: '图形上下文丢失，正在重建……', en: 'The graphics context was lost; rebuilding …' },
  legend: { zh: '图例', en: 'Legend' },
  legendNormal: { zh: '正常：不着色', en: 'Normal: no colour' },
  help: { zh: '按键', en: 'Keys' },
  helpKeys: { zh: '本帮助', en: 'this help' },
  helpFull: { zh: '全屏', en: 'full screen' },
  helpLegend: { zh: '图例', en: 'legend' },
  helpFind: { zh: '查找区域', en: 'find an area' },
  helpLang: { zh: '中文／英文', en: 'Chinese / English' },
  helpTheme: { zh: '深色／浅色', en: 'dark / light' },
  helpHome: { zh: '全城视图', en: 'whole city' },
  helpTable: { zh: '表格／地图', en: 'table / map' },
  analyst: { zh: '分析台：回放与推演 →', en: 'Analyst’s page: replay and rehearse →' },
  helpEsc: { zh: '取消选择', en: 'choose nothing' },
  find: { zh: '区域名称或编码', en: 'Name or code of an area' },
  findNone: { zh: '没有这样的区域。', en: 'There is no such area.' },
  allCalm: { zh: '没有预警', en: 'no warnings' },
  foggy: { zh: '大量来源失联', en: 'many sources are silent' },
  outlookOf: { zh: '{where}{n} 格{level}', en: '{n} cells {level} {where}' },
  outlookOne: { zh: '{where}1 格{level}', en: '1 cell {level} {where}' },
  close: { zh: '关闭', en: 'Close' },
  crashed: { zh: '画面出错：{why}。刷新可恢复。', en: 'The wall failed: {why}. Reload to recover.' },
} as const satisfies Readonly<Record<string, Readonly<Record<Lang, string>>>>

/** Skies by spread. */
export const SKY = {
  clear: { local: { zh: '晴', en: 'Clear' } },
  fog: { local: { zh: '有雾', en: 'Fog' } },
  cloud: {
    local: { zh: '局部多云', en: 'Partly cloudy' },
    scattered: { zh: '多云', en: 'Cloudy' },
    wide: { zh: '阴', en: 'Overcast' },
  },
  shower: {
    local: { zh: '局部阵雨', en: 'Local showers' },
    scattered: { zh: '多处阵雨', en: 'Scattered showers' },
    wide: { zh: '全域阵雨', en: 'Widespread showers' },
  },
  rain: {
    local: { zh: '局部大雨', en: 'Local heavy rain' },
    scattered: { zh: '多处大雨', en: 'Scattered heavy rain' },
    wide: { zh: '全域大雨', en: 'Widespread heavy rain' },
  },
  thunder: {
    local: { zh: '局部雷雨', en: 'Local thunderstorms' },
    scattered: { zh: '多处雷雨', en: 'Scattered thunderstorms' },
    wide: { zh: '全域雷雨', en: 'Widespread thunderstorms' },
  },
} as const

/** Compass sectors as they stand in the sentence at the top. */
export const SECTOR = {
  c: { zh: '中部 ', en: 'in the centre' },
  n: { zh: '北部 ', en: 'in the north' },
  ne: { zh: '东北部 ', en: 'in the north-east' },
  e: { zh: '东部 ', en: 'in the east' },
  se: { zh: '东南部 ', en: 'in the south-east' },
  s: { zh: '南部 ', en: 'in the south' },
  sw: { zh: '西南部 ', en: 'in the south-west' },
  w: { zh: '西部 ', en: 'in the west' },
  nw: { zh: '西北部 ', en: 'in the north-west' },
  many: { zh: '多处共 ', en: 'in many places' },
  all: { zh: '全域共 ', en: 'across the city' },
} as const

/** The sentence an officer reads for each reason of a level. */
export const REASON: Readonly<Record<Reason, Readonly<Record<Lang, string>>>> = {
  'within-limits': { zh: '在限值以内', en: 'within limits' },
  'above-limit': { zh: '高于限值', en: 'above the limit' },
  'below-limit': { zh: '低于限值', en: 'below the limit' },
  'held-by-deadband': { zh: '刚回落，尚未越过回差', en: 'just back, still inside the deadband' },
  'held-by-on-delay': { zh: '刚越限，等待确认', en: 'beyond the limit, waiting to be sure' },
  'held-by-off-delay': { zh: '已回落，等待稳定', en: 'back, waiting to stay so' },
  'n-of-m-not-met': { zh: '越限次数不足', en: 'beyond the limit too seldom' },
  'insufficient-samples': { zh: '观测次数不足', en: 'too few observations' },
  'insufficient-sources': { zh: '来源不足', en: 'too few sources' },
  'capped-single-source': { zh: '仅单一来源，等级封顶', en: 'one source only, so capped' },
  'out-of-schedule': { zh: '不在规则时段', en: 'outside the hours of its rule' },
  'no-data': { zh: '失联，无数据', en: 'silent, no data' },
  'no-source': { zh: '没有来源', en: 'no source' },
  'worst-child': { zh: '取下级最严重者', en: 'as its worst part' },
  'share-of-children': { zh: '按下级占比', en: 'by the share of its parts' },
}

/** A key of {@link WORDS}. */
export type Word = keyof typeof WORDS

/** Sets `{name}` parts into a sentence. */
export function fill(sentence: string, parts: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(parts[name] ?? whole))
}

/** A word in a language. */
export function say(word: Word, lang: Lang, parts: Readonly<Record<string, string | number>> = {}): string {
  return fill(WORDS[word][lang], parts)
}
