import { holds } from './alert-place.ts'
import type { AlertPolicy } from './alert-policy.ts'
import type { Alert } from './alert.ts'
import type { Grid } from './grid.ts'
import type { Incident } from './incident.ts'
import type { AlertView, Board, IncidentView } from './wire.ts'
import { byUrgency, isOverdue } from './urgency.ts'

/** Rows of a board, and areas of one incident on it. */
const MOST_ROWS = 50
const MOST_AREAS = 5_000

/** What a board is made from. */
export interface BoardSource {
  readonly tick: number
  readonly incidents: Iterable<Incident>
  readonly alerts: Iterable<Alert>
  readonly grid: Pick<Grid, 'parents' | 'centres'>
  readonly policy: Pick<AlertPolicy, 'categories'>
}

/** Name of a category, or its id where it has none. */
export function categoryName(
  { categories }: Pick<AlertPolicy, 'categories'>,
  id: string,
): { readonly zh: string; readonly en: string } {
  return categories.get(id)?.name ?? { zh: id, en: id }
}

/** Middle of an incident now: lon, lat. */
export function centreOfIncident({ path, worst }: Incident, grid: Pick<Grid, 'centres'>): [number, number] {
  const last = path.at(-1)
  return last === undefined ? centreOfArea(worst.area, grid) : [last.lon, last.lat]
}

/** Middle of an area: lon, lat. */
export function centreOfArea(area: number, { centres }: Pick<Grid, 'centres'>): [number, number] {
  return [centres[area * 2] ?? 0, centres[area * 2 + 1] ?? 0]
}

/** The incidents and open alerts of a view whose top is area `top`; nobody is named. Rate: per view and tick on which anything changed. */
export function boardOf(source: BoardSource, top: number): Board {
  const { grid, policy, tick } = source
  const within = (areas: readonly number[]) =>
    top === 0 ? areas : areas.filter((area) => holds(grid, top, area))
  const incidents = [...source.incidents]
    .map((incident) => ({ incident, areas: within(incident.areas) }))
    .filter(({ areas }) => areas.length > 0)
    .sort(
      (a, b) =>
        b.incident.rank - a.incident.rank ||
        a.incident.born - b.incident.born ||
        order(a.incident, b.incident),
    )
  const alerts = [...source.alerts]
    .filter((alert) => within([alert.area, ...alert.areas]).length > 0)
    .sort(byUrgency)
  return {
    type: 'board',
    tick,
    incidents: incidents
      .slice(0, MOST_ROWS)
      .map(({ incident, areas }) => incidentView(incident, areas, grid, policy)),
    alerts: alerts.slice(0, MOST_ROWS).map((alert) => alertView(alert, policy)),
    open: alerts.length,
    overdue: alerts.filter(isOverdue).length,
  }
}

function order(a: Incident, b: Incident): number {
  return a.id < b.id ? -1 : Number(a.id > b.id)
}

function incidentView(
  incident: Incident,
  areas: readonly number[],
  grid: BoardSource['grid'],
  policy: BoardSource['policy'],
): IncidentView {
  const { id, number, category, rank, peak, state, born, trend, projection } = incident
  return {
    id,
    number,
    category,
    name: categoryName(policy, category),
    rank,
    peak,
    fading: state === 'fading',
    areas: areas.slice(0, MOST_AREAS),
    count: areas.length,
    born,
    trend,
    centre: centreOfIncident(incident, grid),
    projection: projection === null ? null : [projection.lon, projection.lat],
  }
}

function alertView(alert: Alert, policy: BoardSource['policy']): AlertView {
  const { id, number, category, headline, exercise, area, areas, rank, peak, state } = alert
  const [next] = alert.deadlines
  const called = alert.whistle?.called ?? []
  return {
    id,
    number,
    category,
    name: categoryName(policy, category),
    headline,
    exercise,
    area,
    count: areas.length,
    rank,
    peak,
    state,
    raised: alert.raised,
    since: alert.since,
    ended: alert.ended,
    due: next === undefined ? null : { duty: next.duty, at: next.due, overdue: next.overdue },
    unit: alert.unit,
    whistle:
      alert.whistle === null
        ? null
        : { called: called.length, came: called.filter(({ came }) => came !== null).length },
    muted: alert.mutedBy !== '',
  }
}
