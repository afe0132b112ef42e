import type { Alert } from './alert.ts'
import type { AlertPolicy } from './alert-policy.ts'
import { noted } from './alert-entry.ts'
import type { Office } from './alert-office.ts'
import { upwards } from './alert-place.ts'

/** One step of the ladder: people of one area's roster with the same order, or the named default behind all rosters. */
interface Rung {
  /** Code of the area; '' for the named default. */
  readonly code: string
  readonly persons: readonly string[]
  /** Codes of the areas passed over before this rung because nobody is on their rosters now. */
  readonly empty: readonly string[]
}

/** What a step of the ladder does: the alert, and whom to tell. */
export interface Step {
  readonly alert: Alert
  readonly told: readonly string[]
}

/**
 * The ladder of an area at a time: its roster in order, then that of its parent, up to the root, then the named default
 * (小事不出网格: what can be settled below is not carried up).
 */
function ladderOf(office: Office, area: number, at: number): readonly Rung[] {
  const rungs: Rung[] = []
  let empty: string[] = []
  for (const each of upwards(office.grid, area)) {
    const code = office.grid.codes[each] ?? ''
    const onDuty = office.onDuty(each, at)
    if (onDuty.length === 0 && office.duty.hasRoster(each)) empty.push(code)
    for (const order of new Set(onDuty.map((duty) => duty.order))) {
      const persons = onDuty.filter((duty) => duty.order === order).map(({ person }) => person)
      rungs.push({ code, persons: [...new Set(persons)], empty })
      empty = []
    }
  }
  const { fallback } = office.policy
  if (fallback !== '') rungs.push({ code: '', persons: [fallback], empty })
  return rungs
}

/** Nobody stands on any roster up to the root: only the named default is left. */
const isEmpty = ([first]: readonly Rung[]): boolean => first?.code === ''

/** When the next step is told; null where the policy has none. */
export function nextStep(at: number, { stepMs }: Pick<AlertPolicy, 'stepMs'>): number | null {
  return stepMs > 0 ? at + stepMs : null
}

/** How far up an alert has been told: its step, or the highest rung on which somebody stands who was told. */
function reachOf(rungs: readonly Rung[], { step, onDuty }: Alert): number {
  const highest = rungs.findLastIndex(
    ({ code, persons }) => code !== '' && persons.some((person) => onDuty.includes(person)),
  )
  return Math.min(rungs.length - 1, Math.max(step, highest))
}

/** Notes who is told on a rung, and which rosters were found empty on the way. */
function noteRung(alert: Alert, at: number, { code, empty }: Rung, persons: readonly string[]): Alert {
  let next = alert
  for (const passed of empty) next = noted(next, at, 'escalate', { comment: `empty:${passed}` })
  return noted(next, at, 'escalate', { comment: `${code === '' ? 'default' : code}:${persons.join(',')}` })
}

/** An alert that was raised, or raised again, begins at the foot of its ladder. */
export function beginLadder(alert: Alert, at: number, office: Office): Step {
  const rungs = ladderOf(office, alert.area, at)
  const [foot] = rungs
  if (foot === undefined) return { alert, told: [] }
  const begun: Alert = {
    ...alert,
    step: 0,
    onDuty: foot.persons,
    stepDue: nextStep(at, office.policy),
    byDefault: isEmpty(rungs),
  }
  return { alert: noteRung(begun, at, foot, foot.persons), told: foot.persons }
}

/** Nobody acknowledged in time: the next rung with somebody new is told; on the last one those are told again. */
export function climb(alert: Alert, at: number, office: Office): Step {
  const rungs = ladderOf(office, alert.area, at)
  const reach = reachOf(rungs, alert)
  const isNew = (person: string) => !alert.onDuty.includes(person)
  const next = rungs.findIndex(({ persons }, index) => index > reach && persons.some(isNew))
  const step = next < 0 ? rungs.length - 1 : next
  const rung = rungs[step]
  if (rung === undefined) return { alert, told: [] }
  const told = next < 0 ? rung.persons : rung.persons.filter(isNew)
  const climbed: Alert = {
    ...alert,
    step,
    onDuty: [...alert.onDuty, ...told.filter(isNew)],
    stepDue: nextStep(at, office.policy),
    byDefault: isEmpty(rungs),
  }
  return { alert: noteRung(climbed, at, rung, told), told }
}

/**
 * The shift changed, or the alert spread, while nobody has acknowledged: whoever now stands on a rung that was reached is told, with
 * a whole step's time; who went off duty leaves the list. The same alert when nothing changed.
 */
export function handOver(alert: Alert, at: number, office: Office): Step {
  const rungs = ladderOf(office, alert.area, at)
  const reached = rungs.slice(0, reachOf(rungs, alert) + 1)
  const persons = new Set(reached.flatMap((rung) => rung.persons))
  const told = [...persons].filter((person) => !alert.onDuty.includes(person))
  const isStill = (person: string) => persons.has(person) || isPresent(person, alert, at, office)
  const stay = alert.onDuty.filter(isStill)
  if (told.length === 0 && stay.length === alert.onDuty.length) return { alert, told }
  let next: Alert = { ...alert, onDuty: [...stay, ...told], byDefault: isEmpty(rungs) }
  if (told.length === 0) return { alert: next, told }
  for (const rung of reached) {
    const joined = rung.persons.filter((person) => told.includes(person))
    if (joined.length > 0) next = noteRung(next, at, rung, joined)
  }
  return { alert: { ...next, stepDue: nextStep(at, office.policy) }, told }
}

/** Whether somebody is on duty for any area of an alert: one that spread beyond their own does not take it from them. */
function isPresent(person: string, { areas }: Alert, at: number, office: Office): boolean {
  const seen = new Set<number>()
  for (const area of areas)
    for (const each of upwards(office.grid, area)) {
      if (seen.has(each)) break
      seen.add(each)
      if (office.onDuty(each, at).some((duty) => duty.person === person)) return true
    }
  return false
}
