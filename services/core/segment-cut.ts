import type { Manifest } from './archive.ts'

/** The archive is laid out by the hour of its ticks. */
export const HOUR_MS = 3_600_000
/** An hour with more observations is cut into parts, so that each can be written and read in bounded memory. */
export const MOST_OBSERVATIONS = 1_000_000

/** End of the stretch of `length` ms that a tick lies in: stretches begin behind a multiple of it and end with one. */
export function endOf(at: number, length: number): number {
  return Math.ceil(at / length) * length
}

type Written = Pick<Manifest, 'after' | 'to' | 'plan' | 'digest'>

/** Whether nothing can follow in a part: its hour is over, or it holds as much as one may. `most` as MOST_OBSERVATIONS. */
export function isWhole(part: readonly Written[], most = MOST_OBSERVATIONS): boolean {
  const last = part.at(-1)
  if (last === undefined) return false
  const observations = part.reduce((sum, { digest }) => sum + digest.observations, 0)
  return last.to % HOUR_MS === 0 || observations >= most
}

/** Segments of one log, oldest first, by parts: what becomes one segment once it is over. All but the last are over. */
export function partsOf<One extends Written>(
  segments: readonly One[],
  most = MOST_OBSERVATIONS,
): readonly (readonly One[])[] {
  const parts: One[][] = []
  for (const segment of segments) {
    const part = parts.at(-1)
    if (part !== undefined && !isWhole(part, most) && goesOn(part.at(-1), segment)) part.push(segment)
    else parts.push([segment])
  }
  return parts
}

function goesOn(before: Written | undefined, { after, to, plan }: Written): boolean {
  if (before?.to !== after || before.plan !== plan) return false
  return endOf(before.to, HOUR_MS) === endOf(to, HOUR_MS)
}
