import type { Alert, Deadline } from './alert.ts'
import type { AlertEvent } from './alert-event.ts'
import type { Office } from './alert-office.ts'
import { hasWorked } from './alert-transitions.ts'
import { awaited } from './alert-whistle.ts'

/** Those whom an event names by office. */
export type Named = AlertEvent['to']
type Why = Named[number]['why']

/** What has to be told of one alert, before the tick is over. */
export interface News {
  readonly occasion: AlertEvent['occasion']
  readonly to: Named
  readonly subscribers: boolean
}

/** An alert after something happened to it, and what has to be told. */
export interface Act {
  readonly alert: Alert
  readonly news: readonly News[]
}

/** People named for one reason. */
export function named(persons: readonly string[], why: Why): Named {
  return persons.map((person) => ({ person, why }))
}

/** Everybody once, for the first reason given; nobody without an id. */
export function once(to: Named): Named {
  const seen = new Set<string>([''])
  return to.filter(({ person }) => !seen.has(person) && seen.add(person))
}

/** Whom work was given to: the person, else their unit's people who answer for the place. */
export function sentTo({ unit, person, area }: Alert, at: number, office: Office): Named {
  return named(person === '' ? office.staff(unit, area, at) : [person], 'dispatched')
}

/** Who has an alert in hand: who acknowledged it or was told by office, and who was sent. */
export function concernedOf(alert: Alert, at: number, office: Office): Named {
  const called = (alert.whistle?.called ?? []).flatMap(({ unit }) => office.staff(unit, alert.area, at))
  const inHand = [...sentTo(alert, at, office), ...named(called, 'whistle')]
  return once([...named([...holders(alert, at, office)], 'duty'), ...inHand])
}

/** Who must see to an alert that is raised or acknowledged: those told; who took it, with the next on duty once they went home. */
function holders(alert: Alert, at: number, office: Office): readonly string[] {
  const { acknowledgedBy, area, onDuty } = alert
  if (acknowledgedBy === '') return onDuty
  const present = office.above(area, at)
  return present.includes(acknowledgedBy) ? [acknowledgedBy] : [acknowledgedBy, ...present.slice(0, 1)]
}

/** Who checks what was handled: supervisors on duty who had no hand in it, else the first such on duty, else the named default. */
export function verifiersOf(alert: Alert, at: number, office: Office): Named {
  const { area } = alert
  const isFree = (person: string) => !hasWorked(alert, person)
  const supervisors = office.onDutyAs('supervisor', area, at, isFree)
  const first = office.above(area, at).filter(isFree).slice(0, 1)
  const found = [supervisors, first].find(({ length }) => length > 0)
  return named(found ?? [office.policy.fallback], 'duty')
}

/** Who commands: the commanders on duty for the place, else the first on duty of the area above, else the named default. */
export function commandersOf({ area }: Alert, at: number, office: Office): Named {
  const commanders = office.onDutyAs('commander', area, at)
  const parent = office.grid.parents[area] ?? -1
  const above = parent < 0 ? [] : office.above(parent, at).slice(0, 1)
  const found = [commanders, above].find(({ length }) => length > 0)
  return named(found ?? [office.policy.fallback], 'duty')
}

/** Whom a clock that runs out concerns. */
export function boundBy(alert: Alert, deadline: Deadline, at: number, office: Office): Named {
  if (deadline.duty === 'handle' && (alert.unit !== '' || alert.person !== ''))
    return once(sentTo(alert, at, office))
  if (deadline.duty === 'verify') return verifiersOf(alert, at, office)
  if (deadline.duty !== 'report-in') return once(named(holders(alert, at, office), 'duty'))
  const late = awaited(alert, deadline).flatMap((unit) => office.staff(unit, alert.area, at))
  return once(named(late, 'whistle'))
}
