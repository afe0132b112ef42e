import { decodeAlertRecord } from './alert-record.ts'
import { DigestBook, type LevelCount } from './archive-digest.ts'
import type { Keyframe, Manifest, SegmentDraft, TickOutcome, TickSlice } from './archive.ts'
import type { CityMachine, Played } from './city-machine.ts'
import { decodeMeta, META_KEY } from './partition-meta.ts'
import type { Plan } from './plan.ts'
import { KIND_OBSERVATIONS, kindOf, rowsOf } from './record.ts'
import { endOf, HOUR_MS } from './segment-cut.ts'

/** What all segments of one run say of themselves. */
export type SegmentHead = Pick<Manifest, 'epoch' | 'plan' | 'grid' | 'program' | 'clock'>

/** The city behind the last slice that an archive holds. */
export interface ArchivedCity {
  readonly machine: CityMachine
  readonly count: LevelCount
  /** That slice's tick, ms; 0 where there is none. */
  readonly at: number
  /** By partition, the first record behind it. */
  readonly offsets: readonly number[]
  /** Ticks since the last keyframe. */
  readonly sinceKeyframe: number
}

/** What is gathered for one segment. */
interface Gathered {
  readonly after: number
  readonly from: readonly number[]
  readonly slices: TickSlice[]
  readonly outcomes: TickOutcome[]
  readonly keyframes: Keyframe[]
  readonly digest: DigestBook
}

/**
 * Gathers slices into segments and plays them, for keyframes and for what they came to. Where a segment ends is its caller's to
 * say; keyframes lie at the same ticks wherever that is. Bound: one segment.
 */
export class Archivist {
  readonly #plan: Plan
  readonly #head: SegmentHead
  readonly #keyframe: number
  readonly #machine: CityMachine
  readonly #count: LevelCount
  readonly #offsets: number[]
  #at: number
  #sinceKeyframe: number
  #open: Gathered | null = null

  /** `keyframe`: ticks between two keyframes. */
  constructor(plan: Plan, head: SegmentHead, keyframe: number, city: ArchivedCity) {
    this.#plan = plan
    this.#head = head
    this.#keyframe = keyframe
    this.#machine = city.machine
    this.#count = city.count
    this.#offsets = [...city.offsets]
    this.#at = city.at
    this.#sinceKeyframe = city.sinceKeyframe
  }

  /** Last tick taken, ms; 0 before the first. */
  get at(): number {
    return this.#at
  }

  /** Observations taken since the last segment. */
  get observations(): number {
    return this.#open?.digest.observations ?? 0
  }

  /** Whether nothing was taken since the last segment. */
  get isEmpty(): boolean {
    return this.#open === null
  }

  /** Takes the next slice; LG-record when a record is damaged. */
  take(slice: TickSlice): void {
    const open = (this.#open ??= this.#begin(slice.at))
    open.digest.passTo(slice.at, this.#count)
    for (const played of this.#machine.play(slice)) this.#note(open, played)
    for (const { partition, first, records } of slice.parts) {
      this.#offsets[partition] = first + records.length
      for (const bytes of records)
        if (kindOf(bytes) === KIND_OBSERVATIONS) open.digest.observed(rowsOf(bytes))
    }
    open.slices.push(slice)
    this.#at = slice.at
    this.#sinceKeyframe++
    if (this.#sinceKeyframe < this.#keyframe) return
    const keyframe = this.#machine.keyframe()
    // It waits until partitions stand at one tick.
    if (keyframe?.at !== slice.at) return
    open.keyframes.push(keyframe)
    this.#sinceKeyframe = 0
  }

  /** What was taken since the last segment, to be written as the next one; null where that is nothing. */
  close(): SegmentDraft | null {
    const open = this.#open
    this.#open = null
    if (open === null) return null
    const { after, from, slices, outcomes, keyframes, digest } = open
    const offsets = this.#offsets.map((end, partition) => ({ partition, from: from[partition] ?? 0, end }))
    const rules = decodeMeta(this.#machine.entry(0, META_KEY))?.rules ?? this.#plan.rules.version
    const [to, ticks] = [this.#at, slices.length]
    const { epoch, plan, grid, program, clock } = this.#head
    const told = digest.close(this.#count)
    return {
      manifest: { epoch, after, to, ticks, plan, grid, rules, program, clock, offsets, digest: told },
      slices,
      outcomes,
      keyframes,
    }
  }

  #begin(first: number): Gathered {
    // Before the first tick of a log there is nothing.
    const after = this.#at === 0 ? first - 1 : this.#at
    return {
      after,
      from: [...this.#offsets],
      slices: [],
      outcomes: [],
      keyframes: [],
      // Nobody counts levels through a night without ticks.
      digest: new DigestBook(this.#plan.grid, Math.max(after, endOf(first, HOUR_MS) - HOUR_MS)),
    }
  }

  /** Rate: per tick. */
  #note(open: Gathered, { tick, commits, alert }: Played): void {
    for (const { commit } of commits) this.#count.take(commit.levels)
    for (const { inForce } of tick.records) if (inForce) open.digest.ruledBy(inForce.rules, tick.at)
    const changes = tick.records.flatMap((record) => record.changes)
    const said = alert === null ? null : decodeAlertRecord(alert.record)
    if (said !== null) open.digest.take(said)
    if (changes.length > 0 || said !== null) open.outcomes.push({ at: tick.at, changes, alert: said })
  }
}
