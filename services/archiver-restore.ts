import { newCity, type ArchiverParts } from './archiver.ts'
import { LevelCount } from './core/archive-digest.ts'
import type { Manifest } from './core/archive.ts'
import type { ArchivedCity } from './core/archivist.ts'
import { CityMachine } from './core/city-machine.ts'
import { QingyuError } from './core/errors.ts'
import { partsOf } from './core/segment-cut.ts'
import { isoOf } from './core/time.ts'
import { pastOf, type PastCity } from './past.ts'
import type { Archive } from './ports.ts'

/** What an archive is taken up from. */
export interface RestoreParts extends Pick<ArchiverParts, 'plan' | 'policy' | 'head' | 'most' | 'report'> {
  readonly archive: Archive
}

/** Where an archive stands. */
export interface Restored {
  readonly city: ArchivedCity
  /** Segments of the part that the city stands in. */
  readonly part: readonly Manifest[]
  /** Parts that are over and were not put together. */
  readonly apart: readonly (readonly Manifest[])[]
}

/** Tries to read what comes behind the newest keyframe; each that fails has found a damaged file, and begins behind it. */
const TRIES = 8

/** Takes the city up where the archive of this log ends: from its newest keyframe and what stands behind that. */
export async function restoreCity(parts: RestoreParts): Promise<Restored> {
  const { archive, plan, head, most } = parts
  const segments = (await archive.manifests(0, Infinity)).filter(({ epoch }) => epoch === head.epoch)
  const newest = segments.at(-1)
  if (newest === undefined) {
    const offsets = Array.from({ length: plan.partitions }, () => 0)
    return { city: newCity(parts, offsets, 0), part: [], apart: [] }
  }
  const groups = partsOf(segments, most)
  return {
    city: await cityBehind(parts, newest),
    part: groups.at(-1) ?? [],
    apart: groups.slice(0, -1).filter(({ length }) => length > 1),
  }
}

async function cityBehind(parts: RestoreParts, newest: Manifest): Promise<ArchivedCity> {
  const offsets = newest.offsets.map(({ end }) => end)
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      return { ...(await played(parts, newest.to)), at: newest.to, offsets }
    } catch (fault) {
      if (!(fault instanceof QingyuError)) throw fault
      parts.report(`${fault.message}. ${fault.hint}`)
      if (fault.code !== 'AV-file') break
    }
  }
  parts.report(
    `The city cannot be made anew from its archive: replays of what comes behind ${isoOf(newest.to)} begin with nothing known.`,
  )
  return newCity(parts, offsets, newest.to)
}

/** The city at `to` from the newest keyframe before, each segment by the plan that was in force. AV-* and RY-future where that cannot be read. */
async function played(
  { archive, head, plan, policy }: RestoreParts,
  to: number,
): Promise<Pick<ArchivedCity, 'machine' | 'count' | 'sinceKeyframe'>> {
  let last: PastCity | null = null
  let count = new LevelCount(plan, [])
  let sinceKeyframe = 0
  for await (const { city, slice } of pastOf(archive, { from: to, to, isWatched: true })) {
    if (city !== last) {
      count = new LevelCount(plan, city.begin?.levels ?? [])
      sinceKeyframe = 0
    }
    last = city
    if (slice === null) continue
    for (const { commits } of city.machine.play(slice))
      for (const { commit } of commits) count.take(commit.levels)
    sinceKeyframe++
  }
  if (last?.machine.at !== to) {
    const why = `its records end at ${isoOf(last?.machine.at ?? 0)}`
    throw new QingyuError('AV-file', { value: `segments/${to}.json`, why })
  }
  // What the stages do at a start with another configuration: they load what is stored.
  const stored = last.hash === head.plan ? undefined : last.machine.keyframe()
  return { machine: stored ? new CityMachine(plan, { policy }, stored) : last.machine, count, sinceKeyframe }
}
