import { fill } from './words.ts'
import { lang } from './store.ts'

const WORDS = {
  title: { zh: '民情天气', en: 'Civic weather' },
  day: { zh: '日报', en: 'Day' },
  week: { zh: '周报', en: 'Week' },
  month: { zh: '月报', en: 'Month' },
  before: { zh: '前一期', en: 'Earlier' },
  after: { zh: '后一期', en: 'Later' },
  print: { zh: '打印', en: 'Print' },
  csv: { zh: '下载表格', en: 'Table (CSV)' },
  up: { zh: '上级：{name}', en: 'Up: {name}' },
  below: { zh: '下级区域', en: 'Areas below' },
  loading: { zh: '正在汇总……', en: 'Adding up …' },
  failed: { zh: '报表取不到：{why}', en: 'The report cannot be had: {why}' },
  again: { zh: '再试一次', en: 'Try again' },
  signIn: { zh: '请先登录，再看报表。', en: 'Sign in to see reports.' },
  toSignIn: { zh: '去登录', en: 'Sign in' },
  future: { zh: '这一期还没有开始。', en: 'This span has not begun yet.' },
  soFar: { zh: '截至 {t}', en: 'until {t}' },
  calm: { zh: '晴：全程正常', en: 'Clear: normal throughout' },
  blind: { zh: '雾：这段时间没有等级数据', en: 'Fog: no levels are known of this time' },
  worst: { zh: '{sky}：{level} {d}', en: '{sky}: {level} for {d}' },
  share: { zh: '{p}% 的时间正常', en: 'normal {p}% of the time' },
  shareKnown: { zh: '有数据的时间里 {p}% 正常', en: 'normal {p}% of the time with data' },
  sky1: { zh: '多云', en: 'Cloudy' },
  sky2: { zh: '阵雨', en: 'Showers' },
  sky3: { zh: '大雨', en: 'Rain' },
  sky4: { zh: '雷雨', en: 'Thunderstorm' },
  raised: { zh: '告警', en: 'Alerts raised' },
  closed: { zh: '已关闭', en: 'Closed' },
  open: { zh: '未关闭', en: 'Still open' },
  calls: { zh: '事件与来电', en: 'Calls and events' },
  byHand: { zh: '其中人工 {n}', en: '{n} by hand' },
  exercises: { zh: '另有演练 {n}', en: 'exercises besides: {n}' },
  colours: { zh: '等级走势', en: 'Levels over time' },
  incidents: { zh: '告警分类', en: 'Alerts by category' },
  incidentsNone: { zh: '没有告警。', en: 'No alerts.' },
  callsNone: { zh: '没有来电或事件。', en: 'No calls or events.' },
  times: { zh: '{n} 次', en: '{n}' },
  lasted: { zh: '共 {d}', en: '{d} in all' },
  responses: { zh: '响应时限', en: 'Response against limits' },
  responsesHint: { zh: '按时 / 完成 · 中位用时', en: 'in time / done · median' },
  responsesNone: { zh: '没有到期的时限。', en: 'No deadline fell due.' },
  overdueOpen: { zh: '{n} 项超时未完', en: '{n} overdue, not done' },
  place: { zh: '区域', en: 'Area' },
  unit: { zh: '部门', en: 'Unit' },
  acknowledge: { zh: '确认', en: 'Acknowledge' },
  dispatch: { zh: '派遣', en: 'Dispatch' },
  handle: { zh: '处置', en: 'Handle' },
  verify: { zh: '核查', en: 'Verify' },
  repeats: { zh: '反复发生处', en: 'Places that come again' },
  repeatsNone: { zh: '没有反复发生的地方。', en: 'No place came again.' },
  repeatRow: { zh: '告警 {a} · 事件 {c}', en: 'alerts {a} · calls {c}' },
} as const

/** Every sentence of the report page. */
export type ReportWord = keyof typeof WORDS

/** A word in the language of the page. */
export function tr(word: ReportWord, parts: Readonly<Record<string, string | number>> = {}): string {
  return fill(WORDS[word][lang.value], parts)
}
