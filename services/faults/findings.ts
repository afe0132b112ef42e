import type { AlertPolicy } from '../core/alert-policy.ts'
import type { Plan } from '../core/plan.ts'
import type { Log, State, TickBytes } from '../ports.ts'
import type { Book } from './book.ts'
import type { Replayed } from './replay.ts'

/** Differences told of one kind. */
const MOST_TOLD = 5

/** What has been sent, and the stores that are to agree with it; nobody else may write to them any more. */
export interface Evidence {
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly book: Book
  /** Deeds that gateways accepted, by id; true where they said done. */
  readonly deeds: ReadonlyMap<string, boolean>
  readonly log: Log
  readonly state: Pick<State, 'load' | 'changes' | 'readings'>
}

/** What was found: promises kept, as facts, and broken. */
export class Findings {
  readonly breaches: string[] = []
  readonly facts: string[] = []

  /** A promise: kept, or broken with these examples. */
  promise(what: string, examples: readonly string[]): void {
    if (examples.length === 0) this.facts.push(what)
    else
      this.breaches.push(
        `NOT ${what}: ${examples.length} times, as ${examples.slice(0, MOST_TOLD).join('; ')}`,
      )
  }
}

/** Whether bytes are the same. */
export const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

/** All tick records that the state holds of a partition. */
export async function storedTicks(
  state: Pick<State, 'changes'>,
  partition: number,
  last: number,
): Promise<TickBytes[]> {
  const ticks: TickBytes[] = []
  if (last === 0) return ticks
  const stop = new AbortController()
  for await (const batch of state.changes(partition, 0, stop.signal)) {
    ticks.push(...batch)
    if ((ticks.at(-1)?.at ?? 0) >= last) stop.abort()
  }
  return ticks
}

/** Ticks whose records differ. */
export function tickDifferences(
  partition: number,
  stored: readonly TickBytes[],
  { ticks }: Replayed,
): readonly string[] {
  const found: string[] = []
  for (const [i, { at, bytes }] of stored.entries()) {
    const other = ticks[i]
    if (other === undefined || other.at !== at) found.push(`partition ${partition} has no tick ${at}`)
    else if (!same(bytes, other.bytes)) found.push(`partition ${partition} at tick ${at}`)
  }
  return found
}

/** Entries that differ from those of a replay. */
export function entryDifferences(
  partition: number,
  held: ReadonlyMap<string, Uint8Array>,
  { entries }: Replayed,
): readonly string[] {
  return [...new Set([...held.keys(), ...entries.keys()])]
    .filter((key) => {
      const [one, other] = [held.get(key), entries.get(key)]
      return one === undefined || other === undefined || !same(one, other)
    })
    .map((key) => `${key} of partition ${partition}`)
}
