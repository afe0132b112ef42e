import type { Keyframe, Manifest, Span, TickSlice } from './core/archive.ts'
import { QingyuError } from './core/errors.ts'
import { isoOf } from './core/time.ts'
import type { Archive } from './ports.ts'

/** Manifests are looked through so far ahead, ms. */
const AHEAD_MS = 86_400_000

/** Where a city is made anew: at first and behind a gap. */
export interface Beginning {
  /** Null: the log begins. */
  readonly keyframe: Keyframe | null
  /** Hash of the plan document. */
  readonly plan: string
}

/** What is played next. Where `plan` is another than before without a gap, the city goes on by that from its own keyframe. */
export interface Take {
  /** Only behind a gap. */
  readonly begin: Beginning | null
  readonly plan: string
  readonly slices: readonly TickSlice[]
}

/** Looks up where to begin so that `at` is shown with all that was known then. */
export interface Cue {
  readonly at: number
  /** Played before it at least, ms, as far as that is held. */
  readonly warmMs: number
}

/** One log's part of an archive: what can be played of it, forwards from any place, over gaps. */
export class Reel {
  readonly epoch: string
  readonly #archive: Archive
  #spans: readonly Span[] = []
  #at = 0
  #plan = ''
  #batches: AsyncIterator<readonly TickSlice[]> | null = null
  /** Where reading found nothing although it should have: what comes next is read behind a gap. */
  #barren = -1

  private constructor(archive: Archive, epoch: string) {
    this.#archive = archive
    this.epoch = epoch
  }

  /** The log that was written at `at` (ms), or the newest one; AV-gap when nothing is held at all. */
  static async open(archive: Archive, at: number): Promise<Reel> {
    const spans = await archive.spans()
    const found = spans.findLast(({ after }) => after < at) ?? spans[0]
    if (found === undefined) throw new QingyuError('AV-gap', { value: isoOf(at), held: 'nothing yet' })
    const reel = new Reel(archive, found.epoch)
    await reel.refresh()
    return reel
  }

  /** Looks what is held now; true where that reaches further than before. */
  async refresh(): Promise<boolean> {
    const before = this.to
    this.#spans = (await this.#archive.spans()).filter(({ epoch }) => epoch === this.epoch)
    return this.to > before
  }

  /** What can be played begins here, ms: at the first tick where the log is held from its beginning. */
  get from(): number {
    return (this.#spans[0]?.after ?? 0) + 1
  }

  /** The last tick that is held, ms; 0: none. */
  get to(): number {
    return this.#spans.at(-1)?.to ?? 0
  }

  /** What is missing between them, as [after, to]. */
  get gaps(): readonly (readonly [number, number])[] {
    return this.#spans.slice(1).map(({ after }, i) => [this.#spans[i]?.to ?? 0, after] as const)
  }

  /** RY-future, or AV-gap for what is older than all that is held. */
  check(at: number): void {
    if (at > this.to) throw new QingyuError('RY-future', { value: isoOf(at), newest: isoOf(this.to) })
    if (at < this.from) {
      const held = `${isoOf(this.from)} to ${isoOf(this.to)}`
      throw new QingyuError('AV-gap', { value: isoOf(at), held })
    }
  }

  /** Hash of the plan in force at a time that is held; '' where no segment says. */
  async planAt(at: number): Promise<string> {
    const span = this.#spans.findLast(({ after }) => after < at) ?? this.#spans[0]
    const [manifest] = span === undefined ? [] : await this.#manifests(Math.min(at, span.to) - 1, span.to)
    return manifest?.plan ?? ''
  }

  /** Goes to where {@link next} begins for a cue; AV-gap where no keyframe is left to begin from. */
  async cue({ at, warmMs }: Cue): Promise<Beginning> {
    await this.close()
    const span = this.#spans.findLast(({ after }) => after < at) ?? this.#spans[0]
    if (span === undefined) throw new QingyuError('AV-gap', { value: isoOf(at), held: 'nothing' })
    const end = Math.min(at, span.to)
    return this.#beginIn(span, [end - warmMs, end - 1])
  }

  /** What comes next; null at the end of what is held. */
  async next(): Promise<Take | null> {
    for (;;) {
      const read = await this.#batches?.next()
      if (read !== undefined && read.done !== true && read.value.length > 0) {
        this.#at = read.value.at(-1)?.at ?? this.#at
        return { begin: null, plan: this.#plan, slices: read.value }
      }
      if (read?.done === false) continue
      if (this.#batches !== null) await this.refresh()
      this.#batches = null
      const inside = this.#spans.find(({ after, to }) => after <= this.#at && this.#at < to)
      if (inside !== undefined && this.#barren !== this.#at) {
        this.#barren = this.#at
        await this.#thread(inside)
        continue
      }
      const behind = this.#spans.find(({ after }) => after > this.#at)
      if (behind === undefined) return null
      return { begin: await this.#beginIn(behind, [behind.after + 1]), plan: this.#plan, slices: [] }
    }
  }

  /** Opens what follows by one plan, without a gap. */
  async #thread(span: Span): Promise<void> {
    const [first, ...more] = await this.#manifests(this.#at, span.to)
    if (first === undefined) return
    this.#plan = first.plan
    const other = more.findIndex(({ plan }) => plan !== first.plan)
    const last = (other < 0 ? more.at(-1) : more[other - 1]) ?? first
    this.#batches = this.#archive.read(this.#at, Math.min(last.to, span.to))[Symbol.asyncIterator]()
  }

  async #manifests(after: number, to: number): Promise<readonly Manifest[]> {
    for (let ahead = AHEAD_MS; ; ahead *= 8) {
      const found = await this.#archive.manifests(after, Math.min(to, after + ahead))
      const own = found.filter(({ epoch }) => epoch === this.epoch)
      if (own.length > 0 || after + ahead >= to) return own
    }
  }

  /** Begins at the newest keyframe up to the first of these times that has one, else at the first of the span. */
  async #beginIn(span: Span, times: readonly number[]): Promise<Beginning> {
    let keyframe: Keyframe | null | undefined
    for (const at of times)
      if (keyframe === undefined) keyframe = await this.#keyframe(Math.max(at, span.after + 1))
    if (keyframe === undefined) keyframe = await this.#firstOf(span)
    this.#at = keyframe?.at ?? span.after
    this.#barren = -1
    const [after] = await this.#manifests(this.#at, span.to)
    const [held] = after === undefined ? await this.#manifests(this.#at - 1, span.to) : [after]
    this.#plan = held?.plan ?? this.#plan
    return { keyframe, plan: this.#plan }
  }

  /** Null: the log begins; undefined where there is none to begin from. */
  async #keyframe(at: number): Promise<Keyframe | null | undefined> {
    try {
      return await this.#archive.keyframe(at)
    } catch (fault) {
      if (fault instanceof QingyuError && fault.code === 'AV-gap') return undefined
      throw fault
    }
  }

  async #firstOf(span: Span): Promise<Keyframe | null> {
    for (let after = span.after; after < span.to;) {
      const manifests = await this.#manifests(after, span.to)
      const found = manifests.find(({ files }) => files.some(({ table }) => table === 'keyframe'))
      if (found !== undefined) return this.#archive.keyframe(Math.min(found.to, span.to))
      after = manifests.at(-1)?.to ?? span.to
    }
    throw new QingyuError('AV-gap', { value: isoOf(span.after), held: 'no keyframe to begin from' })
  }

  async close(): Promise<void> {
    await this.#batches?.return?.()
    this.#batches = null
  }
}
