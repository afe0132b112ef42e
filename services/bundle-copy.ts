import { LevelCount } from './core/archive-digest.ts'
import type { Manifest, SegmentDraft, TickSlice } from './core/archive.ts'
import { Archivist, type SegmentHead } from './core/archivist.ts'
import type { Plan } from './core/plan.ts'
import { endOf, HOUR_MS, MOST_OBSERVATIONS } from './core/segment-cut.ts'
import { pastOf, type PastCity } from './past.ts'
import type { Archive } from './ports.ts'

/** Ticks between two keyframes of a bundle: it is short, and any moment of it should be there at once. */
const KEYFRAME_TICKS = 600

/** Where a copy is written to. */
export interface CopyTarget {
  segment(draft: SegmentDraft, plan: Plan): Promise<Manifest>
  plan(document: { readonly hash: string }): Promise<void>
}

/** A span that is copied: ticks after `from`, up to `to`, ms. */
export interface CopiedSpan {
  readonly from: number
  readonly to: number
}

/** One run of segments: a city without a gap, by one plan and one program. */
class Run {
  readonly city: PastCity
  readonly #count: LevelCount
  readonly #offsets: number[]
  #at: number
  #head: SegmentHead | null = null
  readonly #written: Manifest[]
  #archivist: Archivist | null = null

  constructor(city: PastCity, written: Manifest[]) {
    const { plan, begin } = city
    this.city = city
    this.#written = written
    this.#count = new LevelCount(plan, begin?.levels ?? [])
    this.#offsets = Array.from({ length: plan.partitions }, (_, part) => begin?.parts[part]?.offset ?? 0)
    this.#at = begin?.at ?? 0
  }

  /** Plays what comes before the span. Rate: per tick. */
  warm(slice: TickSlice): void {
    for (const { commits } of this.city.machine.play(slice))
      for (const { commit } of commits) this.#count.take(commit.levels)
    this.#pass(slice)
  }

  /** Takes a slice of the span; what was gathered goes to the writer wherever a segment ends. Rate: per tick. */
  async take(slice: TickSlice, head: SegmentHead, target: CopyTarget): Promise<void> {
    const isNewHour = endOf(slice.at, HOUR_MS) !== endOf(this.#at, HOUR_MS)
    if (isNewHour || !isSame(head, this.#head)) await this.flush(target)
    if (!isSame(head, this.#head)) this.#archivist = this.#begin(head)
    this.#archivist?.take(slice)
    this.#pass(slice)
    if ((this.#archivist?.observations ?? 0) >= MOST_OBSERVATIONS) await this.flush(target)
  }

  async flush(target: CopyTarget): Promise<void> {
    const draft = this.#archivist?.close()
    if (draft) this.#written.push(await target.segment(draft, this.city.plan))
  }

  /** Its first tick has a keyframe, so that the span can be played from its beginning. */
  #begin(head: SegmentHead): Archivist {
    this.#head = head
    return new Archivist(this.city.plan, head, KEYFRAME_TICKS, {
      machine: this.city.machine,
      count: this.#count,
      at: this.#at,
      offsets: this.#offsets,
      sinceKeyframe: Infinity,
    })
  }

  #pass({ at, parts }: TickSlice): void {
    this.#at = at
    for (const { partition, first, records } of parts) this.#offsets[partition] = first + records.length
  }
}

function isSame(one: SegmentHead, other: SegmentHead | null): boolean {
  return one.plan === other?.plan && one.program === other.program && one.clock === other.clock
}

/**
 * Writes a span of an archive as an archive of its own, cut to the tick, with the city as it stood at its beginning: the same
 * span of the same log gives the same files, however the segments it comes from were cut. Answers what was written, oldest
 * first. AV-gap where nothing is held of it, RY-future, AV-plan, AV-file.
 */
export async function copySpan(
  archive: Archive,
  target: CopyTarget,
  { from, to }: CopiedSpan,
): Promise<readonly Manifest[]> {
  const manifests = await archive.manifests(from, to)
  const written: Manifest[] = []
  const plans = new Set<string>()
  let run: Run | null = null
  for await (const { city, slice } of pastOf(archive, { from, to, isWatched: true })) {
    if (city !== run?.city) {
      await run?.flush(target)
      run = new Run(city, written)
    }
    if (slice === null) continue
    if (slice.at <= from) run.warm(slice)
    else {
      plans.add(city.hash)
      await run.take(slice, headOf(manifests, slice.at, city), target)
    }
  }
  await run?.flush(target)
  for (const hash of [...plans].sort())
    await target.plan((await archive.plan(hash)) as { readonly hash: string })
  return written
}

/** What the segment that a tick stands in says of itself. */
function headOf(manifests: readonly Manifest[], at: number, { hash, plan: { grid } }: PastCity): SegmentHead {
  const held = manifests.find(({ after, to }) => after < at && at <= to) ?? manifests[0]
  const { epoch = '', program = '', clock = 'wall' } = held ?? {}
  return { epoch, plan: hash, grid: grid.version, program, clock }
}
