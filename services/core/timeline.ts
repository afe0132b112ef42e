import type { Digest, DigestAlert, DigestIncident, Manifest, Span } from './archive.ts'
import type { Scheme } from './level.ts'
import type { Timeline } from './replay-wire.ts'
import { columnsOf, samplesOf, type LevelSample } from './timeline-columns.ts'

const MOST_INCIDENTS = 2_000
const MOST_ALERTS = 5_000
const MOST_ACTIONS = 5_000
const MOST_GAPS = 1_000
/** What live says of its newest tick stands for so long before it, ms: the archive follows within a minute. */
const LIVE_MS = 60_000

/** The newest tick of live, which the archive may not hold yet. */
export interface LivePicture {
  readonly epoch: string
  readonly tick: number
  /** Areas of the deepest level by level id. */
  readonly levels: Readonly<Record<string, number>>
  readonly incidents: readonly DigestIncident[]
  readonly alerts: readonly DigestAlert[]
}

/** What a timeline is made from. */
export interface TimelineSource {
  readonly from: number
  readonly to: number
  readonly spans: readonly Span[]
  /** Oldest first; those before `from` only tell what had begun by then. */
  readonly manifests: readonly Manifest[]
  readonly live: LivePicture | null
  readonly scheme: Scheme
}

/** A timeline without what is said of the archive itself. */
export type ToldTimeline = Omit<Timeline, 'damages' | 'writing'>

/** What happened from `from` to `to` (ms); all of it in the order of time. */
export function timelineOf(source: TimelineSource): ToldTimeline {
  const { from, to, spans, manifests, live, scheme } = source
  const within = manifests.filter((manifest) => manifest.to > from && manifest.after < to)
  const incidents = latest(source, 'incidents', (line, at) => ({ ...line, over: line.over ?? at })).filter(
    ({ born, over }) => born <= to && (over ?? to) >= from,
  )
  const alerts = latest(source, 'alerts', (line, at) => ({ ...line, closed: line.closed ?? at })).filter(
    ({ raised, closed }) => raised <= to && (closed ?? to) >= from,
  )
  const actions = within.flatMap(({ digest }) => digest.actions).filter(({ at }) => at > from && at <= to)
  const gravest = incidents.toSorted((a, b) => b.peak - a.peak || b.born - a.born || order(a.id, b.id))
  return {
    from,
    to,
    held: spans.map(({ after, to: end }) => ({ from: after + 1, to: end })),
    gaps: gapsIn(spans, from, to),
    ...columnsOf({ from, to }, [...within.flatMap(samplesIn), ...liveSamples(source)], scheme),
    incidents: gravest.slice(0, MOST_INCIDENTS).sort((a, b) => a.born - b.born || order(a.id, b.id)),
    alerts: alerts.sort((a, b) => a.raised - b.raised || order(a.id, b.id)).slice(-MOST_ALERTS),
    actions: actions.sort((a, b) => a.at - b.at).slice(-MOST_ACTIONS),
    more: {
      incidents: Math.max(0, incidents.length - MOST_INCIDENTS),
      alerts: Math.max(0, alerts.length - MOST_ALERTS),
      actions: Math.max(0, actions.length - MOST_ACTIONS),
    },
    versions: versionsIn(within, from),
    live: live?.tick ?? 0,
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
const samplesIn = ({ digest, to }: Manifest): LevelSample[] => samplesOf(digest, to)

/** What live shows now, where the archive does not reach so far. */
function liveSamples({ live, spans, from, to }: TimelineSource): LevelSample[] {
  const end = spans.at(-1)?.to ?? 0
  if (live === null || live.tick <= end || live.tick <= from || live.tick - LIVE_MS > to) return []
  return [{ at: live.tick, stepMs: Math.min(LIVE_MS, live.tick - end), counts: live.levels }]
}

/** Each incident or alert as it was told of last. Ids are those of one log: what lived when that ended goes no further. */
function latest<Kind extends 'incidents' | 'alerts'>(
  { manifests, live, spans }: TimelineSource,
  kind: Kind,
  finished: (line: Digest[Kind][number], at: number) => Digest[Kind][number],
): Digest[Kind][number][] {
  const found = new Map<string, { readonly epoch: string; readonly line: Digest[Kind][number] }>()
  for (const { epoch, digest } of manifests)
    for (const line of digest[kind]) found.set(`${epoch}/${line.id}`, { epoch, line })
  for (const line of live?.[kind] ?? []) {
    const epoch = live?.epoch ?? ''
    found.set(`${epoch}/${line.id}`, { epoch, line })
  }
  const newest = live?.epoch ?? spans.at(-1)?.epoch
  const ends = new Map(spans.map(({ epoch, to }) => [epoch, to]))
  return [...found.values()].map(({ epoch, line }) =>
    epoch === newest ? line : finished(line, ends.get(epoch) ?? 0),
  )
}

/** What is missing between spans, as [after, to] within [from, to]. */
export function gapsIn(
  spans: readonly Span[],
  from: number,
  to: number,
): readonly (readonly [number, number])[] {
  const gaps: (readonly [number, number])[] = []
  let end = spans[0]?.to ?? 0
  for (const span of spans.slice(1)) {
    const gap = [Math.max(from, end), Math.min(to, span.after)] as const
    if (gap[0] < gap[1]) gaps.push(gap)
    end = Math.max(end, span.to)
  }
  return gaps.slice(-MOST_GAPS)
}

/** Where versions came into force; one that no tick told of (another log begins), at the end of the first segment that names it. */
function versionsIn(manifests: readonly Manifest[], from: number): Timeline['versions'] {
  let known = ''
  return manifests.flatMap(({ rules, after, to, digest }, i) => {
    const told = digest.versions ?? []
    const isNew = known !== rules && told.at(-1)?.rules !== rules
    const lines = isNew ? [...told, { at: i === 0 ? Math.max(from, after) : to, rules }] : told
    known = rules
    return lines.filter(({ at }) => at >= from)
  })
}
