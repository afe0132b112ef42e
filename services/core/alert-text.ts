import type { Alert, AlertState, Duty } from './alert.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { Rank, Scheme } from './level.ts'
import type { Plan } from './plan.ts'
import { zoneOffset } from './schedule.ts'
import { unitAfter } from './unit.ts'

/** Languages that people are written to in. */
export type Language = 'zh' | 'en'

type Words = Readonly<Record<Language, string>>

/** Stands before everything that is a drill, in both languages for everybody. */
export const EXERCISE = '【演练 Exercise】'

/** Where an alert stands, in words. */
export const STATES: Readonly<Record<AlertState, Words>> = {
  raised: { zh: '待确认', en: 'raised' },
  acknowledged: { zh: '已确认', en: 'acknowledged' },
  dispatched: { zh: '已派遣', en: 'dispatched' },
  handled: { zh: '已处置', en: 'handled' },
  verified: { zh: '已核查', en: 'verified' },
  closed: { zh: '已关闭', en: 'closed' },
}

/** What a duty is called. */
export const DUTIES: Readonly<Record<Duty, Words>> = {
  acknowledge: { zh: '确认', en: 'acknowledge' },
  dispatch: { zh: '派遣', en: 'dispatch' },
  handle: { zh: '处置', en: 'handle' },
  verify: { zh: '核查', en: 'verify' },
  'report-in': { zh: '报到', en: 'report in' },
}

/** A level with its numeral, as `Ⅱ级橙色` or `Ⅱ Orange`: colour is never the only mark. */
export function levelText({ levels }: Scheme, rank: Rank, language: Language): string {
  const level = levels[rank]
  if (level === undefined) return language === 'zh' ? '无数据' : 'Unknown'
  if (level.numeral === '') return level.name[language]
  return language === 'zh' ? `${level.numeral}级${level.name.zh}` : `${level.numeral} ${level.name.en}`
}

/** What a category is called; its id where nobody named it. */
export function categoryText(policy: AlertPolicy, category: string, language: Language): string {
  return policy.categories.get(category)?.name[language] ?? category
}

/** What could begin a line of its own, or turn the direction of the rest. */
// oxlint-disable-next-line no-control-regex
const DISTURBING = /[\s\u0000-\u001f\u007f\u2028-\u202e\u2066-\u2069]+/g

/** What it is about: the text of who raised it by hand, else the category; one line. */
export function matterText(alert: Alert, policy: AlertPolicy, language: Language): string {
  const headline = alert.headline.replace(DISTURBING, ' ').trim()
  return headline === '' ? categoryText(policy, alert.category, language) : headline
}

/** Name of an area of the grid; its number where this grid has none such. */
export function areaText({ grid }: Plan, area: number, language: Language): string {
  return grid.names[area]?.[language] ?? `#${area}`
}

/** The area that answers, and how many areas of which level are touched when they are others: `仙林街道，12个网格`. */
export function placeText(plan: Plan, area: number, areas: readonly number[], language: Language): string {
  const { grid } = plan
  const place = areaText(plan, area, language)
  const [first] = areas
  if (first === undefined || (areas.length === 1 && first === area)) return place
  const kind = grid.levels[grid.depths[first] ?? 0]?.name[language] ?? ''
  if (language === 'zh') return `${place}，${areas.length}个${kind}`
  const word = kind.toLowerCase()
  return `${place}, ${areas.length} ${areas.length === 1 ? word : `${word.replace(/y$/, 'ie')}s`}`
}

const shown = (value: number) => String(Number(value.toPrecision(4)))

/** Value against limit of the gravest area, as `车速 12 km/h，限值 20 km/h`; '' where none is known, as for what was raised by hand. */
export function valueText(
  { rules, indicators }: Plan,
  { rule: id, value, limit }: Alert['worst'],
  language: Language,
): string {
  const rule = rules.rules.find((each) => each.id === id)
  const indicator = indicators.list[indicators.index.get(rule?.indicator ?? '') ?? -1]
  if (indicator === undefined || value === null) return ''
  const unit = unitAfter(indicator.unit, language)
  const measured = `${indicator.name[language]} ${shown(value)}${unit}`
  if (limit === null) return measured
  return language === 'zh'
    ? `${measured}，限值 ${shown(limit)}${unit}`
    : `${measured}, limit ${shown(limit)}${unit}`
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** A time on the clocks of the city's zone, as `08:05`; with the date where it is not the day of `now`. */
export function timeText(zone: string, at: number, now: number, language: Language): string {
  const local = new Date(at + zoneOffset(zone, at)).toISOString()
  const clock = local.slice(11, 16)
  if (new Date(now + zoneOffset(zone, now)).toISOString().slice(0, 10) === local.slice(0, 10)) return clock
  const [month, day] = [Number(local.slice(5, 7)), Number(local.slice(8, 10))]
  return language === 'zh' ? `${month}月${day}日 ${clock}` : `${day} ${MONTHS[month - 1]} ${clock}`
}
