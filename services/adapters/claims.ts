import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { sentenceOf } from '../core/errors.ts'
import { within } from './kafka-driver.ts'

/** Time to commit what is left of a partition that is lost, ms; then it goes, and the state's fence holds. */
const LETTING_GO = 5000
/** Wait before a partition is taken up again that was given up while it is ours, ms. */
const AGAIN = 1000

/** A partition that is ours, or not let go yet. */
interface Claim {
  readonly lost: AbortController
  readonly settled: Promise<void>
}

/** Owns a partition until `lost` aborts; its answer settles when everything is committed. */
export type Own = (partition: number, lost: AbortSignal) => Promise<void>

/** What this process does with the partitions that it was given. */
export class Claims {
  readonly #own: Own
  readonly #logger: Logger | undefined
  readonly #patience: number
  readonly #claims = new Map<number, Claim>()

  constructor(own: Own, logger: Logger | undefined, patience = LETTING_GO) {
    this.#own = own
    this.#logger = logger
    this.#patience = patience
  }

  /** Partitions that are ours, ascending. */
  get held(): number[] {
    const ours = [...this.#claims].filter(([, { lost }]) => !lost.signal.aborted)
    return ours.map(([partition]) => partition).sort((a, b) => a - b)
  }

  take(partition: number): void {
    const before = this.#claims.get(partition)
    const lost = new AbortController()
    const settled = this.#hold(partition, lost.signal, before?.settled)
    const claim = { lost, settled }
    this.#claims.set(partition, claim)
    void settled.then(() => {
      if (this.#claims.get(partition) === claim) this.#claims.delete(partition)
    })
  }

  /** Tells that the partitions are lost and waits for the answers, 5 s at most. */
  async release(partitions: readonly number[]): Promise<void> {
    const claims = partitions.flatMap((partition) => this.#claims.get(partition) ?? [])
    for (const { lost } of claims) lost.abort()
    let isOver = false
    const settled = Promise.all(claims.map((claim) => claim.settled)).then(() => {
      isOver = true
    })
    await within(this.#patience, settled)
    if (!isOver)
      this.#logger?.error(
        `Partitions ${partitions.join(', ')} go to others before everything was committed here; the state refuses what comes late`,
      )
  }

  /** One owner at a time, also where the one before was too slow to let go. */
  async #hold(partition: number, lost: AbortSignal, before: Promise<void> | undefined): Promise<void> {
    await before
    while (!lost.aborted) {
      try {
        await this.#own(partition, lost)
      } catch (error) {
        this.#logger?.error(`Partition ${partition} was given up: ${sentenceOf(error)}`)
      }
      // Somebody who lost it and had not noticed may have taken its state: the group has the last word.
      await pause(AGAIN, undefined, { signal: lost }).catch(() => {})
    }
  }
}
