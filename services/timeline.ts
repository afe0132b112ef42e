import { instantOf } from './api-parts.ts'
import type { Alert } from './core/alert.ts'
import { holds } from './core/alert-place.ts'
import { alertLine, incidentLine } from './core/digest-line.ts'
import { QingyuError } from './core/errors.ts'
import type { Grid } from './core/grid.ts'
import type { Incident } from './core/incident.ts'
import type { Picture } from './core/layer.ts'
import { levelId, type Scheme } from './core/level.ts'
import type { Timeline } from './core/replay-wire.ts'
import { timelineOf, type LivePicture, type ToldTimeline } from './core/timeline.ts'
import { levelIds } from './core/timeline-columns.ts'
import { areaIndex } from './gateway-message.ts'
import type { Archive } from './ports.ts'

const DAY = 86_400_000
/** The longest timeline. */
const MOST_SPAN_MS = 400 * DAY
/** What began before a timeline is looked for so far back; what lives now is known without. */
const BEFORE_MS = 7 * DAY

/** What can be asked for; times are ISO 8601 with offset or ms. */
export interface TimelineQuery {
  readonly from?: string
  readonly to?: string
  readonly area?: string
  readonly bundle?: string
}

/** An archive with the grid and the levels that it is told by. */
export interface TimedArchive {
  /** Null where none is kept. */
  readonly archive: Pick<Archive, 'spans' | 'manifests' | 'damages'> | null
  readonly grid: Grid
  readonly scheme: Scheme
}

/** What timelines are made from. */
export interface TimelineParts extends TimedArchive {
  readonly live: () => LivePicture
  /** Whether this installation keeps an archive. */
  readonly writing: boolean
  /** An opened bundle. GW-not-found. */
  readonly bundle: (id: string) => Promise<TimedArchive>
}

/** What happened over hours to months. RY-field, GW-parameter, GW-area, GW-not-found. Rate: per request, over manifests of the time. */
export async function timelineAnswer(parts: TimelineParts, query: TimelineQuery): Promise<Timeline> {
  const isLive = query.bundle === undefined
  const { archive, grid, scheme } = isLive ? parts : await parts.bundle(query.bundle)
  const live = isLive ? parts.live() : null
  const spans = (await archive?.spans()) ?? []
  const newest = Math.max(live?.tick ?? 0, spans.at(-1)?.to ?? 0)
  const { from, to } = rangeOf(query, newest, isLive ? newest - DAY : (spans[0]?.after ?? 0))
  const manifests = (await archive?.manifests(from - BEFORE_MS, to)) ?? []
  const timeline = timelineOf({ from, to, spans, manifests, live, scheme })
  const damages = (archive?.damages() ?? []).map(({ path, message }) => ({ path, message }))
  const top = areaIndex(grid, query.area)
  const writing = isLive && parts.writing
  return { ...(top === 0 ? timeline : within(timeline, grid, top)), damages, writing }
}

function rangeOf(query: TimelineQuery, newest: number, oldest: number): { from: number; to: number } {
  const to = query.to === undefined ? newest : instantOf('to', query.to)
  const from = query.from === undefined ? Math.min(oldest, to) : instantOf('from', query.from)
  if (from > to || to - from > MOST_SPAN_MS)
    throw new QingyuError('RY-field', {
      field: 'from',
      value: query.from ?? from,
      expected: `a time before to, at most ${MOST_SPAN_MS / DAY} days`,
    })
  return { from, to }
}

/** Of a timeline what concerns an area and those below it: colours are still the whole city's, for manifests hold no others. */
function within(timeline: ToldTimeline, grid: Grid, top: number): ToldTimeline {
  const alerts = timeline.alerts.filter(({ area }) => holds(grid, top, area))
  const alerted = new Set(alerts.map(({ incident }) => incident))
  const incidents = timeline.incidents.filter(
    ({ id, centre }) => alerted.has(id) || holds(grid, top, grid.locate(...centre)),
  )
  const subjects = new Set(alerts.map(({ id }) => id))
  const actions = timeline.actions.filter(
    ({ subject }) => subjects.has(subject) || holds(grid, top, grid.indexOf(subject) ?? -1),
  )
  return { ...timeline, alerts, incidents, actions }
}

/** What live stands at: the newest picture, living incidents and open alerts. */
export function livePicture(
  picture: Pick<Picture, 'epoch' | 'tick' | 'ranks' | 'grid'>,
  scheme: Scheme,
  { incidents, alerts }: { readonly incidents: Iterable<Incident>; readonly alerts: Iterable<Alert> },
): LivePicture {
  const { epoch, tick, ranks, grid } = picture
  const deepest = grid.levels.length - 1
  const levels: Record<string, number> = Object.fromEntries(levelIds(scheme).map((id) => [id, 0]))
  for (let area = 0; area < grid.size; area++)
    if (grid.depths[area] === deepest) {
      const id = levelId(scheme, ranks[area] ?? 0)
      levels[id] = (levels[id] ?? 0) + 1
    }
  return {
    epoch,
    tick,
    levels,
    incidents: [...incidents].map((incident) => incidentLine(incident, grid)),
    alerts: [...alerts].map(alertLine),
  }
}
