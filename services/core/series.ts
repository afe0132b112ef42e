import { ByteReader, type ByteWriter } from './bytes.ts'
import { Fold, scaleOf, type Scale } from './fold.ts'
import type { Indicator } from './indicator.ts'
import { warned } from './level.ts'
import type { Plan } from './plan.ts'
import { readCell, type RuleCell } from './rule-cell.ts'
import { PaneRing, firstPane, windowShapeOf, type WindowShape } from './window.ts'

/** Layouts of a series in the state: of 1 only its rules tell whether its panes hold sketches. */
const LAYOUT_BY_RULES = 1
const LAYOUT_PLAIN = 2
const LAYOUT_SKETCHES = 3

/** Whether panes that were written hold sketches; rules may have changed since. Undefined: of no known layout. */
function readLayout(reader: ByteReader, shape: WindowShape): boolean | undefined {
  const layout = reader.uint()
  if (layout === LAYOUT_BY_RULES) return shape.sketch
  return layout === LAYOUT_PLAIN || layout === LAYOUT_SKETCHES ? layout === LAYOUT_SKETCHES : undefined
}

/** Measurement sources that say nothing for this long are forgotten, ms. */
export const FORGET_MS = 7 * 86_400_000

/** Panes that may wait ahead of the rings, per indicator; an observation beyond is quarantined. */
export const MOST_AHEAD = 4096

/** What all series of one indicator share in one partition. */
export class Track {
  readonly column: number
  readonly indicator: Indicator
  readonly shape: WindowShape
  readonly scale: Scale
  /** Number of the first pane held; NaN before the first tick, so that all panes wait ahead. */
  first = NaN
  /** Number of the pane that holds the last tick; -Infinity before the first. */
  current = -Infinity
  /** Series with panes in the ring or a delay: judged when a pane begins. */
  readonly active = new Set<Series>()
  /** Observed since the last tick. */
  touched: Series[] = []
  /** Panes ahead of the rings; bound: {@link MOST_AHEAD}. */
  readonly ahead = new Set<number>()
  readonly window: Fold
  readonly pane: Fold

  constructor(plan: Plan, column: number, indicator: Indicator) {
    this.column = column
    this.indicator = indicator
    this.shape = windowShapeOf(plan, indicator)
    this.scale = scaleOf(indicator)
    this.window = new Fold(this.shape)
    this.pane = new Fold(this.shape)
  }

  /** Whether a pane ahead of the rings has its place among the {@link MOST_AHEAD}. Rate: per observation. */
  admits(pane: number): boolean {
    if (pane < this.first + this.shape.ring || this.ahead.has(pane)) return true
    if (this.ahead.size >= MOST_AHEAD) return false
    this.ahead.add(pane)
    return true
  }

  /** Moves to tick `at`; true when another pane is the current one. */
  advance(at: number): boolean {
    this.first = firstPane(this.shape, at)
    const current = Math.floor(at / this.shape.paneMs)
    const moved = current !== this.current
    this.current = current
    for (const pane of this.ahead) if (pane < this.first + this.shape.ring) this.ahead.delete(pane)
    return moved
  }
}

/** One indicator in one area, inside one partition. */
export class Series {
  readonly area: number
  readonly track: Track
  readonly ring: PaneRing
  /** Series of the next area above that watches the indicator; observations go up this chain. */
  readonly up: Series | null
  /** Series whose `up` this is: it must outlive them. */
  below = 0
  readonly cells: RuleCell[]
  /** Observed since the last tick. */
  touched = false
  /** Differs from what the state holds. */
  changed = false
  /** Closed panes that an observation corrected since the last tick. */
  corrected: number[] = []
  /** Rules that warned when it was stored and do not apply any more. */
  readonly gone: string[] = []
  /** Time of its valid entry in the deadline queue; Infinity when there is none. */
  queuedAt = Infinity

  constructor(area: number, track: Track, up: Series | null, cells: RuleCell[]) {
    this.area = area
    this.track = track
    this.ring = new PaneRing(track.shape)
    this.up = up
    this.cells = cells
    if (up) up.below++
  }

  get pending(): boolean {
    return this.cells.some((cell) => cell.pending)
  }

  /** Notes that a pane has changed since the last tick. Rate: per observation and ancestor. */
  touch(pane: number): void {
    const track = this.track
    if (!this.touched) {
      this.touched = true
      track.touched.push(this)
      track.active.add(this)
    }
    if (pane < track.current && !this.corrected.includes(pane)) this.corrected.push(pane)
  }

  /** When it must be judged though nothing comes: the next silence, then the time to forget it. */
  nextDeadline(at: number): number {
    if (this.track.indicator.kind === 'occurrence') return Infinity
    // An hour at most, so that a series which falls silent again and again leaves few stale entries in the queue.
    let next = Math.min(this.ring.newest + FORGET_MS, at + 3_600_000)
    for (const { use } of this.cells) {
      const silent = this.ring.newest + use.rule.noDataAfterMs
      if (use.rule.noDataAfterMs > 0 && silent >= at && silent < next) next = silent
    }
    return next
  }

  /** Nothing in it can matter any more. */
  lapsed(at: number): boolean {
    if (this.pending) return false
    if (this.track.indicator.kind === 'measurement') return at - this.ring.newest > FORGET_MS
    const quiet = this.cells.every((cell) => cell.decision === null || cell.decision.rank === 0)
    return quiet && !this.ring.holds(this.track.first)
  }

  encode(writer: ByteWriter): Uint8Array {
    writer.uint(this.track.shape.sketch ? LAYOUT_SKETCHES : LAYOUT_PLAIN)
    this.ring.write(writer, this.track.first)
    writer.uint(this.cells.length)
    for (const cell of this.cells) cell.write(writer)
    return writer.take()
  }

  decode(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes)
    const sketched = readLayout(reader, this.track.shape)
    if (sketched === undefined) return
    this.ring.read(reader, this.track.first, sketched)
    for (let left = reader.uint(); left > 0; left--) {
      const stored = readCell(reader)
      const cell = this.cells.find(({ use }) => use.rule.id === stored.id)
      if (cell) cell.read(stored)
      else if (warned(stored.rank) > 0) this.gone.push(stored.id)
    }
  }
}

/** State key of the series of an indicator in an area. */
export function seriesKey(area: number, indicator: string): string {
  return `s/${area}/${indicator}`
}

/** A reading of an area: a fold over a window; `rule` is null where no rule watches the indicator there. */
export interface SeriesReading {
  readonly rule: string | null
  readonly fold: Indicator['fold']
  readonly windowMs: number
  readonly value: number | null
  readonly samples: number
  readonly sources: number
  /** Newest event time, ms. */
  readonly newest: number
}

/** The readings behind one area and indicator at tick `at`, from the bytes that State holds under {@link seriesKey}. */
export function readSeries(
  plan: Plan,
  area: number,
  indicatorCode: string,
  bytes: Uint8Array,
  at: number,
): SeriesReading[] {
  const indicator = plan.indicators.list[plan.indicators.index.get(indicatorCode) ?? -1]
  if (!indicator) return []
  const shape = windowShapeOf(plan, indicator)
  const ring = new PaneRing(shape)
  const reader = new ByteReader(bytes)
  const sketched = readLayout(reader, shape)
  if (sketched === undefined) return []
  ring.read(reader, firstPane(shape, at), sketched)
  const level = plan.grid.levels[plan.grid.depths[area] ?? -1]?.id
  const rules = plan.rules.rules.filter((rule) => rule.indicator === indicatorCode && rule.level === level)
  const wanted = rules.map(({ id, fold, windowMs }) => ({ rule: id as string | null, fold, windowMs }))
  if (wanted.length === 0) wanted.push({ rule: null, fold: indicator.fold, windowMs: shape.longestMs })
  const last = Math.floor(at / shape.paneMs)
  return wanted.map(({ rule, fold, windowMs }) => {
    const folded = new Fold(shape)
    ring.foldInto(folded, Math.floor((at - windowMs) / shape.paneMs) + 1, last)
    const value = folded.value(fold, scaleOf(indicator))
    const { count: samples, sources } = folded
    return { rule, fold, windowMs, value, samples, sources: sources.size, newest: ring.newest }
  })
}
