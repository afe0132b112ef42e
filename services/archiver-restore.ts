import { newCity, type ArchiverParts } from './archiver.ts'
import { LevelCount } from './core/archive-digest.ts'
import type { Keyframe, Manifest, Span } from './core/archive.ts'
import type { ArchivedCity } from './core/archivist.ts'
import { CityMachine } from './core/city-machine.ts'
import { QingyuError } from './core/errors.ts'
import { endOf, HOUR_MS, partsOf } from './core/segment-cut.ts'
import { readPlanDocument } from './plan-document.ts'
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
  /** Parts that are over and not put together yet. */
  readonly apart: readonly (readonly Manifest[])[]
}

/** Parts that a crash left apart are looked for so far back, ms. */
const BACK_MS = 25 * HOUR_MS

/** Takes the city up where the archive of this log ends: from its newest keyframe and what stands behind that. AV-* where that cannot be read. */
export async function restoreCity(parts: RestoreParts): Promise<Restored> {
  const { archive, plan, head, most } = parts
  const span = (await archive.spans()).findLast(({ epoch }) => epoch === head.epoch)
  if (span === undefined) {
    const offsets = Array.from({ length: plan.partitions }, () => 0)
    return { city: newCity(parts, offsets, 0), part: [], apart: [] }
  }
  const recent = await manifestsOf(archive, span, Math.max(span.after, endOf(span.to, HOUR_MS) - BACK_MS))
  const newest = recent.at(-1)
  if (newest === undefined) throw new QingyuError('AV-file', { value: `${span.to}.json`, why: 'it is gone' })
  const groups = partsOf(recent, most)
  const offsets = newest.offsets.map(({ end }) => end)
  const played = await new Restoring(parts).play(span)
  const sinceKeyframe = played.isCut ? Infinity : played.ticks
  return {
    city: { ...played, at: newest.to, offsets, sinceKeyframe },
    part: groups.at(-1) ?? [],
    apart: groups.slice(0, -1).filter(({ length }) => length > 1),
  }
}

async function manifestsOf(
  archive: Archive,
  { epoch, to }: Span,
  after: number,
): Promise<readonly Manifest[]> {
  return (await archive.manifests(after, to)).filter((manifest) => manifest.epoch === epoch)
}

/** A city on its way back from the archive. */
class Restoring {
  readonly #parts: RestoreParts
  #plan: string
  #machine: CityMachine
  #count: LevelCount

  constructor(parts: RestoreParts) {
    this.#parts = parts
    this.#plan = parts.head.plan
    const { machine, count } = newCity(parts, [], 0)
    this.#machine = machine
    this.#count = count
  }

  /** Plays the end of a span, segment by segment, each by the plan that was in force. */
  async play(span: Span) {
    const { archive, head } = this.#parts
    const keyframe = await this.#keyframe(span)
    const from = keyframe?.at ?? span.after
    const manifests = await manifestsOf(archive, span, from)
    const [first] = manifests
    await this.#take(first?.plan ?? head.plan, keyframe)
    this.#count = new LevelCount(this.#parts.plan, keyframe?.levels ?? [])
    let ticks = 0
    for (const { plan, after, to } of manifests) {
      await this.#goOnBy(plan)
      ticks += await this.#playTo(Math.max(after, from), to)
    }
    await this.#goOnBy(head.plan)
    const isCut = keyframe === null && !(first?.offsets.every((offset) => offset.from === 0) ?? true)
    return { machine: this.#machine, count: this.#count, ticks, isCut }
  }

  async #keyframe({ to }: Span): Promise<Keyframe | null> {
    try {
      return await this.#parts.archive.keyframe(to)
    } catch (fault) {
      // A span that begins behind a gap, and ended before its first keyframe.
      if (fault instanceof QingyuError && fault.code === 'AV-gap') return null
      throw fault
    }
  }

  async #playTo(after: number, to: number): Promise<number> {
    let [at, ticks] = [after, 0]
    for await (const slices of this.#parts.archive.read(after, to))
      for (const slice of slices) {
        for (const { commits } of this.#machine.play(slice))
          for (const { commit } of commits) this.#count.take(commit.levels)
        at = slice.at
        ticks++
      }
    if (at !== to) throw new QingyuError('AV-file', { value: `${to}.json`, why: `its records end at ${at}` })
    return ticks
  }

  /** What the stages do at a restart with another configuration: they load what is stored. */
  async #goOnBy(plan: string): Promise<void> {
    if (plan === this.#plan) return
    const keyframe = this.#machine.keyframe()
    if (keyframe === undefined)
      this.#parts.report('Partitions stand apart: the archive goes on by the plan of before')
    else await this.#take(plan, keyframe)
  }

  async #take(hash: string, keyframe: Keyframe | null): Promise<void> {
    const { archive, head, plan, policy } = this.#parts
    const by = hash === head.plan ? { plan, policy } : readPlanDocument(await archive.plan(hash))
    this.#plan = hash
    this.#machine = new CityMachine(by.plan, { policy: by.policy }, keyframe)
  }
}
