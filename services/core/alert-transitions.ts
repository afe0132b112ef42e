import type { Alert, AlertState } from './alert.ts'
import { lastBy } from './alert-entry.ts'
import type { Office } from './alert-office.ts'
import type { ErrorCode } from './errors.ts'
import type { Actor, Role } from './person.ts'
import { isoOf } from './time.ts'

/** Why an act is refused: a code of the catalogue with the parameters of its sentence. */
export interface Denial {
  readonly code: ErrorCode
  readonly parameters: Readonly<Record<string, string | number>>
}

/** What people do with an alert that exists. */
export type AlertVerb =
  | 'acknowledge'
  | 'dispatch'
  | 'handle'
  | 'verify'
  | 'reject'
  | 'close'
  | 'reopen'
  | 'note'
  | 'shelve'
  | 'unshelve'
  | 'whistle'
  | 'report-in'

/** From which states, and by whom, something may be done; `rule` is the sentence told to who tries it otherwise. */
interface Step {
  readonly from: readonly AlertState[]
  readonly roles: readonly Role[]
  readonly rule: string
}

const OPEN: readonly AlertState[] = ['raised', 'acknowledged', 'dispatched', 'handled', 'verified']
const UNDER_WAY: readonly AlertState[] = ['raised', 'acknowledged', 'dispatched']
/** Command does the work, supervision raises, verifies and closes it: nobody is both for one alert. */
const COMMAND: readonly Role[] = ['officer', 'commander', 'admin']
const SUPERVISION: readonly Role[] = ['supervisor', 'admin']
const ALL: readonly Role[] = ['officer', 'supervisor', 'commander', 'admin']

/** The life of an alert: raised, acknowledged, dispatched, handled, verified, closed; with the short ways that are permitted. */
export const STEPS: Readonly<Record<AlertVerb, Step>> = {
  // Whoever the ladder reaches must be able to stop it, so supervisors on duty acknowledge, too.
  acknowledge: {
    from: ['raised'],
    roles: ALL,
    rule: 'Only what is raised is acknowledged; whoever the ladder has told may do it.',
  },
  // A short way: sending somebody shows that the alert was seen. A second dispatch sends another unit instead.
  dispatch: {
    from: UNDER_WAY,
    roles: COMMAND,
    rule: 'Units are sent until the work is handled; sending somebody acknowledges, too.',
  },
  // A short way: whoever acknowledged may settle it without sending anybody.
  handle: {
    from: ['acknowledged', 'dispatched'],
    roles: COMMAND,
    rule: 'What somebody has acknowledged can be handled: acknowledge it first.',
  },
  verify: {
    from: ['handled'],
    roles: SUPERVISION,
    rule: 'What was handled is verified by somebody who did not work on it.',
  },
  reject: {
    from: ['handled'],
    roles: SUPERVISION,
    rule: 'What was handled but is not done goes back to who was sent.',
  },
  close: {
    from: ['verified'],
    roles: SUPERVISION,
    rule: 'An alert is closed once it is verified, or when its condition ended or it was raised by hand, and nobody was sent.',
  },
  reopen: {
    from: ['closed'],
    roles: SUPERVISION,
    rule: 'Only a closed alert is reopened, for seven days.',
  },
  note: { from: OPEN, roles: ALL, rule: 'A closed alert takes no more notes: reopen it first.' },
  shelve: { from: UNDER_WAY, roles: COMMAND, rule: 'What is not handled yet can be put aside for a time.' },
  unshelve: { from: UNDER_WAY, roles: COMMAND, rule: 'Only what is put aside comes back.' },
  whistle: {
    from: UNDER_WAY,
    roles: ['commander', 'supervisor', 'admin'],
    rule: 'Units are called until the work is handled.',
  },
  'report-in': {
    from: OPEN,
    roles: COMMAND,
    rule: 'A unit that was called by whistle reports in until the alert is closed.',
  },
}

/** What counts as work on an alert: who did any of it cannot verify it. A supervisor who whistles calls others to it. */
const WORK = new Set(['acknowledge', 'dispatch', 'handle', 'report-in'])

/**
 * Whether somebody may do something with an alert as it is at `at`: null, or why not. Asked in this order: role, remit, whether it
 * is done already, state, own work. Rate: per action.
 */
export function denialOf(
  verb: AlertVerb,
  alert: Alert,
  actor: Actor,
  at: number,
  office: Office,
): Denial | null {
  const { from, rule } = STEPS[verb]
  const role = roleDenial(verb, actor)
  if (role !== null) return role
  if (!isConcerned(verb, alert, actor, at, office))
    return {
      code: 'AL-area',
      parameters: { value: alert.id, area: actor.area, person: actor.person },
    }
  if (isDone(verb, alert)) return doneBy(alert, verb)
  if (!from.includes(alert.state) && !(verb === 'close' && mayCloseEarly(alert)))
    return { code: 'AL-state', parameters: { value: alert.id, state: alert.state, verb, hint: rule } }
  if (verb === 'unshelve' && alert.shelved === null)
    return { code: 'AL-state', parameters: { value: alert.id, state: 'not shelved', verb, hint: rule } }
  if (verb === 'verify' && hasWorked(alert, actor.person))
    return { code: 'AL-own-work', parameters: { value: alert.id, person: actor.person, verb } }
  return null
}

/** All that somebody may do with an alert now, for the buttons of a desk. */
export function verbsFor(alert: Alert, actor: Actor, at: number, office: Office): readonly AlertVerb[] {
  const verbs = Object.keys(STEPS) as AlertVerb[]
  const isAwaited = (alert.whistle?.called ?? []).some(
    ({ unit, came }) => came === null && (actor.role !== 'officer' || unit === actor.unit),
  )
  return verbs.filter(
    (verb) => (verb !== 'report-in' || isAwaited) && denialOf(verb, alert, actor, at, office) === null,
  )
}

/**
 * An alert concerns whoever's area holds it, who took it, whose unit or person it was dispatched to, whose unit was called, and who
 * is on duty for it. A note may be written by whoever answers for one of its areas, too: they stand in the rain. Supervision is
 * by place and duty alone: a unit does not check its own work.
 */
function isConcerned(verb: AlertVerb, alert: Alert, actor: Actor, at: number, office: Office): boolean {
  const { unit, person } = actor
  if (office.covers(actor, alert.area) || office.above(alert.area, at).includes(person)) return true
  if ([alert.acknowledgedBy, ...alert.onDuty].includes(person)) return true
  if (STEPS[verb].roles === SUPERVISION) return false
  if (alert.person === person || alert.handledBy === person) return true
  const called = alert.whistle?.called.some((call) => call.unit === unit) === true
  if (unit !== '' && (alert.unit === unit || called)) return true
  return verb === 'note' && alert.areas.some((area) => office.covers(actor, area))
}

/** The denial where somebody was faster: who it was, and since when; `unit` is the one that reported in. */
export function doneBy(alert: Alert, verb: AlertVerb, unit = ''): Denial {
  const [person, at] = whoDid(alert, verb, unit)
  const since = isoOf(at ?? alert.since)
  return { code: 'AL-done', parameters: { value: alert.id, verb, person: person || 'the program', since } }
}

/** Who did something, and when; '' for the program. Sending somebody acknowledges without a line of its own. */
function whoDid(alert: Alert, verb: AlertVerb, unit: string): readonly [string, number | null] {
  if (verb === 'acknowledge') return [alert.acknowledgedBy, alert.done.acknowledge]
  if (verb === 'report-in') {
    const call = alert.whistle?.called.find((each) => each.unit === unit)
    return [call?.person ?? '', call?.came ?? null]
  }
  const entry = lastBy(alert, verb)
  return [entry?.person ?? '', entry?.at ?? null]
}

/** What a verb would bring about stands already. */
function isDone(verb: AlertVerb, { state, shelved }: Alert): boolean {
  if (state === 'closed') return verb === 'close'
  if (verb === 'acknowledge') return state !== 'raised'
  if (verb === 'handle') return state === 'handled' || state === 'verified'
  if (verb === 'verify') return state === 'verified'
  return verb === 'shelve' && shelved !== null
}

/** Short ways to the end: what ended by itself, or was raised by hand in error, before anybody was sent. */
function mayCloseEarly({ state, ended, incident }: Alert): boolean {
  if (state === 'raised') return ended !== null || incident === null
  return state === 'acknowledged' && ended !== null
}

/** Whether somebody had a hand in what was done about an alert, so that another has to verify it. */
export function hasWorked(alert: Alert, person: string): boolean {
  const { acknowledgedBy, handledBy } = alert
  if (person === acknowledgedBy || person === handledBy || person === alert.person) return true
  return alert.record.some(
    ({ person: who, what, role }) =>
      who === person && (WORK.has(what) || (what === 'whistle' && role !== 'supervisor')),
  )
}

/** Whether a role permits an act at all; AL-role else. */
export function roleDenial(verb: AlertVerb | 'raise', { role, person }: Actor): Denial | null {
  const roles = verb === 'raise' ? SUPERVISION : STEPS[verb].roles
  if (roles.includes(role)) return null
  return { code: 'AL-role', parameters: { role, person, verb, expected: roles.join(' or ') } }
}

/** Whether an area of the city is inside what somebody answers for; AL-area else. */
export function remitDenial(office: Office, actor: Actor, areas: readonly number[]): Denial | null {
  const outside = areas.find((area) => !office.covers(actor, area))
  if (outside === undefined) return null
  const value = office.grid.codes[outside] ?? ''
  return { code: 'AL-area', parameters: { value, area: actor.area, person: actor.person } }
}
