import type { Alert, AlertState, Deadline, Duty } from './alert.ts'
import type { AlertPolicy, Limits } from './alert-policy.ts'
import type { Rank } from './level.ts'

/** What each state waits for; where the first has no limit, the clock of the next runs. */
const WAITS_FOR: Readonly<Record<AlertState, readonly (keyof Limits)[]>> = {
  raised: ['acknowledge'],
  acknowledged: ['dispatch', 'handle'],
  dispatched: ['handle'],
  handled: ['verify'],
  verified: [],
  closed: [],
}

/** States that need nothing more once the condition is over: nobody has to be sent where nothing is the matter. */
const AT_REST: readonly AlertState[] = ['raised', 'acknowledged']

type Clocks = Pick<AlertPolicy, 'limits' | 'warnAfter'>

const byDue = (a: Deadline, b: Deadline): number =>
  a.due - b.due || (a.duty < b.duty ? -1 : a.duty > b.duty ? 1 : 0)

/** A clock that starts at `at` and runs out at `due`, with a warning after its share. */
export function clock(duty: Duty, at: number, due: number, warnAfter: number): Deadline {
  return { duty, due, warnAt: at + Math.round((due - at) * warnAfter), warned: false, overdue: false }
}

/** The alert with one more clock, earliest first. */
export function withClock(alert: Alert, deadline: Deadline): Alert {
  return { ...alert, deadlines: [...alert.deadlines, deadline].sort(byDue) }
}

/** The alert with the clock of its present state, started at `at`; those of the whistle run on. */
export function startClocks(alert: Alert, at: number, policy: Clocks): Alert {
  const stopped = stopClocks(alert)
  const duty = dutyOf(stopped, policy)
  if (duty === null) return stopped
  const due = at + policy.limits(alert.category, alert.rank)[duty]
  return withClock(stopped, clock(duty, at, due, policy.warnAfter))
}

/** The alert without the clock of its state. */
export function stopClocks(alert: Alert): Alert {
  return { ...alert, deadlines: alert.deadlines.filter(({ duty }) => duty === 'report-in') }
}

/** What an alert waits for now, if that has a limit and its condition is not over. */
function dutyOf({ state, ended, category, rank }: Alert, policy: Clocks): keyof Limits | null {
  if (ended !== null && AT_REST.includes(state)) return null
  const limits = policy.limits(category, rank)
  return WAITS_FOR[state].find((duty) => limits[duty] > 0) ?? null
}

/** Whether the clock of an alert's state stops for good once its condition is over. */
export function restsWhenOver({ state }: Alert): boolean {
  return AT_REST.includes(state)
}

/**
 * The clocks after a change of severity from rank `from`: a graver alert must be done within the limits of its new rank, counted
 * from now, if that is sooner; an eased one keeps its time.
 */
export function hastened(alert: Alert, at: number, from: Rank, policy: Clocks): Alert {
  if (alert.rank <= from) return alert
  const duty = dutyOf(alert, policy)
  if (duty === null) return alert
  const running = alert.deadlines.find((deadline) => deadline.duty === duty)
  if (running === undefined) return startClocks(alert, at, policy)
  const due = at + policy.limits(alert.category, alert.rank)[duty]
  return running.overdue || running.due <= due ? alert : startClocks(alert, at, policy)
}

/** The clocks that still ran, later by the time for which the alert was put aside. */
export function shifted(alert: Alert, ms: number): Alert {
  const { deadlines, stepDue, whistle } = alert
  const isMissed = (due: number) =>
    deadlines.some((deadline) => deadline.duty === 'report-in' && deadline.due === due && deadline.overdue)
  return {
    ...alert,
    deadlines: deadlines
      .map((each) => (each.overdue ? each : { ...each, due: each.due + ms, warnAt: each.warnAt + ms }))
      .sort(byDue),
    stepDue: stepDue === null ? null : stepDue + ms,
    whistle: whistle && {
      ...whistle,
      due: whistle.due + (isMissed(whistle.due) ? 0 : ms),
      called: whistle.called.map((call) =>
        call.came !== null || isMissed(call.due) ? call : { ...call, due: call.due + ms },
      ),
    },
  }
}
