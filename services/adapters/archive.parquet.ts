import type { ArchiveNames } from '../core/archive-names.ts'
import { keyframeAt, type Keyframe, type Manifest, type Span, type TickSlice } from '../core/archive.ts'
import { QingyuError } from '../core/errors.ts'
import { decodeKeyframe } from '../core/keyframe-bytes.ts'
import { isoOf } from '../core/time.ts'
import type { Archive } from '../ports.ts'
import { ArchiveIndex, type Chain } from './archive-index.ts'
import { planPath } from './archive-files.ts'
import { PlanNamesOf, readPlanFile } from './archive-plans.ts'
import { readSegment, whyOf, wholeFile } from './archive-reader.ts'
import { unzstd } from './zstd.ts'

/** Largest keyframe, bytes before compression. */
const MOST_KEYFRAME = 1 << 30

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** Whether a chain begins where its log began. */
const isFromBeginning = ({ segments }: Chain): boolean =>
  segments[0]?.offsets.every(({ from }) => from === 0) ?? false

/** An archive in a folder, as an {@link Archive} reads it. */
class ParquetArchive implements Archive {
  readonly #dir: string
  readonly #index: ArchiveIndex
  readonly #names: PlanNamesOf

  constructor(dir: string, prefer: string) {
    this.#dir = dir
    this.#index = new ArchiveIndex(dir, prefer)
    this.#names = new PlanNamesOf(dir)
  }

  spans(): Promise<readonly Span[]> {
    const spans = this.#index.chains().flatMap((chain) => {
      const after = this.#playableFrom(chain)
      const to = chain.segments.at(-1)?.to ?? 0
      return after === undefined || after >= to ? [] : [{ epoch: chain.epoch, after, to }]
    })
    return Promise.resolve(spans)
  }

  manifests(after: number, to: number): Promise<readonly Manifest[]> {
    return Promise.resolve(
      this.#index.segments().filter((segment) => segment.to > after && segment.after < to),
    )
  }

  async *read(after: number, to: number): AsyncGenerator<readonly TickSlice[]> {
    let chain: Chain | undefined = await this.#chainAt(after)
    const { epoch } = chain
    let reached = after
    while (reached < to) {
      // Looked up anew only where it ends: a year has thousands of segments.
      chain = holds(chain, epoch, reached) ? chain : this.#chainOf(epoch, reached)
      const segment: Manifest | undefined = chain?.segments.find(
        (each) => each.after <= reached && reached < each.to,
      )
      if (chain === undefined || segment === undefined) return
      const names = this.#namesOf(segment)
      try {
        for await (const slices of readSegment(this.#dir, segment, names)) {
          const wanted = slices.filter(({ at }) => at > reached && at <= to)
          if (wanted.length > 0) yield wanted
        }
        reached = segment.to
      } catch (error) {
        this.#failed(segment, error)
        chain = this.#chainOf(epoch, reached)
        if (chain === undefined) return
      }
    }
  }

  async keyframe(at: number): Promise<Keyframe | null> {
    const chain = this.#index.chains().find(({ segments }) => {
      const [first, last] = [segments.at(0), segments.at(-1)]
      return first && last && first.after <= at && at <= last.to
    })
    if (chain === undefined) throw await this.#gap(at)
    for (const file of this.#index.keyframes(chain)) {
      if (keyframeAt(file.path) > at) continue
      try {
        return decodeKeyframe(unzstd(wholeFile(this.#dir, file), MOST_KEYFRAME), file.path)
      } catch (error) {
        const isListed = this.#index.keyframes(chain).some(({ path }) => path === file.path)
        if (isListed || !isGone(error)) this.#index.damaged(file.path, whyOf(error), at, at)
      }
    }
    if (isFromBeginning(chain)) return null
    throw await this.#gap(at)
  }

  async plan(hash: string): Promise<unknown> {
    return readPlanFile(this.#dir, hash)
  }

  damages() {
    return this.#index.damages
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /** Its log's beginning, else its first keyframe; undefined where it cannot be played. */
  #playableFrom(chain: Chain): number | undefined {
    if (isFromBeginning(chain)) return chain.segments[0]?.after
    const oldest = this.#index.keyframes(chain).at(-1)
    return oldest && keyframeAt(oldest.path)
  }

  #chainOf(epoch: string, after: number): Chain | undefined {
    return this.#index.chains().find((each) => holds(each, epoch, after))
  }

  async #chainAt(after: number): Promise<Chain> {
    const chain = this.#index.chains().find((each) => holds(each, each.epoch, after))
    if (chain === undefined) throw await this.#gap(after)
    return chain
  }

  /** Names the file that cannot be read, unless the segment was joined to others or dropped while it was looked at. */
  #failed(segment: Manifest, error: unknown): void {
    if (isGone(error) && !this.#index.isCurrent(segment)) return
    const [first] = segment.files
    const path = error instanceof QingyuError ? String(error.parameters['value']) : (first?.path ?? '?')
    this.#index.damaged(path, whyOf(error), segment.after, segment.to)
    if (this.#index.isReadable(segment)) throw error
  }

  #namesOf({ plan, after, to }: Manifest): ArchiveNames {
    try {
      return this.#names.of(plan)
    } catch (error) {
      this.#index.damaged(planPath(plan), whyOf(error), after, to)
      throw error
    }
  }

  async #gap(at: number): Promise<QingyuError> {
    const spans = (await this.spans()).map(({ after, to }) => `${isoOf(after)} to ${isoOf(to)}`)
    return new QingyuError('AV-gap', { value: isoOf(at), held: spans.join(', ') || 'nothing' })
  }
}

/** Whether a tick after `after` stands in a chain. */
function holds({ epoch: of, segments }: Chain, epoch: string, after: number): boolean {
  const [first, last] = [segments.at(0), segments.at(-1)]
  return of === epoch && first !== undefined && last !== undefined && first.after <= after && after < last.to
}

/** Opens an archive for reading; a folder that is not there is an empty one. Where the times of several logs overlap, `epoch` counts. */
export function openArchive(dir: string, epoch = ''): Archive {
  return new ParquetArchive(dir, epoch)
}
