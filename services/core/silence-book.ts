import type { Alert } from './alert.ts'
import type { AlertPolicy } from './alert-policy.ts'
import { badField, unknownId } from './act-field.ts'
import type { StateEntry } from './commit.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import { boundsOf, partHolds } from './grid-shape.ts'
import { jsonEntries, jsonEntry } from './json-entry.ts'
import type { Actor } from './person.ts'
import type { Plan } from './plan.ts'
import { assertAnswersFor, readSilence } from './silence-check.ts'
import type { Silence } from './silence.ts'
import { TickIds } from './tick-ids.ts'

const PREFIX = 'q/'
const DAY = 86_400_000
/** One that is over is shown for so long. */
const KEPT_AFTER = DAY
/** Silences kept, with those that are over and still shown. */
export const MOST_SILENCES = 1_000

/** A silence with what is asked of it again and again. */
interface Muffle {
  readonly silence: Silence
  readonly bounds: readonly [number, number, number, number] | null
}

const inOrder = (a: Silence, b: Silence): number =>
  a.at - b.at || a.id.length - b.id.length || (a.id < b.id ? -1 : 1)

/** Silences: who muted what where, why and until when. */
export class SilenceBook {
  readonly #plan: Plan
  readonly #policy: AlertPolicy
  readonly #all = new Map<string, Silence>()
  /** Those in force by the top of their subtree, oldest first. */
  readonly #inForce = new Map<number, Muffle[]>()
  /** When each begins, ends, and is shown no longer. */
  readonly #clocks = new DeadlineQueue<string>()
  #changed = new Map<string, Silence | null>()
  /** One came into force or out of it since the last `advance`. */
  #stirred = false
  readonly #ids = new TickIds('q')

  constructor(plan: Plan, policy: AlertPolicy) {
    this.#plan = plan
    this.#policy = policy
  }

  /** Takes what was stored; `advance` puts it in force. Called once. */
  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    for (const [, silence] of jsonEntries<Silence>(entries, PREFIX)) {
      this.#all.set(silence.id, silence)
      // Wherever it stands, it is looked at by the next tick.
      this.#clocks.push(0, silence.id)
    }
  }

  /** A new silence; the answer is its id. Throws AL-field and AL-area. */
  silence(at: number, by: Actor, spec: unknown): string {
    const asked = readSilence(spec, at, by, { ...this.#plan, categories: this.#policy.categories })
    if (this.#all.size >= MOST_SILENCES)
      throw badField(
        'silences',
        this.#all.size + 1,
        `at most ${MOST_SILENCES}, those of the last day with them`,
      )
    const id = this.#ids.next(at)
    this.#put({ id, by: by.person, at, endedBy: '', ...asked })
    this.#clocks.push(asked.from, id)
    return id
  }

  /** Ends one now: by its author, or by whoever answers for its place. Throws AL-unknown and AL-area. */
  unsilence(at: number, by: Actor, id: string): void {
    const silence = this.#all.get(id)
    if (silence === undefined || silence.until <= at) throw unknownId('Silence', id)
    if (silence.by !== by.person) assertAnswersFor(by, silence.area, this.#plan)
    this.#unforce(silence)
    this.#put({ ...silence, until: at, endedBy: by.person })
    this.#clocks.push(at + KEPT_AFTER, id)
  }

  /** Goes on to a tick; true when one began or ended. */
  advance(at: number): boolean {
    const due = new Set<string>()
    // Clocks run by the tick: whatever time has come, this tick included.
    this.#clocks.due(at + 1, (id) => due.add(id))
    for (const silence of [...due].flatMap((id) => this.#all.get(id) ?? []).sort(inOrder))
      this.#stand(silence, at)
    const stirred = this.#stirred
    this.#stirred = false
    return stirred
  }

  /** Id of the silence that keeps notices about an alert back, nearest subtree first, then the oldest; '' for none. */
  over(alert: Alert): string {
    const { parents } = this.#plan.grid
    for (let up = alert.area; up >= 0; up = parents[up] ?? -1)
      for (const muffle of this.#inForce.get(up) ?? [])
        if (this.#covers(muffle, alert)) return muffle.silence.id
    return ''
  }

  /** What changed since the last call. */
  take(): { silences: Silence[]; entries: StateEntry[] } {
    const changed = [...this.#changed]
    this.#changed = new Map()
    return {
      silences: changed.flatMap(([, silence]) => silence ?? []),
      entries: changed.map(([id, silence]) => jsonEntry(PREFIX + id, silence ?? undefined)),
    }
  }

  #put(silence: Silence): void {
    this.#all.set(silence.id, silence)
    this.#changed.set(silence.id, silence)
  }

  /** Puts a silence where it belongs at a tick, and sets its next clock. */
  #stand(silence: Silence, at: number): void {
    const { id, from, until } = silence
    if (at >= until) this.#unforce(silence)
    if (at >= until + KEPT_AFTER) {
      this.#all.delete(id)
      this.#changed.set(id, null)
    } else if (at >= until) this.#clocks.push(until + KEPT_AFTER, id)
    else if (at < from) this.#clocks.push(from, id)
    else {
      this.#force(silence)
      this.#clocks.push(until, id)
    }
  }

  #force(silence: Silence): void {
    const top = this.#plan.grid.indexOf(silence.area)
    // Its subtree is gone with an older grid: it covers nothing any more.
    if (top === undefined) return
    const there = this.#inForce.get(top) ?? []
    if (there.some((each) => each.silence.id === silence.id)) return
    const bounds = silence.ring.length > 0 ? boundsOf([[silence.ring]]) : null
    const muffles = [...there, { silence, bounds }].sort((a, b) => inOrder(a.silence, b.silence))
    this.#inForce.set(top, muffles)
    this.#stirred = true
  }

  #unforce({ id, area }: Silence): void {
    const top = this.#plan.grid.indexOf(area) ?? -1
    const there = this.#inForce.get(top) ?? []
    const left = there.filter(({ silence }) => silence.id !== id)
    if (left.length === there.length) return
    if (left.length > 0) this.#inForce.set(top, left)
    else this.#inForce.delete(top)
    this.#stirred = true
  }

  /**
   * All areas of the alert must lie in it: what grows beyond speaks. The gravest rank that the alert ever had counts: what came
   * through is heard to its end.
   */
  #covers({ silence, bounds }: Muffle, { category, peak, areas }: Alert): boolean {
    if (peak > silence.most || (silence.category !== '' && silence.category !== category)) return false
    if (bounds === null) return true
    const { centres } = this.#plan.grid
    const [west, south, east, north] = bounds
    return areas.every((area) => {
      const [x, y] = [centres[2 * area] ?? 0, centres[2 * area + 1] ?? 0]
      return x >= west && x <= east && y >= south && y <= north && partHolds([silence.ring], x, y)
    })
  }
}
