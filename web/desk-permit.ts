import type { Verb } from '../services/core/action.ts'
import type { AlertState } from '../services/core/alert.ts'
import { STEPS } from '../services/core/alert-transitions.ts'
import type { AlertVerb } from '../services/core/alert-transitions.ts'
import type { AlertRow, SessionView } from '../services/core/desk-wire.ts'
import type { Role } from '../services/core/person.ts'

/** What can be done with an alert, in the order of its life. */
export const ALERT_VERBS = [
  'acknowledge',
  'dispatch',
  'whistle',
  'report-in',
  'handle',
  'verify',
  'reject',
  'close',
  'reopen',
  'shelve',
  'unshelve',
  'note',
] as const satisfies readonly AlertVerb[]

/** Verbs that need no more than a tap. */
export const ONE_TAP: ReadonlySet<Verb> = new Set(['acknowledge', 'unshelve'])

/** Why a verb is not among those permitted; the server has decided, this only finds the likeliest reason to say. */
export type Bar =
  | { readonly why: 'notNow' | 'notOwn' | 'notArea' | 'notDone' | 'notCalled' }
  | { readonly why: 'notRole'; readonly role: Role }

/** Says why `me` may not do `verb` with an alert. */
export function barOf(
  verb: AlertVerb,
  row: Pick<AlertRow, 'state' | 'handledBy' | 'whistle' | 'shelved' | 'acknowledgedBy'>,
  me: Pick<SessionView, 'person' | 'role' | 'unit'>,
): Bar {
  const { roles, from } = STEPS[verb]
  const [first = 'admin'] = roles.filter((role) => role !== 'officer')
  if (!roles.includes(me.role)) return { why: 'notRole', role: first }
  if (verb === 'acknowledge' && row.state !== 'raised') return { why: 'notDone' }
  if (!from.includes(row.state)) return { why: 'notNow' }
  if (verb === 'report-in' && row.whistle?.called.some(({ unit }) => unit === me.unit) !== true)
    return { why: 'notCalled' }
  if (verb === 'shelve' && row.shelved !== null) return { why: 'notDone' }
  if (verb === 'unshelve' && row.shelved === null) return { why: 'notNow' }
  if (verb === 'verify' && [row.handledBy, row.acknowledgedBy].includes(me.person)) return { why: 'notOwn' }
  return { why: 'notArea' }
}

/**
 * The three buttons at the thumb. The first is what comes next for me; dispatch and whistle keep their places, so that a hand
 * finds them at night.
 */
export function thumbVerbs(
  row: Pick<AlertRow, 'state' | 'whistle'>,
  verbs: readonly Verb[],
  unit: string,
): readonly [AlertVerb, AlertVerb, AlertVerb] {
  const called = row.whistle?.called.some((one) => one.unit === unit && one.came === null) === true
  if (called && verbs.includes('report-in')) return ['report-in', 'dispatch', 'whistle']
  const order: readonly AlertVerb[] = ['acknowledge', 'handle', 'verify', 'close', 'reopen']
  const usual: Readonly<Record<AlertState, AlertVerb>> = {
    raised: 'acknowledge',
    acknowledged: 'handle',
    dispatched: 'handle',
    handled: 'verify',
    verified: 'close',
    closed: 'reopen',
  }
  return [order.find((verb) => verbs.includes(verb)) ?? usual[row.state], 'dispatch', 'whistle']
}
