import type { Action } from './core/action.ts'
import { Fingerprint } from './core/idempotency.ts'
import type { Notice } from './core/notice.ts'
import { SYSTEM } from './core/person.ts'
import { encodeAction } from './core/record.ts'
import { sentenceOf } from './core/errors.ts'
import type { Clock, Log } from './ports.ts'

/** What became of a notice. */
export interface Settled {
  readonly notice: Notice
  readonly state: 'sent' | 'failed'
  readonly why: string
  readonly attempts: number
}

/** Actions of one append. */
const BATCH = 500
/** Actions that may wait for the log; above, nothing more is sent. */
const MOST_WAITING = 10_000
/** Between two attempts on a log that takes nothing, ms. */
const AGAIN_MS = 1000

const encoder = new TextEncoder()

/** The same for the same notice: the alert stage ignores what it was told before. */
function idOf({ id, channel }: Notice): string {
  const bytes = encoder.encode(`${id} ${channel}`)
  const print = new Fingerprint()
  print.ofId(bytes, 0, bytes.length)
  return [print.high, print.low].map((part) => part.toString(16).padStart(8, '0')).join('')
}

/** Tells the log what became of notices, in order, each once that can be, however long the log is away. */
export class Deliveries {
  readonly #log: Pick<Log, 'append'>
  readonly #clock: Clock
  readonly #report: (sentence: string) => void
  readonly #onRoom: () => void
  #waiting: Uint8Array[] = []
  #telling: Promise<void> | undefined
  #isStopped = false

  /** `onRoom` hears that the log has taken some. */
  constructor(
    log: Pick<Log, 'append'>,
    clock: Clock,
    report: (sentence: string) => void,
    onRoom: () => void,
  ) {
    this.#log = log
    this.#clock = clock
    this.#report = report
    this.#onRoom = onRoom
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Nothing more may be sent until the log has taken some. */
  get isFull(): boolean {
    return this.#waiting.length >= MOST_WAITING
  }

  add({ notice, state, why, attempts }: Settled): void {
    const { id, channel } = notice
    const deed: Action['deed'] = { verb: 'delivery', notice: id, channel, state, why, attempts }
    this.#waiting.push(encodeAction({ id: idOf(notice), time: this.#clock.now(), by: SYSTEM, deed }))
    this.#telling ??= this.#tell().finally(() => (this.#telling = undefined))
  }

  /** Resolves once all is told; what a log that is away does not take is told by who sends it again. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#telling
  }

  async #tell(): Promise<void> {
    // What comes in one turn is told together.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH)
      try {
        await this.#log.append(0, batch)
        this.#waiting.splice(0, batch.length)
        this.#onRoom()
      } catch (fault) {
        if (this.#isStopped) return
        this.#report(`Deliveries wait for the log: ${sentenceOf(fault)}`)
        await new Promise<void>((resolve) => this.#clock.at(this.#clock.now() + AGAIN_MS, resolve))
      }
    }
  }
}
