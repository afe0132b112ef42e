import type { Alert, Deadline, Duty } from './alert.ts'
import type { AlertPolicy } from './alert-policy.ts'
import {
  areaText,
  DUTIES,
  EXERCISE,
  levelText,
  matterText,
  placeText,
  STATES,
  timeText,
  valueText,
  type Language,
} from './alert-text.ts'
import type { Notice, Occasion } from './notice.ts'
import type { Plan } from './plan.ts'

/** What a person reads. */
export interface LetterText {
  /** One line of at most 120 characters: what a phone shows while it is locked. */
  readonly subject: string
  /** At most 2,000 characters, in lines. */
  readonly body: string
}

type Words = Readonly<Record<Language, string>>

const MOST_SUBJECT = 120
const MOST_BODY = 2_000
/** Alerts that a digest names; the others are counted. */
const MOST_LINES = 20

const OCCASIONS: Readonly<Record<Occasion, Words>> = {
  raised: { zh: '新警情', en: 'new alert' },
  graver: { zh: '升级', en: 'graver' },
  eased: { zh: '降级', en: 'eased' },
  ended: { zh: '现象已消失，未关闭', en: 'ended, not yet closed' },
  escalated: { zh: '无人确认，转到您', en: 'nobody acknowledged, now yours' },
  warning: { zh: '即将超时', en: 'time runs out' },
  overdue: { zh: '已超时', en: 'overdue' },
  dispatched: { zh: '派给您', en: 'dispatched to you' },
  whistle: { zh: '吹哨，请报到', en: 'whistle, report in' },
  repeat: { zh: '仍无人确认', en: 'still not acknowledged' },
  reopened: { zh: '重新打开', en: 'reopened' },
  handled: { zh: '已处置，待核查', en: 'handled, to be verified' },
  closed: { zh: '已关闭', en: 'closed' },
  digest: { zh: '汇总', en: 'digest' },
}

/** The duty that an occasion asks of its reader; the rest ask nothing. */
const ASKED: Partial<Readonly<Record<Occasion, Duty>>> = {
  raised: 'acknowledge',
  escalated: 'acknowledge',
  repeat: 'acknowledge',
  reopened: 'acknowledge',
  dispatched: 'handle',
  whistle: 'report-in',
  handled: 'verify',
}

/** Why somebody is told, by the word before the colon of `Notice.why`. */
const WHYS: Readonly<Record<string, Words>> = {
  duty: { zh: '您正在值班', en: 'you are on duty' },
  dispatched: { zh: '已派遣给您或您的单位', en: 'it was dispatched to you or your unit' },
  whistle: { zh: '您的单位被吹哨', en: 'your unit was called by whistle' },
  raiser: { zh: '由您上报', en: 'you raised it' },
  subscription: { zh: '您订阅了此类警情', en: 'you subscribed to it' },
  role: { zh: '您的岗位默认接收', en: 'your role is told of it' },
}
const BY_DEFAULT: Words = {
  zh: '值班表上无人，您是指定的默认联系人',
  en: 'nobody stands on the roster and you are the named default',
}
const AT_LAST: Words = {
  zh: '值班人员均未接报，您是指定的默认联系人',
  en: 'nobody on duty took it and you are the named default',
}

const cut = (text: string, most: number) => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()

/**
 * A notice in words, in the person's language and the city's time: what, where, how grave, since when, value against limit, what is
 * asked by when, and why this person is told. Drills say so first. `alerts` are those of the notice that still stand.
 */
export function render(
  notice: Notice,
  alerts: readonly Alert[],
  language: Language,
  plan: Plan,
  policy: AlertPolicy,
): LetterText {
  const [first] = alerts
  const text =
    notice.occasion === 'digest' || first === undefined
      ? digest(notice, alerts, language, plan, policy)
      : single(notice, first, language, plan, policy)
  return { subject: cut(oneLine(text.subject), MOST_SUBJECT), body: cut(text.body, MOST_BODY) }
}

function single(
  notice: Notice,
  alert: Alert,
  language: Language,
  plan: Plan,
  policy: AlertPolicy,
): LetterText {
  const zh = language === 'zh'
  const { zone } = plan.grid
  const level = levelText(plan.scheme, alert.rank > 0 ? alert.rank : alert.peak, language)
  const matter = matterText(alert, policy, language)
  const subject = `${markOf(alert, policy)}${level} ${matter} ${areaText(plan, alert.area, language)}${zh ? '：' : ': '}${OCCASIONS[notice.occasion][language]}`
  const line = (head: string, text: string) => (text === '' ? [] : [`${head}${zh ? '：' : ': '}${text}`])
  const body = [
    subject,
    ...line(zh ? '地点' : 'Where', placeText(plan, alert.area, alert.areas, language)),
    ...line(zh ? '起始' : 'Since', timeText(zone, alert.raised, notice.at, language)),
    ...line(zh ? '实测' : 'Measured', valueText(plan, alert.worst, language)),
    ...line(zh ? '状态' : 'State', standing(alert, notice, language, zone)),
    ...line(zh ? '要求' : 'Asked', asked(notice, alert, language, zone)),
    ...line(zh ? '缘由' : 'Because', because(notice, alert, language)),
  ]
  return { subject, body: body.join('\n') }
}

const markOf = (alert: Alert, policy: AlertPolicy) => (alert.exercise || policy.exercise ? EXERCISE : '')

function standing(alert: Alert, notice: Notice, language: Language, zone: string): string {
  const state = STATES[alert.state][language]
  if (alert.ended === null) return state
  const when = timeText(zone, alert.ended, notice.at, language)
  return language === 'zh' ? `${state}，现象 ${when} 消失` : `${state}, condition ended ${when}`
}

/** The clock that the notice is about: of the duty it asks, or the one that ran out or is about to. */
function clockOf({ occasion }: Notice, { deadlines }: Alert): Deadline | undefined {
  if (occasion === 'overdue') return deadlines.find(({ overdue }) => overdue)
  if (occasion === 'warning') return deadlines.find(({ warned, overdue }) => warned && !overdue)
  return deadlines.find(({ duty }) => duty === ASKED[occasion])
}

function asked(notice: Notice, alert: Alert, language: Language, zone: string): string {
  const clock = clockOf(notice, alert)
  const duty = clock?.duty ?? ASKED[notice.occasion]
  if (duty === undefined) return language === 'zh' ? '仅供知悉' : 'nothing, for your information'
  const word = DUTIES[duty][language]
  if (clock === undefined) return language === 'zh' ? `请${word}` : `please ${word}`
  const when = timeText(zone, clock.due, notice.at, language)
  if (clock.due <= notice.at)
    return language === 'zh' ? `请立即${word}（期限 ${when}）` : `${word} at once (was due ${when})`
  return language === 'zh' ? `请在 ${when} 前${word}` : `please ${word} by ${when}`
}

function because({ why, person }: Notice, alert: Alert, language: Language): string {
  const reason = why.split(':', 1)[0] ?? ''
  if (reason !== 'duty') return WHYS[reason]?.[language] ?? why
  if (alert.byDefault) return BY_DEFAULT[language]
  const isLast = alert.record.some(
    ({ what, comment }) => what === 'escalate' && comment === `default:${person}`,
  )
  return (isLast ? AT_LAST : WHYS['duty'])?.[language] ?? why
}

/** Gravest first, then oldest. A digest is a drill only where all of it is. */
function digest(
  notice: Notice,
  alerts: readonly Alert[],
  language: Language,
  plan: Plan,
  policy: AlertPolicy,
): LetterText {
  const zh = language === 'zh'
  const sorted = [...alerts].sort(
    (a, b) => b.rank - a.rank || a.raised - b.raised || (a.id < b.id ? -1 : Number(a.id > b.id)),
  )
  const [gravest] = sorted
  const drill = sorted.length > 0 && sorted.every((alert) => markOf(alert, policy) !== '') ? EXERCISE : ''
  const count = notice.alerts.length
  const level = gravest === undefined ? '' : levelText(plan.scheme, gravest.rank, language)
  const worst = level === '' ? '' : zh ? `，最高${level}` : `, gravest ${level}`
  const plural = count === 1 ? '' : 's'
  const subject = zh
    ? `${drill}汇总：${count}件警情${worst}`
    : `${drill}Digest: ${count} alert${plural}${worst}`
  const lines = sorted.slice(0, MOST_LINES).map((alert) => {
    const mark = drill === '' ? markOf(alert, policy) : ''
    const since = timeText(plan.grid.zone, alert.raised, notice.at, language)
    const where = areaText(plan, alert.area, language)
    return `${mark}${levelText(plan.scheme, alert.rank, language)} ${matterText(alert, policy, language)} ${where} ${STATES[alert.state][language]} ${since}`
  })
  const more = count - lines.length
  if (more > 0) lines.push(zh ? `另有${more}件，见工作台` : `and ${more} more, see the desk`)
  return { subject, body: [subject, ...lines].join('\n') }
}
