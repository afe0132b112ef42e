import type { RehearsalResult } from '../services/core/replay-wire.ts'
import { sinceBoth, type Moment } from './format.ts'
import { lang, zone } from './store.ts'

/** When something came on either side of a rehearsal that began at `from`; `none` where it never did. */
export function momentsOf(was: Moment, would: Moment, from: number, none: string): [string, string] {
  const [then, now] = sinceBoth([was, would], from, zone.value, lang.value)
  return [then || none, now || none]
}

/** The rank of orange in the legal scheme, and its like in others: the second gravest. */
export function orangeOf({ levels }: Pick<RehearsalResult, 'levels'>): number {
  return Math.max(1, levels.length - 2)
}
