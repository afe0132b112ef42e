import type { AreasDocument } from '../../services/core/areas.ts'
import { UNKNOWN } from '../../services/core/level.ts'
import type { AlertView, Board, IncidentView } from '../../services/core/wire.ts'
import { STORMS, type Scene } from './scenes.ts'

const STEP = [0.00125, 0.00106] as const
const NAMES = [
  { zh: '积水', en: 'Flooding' },
  { zh: '人群', en: 'Crowd' },
  { zh: '噪声', en: 'Noise' },
] as const
const MINUTE = 60_000

/** The storm whose cells these are: those from yellow up that it reaches. */
function incidentOf(doc: AreasDocument, ranks: Uint8Array, nth: number, at: number): IncidentView {
  const [sx, sy, size] = STORMS[nth] ?? STORMS[0]
  const areas = [...doc.codes.keys()].filter((i) => {
    const [lon, lat] = doc.centres[i] ?? [0, 0]
    const near = Math.hypot((lon - 118.92) / STEP[0] - sx, (lat - 32.1) / STEP[1] - sy) < 1.25 * size
    const rank = ranks[i] ?? 0
    return doc.depths[i] === 3 && near && rank >= 2 && rank !== UNKNOWN
  })
  const rank = Math.max(0, ...areas.map((area) => ranks[area] ?? 0))
  const centre: [number, number] = [118.92 + sx * STEP[0], 32.1 + sy * STEP[1]]
  return {
    id: `i${nth}`,
    number: nth + 1,
    category: 'water',
    name: NAMES[nth] ?? NAMES[0],
    rank,
    peak: rank,
    fading: false,
    areas,
    count: areas.length,
    born: at - 40 * MINUTE,
    trend: nth === 2 ? 'steady' : 'moving',
    centre,
    projection: nth === 2 ? null : [centre[0] + (7 - 4 * nth) * STEP[0], centre[1] + (6 * nth - 1) * STEP[1]],
  }
}

function alertOf(doc: AreasDocument, incident: IncidentView, nth: number, at: number): AlertView {
  const state = (['dispatched', 'acknowledged', 'raised'] as const)[nth] ?? 'raised'
  const left = [4.2, 11.7, -2.5][nth] ?? 5
  return {
    id: `a${nth}`,
    number: incident.number,
    category: incident.category,
    name: incident.name,
    headline: '',
    exercise: false,
    area: doc.parents[doc.parents[incident.areas[0] ?? 0] ?? 0] ?? 0,
    count: incident.count,
    rank: incident.rank,
    peak: incident.peak,
    state,
    raised: at - (30 - 8 * nth) * MINUTE,
    since: at - 5 * MINUTE,
    ended: null,
    due: { duty: nth === 2 ? 'acknowledge' : 'handle', at: at + left * MINUTE, overdue: left < 0 },
    unit: nth === 0 ? 'water' : '',
    whistle: nth === 0 ? { called: 3, came: 2 } : null,
    muted: false,
  }
}

/** Incidents and alerts of a scene: the storms', the overdue one first. */
export function boardOf(doc: AreasDocument, scene: Scene, ranks: Uint8Array, at: number): Board {
  const nths = scene === 'storm' ? [...STORMS.keys()] : []
  const incidents = nths.map((nth) => incidentOf(doc, ranks, nth, at))
  const alerts = incidents.map((incident, nth) => alertOf(doc, incident, nth, at)).toReversed()
  const overdue = alerts.filter(({ due }) => due?.overdue).length
  return { type: 'board', tick: at, incidents, alerts, open: alerts.length, overdue }
}
