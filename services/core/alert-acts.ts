import type { Deed } from './action.ts'
import type { Alert } from './alert.ts'
import { takenBack, unshelved } from './alert-clocks.ts'
import { closedAt, raisedAgain } from './alert-condition.ts'
import { startClocks } from './alert-deadlines.ts'
import { aheadDenial, commentOf, fieldDenial, nameOf, receiverOf, unitsOf } from './alert-deed.ts'
import { noted } from './alert-entry.ts'
import type { Office } from './alert-office.ts'
import {
  commandersOf,
  concernedOf,
  named,
  once,
  sentTo,
  verifiersOf,
  type Act,
  type News,
} from './alert-people.ts'
import { STEPS, denialOf, doneBy, type AlertVerb, type Denial } from './alert-transitions.ts'
import { MOST_CALLED, arrived, blown, newlyCalled } from './alert-whistle.ts'
import type { Actor } from './person.ts'

/** A deed about one alert. */
export type AlertDeed = Extract<Deed, { verb: AlertVerb }>

/** Whether a deed is about one alert, and ours to decide. */
export function isAlertDeed(deed: Deed): deed is AlertDeed {
  return Object.hasOwn(STEPS, deed.verb)
}

/** An act under way: who does it, when, and what they said. */
interface Doing {
  readonly at: number
  readonly by: Actor
  readonly comment: string
  readonly office: Office
  /** Units that the act concerns, where they are not the actor's own. */
  readonly unit?: string
}

/** What a deed makes of an alert, or why it is refused. Rate: per action. */
export function perform(alert: Alert, by: Actor, deed: AlertDeed, at: number, office: Office): Act | Denial {
  const denial = denialOf(deed.verb, alert, by, at, office)
  if (denial !== null) return denial
  const doing: Doing = { at, by, comment: commentOf(deed), office }
  switch (deed.verb) {
    case 'acknowledge':
      return quiet(noted(taken(alert, doing), at, 'acknowledge', doing))
    case 'dispatch':
      return dispatched(alert, deed, doing)
    case 'handle':
      return handled(alert, doing)
    case 'verify':
      return quiet(entered(stamped(alert, 'verify', at), 'verified', 'verify', doing))
    case 'reject':
      return rejected(alert, doing)
    case 'close':
      return closed(alert, doing)
    case 'reopen':
      return raisedAgain(alert, at, office, doing)
    case 'note':
      return doing.comment === ''
        ? fieldDenial('comment', '', 'a few words')
        : quiet(noted(alert, at, 'note', doing))
    case 'shelve':
      return shelved(alert, deed.until, doing)
    case 'unshelve':
      return takenBack(noted(alert, at, 'unshelve', doing), at, office, 'unshelve')
    case 'whistle':
      return whistled(alert, deed, doing)
    case 'report-in':
      return reportedIn(alert, nameOf(deed.unit), doing)
  }
}

const quiet = (alert: Alert): Act => ({ alert, news: [] })

/** The alert with a duty done at `at`. */
function stamped(alert: Alert, duty: keyof Alert['done'], at: number): Alert {
  return { ...alert, done: { ...alert.done, [duty]: at } }
}

/** The alert in a new state, with its line and the clock of that state. */
function entered(alert: Alert, state: Alert['state'], what: AlertVerb, doing: Doing): Alert {
  const next = noted({ ...alert, state, since: doing.at }, doing.at, what, doing)
  return startClocks(next, doing.at, doing.office.policy)
}

/** Somebody has it: the ladder ends, and what was put aside is back at work. */
function taken(alert: Alert, { at, by, office }: Doing): Alert {
  const back = unshelved(alert, at, 'shelve-ended')
  if (back.state !== 'raised') return back
  const next: Alert = { ...stamped(back, 'acknowledge', at), state: 'acknowledged', since: at }
  return startClocks({ ...next, acknowledgedBy: by.person, stepDue: null }, at, office.policy)
}

function dispatched(alert: Alert, deed: Extract<Deed, { verb: 'dispatch' }>, doing: Doing): Act | Denial {
  const { at, office } = doing
  const receiver = receiverOf(deed, office)
  if ('code' in receiver) return receiver
  const { unit, person } = receiver
  if (alert.state === 'dispatched' && alert.unit === unit && alert.person === person)
    return doneBy(alert, 'dispatch')
  const sent = { ...stamped(taken(alert, doing), 'dispatch', at), unit, person }
  const comment = [person, doing.comment].filter((each) => each !== '').join(': ')
  const next = entered(sent, 'dispatched', 'dispatch', { ...doing, unit, comment })
  const to = once(sentTo(next, at, office))
  if (to.length > 0) return { alert: next, news: [{ occasion: 'dispatched', to, subscribers: false }] }
  return unheard(next, [unit], 'dispatched', at, office)
}

function handled(alert: Alert, doing: Doing): Act {
  const { at, by, office } = doing
  const done = { ...stamped(taken(alert, doing), 'handle', at), handledBy: by.person }
  const next = entered(done, 'handled', 'handle', doing)
  return {
    alert: next,
    news: [{ occasion: 'handled', to: verifiersOf(next, at, office), subscribers: false }],
  }
}

function rejected(alert: Alert, doing: Doing): Act {
  const wasSent = alert.unit !== '' || alert.person !== ''
  const undone = { ...alert, handledBy: '', done: { ...alert.done, handle: null } }
  const next = entered(undone, wasSent ? 'dispatched' : 'acknowledged', 'reject', doing)
  const to = wasSent ? sentTo(next, doing.at, doing.office) : named([next.acknowledgedBy], 'duty')
  return { alert: next, news: [{ occasion: 'dispatched', to: once(to), subscribers: false }] }
}

function closed(alert: Alert, doing: Doing): Act {
  const { at, office } = doing
  const to = concernedOf(alert, at, office)
  const next = closedAt(noted(alert, at, 'close', doing), at)
  return { alert: next, news: [{ occasion: 'closed', to, subscribers: true }] }
}

function shelved(alert: Alert, until: number, doing: Doing): Act | Denial {
  const { at, by, comment } = doing
  const denial = aheadDenial('until', until, at)
  if (denial !== null) return denial
  if (comment === '') return fieldDenial('comment', '', 'the reason why it is put aside')
  const aside = { at, until, by: by.person, reason: comment }
  return quiet(noted({ ...alert, shelved: aside }, at, 'shelve', doing))
}

function whistled(alert: Alert, deed: Extract<Deed, { verb: 'whistle' }>, doing: Doing): Act | Denial {
  const { at, by, office } = doing
  const due = deed.by || at + office.policy.reportInMs
  const units = unitsOf(deed.units, MOST_CALLED, office)
  if ('code' in units) return units
  const denial = aheadDenial('by', due, at)
  if (denial !== null) return denial
  const fresh = newlyCalled(alert, units, at)
  if (fresh.length === 0) return doneBy(alert, 'whistle')
  const count = new Set([...(alert.whistle?.called ?? []).map(({ unit }) => unit), ...fresh]).size
  if (count > MOST_CALLED) return fieldDenial('units', count, `at most ${MOST_CALLED} on one alert`)
  // A supervisor may call units without taking over the work: then the ladder goes on. Units are not called to what lies aside.
  const isTaken = STEPS.dispatch.roles.includes(by.role)
  const back: Act = isTaken ? quiet(taken(alert, doing)) : takenBack(alert, at, office, 'shelve-ended')
  const called = blown(back.alert, at, by, fresh, due, office.policy.warnAfter)
  const next = noted(called, at, 'whistle', { ...doing, unit: fresh.join(',') })
  const staff = fresh.flatMap((unit) => office.staff(unit, alert.area, at))
  const told: News = { occasion: 'whistle', to: once(named(staff, 'whistle')), subscribers: false }
  const alone = fresh.filter((unit) => office.staff(unit, alert.area, at).length === 0)
  if (alone.length === 0) return { alert: next, news: [...back.news, told] }
  const act = unheard(next, alone, 'whistle', at, office)
  return { alert: act.alert, news: [...back.news, told, ...act.news] }
}

/** Of these units nobody can be told: the record says so, and who commands hears of it, for somebody must call them. */
function unheard(
  alert: Alert,
  units: readonly string[],
  occasion: News['occasion'],
  at: number,
  office: Office,
): Act {
  const next = units.reduce((each, unit) => noted(each, at, 'escalate', { comment: `nobody:${unit}` }), alert)
  return { alert: next, news: [{ occasion, to: commandersOf(alert, at, office), subscribers: false }] }
}

/**
 * A unit reports in by one of its own, or by who commands. Somebody is there now: where nobody has acknowledged, they do; where
 * nobody was sent, the unit counts as sent.
 */
function reportedIn(alert: Alert, unit: string, doing: Doing): Act | Denial {
  const { at, by, office } = doing
  const call = alert.whistle?.called.find((each) => each.unit === unit)
  if (call === undefined) return fieldDenial('unit', unit, 'a unit that was called to this alert')
  if (by.role === 'officer' && by.unit !== unit) return fieldDenial('unit', unit, `your own unit ${by.unit}`)
  if (call.came !== null) return doneBy(alert, 'report-in', unit)
  const there = arrived(taken(alert, doing), at, unit, by.person)
  const next = noted(there, at, 'report-in', { ...doing, unit })
  if (next.state !== 'acknowledged') return quiet(next)
  const sent: Alert = { ...stamped(next, 'dispatch', at), state: 'dispatched', since: at, unit }
  return quiet(startClocks(sent, at, office.policy))
}
