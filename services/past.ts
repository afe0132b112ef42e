import type { Keyframe, TickSlice } from './core/archive.ts'
import { CityMachine } from './core/city-machine.ts'
import { readPlanDocument, type PlanRead } from './plan-document.ts'
import type { Archive } from './ports.ts'
import { Reel } from './replay-reel.ts'

/** A city in memory between two beginnings: at first, behind a gap, and where it goes on by another plan. */
export interface PastCity extends PlanRead {
  readonly machine: CityMachine
  /** Hash of the plan document. */
  readonly hash: string
  /** What the machine began from; null: its log began. */
  readonly begin: Keyframe | null
}

/** Which part of the past is played: all ticks up to `to` (ms), from a keyframe up to `from`, or from the oldest tick held. */
export interface Past {
  readonly from: number
  readonly to: number
  /** Whether incidents and alerts are looked for, too. */
  readonly isWatched: boolean
}

/**
 * Slices of an archive, each with the city that its hearer is to play it in before it asks for the next: one city after another
 * over gaps and changes of the plan, each told before its first slice. RY-future, AV-gap, AV-plan, AV-file.
 */
export async function* pastOf(
  archive: Archive,
  { from, to, isWatched }: Past,
): AsyncGenerator<{ readonly city: PastCity; readonly slice: TickSlice | null }> {
  const raise = async (hash: string, begin: Keyframe | null): Promise<PastCity> => {
    const read = readPlanDocument(await archive.plan(hash))
    const machine = new CityMachine(read.plan, { policy: isWatched ? read.policy : null }, begin)
    return { ...read, machine, hash, begin }
  }
  const reel = await Reel.open(archive, from)
  try {
    const start = Math.max(from, Math.min(to, reel.from))
    reel.check(start)
    const first = await reel.cue({ at: start, warmMs: 0 })
    let city = await raise(first.plan, first.keyframe)
    yield { city, slice: null }
    for (let take = await reel.next(); take !== null; take = await reel.next()) {
      // A city that begins behind the end is not asked for.
      if (take.begin !== null && (take.begin.keyframe?.at ?? 0) > to) return
      if (take.begin !== null)
        yield { city: (city = await raise(take.begin.plan, take.begin.keyframe)), slice: null }
      const own = take.plan === city.hash ? undefined : city.machine.keyframe()
      if (own !== undefined) city = await raise(take.plan, own)
      for (const slice of take.slices) {
        if (slice.at > to) return
        yield { city, slice }
      }
    }
  } finally {
    await reel.close()
  }
}
