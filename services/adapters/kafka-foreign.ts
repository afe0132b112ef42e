import { performance } from 'node:perf_hooks'
import type { Logger } from 'pino'
import { hintOf, messageOf } from '../core/errors.ts'
import type { Offset } from '../ports.ts'

/** Time between two lines about one partition, ms. */
const QUIET = 60_000

/** Counts what stands in a topic and is not ours, each once, and tells of it. */
export class ForeignMessages {
  /** Messages, and offsets without one. */
  count = 0
  readonly #topic: string
  readonly #logger: Logger | undefined
  /** Offset from which on nothing was counted yet, by partition. */
  readonly #from: Float64Array
  readonly #told: Float64Array

  constructor(topic: string, partitions: number, logger: Logger | undefined) {
    this.#topic = topic
    this.#logger = logger
    this.#from = new Float64Array(partitions)
    this.#told = new Float64Array(partitions).fill(-QUIET)
  }

  /** Notes that offsets from `first` to before `end` hold nothing of ours; other readers may have met them before. */
  note(partition: number, first: Offset, end: Offset): void {
    const from = Math.max(first, this.#from[partition] ?? 0)
    if (from >= end) return
    this.count += end - from
    this.#from[partition] = end
    const now = performance.now()
    if (now - (this.#told[partition] ?? 0) < QUIET) return
    this.#told[partition] = now
    const about = { topic: this.#topic, partition, value: from }
    const sentence = `${messageOf('LG-foreign', about)}. ${hintOf('LG-foreign', about)}`
    this.#logger?.warn({ foreign: this.count }, sentence)
  }
}
