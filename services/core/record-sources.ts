import type { Plan } from './plan.ts'
import type { Track } from './series.ts'
import { NO_SOURCE, sourceHash, type SourceTable } from './source-table.ts'

/** The sources of one record, each looked up once. */
export class RecordSources {
  readonly #names: readonly string[]
  readonly #table: SourceTable
  readonly #plan: Plan
  readonly #index: Int32Array
  readonly #hash: Float64Array
  readonly #newest: Float64Array

  constructor(names: readonly string[], table: SourceTable, plan: Plan) {
    this.#names = names
    this.#table = table
    this.#plan = plan
    this.#index = new Int32Array(names.length).fill(-2)
    this.#hash = new Float64Array(names.length)
    this.#newest = new Float64Array(names.length)
  }

  /** Rate: per observation. */
  index(local: number, track: Track): number {
    const known = this.#index[local] ?? -2
    if (known !== -2) return known >>> 0
    const name = this.#names[local] ?? ''
    const interval = this.#plan.registrations.get(name)?.intervalMs ?? track.indicator.intervalMs
    const index = this.#table.indexOf(name, interval)
    this.#index[local] = index
    this.#hash[local] = index === NO_SOURCE ? sourceHash(name) : this.#table.hash(index)
    return index
  }

  hash(local: number): number {
    return this.#hash[local] ?? 0
  }

  note(local: number, time: number): void {
    if (time > (this.#newest[local] ?? 0)) this.#newest[local] = time
  }

  /** Tells the table who spoke, once a record. */
  hear(): void {
    for (let local = 0; local < this.#names.length; local++) {
      const newest = this.#newest[local] ?? 0
      const index = (this.#index[local] ?? -2) >>> 0
      if (newest > 0) this.#table.hear(index, newest)
    }
  }
}
