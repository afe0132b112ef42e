import type { Alert } from '../core/alert.ts'
import { areaText } from '../core/alert-text.ts'
import { levelId } from '../core/level.ts'
import type { Plan } from '../core/plan.ts'
import { isoOf } from '../core/time.ts'
import type { Letter } from '../ports.ts'

/** An alert as programs are told of it. */
interface AlertDocument {
  readonly id: string
  readonly number: number
  readonly category: string
  readonly headline: string
  readonly exercise: boolean
  readonly level: string
  readonly rank: number
  readonly state: string
  readonly raised: string
  readonly ended: string | null
  readonly closed: string | null
  readonly area: { readonly code: string; readonly name: { readonly zh: string; readonly en: string } }
  /** Areas touched. */
  readonly count: number
  readonly unit: string
  readonly worst: {
    readonly area: string
    readonly rule: string
    readonly value: number | null
    readonly limit: number | null
  }
  readonly due: { readonly duty: string; readonly at: string; readonly overdue: boolean } | null
}

/** A notice as webhooks and topics carry it (JSON). `id` is the same in every repetition: receivers know by it what they had. */
export interface NoticeDocument {
  readonly version: 1
  readonly id: string
  readonly at: string
  readonly occasion: string
  /** Id under which the operator registered the person. */
  readonly person: string
  readonly why: string
  readonly subject: string
  readonly text: string
  readonly link: string
  readonly alerts: readonly AlertDocument[]
}

const whenOf = (at: number | null) => (at === null ? null : isoOf(at))

function alertDocument(alert: Alert, plan: Plan): AlertDocument {
  const { grid, scheme } = plan
  const [due] = alert.deadlines
  return {
    id: alert.id,
    number: alert.number,
    category: alert.category,
    headline: alert.headline,
    exercise: alert.exercise,
    level: levelId(scheme, alert.rank),
    rank: alert.rank,
    state: alert.state,
    raised: isoOf(alert.raised),
    ended: whenOf(alert.ended),
    closed: whenOf(alert.closed),
    area: {
      code: grid.codes[alert.area] ?? '',
      name: { zh: areaText(plan, alert.area, 'zh'), en: areaText(plan, alert.area, 'en') },
    },
    count: alert.areas.length,
    unit: alert.unit,
    worst: { ...alert.worst, area: grid.codes[alert.worst.area] ?? '' },
    due: due === undefined ? null : { duty: due.duty, at: isoOf(due.due), overdue: due.overdue },
  }
}

/** The document of a letter; nobody but the person it goes to is named in it. */
export function noticeDocument(
  { notice, person, alerts, subject, body, link }: Letter,
  plan: Plan,
): NoticeDocument {
  return {
    version: 1,
    id: notice.id,
    at: isoOf(notice.at),
    occasion: notice.occasion,
    person: person.id,
    why: notice.why,
    subject,
    text: body,
    link,
    alerts: alerts.map((alert) => alertDocument(alert, plan)),
  }
}
