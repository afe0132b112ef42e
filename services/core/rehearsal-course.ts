import type { Incident } from './incident.ts'
import type { Rank } from './level.ts'

/** Incidents of one side that are compared; further ones are counted. */
const MOST_COURSES = 20_000
/** Areas noted over all incidents of one side; further ones are left out of the comparison of places. */
const MOST_STAYS = 300_000
/** Mergers that are followed from one incident to the next. */
const MOST_MERGERS = 64

/** When an incident was in an area, first to last, ms. */
export interface Stay {
  readonly first: number
  last: number
}

/** What became of one incident, and so of its alert, while it was compared. */
export interface Course {
  readonly id: string
  readonly category: string
  readonly depth: number
  /** First tick at which it was compared and lived, ms. */
  readonly from: number
  /** When its condition ended; null: it goes on. */
  to: number | null
  /** The older one that it became part of. */
  into: Course | null
  /** Rule, area and centre where it was gravest. */
  peak: Rank
  rule: string
  area: number
  centre: readonly [number, number]
  /** First tick at each rank or graver; index 0 is unused. */
  readonly ranks: (number | null)[]
  readonly stays: Map<number, Stay>
}

/** One that lives, with its areas now. */
interface Living {
  readonly course: Course
  areas: readonly number[]
}

/** Follows all incidents of one side from tick to tick. */
export class Courses {
  readonly all: Course[] = []
  /** Incidents that are not among them. */
  uncounted = 0
  readonly #levels: number
  readonly #living = new Map<string, Living>()
  #stays = 0

  /** `levels` of the scheme. */
  constructor(levels: number) {
    this.#levels = levels
  }

  /** Comparing begins, anew after a gap, at `at` (ms) with these incidents; what fades counts once it is back. */
  begin(at: number, incidents: readonly Incident[]): void {
    for (const incident of incidents) if (incident.state === 'active') this.#bear(incident, at)
  }

  /** Incidents that a tick tells of. The answer: how many were born. Rate: per incident that changed, and its areas. */
  take(at: number, incidents: readonly Incident[]): number {
    const born = incidents.filter((incident) => incident.born === at && incident.state === 'active').length
    for (const incident of incidents)
      if (incident.state === 'active' && !this.#living.has(incident.id)) this.#bear(incident, at)
    for (const incident of incidents) this.#follow(incident, at)
    return born
  }

  /** Comparing ends at `at` (ms), for good or until a gap is over. */
  end(at: number): void {
    for (const { course, areas } of this.#living.values()) this.#stay(course, areas, at)
    this.#living.clear()
  }

  #bear(incident: Incident, at: number): void {
    if (this.all.length >= MOST_COURSES) {
      if (incident.born === at) this.uncounted++
      return
    }
    const { id, category, depth, areas, worst } = incident
    const course: Course = {
      id,
      category,
      depth,
      from: at,
      to: null,
      into: null,
      peak: 0,
      rule: worst.rule,
      area: worst.area,
      centre: centreOf(incident),
      ranks: Array.from({ length: this.#levels }, () => null),
      stays: new Map(),
    }
    this.all.push(course)
    this.#living.set(id, { course, areas })
    this.#stay(course, areas, at)
    grew(course, incident, at)
  }

  #follow(incident: Incident, at: number): void {
    const living = this.#living.get(incident.id)
    if (living === undefined) return
    const { course } = living
    // Until now it was in all that it had.
    this.#stay(course, living.areas, at)
    if (incident.state === 'active') {
      living.areas = incident.areas
      this.#stay(course, living.areas, at)
      course.to = null
      grew(course, incident, at)
    }
    if (incident.state === 'fading') {
      living.areas = []
      course.to = incident.faded ?? at
    }
    if (incident.state === 'active' || incident.state === 'fading') return
    course.to ??= at
    this.#living.delete(incident.id)
    if (incident.state === 'merged') course.into = this.#living.get(incident.into ?? '')?.course ?? null
  }

  #stay(course: Course, areas: readonly number[], at: number): void {
    for (const area of areas) {
      const stay = course.stays.get(area)
      if (stay !== undefined) stay.last = at
      else if (this.#stays < MOST_STAYS) {
        this.#stays++
        course.stays.set(area, { first: at, last: at })
      }
    }
  }
}

function centreOf({ path }: Incident): readonly [number, number] {
  const last = path.at(-1)
  return [last?.lon ?? 0, last?.lat ?? 0]
}

function grew(course: Course, incident: Incident, at: number): void {
  const { rank, worst } = incident
  for (let r = rank; r > 0; r--) course.ranks[r] ??= at
  if (rank <= course.peak) return
  course.peak = rank
  course.rule = worst.rule
  course.area = worst.area
  course.centre = centreOf(incident)
}

/** When the condition of a course ended, followed into those that it became part of; null: it goes on. */
export function endOf(course: Course): number | null {
  let last = course
  // A merger leads to an older one, but what came apart may be merged the other way round.
  for (let steps = 0; last.into !== null && steps < MOST_MERGERS; steps++) last = last.into
  return last.to
}
