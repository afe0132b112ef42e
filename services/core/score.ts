import type { Behind } from './commit.ts'

/** One tick as every gateway of a cluster tells it. Partitions are numbered as in the log, the roll-up last. */
export interface Score {
  /** The tick, ms since 1970; 0 before the first. */
  readonly at: number
  /** By partition: tick (ms) of its newest record that belongs to this tick or to one before; 0 before its first. */
  readonly reached: readonly number[]
  /** Partitions that are missing from this tick, ascending. */
  readonly late: readonly number[]
}

/** State key, in the score's partition, of the score told last. */
export const SCORE_KEY = 'score'

/** Ticks of one partition that wait to be told; beyond, it is read no further. */
const MOST_PENDING = 10_000
/** Records of one partition in one tick: one that comes back after a day must not fill the memory of the gateways. */
const MOST_RECORDS = 256

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Canonical bytes of a score: JSON with the key order of the interface. */
export function encodeScore({ at, reached, late }: Score): Uint8Array {
  return encoder.encode(JSON.stringify({ at, reached, late }))
}

/** Reads back {@link encodeScore}. */
export function decodeScore(bytes: Uint8Array): Score {
  return JSON.parse(decoder.decode(bytes)) as Score
}

/** The score at which all `partitions` and the roll-up have told everything up to tick `at`. */
export function evenScore(partitions: number, at: number): Score {
  return { at, reached: Array.from({ length: partitions + 1 }, () => at), late: [] }
}

/** The partitions that a score goes on without, and up to where it has them. */
export function behindOf({ reached, late }: Score): readonly Behind[] {
  return late.map((partition) => ({ partition, at: reached[partition] ?? 0 }))
}

/**
 * Decides which tick is told next and with whom. A tick waits for every partition to say something at or after it, as in
 * core/align; but a partition that holds it up until another has come `patienceMs` further may be left behind. From then on
 * what it says belongs to the next tick told, and nobody waits for it until it has said all of the tick told last, or has
 * come within half the patience of the others. It need not have said the tick to be told, for of that the roll-up can say
 * nothing before the others have.
 */
export class Conductor {
  readonly #patience: number
  /** By partition: ticks heard and not told yet, ascending. */
  readonly #pending: number[][]
  /** By partition: newest tick heard. */
  readonly #heard: number[]
  #last: Score

  /** `last` is the score told last; {@link evenScore} at 0 before the first. With a patience of Infinity all are waited for. */
  constructor(patienceMs: number, last: Score) {
    this.#patience = patienceMs
    this.#last = last
    this.#pending = last.reached.map(() => [])
    this.#heard = [...last.reached]
  }

  /** Hears that a partition has committed a tick; what was heard before is ignored, so a partition may be read again. */
  note(partition: number, at: number): void {
    if (at <= (this.#heard[partition] ?? Infinity)) return
    this.#heard[partition] = at
    this.#pending[partition]?.push(at)
  }

  /** True while so much of a partition waits that it must not be read further. */
  full(partition: number): boolean {
    return (this.#pending[partition]?.length ?? 0) >= MOST_PENDING
  }

  /** True when {@link next} waits only for partitions that could be left behind. */
  get overdue(): boolean {
    const at = this.#nextTick()
    return at !== undefined && this.#furthest() >= at + this.#patience && this.#holdsUp(at)
  }

  /** The next tick, if it can be told; `leave` says to go on without those that are overdue. Rate: per tick and partition. */
  next(leave: boolean): Score | undefined {
    const at = this.#nextTick()
    if (at === undefined || (this.#holdsUp(at) && !(leave && this.overdue))) return undefined
    const late: number[] = []
    const reached = this.#pending.map((ticks, partition) => {
      let count = 0
      while (count < MOST_RECORDS && (ticks[count] ?? Infinity) <= at) count++
      const newest = ticks.splice(0, count).at(-1)
      if ((this.#heard[partition] ?? 0) < at || (ticks[0] ?? Infinity) <= at) late.push(partition)
      return newest ?? this.#last.reached[partition] ?? 0
    })
    this.#last = { at, reached, late }
    return this.#last
  }

  /** The earliest tick after the last that any partition has said. */
  #nextTick(): number | undefined {
    let earliest = Infinity
    for (const ticks of this.#pending)
      earliest = Math.min(earliest, ticks.find((at) => at > this.#last.at) ?? Infinity)
    return earliest === Infinity ? undefined : earliest
  }

  #furthest(): number {
    return Math.max(...this.#heard)
  }

  #holdsUp(at: number): boolean {
    const { late, at: told } = this.#last
    const near = Math.min(told, this.#furthest() - this.#patience / 2)
    return this.#heard.some((heard, partition) => heard < at && (heard >= near || !late.includes(partition)))
  }
}
