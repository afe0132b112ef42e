import type { TickSlice } from './archive.ts'
import { QingyuError } from './errors.ts'
import { partitionOf, type Grid } from './grid.ts'
import { KIND_OBSERVATIONS, kindOf, readObservations, ROW_BYTES, ROWS_AT } from './record.ts'

/** Codes named in a refusal. */
const MOST_NAMED = 10
/** Bytes from the beginning of a row to its area (core/record). */
const AREA_AT = 24

/** The grid that a log was written with, as its plan document tells it. */
export interface WrittenGrid {
  readonly version: string
  /** By area number. */
  readonly codes: readonly string[]
}

/**
 * Reads slices of a log of another grid version with the present grid: areas are found again by their codes. Only areas that occur
 * must be there, in the same partition: a record cannot be torn in two.
 */
export class GridRemap {
  readonly #from: WrittenGrid
  readonly #grid: Grid
  readonly #partitions: number
  /** By area number of the log; -1 where it is missing. */
  readonly #areas: Int32Array

  constructor(from: WrittenGrid, grid: Grid, partitions: number) {
    this.#from = from
    this.#grid = grid
    this.#partitions = partitions
    this.#areas = Int32Array.from(from.codes, (code) => grid.indexOf(code) ?? -1)
  }

  /** Whether nothing needs to be done. */
  get isSame(): boolean {
    return this.#from.version === this.#grid.version
  }

  /** The same slices by the present grid's numbers. AV-grid names the areas that are missing or lie in another partition. */
  slices(slices: readonly TickSlice[]): readonly TickSlice[] {
    if (this.isSame) return slices
    const wrong = new Set<string>()
    const mapped = slices.map(({ at, parts }) => ({
      at,
      parts: parts.map(({ partition, first, records }) => ({
        partition,
        first,
        records: records.map((record) => this.#record(record, partition, wrong)),
      })),
    }))
    if (wrong.size > 0) throw this.#refusal(wrong)
    return mapped
  }

  #record(record: Uint8Array, partition: number, wrong: Set<string>): Uint8Array {
    if (kindOf(record) !== KIND_OBSERVATIONS) return record
    const rows = readObservations(record)
    const copy = new Uint8Array(record)
    const view = new DataView(copy.buffer)
    for (let i = 0; i < rows.rows; i++) {
      const area = rows.area(i)
      const found = this.#areas[area] ?? -1
      const isKept = found >= 0 && partitionOf(this.#grid, found, this.#partitions) === partition
      if (isKept) view.setUint32(ROWS_AT + i * ROW_BYTES + AREA_AT, found, true)
      else wrong.add(this.#from.codes[area] ?? `number ${area}`)
    }
    return copy
  }

  #refusal(wrong: ReadonlySet<string>): QingyuError {
    const codes = [...wrong].sort()
    const [missing, moved] = [
      codes.filter((code) => this.#grid.indexOf(code) === undefined),
      codes.filter((code) => this.#grid.indexOf(code) !== undefined),
    ]
    const named = (list: readonly string[]) =>
      `${list.slice(0, MOST_NAMED).join(', ')}${list.length > MOST_NAMED ? ` and ${list.length - MOST_NAMED} more` : ''}`
    const why = [
      ...(missing.length > 0 ? [`missing here: ${named(missing)}`] : []),
      ...(moved.length > 0 ? [`in another partition here: ${named(moved)}`] : []),
    ].join('; ')
    return new QingyuError('AV-grid', { value: this.#from.version, expected: this.#grid.version, why })
  }
}
