import type { Person, Role } from '../core/person.ts'

function person(id: string, role: Role, area: string, unit = ''): [string, Person] {
  return [id, { id, name: { zh: `${id}某`, en: id }, role, area, unit }]
}

/** People of a {@link smallPlan}'s city: one of each role, two officers of a street each, and two vendors. */
export const PEOPLE: ReadonlyMap<string, Person> = new Map([
  person('li', 'officer', '3201', 'water'),
  person('wang', 'officer', '3202', 'traffic'),
  person('chen', 'commander', '3201'),
  person('sun', 'supervisor', '32'),
  person('zhao', 'admin', '32'),
  person('gast', 'viewer', '32'),
  person('acme-desk', 'vendor', '32', 'acme'),
  person('other-desk', 'vendor', '32', 'other'),
])
