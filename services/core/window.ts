import type { ByteReader, ByteWriter } from './bytes.ts'
import {
  COUNT,
  Fold,
  FOLD_DOUBLES,
  LAST_TIME,
  PANE,
  addToFold,
  mergeFold,
  readFold,
  resetFold,
} from './fold.ts'
import { LAST_SOURCE, writeFold } from './fold.ts'
import type { FoldShape } from './fold.ts'
import type { Indicator } from './indicator.ts'
import type { Plan } from './plan.ts'
import { Sketch } from './sketch.ts'
import { SourceSet } from './source-set.ts'

/** Event times up to this far ahead of a tick have a place in the ring, ms. */
export const SKEW_MS = 60_000
/** Sources that a pane tells apart when no rule asks for more. */
const SOURCES_DEFAULT = 32
/** Sources that a pane tells apart for the fold `sources`. */
const SOURCES_COUNTED = 4096

/** What is held of one indicator: its longest window, its ring of panes, and what each fold keeps. */
export interface WindowShape extends FoldShape {
  readonly paneMs: number
  /** Longest window over all rules, ms. */
  readonly longestMs: number
  /** A pane that starts at or before tick − heldMs is no longer held. */
  readonly heldMs: number
  /** Panes in a ring. */
  readonly ring: number
}

/** The shape that an indicator's rules and fold ask for. */
export function windowShapeOf(plan: Plan, indicator: Indicator): WindowShape {
  const rules = plan.rules.rules.filter((rule) => rule.indicator === indicator.code)
  const folds = new Set([indicator.fold, ...rules.map((rule) => rule.fold)])
  // Without a rule two intervals are shown, so that a reading does not vanish between two reports.
  const shown = Math.ceil(Math.max(indicator.paneMs, 2 * indicator.intervalMs) / indicator.paneMs)
  const longestMs = rules.reduce(
    (most, rule) => Math.max(most, rule.windowMs, (rule.panes?.m ?? 0) * indicator.paneMs),
    rules.length === 0 ? shown * indicator.paneMs : 0,
  )
  const heldMs = longestMs + indicator.latenessMs
  const sources = rules.reduce((most, rule) => Math.max(most, rule.minSources), SOURCES_DEFAULT)
  return {
    paneMs: indicator.paneMs,
    longestMs,
    heldMs,
    ring: Math.ceil(heldMs / indicator.paneMs) + Math.ceil(SKEW_MS / indicator.paneMs) + 2,
    sources: folds.has('sources') ? Math.max(SOURCES_COUNTED, sources) : sources,
    sketch: folds.has('p50') || folds.has('p95'),
  }
}

/** Number of the first pane held at tick `at`. */
export function firstPane(shape: WindowShape, at: number): number {
  return Math.floor((at - shape.heldMs) / shape.paneMs) + 1
}

/**
 * The panes of one indicator in one area: a ring of folds addressed by pane number, cleared when a slot is taken by a newer
 * pane, so that time passing costs nothing. Panes ahead of the ring (before the first tick, or after a gap in the ticks) wait
 * beside it until a tick reaches them. Bound: ring × 64 bytes and the source sets.
 */
export class PaneRing {
  readonly shape: WindowShape
  /** Newest event time, ms; -Infinity before the first observation. */
  newest = -Infinity
  readonly #columns: Float64Array
  readonly #sources: (SourceSet | undefined)[] = []
  readonly #sketches: (Sketch | undefined)[] = []
  #ahead: Map<number, Fold> | null = null

  constructor(shape: WindowShape) {
    this.shape = shape
    this.#columns = new Float64Array(shape.ring * FOLD_DOUBLES)
    for (let slot = 0; slot < shape.ring; slot++) resetFold(this.#columns, slot * FOLD_DOUBLES, NaN)
  }

  /** Rate: per observation and ancestor. `first` is the first pane held now. */
  add(first: number, pane: number, value: number, time: number, source: number): void {
    if (time > this.newest) this.newest = time
    if (!(pane < first + this.shape.ring)) {
      this.#aheadFold(pane).add(value, time, source)
      return
    }
    const slot = this.#slotFor(pane)
    const at = slot * FOLD_DOUBLES
    // A busy source is mostly the pane's last one already; then it is in the set.
    if (this.#columns[at + LAST_SOURCE] !== source) this.#sourcesAt(slot).add(source)
    addToFold(this.#columns, at, value, time, source)
    if (this.shape.sketch) this.#sketchAt(slot).add(value)
  }

  /** Rate: per partial. Adds a fold of the same shape to its pane; a pane no longer held is left out. */
  merge(first: number, fold: Fold): void {
    const pane = fold.columns[PANE] ?? 0
    this.newest = Math.max(this.newest, fold.columns[LAST_TIME] ?? -Infinity)
    if (pane < first) return
    if (!(pane < first + this.shape.ring)) {
      this.#aheadFold(pane).merge(fold)
      return
    }
    const slot = this.#slotFor(pane)
    mergeFold(this.#columns, slot * FOLD_DOUBLES, fold.columns, 0)
    this.#sourcesAt(slot).merge(fold.sources)
    if (fold.sketch) this.#sketchAt(slot).merge(fold.sketch)
  }

  /** Moves panes that waited ahead into the ring that begins at `first`. Rate: per evaluated series. */
  advance(first: number): void {
    const waiting = this.#ahead
    if (waiting === null) return
    this.#ahead = null
    for (const fold of waiting.values()) this.merge(first, fold)
  }

  /** Adds the panes in [from, to] to `into`. Rate: per rule of an evaluated series; costs one line of cache a pane. */
  foldInto(into: Fold, from: number, to: number): void {
    for (let pane = from; pane <= to; pane++) {
      const slot = this.#slot(pane)
      const at = slot * FOLD_DOUBLES
      if (this.#columns[at + PANE] !== pane || this.#columns[at + COUNT] === 0) continue
      mergeFold(into.columns, 0, this.#columns, at)
      const sources = this.#sources[slot]
      if (sources) into.sources.merge(sources)
      const sketch = this.#sketches[slot]
      if (sketch) into.sketch?.merge(sketch)
    }
  }

  /** Some pane from `first` on has observations. */
  holds(first: number): boolean {
    return this.newest >= first * this.shape.paneMs
  }

  /** Numbers of the panes with observations that are held from `first` on, ascending; those ahead of the ring too. */
  panes(first: number): number[] {
    const held: number[] = []
    for (let at = 0; at < this.#columns.length; at += FOLD_DOUBLES) {
      const pane = this.#columns[at + PANE] ?? NaN
      if (pane >= first && (this.#columns[at + COUNT] ?? 0) > 0) held.push(pane)
    }
    for (const pane of this.#ahead?.keys() ?? []) if (pane >= first) held.push(pane)
    return held.sort((a, b) => a - b)
  }

  /** A copy of one pane's fold. */
  paneFold(pane: number): Fold {
    const fold = new Fold(this.shape, pane)
    const waiting = this.#ahead?.get(pane)
    if (waiting) fold.merge(waiting)
    else this.foldInto(fold, pane, pane)
    return fold
  }

  /** Forgets all panes. */
  clear(): void {
    for (let at = 0; at < this.#columns.length; at += FOLD_DOUBLES) resetFold(this.#columns, at, NaN)
    this.#ahead = null
  }

  /** Same panes, same bytes, in whatever order they were filled. */
  write(writer: ByteWriter, first: number): void {
    writer.double(this.newest)
    const panes = this.panes(first)
    writer.uint(panes.length)
    let previous = 0
    for (const pane of panes) {
      writer.int(pane - previous)
      previous = pane
      const slot = this.#slot(pane)
      if (this.#columns[slot * FOLD_DOUBLES + PANE] === pane)
        writeFold(
          writer,
          this.#columns,
          slot * FOLD_DOUBLES,
          this.#sourcesAt(slot),
          this.shape.sketch ? this.#sketchAt(slot) : null,
        )
      else {
        const fold = this.paneFold(pane)
        writeFold(writer, fold.columns, 0, fold.sources, fold.sketch)
      }
    }
  }

  /** Reads back {@link write} into a fresh ring that begins at `first`; `sketched`: the panes were written with sketches. */
  read(reader: ByteReader, first: number, sketched = this.shape.sketch): void {
    const newest = reader.double()
    let pane = 0
    for (let left = reader.uint(); left > 0; left--) {
      pane += reader.int()
      const fold = new Fold(this.shape, pane)
      readFold(reader, fold, sketched)
      this.merge(first, fold)
    }
    this.newest = newest
  }

  #slot(pane: number): number {
    return pane - Math.floor(pane / this.shape.ring) * this.shape.ring
  }

  #slotFor(pane: number): number {
    const slot = this.#slot(pane)
    if (this.#columns[slot * FOLD_DOUBLES + PANE] !== pane) {
      resetFold(this.#columns, slot * FOLD_DOUBLES, pane)
      this.#sources[slot]?.clear()
      this.#sketches[slot]?.clear()
    }
    return slot
  }

  #sourcesAt(slot: number): SourceSet {
    return (this.#sources[slot] ??= new SourceSet(this.shape.sources))
  }

  #sketchAt(slot: number): Sketch {
    return (this.#sketches[slot] ??= new Sketch())
  }

  #aheadFold(pane: number): Fold {
    this.#ahead ??= new Map()
    let fold = this.#ahead.get(pane)
    if (!fold) this.#ahead.set(pane, (fold = new Fold(this.shape, pane)))
    return fold
  }
}
