import { Commits } from './commits.ts'
import { oldestOf } from './core/errors.ts'
import type { Plan } from './core/plan.ts'
import { Conductor, decodeScore, encodeScore, evenScore, SCORE_KEY, type Score } from './core/score.ts'
import type { Clock, Commit, Snapshot, State } from './ports.ts'

/** How the score is told. */
export interface ScoreSettings {
  /** A partition that is later than another by so much (ms, by ticks) no longer holds up the picture; Infinity: all are waited for. */
  readonly patience: number
  readonly clock: Clock
}

interface ScoreParts {
  readonly state: State
  readonly plan: Plan
}

/**
 * Real time for which nobody is left behind though its patience is used up, ms: after a pause of this process, or at its
 * start, the others' news are only a moment behind those that came first.
 */
const GRACE_MS = 500

/** Lets one wait for news and others bring them; a waiter is told once, and news without a waiter are kept. */
class Bell {
  #ring: () => void = () => undefined
  #rung = false

  readonly ring = (): void => {
    this.#rung = true
    this.#ring()
  }

  async heard(): Promise<void> {
    if (!this.#rung) await new Promise<void>((resolve) => (this.#ring = resolve))
    this.#rung = false
  }
}

/** Hears of all partitions' ticks, and tells in which order and with whom gateways show them. */
class Listening {
  readonly conductor: Conductor
  readonly #state: State
  readonly #stop: AbortController
  readonly #news = new Bell()
  readonly #room: readonly Bell[]
  #fault: unknown = undefined

  constructor(state: State, conductor: Conductor, partitions: number, stop: AbortController) {
    this.#state = state
    this.conductor = conductor
    this.#stop = stop
    this.#room = Array.from({ length: partitions }, () => new Bell())
    stop.signal.addEventListener('abort', () => {
      for (const bell of [this.#news, ...this.#room]) bell.ring()
    })
  }

  /** Reads one partition from tick `from` on until the end of all; a fault ends them all. */
  async hear(partition: number, from: number): Promise<void> {
    const { signal } = this.#stop
    try {
      for await (const ticks of this.#state.changes(partition, from, signal)) {
        for (const { at } of ticks) this.conductor.note(partition, at)
        this.#news.ring()
        while (this.conductor.full(partition) && !signal.aborted) await this.#room[partition]?.heard()
      }
    } catch (fault) {
      const oldest = oldestOf(fault)
      // What is no longer held was either told before or will be missing for everybody.
      if (oldest !== undefined && oldest > from) return this.hear(partition, oldest)
      this.#fault ??= fault
      this.#stop.abort()
    }
  }

  /** Tells scores until the stop; throws the first fault of those who hear. */
  async tell(clock: Clock, send: (score: Score) => Promise<void>): Promise<void> {
    const { signal } = this.#stop
    let graceEnds = Infinity
    while (!signal.aborted) {
      const score = this.conductor.next(clock.now() >= graceEnds)
      if (score !== undefined) {
        graceEnds = Infinity
        await send(score)
        for (const bell of this.#room) bell.ring()
        continue
      }
      if (!this.conductor.overdue) graceEnds = Infinity
      else if (graceEnds === Infinity) graceEnds = clock.now() + GRACE_MS
      const cancel = graceEnds === Infinity ? () => undefined : clock.at(graceEnds, this.#news.ring)
      await this.#news.heard()
      cancel()
    }
    if (this.#fault !== undefined) throw this.#fault
  }
}

function lastOf(stored: Snapshot, partitions: number): Score {
  const bytes = stored.entries.get(SCORE_KEY)
  return bytes === undefined ? evenScore(partitions, 0) : decodeScore(bytes)
}

function commitOf(score: Score): Commit {
  const { at } = score
  const record = encodeScore(score)
  return { offset: at, at, entries: [{ key: SCORE_KEY, value: record }], record, levels: [], readings: [] }
}

/**
 * Follows the tick records of all partitions and the roll-up, and commits the score by which gateways tell ticks as the
 * partition numbered `plan.partitions` + 1. Ends on abort; faults as {@link State.commit} and {@link State.changes} give them.
 */
export async function followScore(
  { state, plan }: ScoreParts,
  { patience, clock }: ScoreSettings,
  stop: AbortController,
): Promise<void> {
  const own = plan.partitions + 1
  const stored = await state.load(own)
  const last = lastOf(stored, plan.partitions)
  const commits = new Commits(state, own, stored.offset, stop)
  const listening = new Listening(state, new Conductor(patience, last), own, stop)
  const hearing = last.reached.map((reached, partition) =>
    listening.hear(partition, reached === 0 ? 0 : reached + 1),
  )
  try {
    await listening.tell(clock, (score) => commits.send(commitOf(score)))
  } finally {
    stop.abort()
    await Promise.all(hearing)
  }
  await commits.settle()
}
