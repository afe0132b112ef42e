import type { Deed } from './action.ts'
import type { Denial } from './alert-transitions.ts'
import type { Office } from './alert-office.ts'
import { badField } from './act-field.ts'
import { withoutNumbers } from './personal.ts'

/** Characters of a comment, and of the headline of an alert raised by hand. */
const MOST_COMMENT = 500
const MOST_HEADLINE = 200
/** Areas of an alert raised by hand. */
const MOST_AREAS = 500
/** Longest time for which units are called or an alert is put aside: what takes longer is not an alert any more. */
const MOST_AHEAD_MS = 86_400_000

const CODE = /^[A-Za-z0-9._:-]{1,64}$/

/** A field of an action that came through the log: anything may stand there. */
type Field = unknown

/** The words of a field without what looks like somebody's number; '' where none stands. */
function words(field: Field, most: number): string {
  return typeof field === 'string' ? withoutNumbers(field).slice(0, most).trim() : ''
}

/** What somebody wrote about an act, at most 500 characters. */
export function commentOf(deed: Deed): string {
  return 'comment' in deed ? words(deed.comment, MOST_COMMENT) : ''
}

/** The headline that somebody gave to an alert, at most 200 characters. */
export function headlineOf({ headline }: { readonly headline: Field }): string {
  return words(headline, MOST_HEADLINE)
}

/** The id or code that an act names; '' for anything that looks like none. */
export function nameOf(field: Field): string {
  return typeof field === 'string' && CODE.test(field) ? field : ''
}

/** AL-field about one field of an act. */
export function fieldDenial(field: string, value: Field, expected: string): Denial {
  return { code: 'AL-field', parameters: badField(field, value, expected).parameters }
}

/** Null when a time lies after `at` and within a day of it. */
export function aheadDenial(field: string, value: Field, at: number): Denial | null {
  const isAhead = typeof value === 'number' && value > at && value <= at + MOST_AHEAD_MS
  return isAhead ? null : fieldDenial(field, value, 'a time within the next 24 h, ms')
}

/** To whom work goes: a known unit, a registered person of it, or both. */
export function receiverOf(
  deed: { readonly unit: Field; readonly person: Field },
  office: Office,
): { readonly unit: string; readonly person: string } | Denial {
  const [unit, person] = [nameOf(deed.unit), nameOf(deed.person)]
  const { units, people } = office.policy
  if (unit !== '' && !units.has(unit)) return fieldDenial('unit', unit, 'a unit of the configuration')
  if (person === '')
    return unit === '' ? fieldDenial('unit', '', 'a unit, or a person beside it') : { unit, person }
  const found = people.get(person)
  if (found === undefined) return fieldDenial('person', person, 'a registered person')
  if (unit !== '' && found.unit !== unit) return fieldDenial('person', person, `somebody of unit ${unit}`)
  return { unit: found.unit, person }
}

/** Units that a whistle calls, each once; at least one, all known. */
export function unitsOf(field: Field, most: number, office: Office): readonly string[] | Denial {
  const units = Array.isArray(field) ? [...new Set(field.map(nameOf))] : []
  const unknown = units.find((unit) => !office.policy.units.has(unit))
  if (unknown !== undefined) return fieldDenial('units', unknown, 'units of the configuration')
  if (units.length === 0 || units.length > most)
    return fieldDenial('units', units.length, `1 to ${most} units`)
  return units.sort()
}

/** What an alert raised by hand says of itself. */
export interface Raising {
  /** Ascending. */
  readonly areas: readonly number[]
  readonly category: string
  readonly rank: number
  readonly headline: string
}

/** An alert raised by hand, checked: areas of the grid, a known category, a rank above calm, a headline. */
export function raisingOf(
  deed: Extract<Deed, { verb: 'raise' }>,
  ranks: number,
  office: Office,
): Raising | Denial {
  const { areas, category, rank }: Record<'areas' | 'category' | 'rank', Field> = deed
  const codes = Array.isArray(areas) ? [...new Set(areas.map(nameOf))] : []
  if (codes.length === 0 || codes.length > MOST_AREAS)
    return fieldDenial('areas', codes.length, `1 to ${MOST_AREAS} codes of areas`)
  const unknown = codes.find((code) => office.grid.indexOf(code) === undefined)
  if (unknown !== undefined)
    return fieldDenial('areas', unknown, `codes of areas of grid ${office.grid.version}`)
  if (!office.policy.categories.has(nameOf(category)))
    return fieldDenial('category', category, 'a category of the configuration')
  if (typeof rank !== 'number' || !Number.isInteger(rank) || rank < 1 || rank >= ranks)
    return fieldDenial('rank', rank, `a rank from 1 to ${ranks - 1}`)
  const headline = headlineOf(deed)
  if (headline === '') return fieldDenial('headline', deed.headline, 'a few words')
  const indexes = codes.map((code) => office.grid.indexOf(code) ?? 0)
  return { areas: indexes.sort((a, b) => a - b), category: nameOf(category), rank, headline }
}
