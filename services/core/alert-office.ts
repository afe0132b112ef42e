import type { AlertPolicy } from './alert-policy.ts'
import { answersFor, upwards } from './alert-place.ts'
import type { Grid } from './grid.ts'
import type { Actor, Person } from './person.ts'
import type { OnDuty } from './roster.ts'

/** Who is on duty, as the rosters say. */
export interface DutyBook {
  /** An area's own roster at `at`, by order; empty when nobody is, or it has none. */
  onDuty(area: number, at: number): readonly OnDuty[]
  hasRoster(area: number): boolean
}

/** People of one unit who are told at once. */
const MOST_OF_UNIT = 50

/** Who is there to answer for alerts: people and units of the policy, and the rosters. Nobody is named who is not registered. */
export class Office {
  readonly grid: Grid
  readonly policy: AlertPolicy
  readonly duty: DutyBook
  /** Nobody is registered: alerts stand on walls and in CAP, and nobody has to do anything. */
  readonly isUnmanned: boolean
  /** Who is on duty at the tick looked at, by area. */
  readonly #present = new Map<number, readonly OnDuty[]>()
  #at = -1
  /** By unit, sorted by id. */
  readonly #staff = new Map<string, Person[]>()

  constructor(grid: Grid, policy: AlertPolicy, duty: DutyBook) {
    this.grid = grid
    this.policy = policy
    this.duty = duty
    this.isUnmanned = policy.people.size === 0
    const people = [...policy.people.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    for (const person of people) {
      const staff = this.#staff.get(person.unit)
      if (staff) staff.push(person)
      else this.#staff.set(person.unit, [person])
    }
  }

  /** A tick begins: rosters are asked anew, once an area. */
  look(at: number): void {
    this.#present.clear()
    this.#at = at
  }

  /** Registered people on duty for an area itself, by order. */
  onDuty(area: number, at: number): readonly OnDuty[] {
    const known = at === this.#at ? this.#present.get(area) : undefined
    if (known !== undefined) return known
    const present = this.duty.onDuty(area, at).filter(({ person }) => this.policy.people.has(person))
    if (at === this.#at) this.#present.set(area, present)
    return present
  }

  /** Those on duty for an area or one above it, nearest first, each once. */
  above(area: number, at: number): readonly string[] {
    const people = upwards(this.grid, area).flatMap((each) => this.onDuty(each, at))
    return [...new Set(people.map(({ person }) => person))]
  }

  /** The people of a unit who answer for an area: those on duty; else those whose remit holds it; else all. At most 50. */
  staff(unit: string, area: number, at: number): readonly string[] {
    const staff = unit === '' ? [] : (this.#staff.get(unit) ?? [])
    const above = new Set(this.above(area, at))
    const onDuty = staff.filter(({ id }) => above.has(id))
    const near = staff.filter((person) => answersFor(this.grid, person, area))
    const chosen = [onDuty, near, staff].find(({ length }) => length > 0) ?? []
    return chosen.slice(0, MOST_OF_UNIT).map(({ id }) => id)
  }

  /** Those on duty above an area with a role who may be asked, of the nearest area that has one; empty when none has. */
  onDutyAs(
    role: Actor['role'],
    area: number,
    at: number,
    isAsked: (person: string) => boolean = () => true,
  ): readonly string[] {
    for (const each of upwards(this.grid, area)) {
      const persons = this.onDuty(each, at).map(({ person }) => person)
      const found = persons.filter((id) => this.policy.people.get(id)?.role === role && isAsked(id))
      if (found.length > 0) return found
    }
    return []
  }

  /** Whether an actor's own area holds `area`. */
  covers(actor: Actor, area: number): boolean {
    return answersFor(this.grid, actor, area)
  }
}
