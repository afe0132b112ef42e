import type { Alert, Deadline } from './alert.ts'
import { shifted, startClocks } from './alert-deadlines.ts'
import { noted } from './alert-entry.ts'
import { climb, handOver, nextStep } from './alert-ladder.ts'
import type { Office } from './alert-office.ts'
import { boundBy, commandersOf, named, once, type Act, type News } from './alert-people.ts'
import { awaited } from './alert-whistle.ts'

/** When an alert has to be looked at next, if nothing happens to it; Infinity: never. */
export function wakeAt({ shelved, state, stepDue, deadlines }: Alert): number {
  if (shelved !== null) return shelved.until
  const step = state === 'raised' && stepDue !== null ? stepDue : Infinity
  return deadlines
    .filter(({ overdue }) => !overdue)
    .reduce((first, { due, warnAt, warned }) => Math.min(first, warned ? due : warnAt), step)
}

/** What the time of a tick does to an alert: it comes back, warnings go out, clocks run out, the ladder is climbed. */
export function strike(alert: Alert, at: number, office: Office): Act {
  if (alert.shelved !== null && at < alert.shelved.until) return { alert, news: [] }
  const back = alert.shelved === null ? { alert, news: [] } : takenBack(alert, at, office, 'shelve-ended')
  const news = [...back.news]
  let next = back.alert
  for (const deadline of next.deadlines) {
    const struck = strikeClock(next, deadline, at, office)
    next = struck.alert
    news.push(...struck.news)
  }
  if (next.state === 'raised' && next.stepDue !== null && at >= next.stepDue) {
    const { alert: climbed, told } = climb(next, at, office)
    next = climbed
    news.push({ occasion: 'escalated', to: named(told, 'duty'), subscribers: false })
  }
  return { alert: next, news }
}

/** Warns once, marks once as overdue; then people above hear of it, too. */
function strikeClock(alert: Alert, deadline: Deadline, at: number, office: Office): Act {
  const { duty, due, warnAt, warned, overdue } = deadline
  if (overdue || (at < due && (warned || at < warnAt))) return { alert, news: [] }
  const isOver = at >= due
  const deadlines = alert.deadlines.map((each) =>
    each === deadline ? { ...each, warned: true, overdue: isOver } : each,
  )
  const to = boundBy(alert, deadline, at, office)
  if (!isOver) {
    const next = noted({ ...alert, deadlines }, at, 'warn', { comment: duty })
    return { alert: next, news: [{ occasion: 'warning', to, subscribers: false }] }
  }
  let next = noted({ ...alert, deadlines, missed: [...alert.missed, duty] }, at, 'overdue', { comment: duty })
  for (const unit of awaited(alert, deadline)) next = noted(next, at, 'missed', { comment: unit })
  const caller = duty === 'report-in' ? named([alert.whistle?.by ?? ''], 'raiser') : []
  const all = once([...to, ...caller, ...commandersOf(alert, at, office)])
  return { alert: next, news: [{ occasion: 'overdue', to: all, subscribers: false }] }
}

/** An alert that was put aside comes back: its clocks rested meanwhile. `unshelve` has its line already. */
export function unshelved(alert: Alert, at: number, what: 'shelve-ended' | 'unshelve'): Alert {
  const { shelved } = alert
  if (shelved === null) return alert
  const rested = shifted({ ...alert, shelved: null }, at - shelved.at)
  return what === 'unshelve' ? rested : noted(rested, at, what)
}

/** As {@link unshelved}, where nobody takes it: who came on duty since is told. */
export function takenBack(alert: Alert, at: number, office: Office, what: 'shelve-ended' | 'unshelve'): Act {
  return alert.shelved === null ? { alert, news: [] } : relieved(unshelved(alert, at, what), at, office)
}

/** Who came on duty is told of what nobody has acknowledged. */
export function relieved(alert: Alert, at: number, office: Office): Act {
  const isOver = alert.ended !== null && alert.stepDue === null
  if (alert.state !== 'raised' || isOver) return { alert, news: [] }
  const { alert: next, told } = handOver(alert, at, office)
  const news: readonly News[] = [{ occasion: 'escalated', to: named(told, 'duty'), subscribers: false }]
  return { alert: next, news: told.length === 0 ? [] : news }
}

/** Clocks and ladder of an alert whose condition is back, where they had stopped. */
export function resumed(alert: Alert, at: number, { policy }: Office): Alert {
  // What lies aside will be moved on by all the time that it lay there.
  const from = alert.shelved?.at ?? at
  const isRunning = alert.deadlines.some(({ duty }) => duty !== 'report-in')
  const next = isRunning ? alert : startClocks(alert, from, policy)
  const stepDue = next.state === 'raised' ? (next.stepDue ?? nextStep(from, policy)) : null
  return { ...next, stepDue }
}
