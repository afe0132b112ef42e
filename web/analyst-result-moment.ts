import type { RehearsalResult } from '../services/core/replay-wire.ts'
import { a } from './analyst-store.ts'
import { since } from './format.ts'
import { lang, zone } from './store.ts'

/** A moment of a span, with its date where that is not the span's first. */
export function momentOf(at: number | null | undefined, from: number): string {
  if (at === null || at === undefined) return a('neverAt')
  return since(at, from, zone.value, lang.value)
}

/** The rank of orange in the legal scheme, and its like in others: the second gravest. */
export function orangeOf({ levels }: Pick<RehearsalResult, 'levels'>): number {
  return Math.max(1, levels.length - 2)
}
