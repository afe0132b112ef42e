import { ByteReader, ByteWriter } from './bytes.ts'
import type { FoldName, Indicator } from './indicator.ts'
import { Sketch } from './sketch.ts'
import { SourceSet } from './source-set.ts'

/**
 * Columns of one fold, one cache line: integers of the indicator's resolution, so that sums do not depend on order. Exact
 * while a sum stays below 2^53 steps. PANE is the number of the pane, floor(start / paneMs).
 */
export const COUNT = 0
export const SUM = 1
export const MIN = 2
export const MAX = 3
export const LAST = 4
export const LAST_TIME = 5
export const LAST_SOURCE = 6
export const PANE = 7
export const FOLD_DOUBLES = 8

/** Makes the fold at `at` empty and names its pane. */
export function resetFold(columns: Float64Array, at: number, pane: number): void {
  columns[at + COUNT] = 0
  columns[at + SUM] = 0
  columns[at + MIN] = Infinity
  columns[at + MAX] = -Infinity
  columns[at + LAST] = 0
  columns[at + LAST_TIME] = -Infinity
  columns[at + LAST_SOURCE] = -1
  columns[at + PANE] = pane
}

/** Equal times go to the larger source hash, then to the larger value, so that order of arrival does not matter. */
function takeLast(columns: Float64Array, at: number, value: number, time: number, source: number): void {
  const lastTime = columns[at + LAST_TIME] ?? 0
  if (time < lastTime) return
  if (time === lastTime) {
    const lastSource = columns[at + LAST_SOURCE] ?? 0
    if (source < lastSource || (source === lastSource && value <= (columns[at + LAST] ?? 0))) return
  }
  columns[at + LAST] = value
  columns[at + LAST_TIME] = time
  columns[at + LAST_SOURCE] = source
}

/** Rate: per observation and ancestor. */
export function addToFold(
  columns: Float64Array,
  at: number,
  value: number,
  time: number,
  source: number,
): void {
  columns[at + COUNT] = (columns[at + COUNT] ?? 0) + 1
  columns[at + SUM] = (columns[at + SUM] ?? 0) + value
  if (value < (columns[at + MIN] ?? 0)) columns[at + MIN] = value
  if (value > (columns[at + MAX] ?? 0)) columns[at + MAX] = value
  takeLast(columns, at, value, time, source)
}

/** Rate: per pane of a window and evaluated series. */
export function mergeFold(columns: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  const count = from[fromAt + COUNT] ?? 0
  if (count === 0) return
  columns[at + COUNT] = (columns[at + COUNT] ?? 0) + count
  columns[at + SUM] = (columns[at + SUM] ?? 0) + (from[fromAt + SUM] ?? 0)
  columns[at + MIN] = Math.min(columns[at + MIN] ?? 0, from[fromAt + MIN] ?? 0)
  columns[at + MAX] = Math.max(columns[at + MAX] ?? 0, from[fromAt + MAX] ?? 0)
  takeLast(
    columns,
    at,
    from[fromAt + LAST] ?? 0,
    from[fromAt + LAST_TIME] ?? 0,
    from[fromAt + LAST_SOURCE] ?? 0,
  )
}

/** What the folds of an indicator keep beside the columns. */
export interface FoldShape {
  /** Distinct sources told apart. */
  readonly sources: number
  readonly sketch: boolean
}

/** One fold on its own: of a window, of a pane ahead of the ring, or of a partial on its way to the roll-up. */
export class Fold {
  readonly columns = new Float64Array(FOLD_DOUBLES)
  readonly sources: SourceSet
  readonly sketch: Sketch | null

  constructor(shape: FoldShape, pane = 0) {
    this.sources = new SourceSet(shape.sources)
    this.sketch = shape.sketch ? new Sketch() : null
    resetFold(this.columns, 0, pane)
  }

  /** Observations folded. */
  get count(): number {
    return this.columns[COUNT] ?? 0
  }

  /** Rate: per rule of an evaluated series; keeps its buffers. */
  clear(): void {
    resetFold(this.columns, 0, this.columns[PANE] ?? 0)
    this.sources.clear()
    this.sketch?.clear()
  }

  /** `value` in steps of the resolution, `source` a hash. */
  add(value: number, time: number, source: number): void {
    addToFold(this.columns, 0, value, time, source)
    this.sources.add(source)
    this.sketch?.add(value)
  }

  /** Adds a fold of the same shape. */
  merge(other: Fold): void {
    mergeFold(this.columns, 0, other.columns, 0)
    this.sources.merge(other.sources)
    if (this.sketch && other.sketch) this.sketch.merge(other.sketch)
  }

  /** The fold's value in the indicator's unit; null when it is empty and emptiness is no number. */
  value(name: FoldName, scale: Scale): number | null {
    const columns = this.columns
    const count = this.count
    if (name === 'count') return count
    if (name === 'sources') return this.sources.size
    if (name === 'sum') return inUnit(columns[SUM] ?? 0, 1, scale)
    if (count === 0) return null
    switch (name) {
      case 'mean':
        return inUnit(columns[SUM] ?? 0, count, scale)
      case 'min':
        return inUnit(columns[MIN] ?? 0, 1, scale)
      case 'max':
        return inUnit(columns[MAX] ?? 0, 1, scale)
      case 'last':
        return inUnit(columns[LAST] ?? 0, 1, scale)
      case 'p50':
        return this.#quantile(0.5, scale)
      case 'p95':
        return this.#quantile(0.95, scale)
    }
  }

  /** Null where all was observed under rules that asked for no quantile. */
  #quantile(q: number, scale: Scale): number | null {
    const { sketch } = this
    return sketch === null || sketch.isEmpty ? null : inUnit(sketch.quantile(q), 1, scale)
  }
}

/** From integers of the resolution to the unit: one rounding, so 7 steps of 0.1 are exactly the 0.7 of a limit. */
export interface Scale {
  readonly times: number
  readonly by: number
}

/** The scale of an indicator. */
export function scaleOf(indicator: Indicator): Scale {
  const inverse = Math.round(1 / indicator.resolution)
  return inverse >= 1 && Math.abs(inverse * indicator.resolution - 1) < 1e-9
    ? { times: 1, by: inverse }
    : { times: indicator.resolution, by: 1 }
}

function inUnit(steps: number, over: number, scale: Scale): number {
  return (steps * scale.times) / (over * scale.by)
}

/** Writes columns with their sources and sketch; the pane is the caller's. */
export function writeFold(
  writer: ByteWriter,
  columns: Float64Array,
  at: number,
  sources: SourceSet,
  sketch: Sketch | null,
): void {
  const lastTime = columns[at + LAST_TIME] ?? 0
  writer.uint(columns[at + COUNT] ?? 0)
  writer.int(columns[at + SUM] ?? 0)
  writer.int(columns[at + MIN] ?? 0)
  writer.uint((columns[at + MAX] ?? 0) - (columns[at + MIN] ?? 0))
  writer.uint((columns[at + MAX] ?? 0) - (columns[at + LAST] ?? 0))
  writer.int(lastTime)
  writer.uint(columns[at + LAST_SOURCE] ?? 0)
  sources.write(writer)
  sketch?.write(writer)
}

/** Reads back {@link writeFold} into an empty fold; `sketched`: it was written with a sketch, wanted or not. */
export function readFold(reader: ByteReader, fold: Fold, sketched: boolean): void {
  const columns = fold.columns
  columns[COUNT] = reader.uint()
  columns[SUM] = reader.int()
  const min = reader.int()
  const max = min + reader.uint()
  columns[MIN] = min
  columns[MAX] = max
  columns[LAST] = max - reader.uint()
  columns[LAST_TIME] = reader.int()
  columns[LAST_SOURCE] = reader.uint()
  fold.sources.read(reader)
  if (sketched) (fold.sketch ?? new Sketch()).read(reader)
}

const writer = new ByteWriter()

/** A fold as base64, for partials in a tick record. The fold must not be empty. */
export function encodeFold(fold: Fold): string {
  writeFold(writer, fold.columns, 0, fold.sources, fold.sketch)
  let binary = ''
  for (const byte of writer.take()) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** Reads back {@link encodeFold}; nothing but a sketch stands behind the sources, so it tells itself whether it has one. */
export function decodeFold(text: string, shape: FoldShape, pane: number): Fold {
  const fold = new Fold(shape, pane)
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  const reader = new ByteReader(bytes)
  readFold(reader, fold, false)
  if (!reader.done) fold.sketch?.read(reader)
  return fold
}
