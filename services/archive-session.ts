import { ArchiveFeed } from './archive-feed.ts'
import { packRecords, type FromArchiver, type ToArchiver } from './archive-message.ts'
import type { ArchiveProgress } from './archiver-port.ts'
import { QingyuError } from './core/errors.ts'
import { isoOf } from './core/time.ts'
import type { Clock, Log, Offset } from './ports.ts'
import type { Thread } from './thread.ts'

/** What a session tells of as it goes. */
export interface SessionListener {
  /** Where the archive was found to end, and then each segment that is in place. */
  reached(progress: ArchiveProgress): void
  /** Last tick that the thread took from the log, ms. */
  taken(at: number): void
  /** For what the thread waits, in one sentence; null: it no longer does. */
  waits(why: string | null): void
  report(sentence: string): void
  /** Records behind what is archived are gone from the log. */
  gap(sentence: string): void
}

/** What a session is made of. */
export interface SessionParts {
  readonly log: Log
  readonly clock: Clock
  readonly start: (hear: (message: FromArchiver) => void) => Thread<ToArchiver>
  readonly listener: SessionListener
  /** Aborts when the archive is no longer this process's to write. */
  readonly lost: AbortSignal
  /** Whether it is lost because this process ends: then what the log holds is still written. */
  readonly isLeaving: () => boolean
}

/** The log is handed on in rounds while little comes: to wake a thread for every commit would cost more than to archive it. */
const ROUND_MS = 200
const LITTLE_BYTES = 64 * 1024
/** Time to write what the log holds when this process ends, ms. */
const ENDING_MS = 4000

/** One life of the archiver's thread: found where it stands, fed with the log, told to end. At most one message is on its way. */
export class ArchiveSession {
  readonly #parts: SessionParts
  readonly #thread: Thread<ToArchiver>
  /** Rejects when the thread ends. */
  readonly #broken: Promise<never>
  #open: ArchiveProgress | null = null
  #wanted: readonly number[] | null = null
  #wake: () => void = () => undefined

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.#thread = parts.start((message) => this.#hear(message))
    this.#broken = this.#thread.ended.then((fault) => {
      throw fault ?? new Error('the thread of the archive has left')
    })
    this.#broken.catch(() => undefined)
  }

  /** Feeds the thread until `lost` aborts. Throws why it broke off, LG-gone and AV-ahead among it. */
  async run(): Promise<void> {
    const { log, clock, lost, isLeaving } = this.#parts
    const endLate = (): void => void clock.at(clock.now() + ENDING_MS, () => void this.#thread.end())
    lost.addEventListener('abort', endLate)
    try {
      const open = await this.#told(() => this.#open)
      const cutOff = await this.#cutOff(open)
      this.#thread.post({ what: 'follow', cutOff })
      await this.#follow(new ArchiveFeed(log, cutOff ?? open.offsets), [...(cutOff ?? open.offsets)])
      if (!isLeaving()) return
      this.#thread.post({ what: 'stop' })
      await this.#thread.ended
    } finally {
      lost.removeEventListener('abort', endLate)
      await this.#thread.end()
    }
  }

  #hear(message: FromArchiver): void {
    const { listener } = this.#parts
    if (message.what === 'open') this.#open = message.progress
    if (message.what === 'open' || message.what === 'written') listener.reached(message.progress)
    if (message.what === 'waits') listener.waits(message.why)
    if (message.what === 'report') listener.report(message.sentence)
    if (message.what !== 'wants') return this.#wake()
    listener.taken(message.taken)
    this.#wanted = message.partitions
    this.#wake()
  }

  /** What the thread tells, once it does. */
  async #told<Answer>(look: () => Answer | null): Promise<Answer> {
    for (let answer = look(); ; answer = look()) {
      if (answer !== null) return answer
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), this.#broken])
    }
  }

  /** Where the log begins, if that is behind what the archive ends with; null: it goes on. */
  async #cutOff({ at, offsets }: ArchiveProgress): Promise<readonly Offset[] | null> {
    const { log, listener } = this.#parts
    const bounds = await Promise.all(
      offsets.map(async (value, partition) => {
        const [start, end] = await Promise.all([log.start(partition), log.end(partition)])
        if (value > end) throw new QingyuError('AV-ahead', { partition, value, end })
        return Math.max(start, value)
      }),
    )
    if (bounds.every((from, partition) => from === offsets[partition])) return null
    if (at > 0)
      listener.gap(
        `The log no longer holds what came behind ${isoOf(at)}: the archive has a gap there, and goes on with the oldest tick that is whole. Give log.retention and log.maxSize more, or mend what kept the archive from being written.`,
      )
    return bounds
  }

  /** Hands on what comes; once lost, what the log held then, if this process ends. `next`: by partition, what comes next. */
  async #follow(feed: ArchiveFeed, next: Offset[]): Promise<void> {
    const { log, lost, isLeaving } = this.#parts
    const nudge = (): void => feed.nudge()
    lost.addEventListener('abort', nudge)
    let wanted: readonly number[] = next.map((_, partition) => partition)
    let ends: readonly Offset[] | null = null
    try {
      for (;;) {
        if (lost.aborted) {
          ends ??= await Promise.all(next.map((_, partition) => log.end(partition)))
          const goal = ends
          wanted = wanted.filter((partition) => (next[partition] ?? 0) < (goal[partition] ?? 0))
          if (!isLeaving() || wanted.length === 0) return
        }
        const batches = await Promise.race([feed.next(wanted), this.#broken])
        if (batches.length === 0) continue
        const packed = packRecords(batches)
        for (const { partition, first, records } of batches) next[partition] = first + records.length
        this.#wanted = null
        this.#thread.post({ what: 'records', packed }, [packed.bytes])
        wanted = await this.#told(() => this.#wanted)
        if (packed.bytes.byteLength < LITTLE_BYTES) await this.#round()
      }
    } finally {
      lost.removeEventListener('abort', nudge)
      await feed.close()
    }
  }

  /** Until the next round, or until lost. */
  #round(): Promise<void> {
    const { clock, lost } = this.#parts
    if (lost.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = clock.at(clock.now() + ROUND_MS, () => done())
      const done = (): void => {
        cancel()
        lost.removeEventListener('abort', done)
        resolve()
      }
      lost.addEventListener('abort', done)
    })
  }
}
