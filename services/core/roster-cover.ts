import type { Action, Deed } from './action.ts'
import { badField } from './act-field.ts'
import { answersFor } from './alert-place.ts'
import { stampOf } from './alert-record.ts'
import { QingyuError } from './errors.ts'
import type { Grid } from './grid.ts'
import { nearest } from './nearest.ts'
import type { Actor, Person, Role } from './person.ts'
import { MOST_SHIFT, type Cover } from './roster-shift.ts'

type CoverDeed = Extract<Deed, { readonly verb: 'cover' }>

/** A cover as it is kept: for which area, by whom, and when it was made. */
export interface KeptCover extends Cover {
  /** Area code. */
  readonly area: string
  readonly by: string
  readonly at: number
}

/** Those who may change others' duties; an officer only their own. */
const ROLES: readonly Role[] = ['supervisor', 'commander', 'admin']

/** Key of a cover in the state. */
export function coverKey({ from, area, person, instead }: KeptCover): string {
  return `c/${stampOf(from)}/${area}/${person}/${instead}`
}

/** Later ones lie over earlier ones. */
export function byMaking(a: KeptCover, b: KeptCover): number {
  return a.at - b.at || (coverKey(a) < coverKey(b) ? -1 : 1)
}

function personOf(people: ReadonlyMap<string, Person>, field: string, id: unknown): string {
  const person = typeof id === 'string' ? people.get(id) : undefined
  if (person === undefined || person.role === 'viewer' || person.role === 'vendor') {
    const best = typeof id === 'string' ? nearest(id, people.keys()) : undefined
    throw badField(field, id, `somebody who may act${best === undefined ? '' : `, perhaps ${best}`}`)
  }
  return person.id
}

/** Who may let whom stand in where: an officer gives their own duty away, or takes another's in their own area. Throws AL-role or AL-area. */
function permit(
  grid: Grid,
  by: Actor,
  area: number,
  { person, instead }: Pick<Cover, 'person' | 'instead'>,
): void {
  const isGiven = by.role === 'officer' && by.person === instead
  const isTaken = by.role === 'officer' && by.person === person && instead !== ''
  if (!isGiven && !isTaken && !ROLES.includes(by.role))
    throw new QingyuError('AL-role', {
      role: by.role,
      person: by.person,
      verb: 'cover for others',
      expected: ROLES.join(', '),
    })
  // Who gives their own duty away need not answer for its area: the roster put them there.
  if (!isGiven && !answersFor(grid, by, area))
    throw new QingyuError('AL-area', { value: grid.codes[area] ?? '', area: by.area, person: by.person })
}

/**
 * The cover that an action asks for at `at`. What is past stays as it was: it begins at `at` at the earliest. Throws AL-field,
 * AL-role or AL-area.
 */
export function coverOf(
  { by }: Action,
  deed: CoverDeed,
  at: number,
  grid: Grid,
  people: ReadonlyMap<string, Person>,
): KeptCover {
  const area = typeof deed.area === 'string' ? grid.indexOf(deed.area) : undefined
  if (area === undefined) throw badField('area', deed.area, `an area code of grid ${grid.city}`)
  const person = personOf(people, 'person', deed.person)
  const instead = deed.instead === '' ? '' : personOf(people, 'instead', deed.instead)
  if (person === instead) throw badField('instead', instead, 'somebody else')
  if (!Number.isSafeInteger(deed.from)) throw badField('from', deed.from, 'ms since 1970')
  const from = Math.max(deed.from, at)
  if (!Number.isSafeInteger(deed.to) || deed.to <= from || deed.to - from > MOST_SHIFT)
    throw badField('to', deed.to, 'later than from and now, by at most 366 days')
  permit(grid, by, area, { person, instead })
  return { area: deed.area, person, instead, from, to: deed.to, swap: false, by: by.person, at }
}
