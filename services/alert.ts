import { beginningOf, withKnown } from './alert-beginning.ts'
import { Commits } from './commits.ts'
import type { Ticks } from './core/align.ts'
import {
  alertPartition,
  decodeAlertRecord,
  encodeAlertRecord,
  quietRecord,
  type AlertRecord,
} from './core/alert-record.ts'
import type { AlignedTick, Commit, Snapshot } from './core/commit.ts'
import { oldestOf, sentenceOf } from './core/errors.ts'
import type { Plan } from './core/plan.ts'
import { isoOf } from './core/time.ts'
import { keepFollowing } from './following.ts'
import type { Ownership, Standing, State } from './ports.ts'

/** What is made of each tick; core/alerting is one. Null: nothing changed. */
export interface Watch {
  apply(tick: AlignedTick): Commit | null
}

/** What the alert stage is made of. */
export interface AlertParts {
  readonly ticks: Ticks
  readonly state: State
  readonly plan: Plan
  /** Gives it to one process at a time, as number 0. */
  readonly ownership: Ownership
  /** Takes the watch up where the state stands. */
  readonly watch: (stored: Snapshot) => Watch
  /** Hears, in one sentence, that another process took over, that commits were lost, or that ticks are gone. */
  readonly report?: (sentence: string) => void
  /** Hears what this process takes over, before it goes on, and again where commits were lost; `lost` aborts when that is over. */
  readonly onActive?: (stored: Snapshot, lost: AbortSignal) => void
  /** Hears of each record once it is committed. */
  readonly committed?: (record: AlertRecord) => void
}

/** The running stage. */
export interface AlertStage {
  /** Newest tick that this process has applied or taken over, ms; 0 while it stands by. */
  readonly reached: number
  /** How it stands for `/readyz`; while it catches up with more than 10 s it is not ready. */
  standing(): Promise<Standing>
  /** Lets outstanding commits settle and hands over. */
  stop(): Promise<void>
  /** Rejects with the first fault that does not end by taking over again; never resolves. */
  readonly failed: Promise<never>
}

/** A commit comes so often though nothing happens, ms of ticks: the ticks behind it need not be held, and desks see that the stage lives. */
const QUIET_MS = 3_000
/** Ticks behind the newest that are no fault, ms. */
const LATE_MS = 10_000

/** The watch over all partitions, taken up and followed by one owner at a time. */
class Watching {
  reached = 0
  readonly #parts: AlertParts
  readonly #partition: number

  constructor(parts: AlertParts) {
    this.#parts = parts
    this.#partition = alertPartition(parts.plan)
  }

  /** Follows until `stop` aborts; goes on where ticks are held when those that come next are gone. */
  async follow(given: AbortSignal, stop: AbortController): Promise<void> {
    let from: number | undefined
    while (!stop.signal.aborted) {
      try {
        await this.#followFrom(from, given, stop)
      } catch (fault) {
        const oldest = oldestOf(fault)
        if (oldest === undefined || oldest <= Math.max(this.reached, from ?? 0)) throw fault
        this.#parts.report?.(sentenceOf(fault))
        from = oldest
      }
    }
  }

  /** One term: from what the state holds now until `stop`, or until that must be read again. `from`: the oldest tick held, where those behind the state's are gone. */
  async #followFrom(from: number | undefined, given: AbortSignal, stop: AbortController): Promise<void> {
    const stored = await this.#parts.state.load(this.#partition)
    if (stop.signal.aborted) return
    this.reached = stored.at
    const term = new AbortController()
    const end = (): void => term.abort()
    given.addEventListener('abort', end)
    try {
      this.#parts.onActive?.(stored, term.signal)
      await this.#watch(stored, from, stop)
    } finally {
      given.removeEventListener('abort', end)
      end()
    }
  }

  async #watch(stored: Snapshot, from: number | undefined, stop: AbortController): Promise<void> {
    const { state, ticks, watch } = this.#parts
    const { base, isCut } =
      from === undefined
        ? await beginningOf(this.#parts, stored)
        : { base: await ticks.begin(from - 1), isCut: true }
    const watching = watch(stored)
    const commits = new Commits(state, this.#partition, stored.offset, stop, (commit) => this.#landed(commit))
    try {
      let last = stored.at
      let isFirst = true
      for await (const told of ticks.after(base, stop.signal)) {
        if (told.at <= stored.at) continue
        const tick = isFirst && isCut ? await this.#mended(stored, told) : told
        isFirst = false
        const commit = watching.apply(tick) ?? quietCommit(tick.at, last)
        this.reached = tick.at
        if (commit === null) continue
        last = commit.at
        await commits.send(commit)
      }
    } finally {
      await commits.settle()
    }
  }

  async #mended(stored: Snapshot, tick: AlignedTick): Promise<AlignedTick> {
    const since = stored.at === 0 ? 'the beginning' : isoOf(stored.at)
    this.#parts.report?.(
      `Ticks from ${since} to ${isoOf(tick.at)} are gone. Incidents and alerts go on with the levels of then; what people did in between is not known.`,
    )
    return withKnown(this.#parts, stored, tick)
  }

  #landed({ at, record }: Commit): void {
    this.#parts.ownership.reached(0, at)
    this.#parts.committed?.(decodeAlertRecord(record))
  }
}

function quietCommit(at: number, last: number): Commit | null {
  if (at - last < QUIET_MS) return null
  return { offset: at, at, entries: [], record: encodeAlertRecord(quietRecord(at)), levels: [], readings: [] }
}

/**
 * Starts the stage: once it is this process's, it takes up where its state stands, and finds incidents and keeps alerts tick by
 * tick, each in one commit with tick as offset. The same ticks give the same commits, whoever makes them.
 */
export function startAlert(parts: AlertParts): AlertStage {
  let fail: (fault: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => (fail = reject))
  // Whoever does not look at `failed` hears of it from `stop` or not at all; it must not end the process.
  failed.catch(() => undefined)
  const watching = new Watching(parts)
  const started = parts.ownership.start(async (_, lost) => {
    const given = new AbortController()
    const end = (): void => given.abort()
    lost.addEventListener('abort', end)
    if (lost.aborted) end()
    const follow = (stop: AbortController) => watching.follow(given.signal, stop)
    await keepFollowing(given, follow, parts.report).catch(fail)
    end()
    watching.reached = 0
    lost.removeEventListener('abort', end)
  })
  started.catch(fail)
  return {
    failed,
    get reached() {
      return watching.reached
    },
    async standing() {
      if (parts.ownership.held.length === 0) return { ready: true, state: 'stands by' }
      const { reached } = watching
      const newest = await parts.ticks.newest()
      if (newest === 0) return { ready: true, state: 'active, no tick yet' }
      const isLate = newest - reached > LATE_MS
      return { ready: !isLate, state: isLate ? `active, catches up at ${isoOf(reached)}` : 'active' }
    },
    async stop() {
      await started.catch(() => undefined)
      await parts.ownership.stop()
    },
  }
}
