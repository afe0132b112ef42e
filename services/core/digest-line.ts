import type { Alert } from './alert.ts'
import type { DigestAlert, DigestIncident } from './archive.ts'
import { centreOfIncident } from './board.ts'
import type { Grid } from './grid.ts'
import type { Incident } from './incident.ts'

/** An incident as a timeline tells of it; `most`: areas that it had at the most, as far as is known. */
export function incidentLine(
  incident: Incident,
  grid: Pick<Grid, 'centres'>,
  most = incident.areas.length,
): DigestIncident {
  const { id, number, worst, category, born, ended, rank, peak } = incident
  const centre = centreOfIncident(incident, grid)
  return { id, number, rule: worst.rule, category, born, over: ended, rank, peak, count: most, centre }
}

/** An alert as a timeline tells of it; nobody is named. */
export function alertLine(alert: Alert): DigestAlert {
  const { id, number, incident, category, headline, area, raised, rank, peak, state, closed } = alert
  return { id, number, incident: incident ?? '', category, headline, area, raised, rank, peak, state, closed }
}
