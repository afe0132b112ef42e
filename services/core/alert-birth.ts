import type { Alert } from './alert.ts'
import type { Raising } from './alert-deed.ts'
import type { Office } from './alert-office.ts'
import { smallestAround } from './alert-place.ts'
import type { Incident } from './incident.ts'

/** An alert of which nothing is known yet: all fields, in the order in which they stand in the state. */
const BLANK: Alert = {
  id: '',
  incident: null,
  number: 0,
  category: '',
  headline: '',
  exercise: false,
  area: 0,
  areas: [],
  rank: 0,
  peak: 0,
  worst: { area: 0, rule: '', value: null, limit: null },
  state: 'raised',
  raised: 0,
  since: 0,
  ended: null,
  closed: null,
  done: { acknowledge: null, dispatch: null, handle: null, verify: null },
  unit: '',
  person: '',
  acknowledgedBy: '',
  handledBy: '',
  deadlines: [],
  missed: [],
  step: 0,
  onDuty: [],
  stepDue: null,
  byDefault: false,
  whistle: null,
  shelved: null,
  mutedBy: '',
  record: [],
}

/** What a reopened alert begins anew with; what was missed, and the record, stay. */
export const ANEW = {
  state: 'raised',
  closed: null,
  done: BLANK.done,
  unit: '',
  person: '',
  acknowledgedBy: '',
  handledBy: '',
  deadlines: [],
  whistle: null,
  shelved: null,
  mutedBy: '',
} as const satisfies Partial<Alert>

/** Id of the alert of an incident. */
export function alertIdOf(incident: string): string {
  return `a${incident.slice(1)}`
}

/** The alert of an incident as the incident is now. */
export function bornOf(incident: Incident, at: number, { grid, policy }: Office): Alert {
  return {
    ...BLANK,
    id: alertIdOf(incident.id),
    incident: incident.id,
    number: incident.number,
    category: incident.category,
    exercise: policy.exercise,
    area: smallestAround(grid, incident.areas),
    areas: incident.areas,
    rank: incident.rank,
    peak: incident.rank,
    worst: incident.worst,
    raised: at,
    since: at,
  }
}

/** The alert that somebody raised by hand, the `nth` of its tick. */
export function madeOf(raising: Raising, at: number, nth: number, drill: boolean, office: Office): Alert {
  const { areas, category, rank, headline } = raising
  const area = smallestAround(office.grid, areas)
  return {
    ...BLANK,
    id: `m${at.toString(36)}-${nth}`,
    category,
    headline,
    exercise: drill || office.policy.exercise,
    area,
    areas,
    rank,
    peak: rank,
    worst: { area: areas[0] ?? area, rule: '', value: null, limit: null },
    raised: at,
    since: at,
  }
}
