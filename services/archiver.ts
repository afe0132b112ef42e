import type { ArchiveProgress, SegmentWriter } from './archiver-port.ts'
import { LevelCount } from './core/archive-digest.ts'
import type { Manifest, Records, TickSlice } from './core/archive.ts'
import { Archivist, type ArchivedCity, type SegmentHead } from './core/archivist.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import { CityMachine } from './core/city-machine.ts'
import { QingyuError, sentenceOf } from './core/errors.ts'
import type { Plan } from './core/plan.ts'
import { endOf, HOUR_MS, MOST_OBSERVATIONS } from './core/segment-cut.ts'
import { TickCutter } from './core/tick-cutter.ts'
import { isoOf } from './core/time.ts'
import type { Clock } from './ports.ts'

/** What the archiver is made of; times in ms. */
export interface ArchiverParts {
  readonly plan: Plan
  readonly policy: AlertPolicy | null
  readonly head: SegmentHead
  readonly writer: SegmentWriter
  readonly clock: Clock
  /** A segment is written so often while the log is followed. */
  readonly every: number
  /** Ticks between two keyframes. */
  readonly keyframe: number
  /** Observations at which a segment ends. */
  readonly most?: number
  /** Hears, in one sentence, why the disk is waited for, and null once it has taken what was to be written. */
  readonly waiting: (why: string | null) => void
  /** Hears, in one sentence, of something that was passed over. */
  readonly report: (sentence: string) => void
  /** Hears of each segment that is in place. */
  readonly written: (progress: ArchiveProgress) => void
}

/** Waits between two tries of a disk that refuses, ms: doubled from the first to the last. */
const FIRST_WAIT = 500
const LAST_WAIT = 30_000

const DAY_MS = 24 * HOUR_MS

/** A city of which nothing is known yet; where the log is cut off, its first keyframe is due at once. */
export function newCity(
  parts: Pick<ArchiverParts, 'plan' | 'policy'>,
  offsets: readonly number[],
  at: number,
): ArchivedCity {
  const { plan, policy } = parts
  const machine = new CityMachine(plan, { policy }, null)
  return { machine, count: new LevelCount(plan, []), at, offsets, sinceKeyframe: at === 0 ? 0 : Infinity }
}

/**
 * Writes the log to the archive, each record once. A segment ends with an hour of ticks, or where it holds as much as one may.
 * While the log is followed segments are written every `every`, and put together once their hour is over. A disk that refuses is
 * waited for.
 */
export class Archiver {
  readonly #parts: ArchiverParts
  readonly #cutter: TickCutter
  /** Null while it is not known where a log that is cut off begins. */
  #archivist: Archivist | null
  /** Segments of the part that is not over. */
  #part: Manifest[]
  #progress: ArchiveProgress
  /** Day of ticks on which what may go was last looked for. */
  #retainedOn = -1
  /** Takes back the date by which what was taken is written. */
  #cancel: (() => void) | null = null
  /** One thing at a time. */
  #line: Promise<void> = Promise.resolve()

  /** Goes on behind a city, with the segments of the part that it stands in; or, where the log is cut off, at these offsets. */
  constructor(
    parts: ArchiverParts,
    from: ArchivedCity | { readonly offsets: readonly number[] },
    part: readonly Manifest[],
  ) {
    const isCity = 'machine' in from
    const at = isCity ? from.at : 0
    this.#parts = parts
    this.#cutter = new TickCutter(from.offsets, isCity ? at : null)
    this.#archivist = isCity ? this.#archivistOf(from) : null
    this.#part = [...part]
    this.#progress = { at, offsets: from.offsets, segments: 0, bytes: 0 }
  }

  get progress(): ArchiveProgress {
    return this.#progress
  }

  /** Last tick taken from the log, ms; 0 before the first. */
  get taken(): number {
    return this.#archivist?.at ?? 0
  }

  /** Whether more of a partition may be taken: one that is ahead waits for the others. */
  wants(partition: number): boolean {
    return !this.#cutter.isAhead(partition)
  }

  /** Takes what follows in the log and writes what is due; LG-record when a record is damaged. */
  take(records: readonly Records[]): Promise<void> {
    return this.#next(async () => {
      for (const each of records) this.#cutter.take(each)
      for (let slice = this.#cutter.next(); slice !== undefined; slice = this.#cutter.next())
        await this.#add(slice)
    })
  }

  /** Writes what was taken. */
  flush(): Promise<void> {
    return this.#next(() => this.#flush())
  }

  #next(run: () => Promise<void>): Promise<void> {
    const done = this.#line.then(run)
    this.#line = done.catch(() => undefined)
    return done
  }

  #archivistOf(city: ArchivedCity): Archivist {
    const { plan, head, keyframe } = this.#parts
    return new Archivist(plan, head, keyframe, city)
  }

  /** Rate: per tick. */
  async #add(slice: TickSlice): Promise<void> {
    const archivist = (this.#archivist ??= this.#archivistOf(this.#cityBefore(slice)))
    const isNewHour = endOf(slice.at, HOUR_MS) !== endOf(archivist.at, HOUR_MS)
    if (isNewHour || this.#isDue(archivist.at, slice.at)) await this.#flush()
    if (isNewHour) await this.#finish()
    archivist.take(slice)
    this.#cancel ??= this.#flushLater()
    const { most = MOST_OBSERVATIONS } = this.#parts
    const written = this.#part.reduce((sum, { digest }) => sum + digest.observations, 0)
    const isWhole = slice.at % HOUR_MS === 0 || written + archivist.observations >= most
    if (isWhole || this.#isDue(slice.at, slice.at + 1)) await this.#flush()
    if (isWhole) await this.#finish()
  }

  /** Whether a segment ends between two times although its hour goes on: only while the log is followed. */
  #isDue(at: number, next: number): boolean {
    const { head, clock, every } = this.#parts
    const isLive = head.clock === 'wall' && endOf(at, HOUR_MS) > clock.now()
    return isLive && endOf(at, every) !== endOf(next, every)
  }

  /** Nothing waits for long, also when no further tick comes; by the wall clock the ends of `every` are met before. */
  #flushLater(): () => void {
    const { head, clock, every } = this.#parts
    const patience = head.clock === 'wall' ? 2 * every : every
    return clock.at(clock.now() + patience, () => void this.flush().catch(() => undefined))
  }

  #cityBefore({ parts }: TickSlice): ArchivedCity {
    const firsts = new Map(parts.map(({ partition, first }) => [partition, first]))
    const offsets = this.#cutter.offsets.map((offset, partition) => firsts.get(partition) ?? offset)
    return newCity(this.#parts, offsets, this.#cutter.after ?? 0)
  }

  async #flush(): Promise<void> {
    this.#cancel?.()
    this.#cancel = null
    const draft = this.#archivist?.close()
    if (!draft) return
    const manifest = await this.#untilTaken(() => this.#parts.writer.write(draft))
    this.#part.push(manifest)
    const { segments, bytes } = this.#progress
    this.#progress = {
      at: manifest.to,
      offsets: manifest.offsets.map(({ end }) => end),
      segments: segments + 1,
      bytes: bytes + manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    }
    this.#parts.written(this.#progress)
  }

  /** The part is over: its segments become one. What may go is looked for once a day of ticks: it means looking through all that is kept. */
  async #finish(): Promise<void> {
    const part = this.#part
    this.#part = []
    if (part.length === 0) return
    await compactPart(this.#parts, part, (run) => this.#untilTaken(run))
    const { at } = this.#progress
    const day = Math.floor(at / DAY_MS)
    if (day === this.#retainedOn) return
    await this.#untilTaken(() => this.#parts.writer.retain(at))
    this.#retainedOn = day
  }

  /** Tries until the disk takes it; what the archive itself is at fault for is thrown. */
  async #untilTaken<Answer>(run: () => Promise<Answer>): Promise<Answer> {
    const { clock, waiting } = this.#parts
    for (let wait = FIRST_WAIT; ; wait = Math.min(LAST_WAIT, wait * 2)) {
      try {
        const answer = await run()
        waiting(null)
        return answer
      } catch (fault) {
        if (fault instanceof QingyuError) throw fault
        waiting(sentenceOf(fault))
        await new Promise<void>((resolve) => clock.at(clock.now() + wait, resolve))
      }
    }
  }
}

/** Puts the segments of a part that is over together; where one of them cannot be read they stay as they are. */
export async function compactPart(
  { writer, report }: Pick<ArchiverParts, 'writer' | 'report'>,
  part: readonly Manifest[],
  attempt: <Answer>(run: () => Promise<Answer>) => Promise<Answer>,
): Promise<void> {
  if (part.length < 2) return
  try {
    await attempt(() => writer.compact(part))
  } catch (fault) {
    if (!(fault instanceof QingyuError)) throw fault
    report(`Segments up to ${isoOf(part.at(-1)?.to ?? 0)} stay apart: ${fault.message}. ${fault.hint}`)
  }
}
