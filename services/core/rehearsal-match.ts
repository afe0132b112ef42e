import type { Grid } from './grid.ts'
import { endOf, type Course } from './rehearsal-course.ts'
import type { Compared, RehearsalResult } from './replay-wire.ts'

/** Compared alerts that are listed; the others are counted. */
const MOST_LISTED = 5_000

/** Two incidents, one of each side, that were of one category in one place at one time. */
interface Meeting {
  readonly was: number
  readonly would: number
  /** First tick at which both were in one area. */
  met: number
  /** Over all areas that they share, for how long both were there, ms. */
  shared: number
  /** When each of them came to what they share. */
  wasHere: number
  wouldHere: number
}

const VERDICTS = ['new', 'gone', 'later', 'earlier', 'same'] as const
type Verdict = Compared['verdict']

/**
 * Pairs the incidents of both sides. Its counterpart is whatever stands where and when an alert is raised: those that met first are
 * paired first, of equals those that shared most. One whose counterparts are all taken goes with the first it met, as a part of it
 * (`joined`); what met nothing is new or gone. `slackMs`: how far apart in time incidents still meet.
 */
export function compareCourses(
  was: readonly Course[],
  would: readonly Course[],
  grid: Grid,
  slackMs: number,
): Pick<RehearsalResult, 'alerts' | 'counts' | 'unlisted'> {
  const meetings = meetingsOf(was, would, slackMs)
  const taken = { was: new Set<number>(), would: new Set<number>() }
  const compared: Compared[] = []
  for (const meeting of meetings) {
    if (taken.was.has(meeting.was) || taken.would.has(meeting.would)) continue
    taken.was.add(meeting.was)
    taken.would.add(meeting.would)
    compared.push(comparedOf(grid, was[meeting.was], would[meeting.would], null))
  }
  for (const meeting of meetings) {
    if (taken.was.has(meeting.was) && taken.would.has(meeting.would)) continue
    taken.was.add(meeting.was)
    taken.would.add(meeting.would)
    compared.push(comparedOf(grid, was[meeting.was], would[meeting.would], meeting))
  }
  for (const [i, course] of was.entries())
    if (!taken.was.has(i)) compared.push(comparedOf(grid, course, undefined, null))
  for (const [i, course] of would.entries())
    if (!taken.would.has(i)) compared.push(comparedOf(grid, undefined, course, null))
  return listed(compared)
}

/** What differs comes first where not all can be listed; the list is by time. */
function listed(compared: readonly Compared[]): Pick<RehearsalResult, 'alerts' | 'counts' | 'unlisted'> {
  const counts: Record<Verdict, number> = { same: 0, earlier: 0, later: 0, new: 0, gone: 0 }
  for (const { verdict } of compared) counts[verdict]++
  const weight = ({ verdict }: Compared): number => VERDICTS.indexOf(verdict)
  const alerts = compared
    .toSorted((a, b) => weight(a) - weight(b) || b.peak - a.peak || byTime(a, b))
    .slice(0, MOST_LISTED)
    .sort(byTime)
  return { alerts, counts, unlisted: compared.length - alerts.length }
}

function byTime(a: Compared, b: Compared): number {
  return beginOf(a) - beginOf(b) || a.area - b.area || (idOf(a) < idOf(b) ? -1 : +(idOf(a) > idOf(b)))
}

const beginOf = ({ was, would }: Compared): number => Math.min(was?.from ?? Infinity, would?.from ?? Infinity)
const idOf = ({ was, would }: Compared): string => `${was?.id ?? ''} ${would?.id ?? ''}`

/** All that met, in the order in which they are paired. Rate: per rehearsal, incident and area. */
function meetingsOf(was: readonly Course[], would: readonly Course[], slackMs: number): Meeting[] {
  const places = placesOf(would)
  const meetings: Meeting[] = []
  for (const [i, course] of was.entries()) {
    const met = new Map<number, Meeting>()
    for (const [area, mine] of course.stays)
      for (const j of places.get(placeOf(course, area)) ?? []) {
        const other = would[j]?.stays.get(area)
        if (other === undefined || other.last + slackMs < mine.first) continue
        // Later ones of this place begin later still.
        if (other.first > mine.last + slackMs) break
        const [first, last] = [Math.max(mine.first, other.first), Math.min(mine.last, other.last)]
        const known = met.get(j) ?? {
          was: i,
          would: j,
          met: Infinity,
          shared: 0,
          wasHere: Infinity,
          wouldHere: Infinity,
        }
        known.met = Math.min(known.met, first)
        known.shared += Math.max(0, last - first)
        known.wasHere = Math.min(known.wasHere, mine.first)
        known.wouldHere = Math.min(known.wouldHere, other.first)
        met.set(j, known)
      }
    meetings.push(...met.values())
  }
  const apart = (one: Meeting): number => Math.abs((was[one.was]?.from ?? 0) - (would[one.would]?.from ?? 0))
  return meetings.sort(
    (a, b) =>
      a.met - b.met || b.shared - a.shared || apart(a) - apart(b) || a.was - b.was || a.would - b.would,
  )
}

const placeOf = ({ category, depth }: Course, area: number): string => `${area}/${depth}/${category}`

/** By place: which of the courses were there, by when they came. */
function placesOf(courses: readonly Course[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [i, course] of courses.entries())
    for (const area of course.stays.keys()) {
      const place = placeOf(course, area)
      const there = places.get(place)
      if (there) there.push(i)
      else places.set(place, [i])
    }
  const cameTo = (i: number, area: number): number => courses[i]?.stays.get(area)?.first ?? 0
  for (const [place, there] of places) {
    const area = Number(place.slice(0, place.indexOf('/')))
    there.sort((a, b) => cameTo(a, area) - cameTo(b, area) || a - b)
  }
  return places
}

/** One line of the comparison; `part`: its counterpart is another's already, so that they are compared where they met. */
function comparedOf(
  grid: Grid,
  was: Course | undefined,
  would: Course | undefined,
  part: Meeting | null,
): Compared {
  const shown = would ?? was
  const [wasAt, wouldAt] = [was?.ranks ?? noneOf(would), would?.ranks ?? noneOf(was)]
  const raised = part === null ? (was?.from ?? 0) - (would?.from ?? 0) : part.wasHere - part.wouldHere
  const judged =
    was === undefined || would === undefined
      ? { verdict: was === undefined ? ('new' as const) : ('gone' as const), early: 0 }
      : judge(raised, wasAt, wouldAt)
  const area = shown?.area ?? 0
  return {
    rule: shown?.rule ?? '',
    category: shown?.category ?? '',
    peak: Math.max(was?.peak ?? 0, would?.peak ?? 0),
    area,
    code: grid.codes[area] ?? '',
    centre: shown?.centre ?? [0, 0],
    was: sideOf(was),
    would: sideOf(would),
    ...judged,
    joined: part !== null,
    wasAt,
    wouldAt,
  }
}

function noneOf(course: Course | undefined): null[] {
  return (course?.ranks ?? []).map(() => null)
}

function sideOf(course: Course | undefined): Compared['was'] {
  if (course === undefined) return null
  return { id: course.id, from: course.from, to: endOf(course), peak: course.peak }
}

/** By when both were raised; where that is the same, by the first level that they reached at different times, or only one did. */
function judge(
  raised: number,
  was: readonly (number | null)[],
  would: readonly (number | null)[],
): { readonly verdict: Verdict; readonly early: number } {
  if (raised !== 0) return { verdict: raised > 0 ? 'earlier' : 'later', early: raised }
  const differs = was.findIndex((at, rank) => at !== (would[rank] ?? null))
  if (differs < 0) return { verdict: 'same', early: 0 }
  const [before, after] = [was[differs] ?? null, would[differs] ?? null]
  if (before === null || after === null) return { verdict: before === null ? 'earlier' : 'later', early: 0 }
  return { verdict: before > after ? 'earlier' : 'later', early: before - after }
}
