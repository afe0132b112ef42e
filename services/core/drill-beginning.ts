import type { Action } from './action.ts'
import { bornOf } from './alert-birth.ts'
import { AlertBook } from './alert-book.ts'
import { closedAt } from './alert-condition.ts'
import { Office } from './alert-office.ts'
import type { AlertPolicy } from './alert-policy.ts'
import { ClosedAlerts } from './closed-alerts.ts'
import type { Snapshot, StateEntry } from './commit.ts'
import { QingyuError } from './errors.ts'
import { decodeIncident } from './incident-entry.ts'
import type { Incident } from './incident.ts'
import { jsonEntry } from './json-entry.ts'
import { NoticeBook } from './notice-book.ts'
import { SYSTEM, type Person, type Role } from './person.ts'
import type { Plan } from './plan.ts'
import { RosterBook, type KeptRoster } from './roster-book.ts'

/** Incidents born so long before a drill begins are those that it is about; what is older was taken care of, ms. */
export const YOUNG_MS = 15 * 60_000

/** Name of a drill's roster. */
const ROSTER = 'drill'
/** Who is told first. */
const ORDER: readonly Role[] = ['officer', 'commander', 'supervisor', 'admin']
/** What of the alert stage's state is the city's and not what people made of it: incidents, verdicts, calls, versions of rules. */
const OF_THE_CITY = /^(i\/|v\/|k\/|rv\/|m$|rules$)/
/** Acts of the archive that a drill goes by, too: rules changed, whoever is on duty. */
const OF_THE_RULES: ReadonlySet<string> = new Set(['save-rules', 'publish-rules'])

/** Whether an act of the archive is left out of a drill: others act now. */
export function isLeftOut({ deed }: Pick<Action, 'deed'>): boolean {
  return !OF_THE_RULES.has(deed.verb)
}

/** By what a drill goes: as in life, but everything is an exercise, nobody else is there, and nobody is told but on the desk. */
export function drillPolicy(policy: AlertPolicy, people: readonly Person[]): AlertPolicy {
  const known = new Map(people.map((person) => [person.id, person]))
  const last = inOrder(people).at(-1)?.id ?? ''
  return {
    ...policy,
    exercise: true,
    people: known,
    fallback: known.has(policy.fallback) ? policy.fallback : last,
    defaults: new Map(
      [...policy.defaults].map(([role, { rank }]) => [role, { rank, channels: ['desk'] as const }]),
    ),
  }
}

function inOrder(people: readonly Person[]): readonly Person[] {
  const rung = ({ role }: Person): number => ORDER.indexOf(role)
  return people.toSorted((a, b) => rung(a) - rung(b) || (a.id < b.id ? -1 : 1))
}

/** Everybody on duty for their own area, at any hour. RY-field where the grid has no such area. */
function rosterOf(people: readonly Person[], { grid }: Plan, at: number): StateEntry {
  const areas: Record<string, string[]> = {}
  for (const { id, area } of inOrder(people)) {
    const code = area === '' ? (grid.codes[0] ?? '') : area
    if (grid.indexOf(code) === undefined)
      throw new QingyuError('RY-field', {
        field: 'people',
        value: `${id} of ${code}`,
        expected: `people of areas of grid ${grid.version}`,
      })
    areas[code] = [...(areas[code] ?? []), id]
  }
  const shifts = Object.entries(areas).map(([code, ids]) => [code, { shifts: [{ people: ids }] }] as const)
  // JSON is YAML, too.
  const text = JSON.stringify({ areas: Object.fromEntries(shifts) })
  const kept: KeptRoster = { format: 'yaml', text, by: SYSTEM.person, at }
  return jsonEntry(`r/${ROSTER}`, kept)
}

/**
 * The alert stage's state with which a drill begins at the tick of `stored`: incidents as they are, a roster of the drill's own, and
 * an alert, raised now, for each young incident. Older ones bear a closed alert, so that they call nobody unless they grow graver.
 * `policy` is a {@link drillPolicy}. RY-field.
 */
export function drillBeginning(plan: Plan, policy: AlertPolicy, stored: Snapshot): Snapshot {
  const { at } = stored
  const kept = new Map([...stored.entries].filter(([key]) => OF_THE_CITY.test(key)))
  const roster = rosterOf([...policy.people.values()], plan, at)
  if (roster.value !== null) kept.set(roster.key, roster.value)
  const rosters = new RosterBook(plan, policy)
  rosters.restore(kept)
  const office = new Office(plan.grid, policy, rosters)
  const living = livingIn(kept)
  const isYoung = ({ born }: Incident): boolean => born > at - YOUNG_MS
  const old = living.filter((incident) => !isYoung(incident))
  const entries = [
    ...new ClosedAlerts().add(
      old.map((incident) => closedAt(bornOf(incident, at, office), at)),
      at,
    ),
    ...raised(plan, policy, rosters, living.filter(isYoung), at),
  ]
  for (const { key, value } of entries) if (value !== null) kept.set(key, value)
  return { ...stored, entries: kept }
}

function livingIn(entries: ReadonlyMap<string, Uint8Array>): readonly Incident[] {
  return [...entries.keys()]
    .filter((key) => key.startsWith('i/'))
    .sort()
    .flatMap((key) => {
      const bytes = entries.get(key)
      return bytes === undefined ? [] : [decodeIncident(bytes).incident]
    })
    .filter(({ ended }) => ended === null)
}

/** Alerts of incidents as if these were born now, with who is told of them on the desk. */
function raised(
  plan: Plan,
  policy: AlertPolicy,
  rosters: RosterBook,
  incidents: readonly Incident[],
  at: number,
): readonly StateEntry[] {
  const living = new Map(incidents.map((incident) => [incident.id, incident]))
  const alerts = new AlertBook(plan, policy, rosters, living)
  const news = alerts.tick(at, incidents, [])
  const told = new NoticeBook(plan, policy).tick(at, news, alerts.open, [])
  alerts.mute(at, told.muted)
  return [...alerts.take().entries, ...told.entries]
}
