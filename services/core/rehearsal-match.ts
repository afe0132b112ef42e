import type { Grid } from './grid.ts'
import { endOf, type Course } from './rehearsal-course.ts'
import type { Compared, RehearsalResult } from './replay-wire.ts'

/** Compared alerts that are listed; the others are counted. */
const MOST_LISTED = 5_000

/** Two incidents, one of each side, that were of one category in one place at one time, or one soon after the other. */
interface Meeting {
  readonly was: number
  readonly would: number
  /** First tick at which both were, or had been, in one area. */
  met: number
  /** Over all areas that they share, for how long both were there, ms; negative: how long neither was. */
  shared: number
}

const VERDICTS = ['new', 'gone', 'later', 'earlier', 'same'] as const
type Verdict = Compared['verdict']

/**
 * Pairs the incidents of both sides. The counterpart of an alert is the one that stands where and when it is raised, or the first that
 * is raised where it stands: two are paired where each is the first that the other met; who met first, is looked at first. One that met
 * only others' counterparts is told beside the first of them, `joined`. What met nothing goes with what came or went within `slackMs`;
 * else it is new or gone.
 */
export function compareCourses(
  was: readonly Course[],
  would: readonly Course[],
  grid: Grid,
  slackMs: number,
): Pick<RehearsalResult, 'alerts' | 'counts' | 'unlisted'> {
  const seen = { was: new Set<number>(), would: new Set<number>() }
  const compared: Compared[] = []
  const meetings = meetingsOf(was, would, slackMs)
  const there = soonestThere(was, would, meetings)
  for (const meeting of meetings) {
    const known = [seen.was.has(meeting.was), seen.would.has(meeting.would)].filter(Boolean).length
    if (known === 2 || (known === 1 && meeting.shared < 0)) continue
    seen.was.add(meeting.was)
    seen.would.add(meeting.would)
    const judged = known === 1 ? ALIKE : judge(was[meeting.was], would[meeting.would], there)
    compared.push({
      ...comparedOf(grid, was[meeting.was], would[meeting.would]),
      ...judged,
      joined: known === 1,
    })
  }
  for (const [i, course] of was.entries())
    if (!seen.was.has(i)) compared.push({ ...comparedOf(grid, course, undefined), verdict: 'gone' })
  for (const [i, course] of would.entries())
    if (!seen.would.has(i)) compared.push({ ...comparedOf(grid, undefined, course), verdict: 'new' })
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
        const known = met.get(j) ?? { was: i, would: j, met: Infinity, shared: -Infinity }
        known.met = Math.min(known.met, first)
        // Being there together counts from the first moment on; else the shortest time between them.
        known.shared = Math.max(known.shared, last - first, Math.max(0, known.shared) + last - first)
        met.set(j, known)
      }
    meetings.push(...met.values())
  }
  const apart = (one: Meeting): number => Math.abs((was[one.was]?.from ?? 0) - (would[one.would]?.from ?? 0))
  return meetings.sort(
    (a, b) =>
      +(a.shared < 0) - +(b.shared < 0) ||
      a.met - b.met ||
      b.shared - a.shared ||
      apart(a) - apart(b) ||
      a.was - b.was ||
      a.would - b.would,
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

/** One line of the comparison, before it is judged. */
function comparedOf(grid: Grid, was: Course | undefined, would: Course | undefined): Compared {
  const shown = would ?? was
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
    ...ALIKE,
    joined: false,
    wasAt: was?.ranks ?? noneOf(would),
    wouldAt: would?.ranks ?? noneOf(was),
  }
}

function noneOf(course: Course | undefined): null[] {
  return (course?.ranks ?? []).map(() => null)
}

function sideOf(course: Course | undefined): Compared['was'] {
  if (course === undefined) return null
  return { id: course.id, from: course.from, to: endOf(course), peak: course.peak }
}

const ALIKE = { verdict: 'same', early: 0 } as const

/** First tick at each rank, by rank. */
type Ranks = readonly (number | null)[]

/** For each incident, how soon any of the other side that it met reached each rank: not only its counterpart stands at its place. */
function soonestThere(
  was: readonly Course[],
  would: readonly Course[],
  meetings: readonly Meeting[],
): ReadonlyMap<Course, Ranks> {
  const there = new Map<Course, Ranks>()
  const learn = (course: Course, other: Course): void => {
    const known = there.get(course)
    const sooner = (at: number | null, rank: number): number | null =>
      Math.min(at ?? Infinity, known?.[rank] ?? Infinity)
    there.set(course, other.ranks.map(sooner))
  }
  for (const { was: i, would: j } of meetings) {
    const [before, after] = [was[i], would[j]]
    if (before === undefined || after === undefined) continue
    learn(before, after)
    learn(after, before)
  }
  return there
}

/**
 * By when both were raised; where that is the same, by the first level that one reached sooner than its counterpart and all that
 * stood at its place on the other side.
 */
function judge(
  was: Course | undefined,
  would: Course | undefined,
  there: ReadonlyMap<Course, Ranks>,
): Pick<Compared, 'verdict' | 'early'> {
  if (was === undefined || would === undefined) return ALIKE
  const raised = was.from - would.from
  if (raised !== 0) return { verdict: raised > 0 ? 'earlier' : 'later', early: raised }
  for (const [rank, before] of was.ranks.entries()) {
    const after = would.ranks[rank] ?? null
    const early = before === null || after === null ? 0 : before - after
    if (isSooner(after, before, there.get(would)?.[rank])) return { verdict: 'earlier', early }
    if (isSooner(before, after, there.get(was)?.[rank])) return { verdict: 'later', early }
  }
  return ALIKE
}

function isSooner(one: number | null, other: number | null, elsewhere: number | null | undefined): boolean {
  return one !== null && one < Math.min(other ?? Infinity, elsewhere ?? Infinity)
}
