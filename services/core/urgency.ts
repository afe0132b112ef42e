import type { Alert } from './alert.ts'

/** True while a duty's time has run out and it is still not done. */
export function isOverdue({ deadlines }: Pick<Alert, 'deadlines'>): boolean {
  return deadlines.some(({ overdue }) => overdue)
}

type Pressing = Pick<
  Alert,
  'id' | 'deadlines' | 'ended' | 'exercise' | 'rank' | 'peak' | 'raised' | 'shelved'
>

/** When the next duty is due; Infinity when no clock runs. */
function dueOf({ deadlines }: Pressing): number {
  return Math.min(Infinity, ...deadlines.map(({ due }) => due))
}

/** Graver first; one that ended by itself weighs what is left of it: its paperwork. */
function weightOf({ ended, rank }: Pressing): number {
  return ended === null ? rank : 0
}

/** Order of lists and walls: what is put aside last, drills behind what is real, then overdue, gravest, soonest due, oldest; ids make it total. */
export function byUrgency(a: Pressing, b: Pressing): number {
  return (
    Number(a.shelved !== null) - Number(b.shelved !== null) ||
    Number(a.exercise) - Number(b.exercise) ||
    Number(isOverdue(b)) - Number(isOverdue(a)) ||
    weightOf(b) - weightOf(a) ||
    compare(dueOf(a), dueOf(b)) ||
    a.raised - b.raised ||
    (a.id < b.id ? -1 : Number(a.id > b.id))
  )
}

/** Not by difference: two that are never due are alike. */
function compare(a: number, b: number): number {
  return a < b ? -1 : Number(a > b)
}
