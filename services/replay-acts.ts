import type { Action, Verb } from './core/action.ts'
import type { TickSlice } from './core/archive.ts'
import { QingyuError } from './core/errors.ts'
import { decodeAction } from './core/record.ts'
import type { Log } from './ports.ts'

/** Acts that may wait for a tick. */
const MOST_WAITING = 1_000

/** What people do in a session, on its way into the city that they see. */
export interface ReplayActs extends Pick<Log, 'append'> {
  /** Whether an action of the archive or of the session is played. */
  plays(action: Action): boolean
  /** What was done since the tick before, as the log would hold it in front of that slice; null for nothing. */
  take(slice: TickSlice): TickSlice | null
}

/** A replay: everything is as it was, and nobody can act. RY-past. */
export const NO_ACTS: ReplayActs = {
  plays: () => true,
  take: () => null,
  append: () => Promise.reject(new QingyuError('RY-past', { value: 'This' })),
}

/** Ways of telling people, and rules: those of the city are not touched by a drill, and nobody is told of it. */
const NOT_DRILLED: ReadonlySet<Verb> = new Set<Verb>([
  'subscribe',
  'unsubscribe',
  'roster',
  'save-rules',
  'publish-rules',
])

/** A drill: what people did then is left out, and what they do now is played with the next tick. */
export class DrillActs implements ReplayActs {
  readonly #isLeftOut: (action: Action) => boolean
  readonly #people: ReadonlySet<string>
  /** Ids of acts that wait for their tick. */
  readonly #own = new Set<string>()
  #waiting: Uint8Array[] = []

  /** `isLeftOut`: which actions of the archive were those of people who now act themselves; `people`: who takes part. */
  constructor(isLeftOut: (action: Action) => boolean, people: ReadonlySet<string>) {
    this.#isLeftOut = isLeftOut
    this.#people = people
  }

  plays(action: Action): boolean {
    return this.#own.delete(action.id) || !this.#isLeftOut(action)
  }

  take({ at, parts }: TickSlice): TickSlice | null {
    if (this.#waiting.length === 0) return null
    const records = this.#waiting
    this.#waiting = []
    // The alert stage reads actions from partition 0; only errors name the offset.
    const first = parts.find(({ partition }) => partition === 0)?.first ?? 0
    return { at, parts: [{ partition: 0, first, records }] }
  }

  /** SE-busy, RY-drill. */
  append(partition: number, records: readonly Uint8Array[]): Promise<number> {
    if (partition !== 0) return NO_ACTS.append(partition, records)
    if (this.#waiting.length + records.length > MOST_WAITING)
      return Promise.reject(
        new QingyuError('SE-busy', { value: 'This', why: 'too many acts wait for a tick' }),
      )
    const actions = records.map((record) => decodeAction(record))
    const denial = actions.map((action) => this.#denialOf(action)).find((one) => one !== null)
    if (denial) return Promise.reject(denial)
    for (const { id } of actions) this.#own.add(id)
    this.#waiting.push(...records)
    return Promise.resolve(this.#waiting.length - records.length)
  }

  #denialOf({ by, deed }: Action): QingyuError | null {
    if (!this.#people.has(by.person))
      return new QingyuError('RY-drill', { value: by.person, why: 'others were named to act in it' })
    if (!NOT_DRILLED.has(deed.verb)) return null
    return new QingyuError('RY-drill', { value: `What ${deed.verb} does`, why: 'it belongs to live' })
  }
}
