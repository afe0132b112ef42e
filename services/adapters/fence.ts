import { QingyuError } from '../core/errors.ts'
import type { Commit, Offset } from '../ports.ts'

/** Where a partition's state stands. */
export interface Head {
  readonly offset: Offset
  readonly at: number
}

export const NOWHERE: Head = { offset: 0, at: 0 }

/** Longest key of an entry, so that every store can take it; ours are `s/3/17`. */
const LONGEST_KEY = 512

/** Why a commit may not be written on top of `head`, the same for every twin; ticks only go up. */
export function refusalOf(partition: number, head: Head, expected: Offset, next: Commit): Error | undefined {
  if (head.offset !== expected)
    return new QingyuError('ST-fenced', { partition, value: head.offset, expected })
  if (next.at <= head.at) {
    return new RangeError(`tick ${next.at} of partition ${partition} is not after ${head.at}`)
  }
  const odd = next.entries.find((entry) => entry.key.length === 0 || entry.key.length > LONGEST_KEY)
  return odd && new RangeError(`key of ${odd.key.length} characters`)
}
