/** What somebody may do: look; act on alerts; raise, verify, close; dispatch, handle, whistle; see a vendor's letters; all settings. */
export type Role = 'viewer' | 'officer' | 'supervisor' | 'commander' | 'vendor' | 'admin'

export const ROLES: readonly Role[] = ['viewer', 'officer', 'supervisor', 'commander', 'vendor', 'admin']

/** Somebody who signs in, as the operator registered them. Where to reach them never enters the log. */
export interface Person {
  /** `[a-z0-9-]{1,64}`; the name under which they stand in the log. */
  readonly id: string
  readonly name: { readonly zh: string; readonly en: string }
  readonly role: Role
  /** Code of the area that they answer for, with all below it. */
  readonly area: string
  /** Department or unit, as `water`; '' for none. */
  readonly unit: string
}

/** Who did something, as it stood when they did it: so a replay needs no register of people. */
export interface Actor {
  readonly person: string
  readonly role: Role
  readonly area: string
  readonly unit: string
}

/** The program itself: delivery results, rosters read, drills played. */
export const SYSTEM: Actor = { person: 'qingyu', role: 'admin', area: '', unit: '' }
