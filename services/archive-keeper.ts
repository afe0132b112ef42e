import { ArchiveSession, type SessionListener, type SessionParts } from './archive-session.ts'
import type { ArchiveProgress } from './archiver-port.ts'
import { sentenceOf } from './core/errors.ts'
import { isoOf, spell } from './core/time.ts'
import type { Metric, MetricSource } from './metrics-port.ts'
import type { Offset, Ownership, Standing } from './ports.ts'

/** What the archiver's keeper is made of. */
export interface KeeperParts extends Pick<SessionParts, 'log' | 'clock' | 'start'> {
  /** Gives it to one process at a time, as number 0. */
  readonly ownership: Ownership
  /** Whether ticks follow the wall clock, or data that may be of long ago. */
  readonly source: 'wall' | 'data'
  /** Hears, in one sentence, of gaps, of threads that broke off and of disks that refuse. */
  readonly report: (sentence: string) => void
}

/** The archive as this process writes it. */
export interface Archiving {
  readonly standing: () => Standing
  readonly metrics: MetricSource
  /** Records below it are archived; 0 while that is not known. */
  floor(partition: number): Offset
  /** Writes what the log holds, for 4 s at most, and lets go. */
  stop(): Promise<void>
}

/** Pauses between two threads, ms: doubled from the first to the last while nothing is written. */
const FIRST_PAUSE = 500
const LAST_PAUSE = 60_000

const gauge = (name: string, help: string, value: number): Metric => ({
  name: `archive_${name}`,
  help,
  kind: name.endsWith('_total') ? 'counter' : 'gauge',
  samples: [{ value }],
})

class Keeper implements Archiving, SessionListener {
  readonly #parts: KeeperParts
  #progress: ArchiveProgress | null = null
  #taken = 0
  /** Written by this process in all its threads. */
  #segments = 0
  #bytes = 0
  #gaps = 0
  /** Why nothing is written; null while it is. */
  #trouble: string | null = null
  #isLeaving = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  start(): Promise<void> {
    return this.#parts.ownership.start((_, lost) => this.#own(lost))
  }

  readonly standing = (): Standing => {
    if (this.#parts.ownership.held.length === 0) return { ready: true, state: 'stands by' }
    // A city is watched though its archive waits: what is not written stands in the log.
    if (this.#trouble !== null) return { ready: true, state: `waits: ${this.#trouble}` }
    const at = this.#progress?.at ?? 0
    return {
      ready: true,
      state: at === 0 ? 'active, nothing written yet' : `active, written to ${isoOf(at)}`,
    }
  }

  readonly metrics = (): readonly Metric[] => [
    gauge('active', 'Whether this process writes the archive', this.#parts.ownership.held.length),
    gauge('segments_total', 'Segments that this process has written', this.#segments),
    gauge('bytes', 'Bytes of the segments that this process has written', this.#bytes),
    gauge('lag_seconds', 'Time that the log holds and the archive does not', this.#lag() / 1000),
    gauge(
      'gaps',
      'Gaps found since the start: records gone from the log before they were archived',
      this.#gaps,
    ),
  ]

  floor(partition: number): Offset {
    return this.#progress?.offsets[partition] ?? 0
  }

  async stop(): Promise<void> {
    this.#isLeaving = true
    await this.#parts.ownership.stop()
  }

  reached(progress: ArchiveProgress): void {
    const before = progress.segments === 0 ? undefined : this.#progress
    this.#segments += progress.segments - (before?.segments ?? 0)
    this.#bytes += progress.bytes - (before?.bytes ?? 0)
    this.#progress = progress
  }

  taken(at: number): void {
    this.#taken = at
  }

  waits(why: string | null): void {
    if (why !== null && this.#trouble === null) this.report(`The archive waits for its disk: ${why}`)
    if (why === null && this.#trouble !== null) this.report('The archive is written again')
    this.#trouble = why
  }

  gap(sentence: string): void {
    this.#gaps++
    this.report(sentence)
  }

  report(sentence: string): void {
    this.#parts.report(sentence)
  }

  #lag(): number {
    const { source, clock, ownership } = this.#parts
    const at = this.#progress?.at ?? 0
    if (at === 0 || ownership.held.length === 0) return 0
    return Math.max(0, (source === 'wall' ? clock.now() : this.#taken) - at)
  }

  /** One thread after another until `lost` aborts. */
  async #own(lost: AbortSignal): Promise<void> {
    let pause = FIRST_PAUSE
    while (!lost.aborted) {
      const before = this.#segments
      try {
        await new ArchiveSession({
          ...this.#parts,
          lost,
          listener: this,
          isLeaving: () => this.#isLeaving,
        }).run()
      } catch (fault) {
        if (lost.aborted) break
        if (this.#segments > before) pause = FIRST_PAUSE
        this.#trouble = sentenceOf(fault)
        this.report(`The archive broke off: ${this.#trouble}; going on in ${spell(pause)}`)
        await this.#wait(pause, lost)
        pause = Math.min(LAST_PAUSE, pause * 2)
      }
    }
    this.#progress = null
    this.#trouble = null
  }

  #wait(ms: number, lost: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    return new Promise((resolve) => {
      const cancel = clock.at(clock.now() + ms, resolve)
      lost.addEventListener('abort', () => {
        cancel()
        resolve()
      })
    })
  }
}

/** Keeps the archive going: a thread that writes it, for as long as it is this process's; it is replaced when it breaks off. */
export function startArchiving(parts: KeeperParts): Archiving {
  const keeper = new Keeper(parts)
  keeper.start().catch((fault: unknown) => parts.report(sentenceOf(fault)))
  return keeper
}
