import type { Role } from './person.ts'

/** What a session may do, beside what the alert itself permits (`verbs` of an alert). */
export type Permission =
  | 'desk'
  | 'act'
  | 'raise'
  | 'silence'
  | 'cover'
  | 'handover'
  | 'audit'
  | 'letters'
  | 'tokens'
  | 'reports'
  | 'publish'
  | 'drill'
  | 'bundle'

/**
 * Which roles a part of the API is open to. What may be done with one alert is decided in the alert stage by role, place and
 * state together; this table only says who gets as far as asking.
 */
const PERMITTED: Readonly<Record<Permission, readonly Role[]>> = {
  desk: ['viewer', 'officer', 'supervisor', 'commander', 'admin'],
  act: ['viewer', 'officer', 'supervisor', 'commander', 'admin'],
  raise: ['supervisor', 'admin'],
  silence: ['supervisor', 'commander', 'admin'],
  cover: ['supervisor', 'commander', 'admin'],
  handover: ['officer', 'supervisor', 'commander', 'admin'],
  audit: ['supervisor', 'admin'],
  letters: ['vendor', 'admin'],
  tokens: ['viewer', 'officer', 'supervisor', 'commander', 'vendor', 'admin'],
  reports: ['viewer', 'officer', 'supervisor', 'commander', 'admin'],
  publish: ['supervisor', 'admin'],
  drill: ['supervisor', 'commander', 'admin'],
  bundle: ['supervisor', 'commander', 'admin'],
}

const PERMISSIONS = Object.keys(PERMITTED) as readonly Permission[]

export function isPermitted(role: Role, permission: Permission): boolean {
  return PERMITTED[permission].includes(role)
}

/** All that a role permits. */
export function permissionsOf(role: Role): readonly Permission[] {
  return PERMISSIONS.filter((permission) => isPermitted(role, permission))
}

/** Roles that a permission needs, for a message. */
export function rolesFor(permission: Permission): readonly Role[] {
  return PERMITTED[permission]
}
