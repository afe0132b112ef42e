import type { Alert } from './alert.ts'
import { ANEW, alertIdOf, bornOf } from './alert-birth.ts'
import { resumed, takenBack } from './alert-clocks.ts'
import { hastened, restsWhenOver, startClocks, stopClocks } from './alert-deadlines.ts'
import { noted } from './alert-entry.ts'
import { beginLadder } from './alert-ladder.ts'
import type { Office } from './alert-office.ts'
import { concernedOf, named, type Act, type News } from './alert-people.ts'
import { smallestAround } from './alert-place.ts'
import type { Incident } from './incident.ts'
import type { Actor } from './person.ts'
import { hasMoved, sceneOf } from './scene.ts'

/** An alert begins: its first line, its clocks, and the first on its ladder. */
export function begun(
  alert: Alert,
  at: number,
  office: Office,
  of: { readonly by?: Actor; readonly comment?: string } = {},
): Act {
  const first = noted(alert, at, 'raise', { ...of, scene: sceneOf(office.grid, alert) })
  const { alert: next, told } = beginLadder(startClocks(first, at, office.policy), at, office)
  return { alert: next, news: [{ occasion: 'raised', to: named(told, 'duty'), subscribers: true }] }
}

/** The alert of a new incident; where that split from another, it says from whose. */
export function raisedFor(incident: Incident, at: number, office: Office): Act {
  const of = incident.from === null ? {} : { comment: `from:${alertIdOf(incident.from)}` }
  return begun(bornOf(incident, at, office), at, office, of)
}

/** A closed alert is raised again, by somebody or, without `by`, because its condition is back. */
export function raisedAgain(
  closed: Alert,
  at: number,
  office: Office,
  of: { readonly by?: Actor; readonly comment?: string } = {},
): Act {
  const open: Alert = { ...closed, ...ANEW, since: at, ended: null }
  const first = noted(open, at, 'reopen', { ...of, scene: sceneOf(office.grid, open) })
  const { alert, told } = beginLadder(startClocks(first, at, office.policy), at, office)
  return { alert, news: [{ occasion: 'reopened', to: named(told, 'duty'), subscribers: true }] }
}

/** Whether an incident calls back the alert that was closed on it: it had ended and is back, or it is graver than it was then. */
export function callsBack(incident: Incident, { ended, rank }: Alert): boolean {
  return incident.state === 'active' && (ended !== null || incident.rank > rank)
}

/** An open alert after its incident changed; mergers are {@link mergedInto}. */
export function followed(alert: Alert, incident: Incident, at: number, office: Office): Act {
  if (incident.state === 'active') return kept(alert, incident, at, office)
  const next =
    alert.ended === null ? noted({ ...alert, ended: incident.faded ?? at }, at, 'condition-ended') : alert
  return incident.state === 'fading' ? { alert: next, news: [] } : over(next, at, office)
}

/** The condition is over for good: nothing more has to be begun, and nobody is woken for it. */
function over(alert: Alert, at: number, office: Office): Act {
  const to = concernedOf(alert, at, office)
  const next = restsWhenOver(alert) ? { ...stopClocks(alert), stepDue: null } : alert
  // Nobody is there who could ever close it.
  if (office.isUnmanned) return { alert: closedAt(noted(next, at, 'close'), at), news: [] }
  return { alert: next, news: [{ occasion: 'ended', to, subscribers: true }] }
}

/** The condition stands: where it is now, how grave, and whether it had ended. */
function kept(alert: Alert, incident: Incident, at: number, office: Office): Act {
  if (isAsItWas(alert, incident)) return { alert, news: [] }
  const { grid, policy } = office
  const { areas, number, worst, rank } = incident
  const from = alert.rank
  const peak = Math.max(alert.peak, rank)
  const area = smallestAround(grid, areas)
  const now: Alert = { ...alert, areas, area, number, worst, rank, peak, ended: null }
  const scene = sceneOf(grid, now)
  const isBack = alert.ended !== null
  const back = isBack ? resumed(noted(now, at, 'condition-back', { scene }), at, office) : now
  const news: News[] = []
  if (isMerged(alert))
    news.push({ occasion: 'reopened', to: concernedOf(back, at, office), subscribers: true })
  if (rank === from) {
    const hasGone = !isBack && hasMoved(grid, back, back.record, at)
    return { alert: hasGone ? noted(back, at, 'moved', { scene }) : back, news }
  }
  const isGraver = rank > from
  const severe = noted(back, at, 'severity', { scene })
  // What got graver must not stay aside: it was put there as it was. Its limits are counted from now, so it comes back first.
  const returned = isGraver ? takenBack(severe, at, office, 'shelve-ended') : { alert: severe, news: [] }
  const changed = hastened(returned.alert, at, from, policy)
  const to = concernedOf(changed, at, office)
  news.push({ occasion: isGraver ? 'graver' : 'eased', to, subscribers: true }, ...returned.news)
  return { alert: changed, news }
}

/** Incidents are told for their path alone, too. */
function isAsItWas(alert: Alert, { areas, number, worst, rank }: Incident): boolean {
  const { area, rule, value, limit } = alert.worst
  return (
    alert.ended === null &&
    alert.rank === rank &&
    alert.number === number &&
    area === worst.area &&
    rule === worst.rule &&
    value === worst.value &&
    limit === worst.limit &&
    alert.areas.length === areas.length &&
    alert.areas.every((each, index) => each === areas[index])
  )
}

/** Whether the condition of an alert lives on as part of another. */
export function isMerged({ ended, record }: Alert): boolean {
  const last = record.findLast(({ what }) => what === 'condition-ended' || what === 'merged')
  return ended !== null && last?.what === 'merged' && last.comment.startsWith('into:')
}

/**
 * The incident became part of an older one: its alert is closed into the older alert, unless somebody works on it or has called
 * units; then it stays, and says so.
 */
export function mergedInto(alert: Alert, older: string, at: number, office: Office): Act {
  const joined = noted({ ...alert, ended: alert.ended ?? at }, at, 'merged', { comment: `into:${older}` })
  if (alert.state !== 'raised' || alert.whistle !== null) return over(joined, at, office)
  const to = concernedOf(alert, at, office)
  return { alert: closedAt(joined, at), news: [{ occasion: 'closed', to, subscribers: true }] }
}

/** An alert that is closed: no clock runs, nothing is put aside. */
export function closedAt(alert: Alert, at: number): Alert {
  const ended = { state: 'closed', since: at, closed: at } as const
  return { ...alert, ...ended, deadlines: [], stepDue: null, shelved: null, mutedBy: '' }
}
