import { alertPartition, type AlertRecord } from './core/alert-record.ts'
import type { Snapshot } from './core/commit.ts'
import { sentenceOf } from './core/errors.ts'
import { jsonOf } from './core/json-entry.ts'
import type { Plan } from './core/plan.ts'
import { encodeInForce } from './core/record.ts'
import {
  rulesStanding,
  STANDING_KEY,
  VERSION_PREFIX,
  type KeptVersion,
  type Publication,
} from './core/rule-versions.ts'
import type { Clock, Log, State } from './ports.ts'

/** Until a publication is tried again that the log did not take, ms. */
const AGAIN_MS = 1_000

/** What puts publications into the log is made of. */
export interface PublisherParts {
  readonly log: Pick<Log, 'append' | 'partitions'>
  readonly state: Pick<State, 'entry'>
  readonly plan: Plan
  readonly clock: Clock
  /** Version of the program. */
  readonly program: string
  /** Hears of each publication. */
  readonly tell: (sentence: string) => void
  /** Hears of each fault. */
  readonly report: (sentence: string) => void
}

/** Puts what was decided to be published into the log. Only the active alert stage may. */
export interface RulePublisher {
  /** The watch was taken over; what a crash kept from the log is made good. `lost` aborts when it ends. */
  begin(stored: Snapshot, lost: AbortSignal): void
  /** Hears of each record of the watch once it is committed. */
  take(record: AlertRecord): void
  /** Ends; what is being appended settles. */
  stop(): Promise<void>
}

/** Makes a {@link RulePublisher}. */
export function openPublisher(parts: PublisherParts): RulePublisher {
  return new Publisher(parts)
}

class Publisher implements RulePublisher {
  readonly #parts: PublisherParts
  readonly #partition: number
  #given: AbortSignal = AbortSignal.abort()
  #isStopped = false
  #cancel: () => void = () => undefined
  /** One after another, so that the log has them in the order in which they were decided. */
  #running: Promise<void> = Promise.resolve()

  constructor(parts: PublisherParts) {
    this.#parts = parts
    this.#partition = alertPartition(parts.plan)
  }

  begin({ entries }: Snapshot, lost: AbortSignal): void {
    this.#given = lost
    if (rulesStanding(entries.get(STANDING_KEY)).pending !== null) this.#run(lost)
  }

  take({ audit }: AlertRecord): void {
    const isPublished = audit.some(({ verb, code }) => verb === 'publish-rules' && code === null)
    if (isPublished) this.#run(this.#given)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    await this.#running
  }

  #run(given: AbortSignal): void {
    this.#running = this.#running
      .then(() => this.#publish(given))
      .catch((fault: unknown) => {
        this.#parts.report(`Rules could not be put into force: ${sentenceOf(fault)}`)
        const { clock } = this.#parts
        this.#cancel = clock.at(clock.now() + AGAIN_MS, () => this.#run(given))
      })
  }

  /** Appending it again changes nothing: partitions know the time from which it was wanted. */
  async #publish(given: AbortSignal): Promise<void> {
    if (given.aborted || this.#isStopped) return
    const { state } = this.#parts
    const { pending } = rulesStanding(await state.entry(this.#partition, STANDING_KEY))
    const kept = pending && (await state.entry(this.#partition, VERSION_PREFIX + pending.version))
    if (pending === null || !kept || given.aborted) return
    await this.#append(pending, jsonOf<KeptVersion>(kept))
  }

  async #append({ version, by, why, from }: Publication, { book, name }: KeptVersion): Promise<void> {
    const { log, plan, program, tell } = this.#parts
    const record = encodeInForce({ grid: plan.grid.version, rules: version, program, book, from, by, why })
    const partitions = Array.from({ length: log.partitions }, (_, partition) => partition)
    await Promise.all(partitions.map((partition) => log.append(partition, [record])))
    tell(
      `Rules ${version}${name === '' ? '' : ` (${name})`} are put into force by ${by || 'somebody'}: ${why}`,
    )
  }
}
