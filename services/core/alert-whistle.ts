import type { Alert, Deadline, Whistle } from './alert.ts'
import { clock, withClock } from './alert-deadlines.ts'
import type { Actor } from './person.ts'

/** Units called to one alert. */
export const MOST_CALLED = 20

type Call = Whistle['called'][number]

/** Units of a whistle that are not on their way already: those new to the alert, and those whose time ran out. */
export function newlyCalled(alert: Alert, units: readonly string[], at: number): readonly string[] {
  const pending = new Set(
    (alert.whistle?.called ?? [])
      .filter(({ came, due }) => came !== null || due > at)
      .map((call) => call.unit),
  )
  return [...new Set(units)].filter((unit) => !pending.has(unit))
}

/**
 * The whistle (吹哨报到): `units`, each new, are called and must report in by `due`. Calling again adds units; one that missed its
 * time is called afresh.
 */
export function blown(
  alert: Alert,
  at: number,
  by: Actor,
  units: readonly string[],
  due: number,
  warnAfter: number,
): Alert {
  const kept = (alert.whistle?.called ?? []).filter(({ unit }) => !units.includes(unit))
  const called: readonly Call[] = [...kept, ...units.map((unit) => ({ unit, due, came: null, person: '' }))]
  const next = settled({ ...alert, whistle: { at, by: by.person, due, called } })
  const has = next.deadlines.some((each) => each.duty === 'report-in' && each.due === due)
  return has ? next : withClock(next, clock('report-in', at, due, warnAfter))
}

/** A called unit reported in. */
export function arrived(alert: Alert, at: number, unit: string, person: string): Alert {
  const { whistle } = alert
  if (whistle === null) return alert
  const called = whistle.called.map((call) => (call.unit === unit ? { ...call, came: at, person } : call))
  return settled({ ...alert, whistle: { ...whistle, called } })
}

/** Units that a clock of the whistle still waits for. */
export function awaited({ whistle }: Alert, { duty, due }: Deadline): readonly string[] {
  if (duty !== 'report-in') return []
  return (whistle?.called ?? [])
    .filter((call) => call.came === null && call.due === due)
    .map(({ unit }) => unit)
}

/** Clocks for which nobody is awaited any more stop. */
function settled(alert: Alert): Alert {
  const deadlines = alert.deadlines.filter(
    (each) => each.duty !== 'report-in' || awaited(alert, each).length > 0,
  )
  return { ...alert, deadlines }
}
