import type { Alert } from './core/alert.ts'
import { verbsFor } from './core/alert-transitions.ts'
import { Office } from './core/alert-office.ts'
import { holds } from './core/alert-place.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import { categoryName, centreOfArea, centreOfIncident } from './core/board.ts'
import type {
  AlertAnswer,
  AlertRow,
  AlertsAnswer,
  IncidentDetail,
  People,
  Place,
  Told,
} from './core/desk-wire.ts'
import type { Incident } from './core/incident.ts'
import type { Notice } from './core/notice.ts'
import type { Actor, Person } from './core/person.ts'
import type { Plan } from './core/plan.ts'
import { byUrgency, isOverdue } from './core/urgency.ts'
import type { Desk } from './desk-port.ts'

/** Codes of areas in one answer. */
const MOST_AREAS = 5_000
/** Notices in one answer. */
const MOST_TOLD = 200

/** Which alerts are asked for; area is an index. */
export interface AlertsWanted {
  readonly area: number
  readonly states: ReadonlySet<string> | null
  readonly category: string | null
  readonly least: number
  readonly mine: boolean
  readonly closed: boolean
  readonly most: number
}

/** What the desk shows to somebody: only what concerns them, with names for everybody in it. */
export class DeskView {
  readonly #plan: Plan
  readonly #policy: AlertPolicy
  readonly #desk: Desk
  readonly #capOf: (alert: Alert) => string
  readonly #office: Office
  readonly #ruleNames: ReadonlyMap<string, { readonly name: Person['name']; readonly unit: string }>

  /** `capOf`: path of an alert's newest CAP message; '' for none. */
  constructor(plan: Plan, policy: AlertPolicy, desk: Desk, capOf: (alert: Alert) => string) {
    this.#capOf = capOf
    this.#plan = plan
    this.#policy = policy
    this.#desk = desk
    this.#office = new Office(plan.grid, policy, desk)
    this.#ruleNames = new Map(
      plan.rules.rules.map(({ id, name, indicator }) => {
        const { index, list } = plan.indicators
        return [id, { name, unit: list[index.get(indicator) ?? -1]?.unit ?? '' }]
      }),
    )
  }

  place(area: number): Place {
    const { codes, names } = this.#plan.grid
    return { code: codes[area] ?? '', name: names[area] ?? { zh: '', en: '' } }
  }

  /** Who the ids are, as far as they are registered; the program and nobody are left out. */
  people(ids: Iterable<string>): People {
    const people: Record<string, People[string]> = {}
    for (const id of [...new Set(ids)].sort()) {
      const person = this.#policy.people.get(id)
      if (person !== undefined) people[id] = { name: person.name, role: person.role, unit: person.unit }
    }
    return people
  }

  /** Whether somebody may look at an alert: it touches what they answer for, or they are in it by office. */
  sees(by: Actor, alert: Alert): boolean {
    return this.isMine(by, alert) || this.#touches(by, alert.area, alert.areas)
  }

  seesIncident(by: Actor, { areas }: Incident): boolean {
    return this.#touches(by, 0, areas)
  }

  /** Whether any of `areas`, all of them in `around`, lies in what somebody answers for. */
  #touches(by: Actor, around: number, areas: readonly number[]): boolean {
    const { grid } = this.#plan
    const top = by.area === '' ? 0 : grid.indexOf(by.area)
    if (top === undefined) return false
    if (holds(grid, top, around)) return true
    return holds(grid, around, top) && areas.some((area) => holds(grid, top, area))
  }

  /** On duty for it, sent to it, or called to it. */
  isMine({ person, unit }: Actor, alert: Alert): boolean {
    if (alert.person === person || alert.onDuty.includes(person)) return true
    if (unit === '') return false
    return alert.unit === unit || alert.whistle?.called.some((call) => call.unit === unit) === true
  }

  /** Most urgent first, closed ones newest first behind them. Rate: per request, over all open alerts. */
  alerts(by: Actor, wanted: AlertsWanted): AlertsAnswer {
    const open = [...this.#desk.open().values()].filter((alert) => this.sees(by, alert))
    const closed = wanted.closed
      ? [...this.#desk.alerts()]
          .filter((alert) => alert.state === 'closed' && this.sees(by, alert))
          .sort((a, b) => (b.closed ?? 0) - (a.closed ?? 0) || (a.id < b.id ? -1 : 1))
      : []
    const found = [...open.sort(byUrgency), ...closed].filter((alert) => this.#isWanted(by, alert, wanted))
    const rows = found.slice(0, wanted.most).map((alert) => this.row(by, alert))
    return {
      tick: this.#desk.tick,
      alerts: rows,
      open: open.length,
      overdue: open.filter(isOverdue).length,
      people: this.people(rows.flatMap(namedIn)),
    }
  }

  #isWanted(by: Actor, alert: Alert, { area, states, category, least, mine }: AlertsWanted): boolean {
    const { grid } = this.#plan
    return (
      (area === 0 || [alert.area, ...alert.areas].some((each) => holds(grid, area, each))) &&
      (states === null || states.has(alert.state)) &&
      (category === null || alert.category === category) &&
      Math.max(alert.rank, alert.ended === null ? 0 : alert.peak) >= least &&
      (!mine || this.isMine(by, alert))
    )
  }

  row(by: Actor, alert: Alert): AlertRow {
    const { worst } = alert
    const rule = this.#ruleNames.get(worst.rule)
    return {
      id: alert.id,
      incident: alert.incident,
      number: alert.number,
      category: alert.category,
      name: categoryName(this.#policy, alert.category),
      headline: alert.headline,
      exercise: alert.exercise,
      area: this.place(alert.area),
      count: alert.areas.length,
      rank: alert.rank,
      peak: alert.peak,
      worst: {
        area: this.place(worst.area),
        rule: worst.rule,
        ruleName: rule?.name ?? { zh: worst.rule, en: worst.rule },
        value: worst.value,
        limit: worst.limit,
        unit: rule?.unit ?? '',
      },
      state: alert.state,
      raised: alert.raised,
      since: alert.since,
      ended: alert.ended,
      closed: alert.closed,
      centre: this.centreOf(alert),
      unit: alert.unit,
      person: alert.person,
      acknowledgedBy: alert.acknowledgedBy,
      handledBy: alert.handledBy,
      deadlines: alert.deadlines,
      missed: alert.missed,
      step: alert.step,
      stepDue: alert.stepDue,
      onDuty: alert.onDuty,
      byDefault: alert.byDefault,
      whistle: alert.whistle,
      shelved: alert.shelved,
      mutedBy: alert.mutedBy,
      mine: this.isMine(by, alert),
    }
  }

  /** Middle of what an alert is about: its incident's while that is known, else its gravest area's. */
  centreOf(alert: Alert): [number, number] {
    const { grid } = this.#plan
    const incident = alert.incident === null ? undefined : this.#desk.incident(alert.incident)
    return incident === undefined ? centreOfArea(alert.worst.area, grid) : centreOfIncident(incident, grid)
  }

  /** `notices`: those about it, newest first. */
  alert(by: Actor, alert: Alert, now: number, notices: readonly Notice[]): AlertAnswer {
    const row = this.row(by, alert)
    const told = notices.slice(0, MOST_TOLD).map(toldOf)
    const incident = alert.incident === null ? undefined : this.#desk.incident(alert.incident)
    const named = [
      ...namedIn(row),
      ...alert.record.map(({ person }) => person),
      ...told.map(({ person }) => person),
    ]
    return {
      tick: this.#desk.tick,
      alert: { ...row, areas: this.#codes(alert.areas), record: alert.record },
      incident: incident === undefined ? null : this.incident(incident),
      told,
      verbs: verbsFor(alert, by, now, this.#office),
      cap: this.#capOf(alert),
      people: this.people(named),
    }
  }

  incident(incident: Incident): IncidentDetail {
    const { id, number, category, state, rank, peak, areas, born, moved, ended } = incident
    return {
      id,
      number,
      category,
      name: categoryName(this.#policy, category),
      state,
      rank,
      peak,
      areas: this.#codes(areas),
      count: areas.length,
      born,
      moved,
      ended,
      into: incident.into,
      from: incident.from,
      trend: incident.trend,
      path: incident.path,
      projection: incident.projection,
    }
  }

  #codes(areas: readonly number[]): readonly string[] {
    return areas.slice(0, MOST_AREAS).map((area) => this.#plan.grid.codes[area] ?? '')
  }
}

/** Everybody whom a row names. */
function namedIn(row: AlertRow): readonly string[] {
  const { person, acknowledgedBy, handledBy, onDuty, whistle, shelved } = row
  const called = whistle?.called.map((call) => call.person) ?? []
  return [person, acknowledgedBy, handledBy, ...onDuty, ...called, whistle?.by ?? '', shelved?.by ?? '']
}

/** A notice without what it holds besides: never where it went. */
export function toldOf(notice: Notice): Told {
  const { id, at, person, channel, occasion, state, by, why, settled, seen } = notice
  return { id, at, person, channel, occasion, state, by, why, settled, seen }
}
