import type { DigestIncident } from '../services/core/archive.ts'
import type { Span } from './analyst-axis.ts'
import { xOf } from './analyst-axis.ts'

/** A bar of the timeline, pixels. */
export interface Bar {
  readonly incident: DigestIncident
  readonly x: number
  readonly width: number
  /** From 0; the last lane also takes what found no room. */
  readonly lane: number
  /** Found no room of its own: it is drawn over others, without its number. */
  readonly crowded: boolean
  /** Room behind the bar up to the next one of its lane, for its number. */
  readonly room: number
}

/** Narrowest bar, pixels, and room kept between two. */
const NARROW = 3
const APART = 3

/**
 * Puts incidents into lanes so that none hides another, oldest first, in as few lanes as they need. `now` ends those that still
 * live; `badge` is the room that a number wants, pixels. Rate: when the view changes; 2,000 incidents take about a millisecond.
 */
export function barsOf(
  incidents: readonly DigestIncident[],
  view: { readonly span: Span; readonly width: number; readonly now: number; readonly lanes: number },
  badge: number,
): readonly Bar[] {
  const { span, width, now, lanes } = view
  const ends: number[] = []
  const last: (number | undefined)[] = []
  const bars: {
    incident: DigestIncident
    x: number
    width: number
    lane: number
    crowded: boolean
    room: number
  }[] = []
  const sorted = [...incidents].sort((a, b) => a.born - b.born || a.number - b.number)
  for (const incident of sorted) {
    const x = xOf(incident.born, span, width)
    const end = xOf(Math.min(incident.over ?? now, now), span, width)
    if (end < -badge || x > width) continue
    const long = Math.max(NARROW, end - x)
    let lane = 0
    while (lane < lanes && (ends[lane] ?? Number.NEGATIVE_INFINITY) > x) lane++
    const crowded = lane >= lanes
    if (crowded) lane = lanes - 1
    const before = bars[last[lane] ?? -1]
    if (before !== undefined) before.room = Math.min(before.room, x - before.x - before.width)
    ends[lane] = Math.max(ends[lane] ?? Number.NEGATIVE_INFINITY, x + long + APART)
    last[lane] = bars.length
    bars.push({ incident, x, width: long, lane, crowded, room: width - x - long })
  }
  return bars
}

/** How many incidents lie over each other at the most, within the view. */
export function deepest(incidents: readonly DigestIncident[], span: Span, now: number): number {
  const ends: number[] = []
  let most = 0
  for (const { born, over } of [...incidents].sort((a, b) => a.born - b.born)) {
    if (born > span.to || (over ?? now) < span.from) continue
    const open = ends.filter((end) => end > born)
    ends.splice(0, ends.length, ...open, over ?? now)
    most = Math.max(most, ends.length)
  }
  return most
}

/** The incident whose bar lies under a point: the shortest of those that do, since a long one is easily hit elsewhere. */
export function barUnder(bars: readonly Bar[], x: number, lane: number, slack: number): Bar | null {
  const hit = bars.filter((bar) => bar.lane === lane && x >= bar.x - slack && x <= bar.x + bar.width + slack)
  return hit.reduce<Bar | null>((best, bar) => (best === null || bar.width < best.width ? bar : best), null)
}

/** The incident born next after `at` (or last before it, `by` -1); null for none. */
export function nextIncident(
  incidents: readonly DigestIncident[],
  at: number,
  by: 1 | -1,
): DigestIncident | null {
  const ahead = incidents.filter(({ born }) => (by === 1 ? born > at : born < at))
  return ahead.reduce<DigestIncident | null>(
    (best, one) => (best === null || (one.born - best.born) * by < 0 ? one : best),
    null,
  )
}
