import { QingyuError } from './errors.ts'
import type { Grid } from './grid.ts'
import { nearest } from './nearest.ts'
import type { Person } from './person.ts'

/** One person's turn; times are ms since 1970. */
export interface Shift {
  readonly person: string
  readonly from: number
  readonly to: number
  /** Line of the roster that it comes from, 1-based: who stands further up is told first. */
  readonly line: number
  /** Place among those of the line, from 0. */
  readonly place: number
}

/** Somebody stands in for somebody else (`instead`), or for all ('' ). */
export interface Cover {
  readonly person: string
  readonly instead: string
  readonly from: number
  readonly to: number
  /** Both stand in for each other. */
  readonly swap: boolean
}

/** A roster as read: who has which turn, for any time. */
export interface Roster {
  /** Areas it speaks of, ascending. */
  readonly areas: readonly number[]
  /** Shifts of an area that overlap [from, to), by line, place and time. At most 366 days apart. */
  shifts(area: number, from: number, to: number): readonly Shift[]
  /** Who stands in for whom, as the roster itself says; later ones lie over earlier ones. */
  covers(area: number): readonly Cover[]
}

/** What a roster is read against. */
export interface RosterWorld {
  /** Name of the roster, for messages. */
  readonly roster: string
  readonly grid: Grid
  readonly people: ReadonlyMap<string, Person>
  /** Taken before: who and what the configuration no longer has is passed over, not refused. */
  readonly lenient: boolean
}

/** Longest text taken into the log, UTF-16 units; most events or shifts in it. */
export const MOST_TEXT = 256 * 1024
export const MOST_EVENTS = 5000
/** Longest shift, ms: a year. */
export const MOST_SHIFT = 366 * 86_400_000

/** A field that cannot be meant, as RO-field. Values are cut to 80 signs. */
export function rosterFault(
  { roster }: Pick<RosterWorld, 'roster'>,
  line: number,
  field: string,
  value: unknown,
  expected: string,
): QingyuError {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing')
  return new QingyuError('RO-field', { roster, line, field, value: text.slice(0, 80), expected })
}

/** Somebody who can be on duty; RO-field for anybody else, with the nearest. */
export function dutyPerson(world: RosterWorld, line: number, field: string, id: unknown): string {
  if (world.lenient && typeof id === 'string') return id
  const person = typeof id === 'string' ? world.people.get(id) : undefined
  if (person === undefined) {
    const best = typeof id === 'string' ? nearest(id, world.people.keys()) : undefined
    throw rosterFault(world, line, field, id, `one of people${best === undefined ? '' : `, perhaps ${best}`}`)
  }
  if (person.role === 'viewer' || person.role === 'vendor')
    throw rosterFault(world, line, field, person.id, `somebody who may act, not a ${person.role}`)
  return person.id
}

/** Index of an area by code, -1 where it is passed over; RO-field where there is none. */
export function rosterArea(world: RosterWorld, line: number, field: string, code: string): number {
  const area = world.grid.indexOf(code)
  if (area === undefined && world.lenient) return -1
  if (area === undefined)
    throw rosterFault(world, line, field, code, `an area code of grid ${world.grid.city}`)
  return area
}

/** By line, place and time. */
export function byRoster(a: Shift, b: Shift): number {
  return a.line - b.line || a.place - b.place || a.from - b.from
}
