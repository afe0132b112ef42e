import type { DigestAlert, DigestIncident } from '../services/core/archive.ts'
import type { Timeline } from '../services/core/replay-wire.ts'
import { timeAt, xOf } from './analyst-axis.ts'
import type { Span } from './analyst-axis.ts'
import { brushesOf } from './analyst-brushes.ts'
import type { Brushes } from './analyst-brushes.ts'
import { drawGaps, drawRuler, drawStack, drawWhole, highest } from './analyst-draw.ts'
import type { Glass, Stack } from './analyst-draw.ts'
import { drawBars, drawMarks, drawVersions } from './analyst-draw-bars.ts'
import { barsOf, barUnder, deepest } from './analyst-lanes.ts'
import type { Bar } from './analyst-lanes.ts'
import { isIn, rowsOf } from './analyst-rows.ts'
import type { Rows } from './analyst-rows.ts'
import { a, bounds, incident, incidents, result, span, timeline, whole } from './analyst-store.ts'
import { duration } from './format.ts'
import { warningRanks } from './look.ts'
import { lang, scheme, theme, unit, zone } from './store.ts'
import { UNKNOWN, levelId } from '../services/core/level.ts'
import { LEGAL_SCHEME } from '../services/core/level.ts'

/** What lies under the pointer. */
export interface Under {
  readonly x: number
  readonly y: number
  readonly at: number
  readonly incident?: DigestIncident
  readonly alert?: DigestAlert
  /** Acts near by. */
  readonly acts?: Timeline['actions']
}

/** Room that the number of a bar wants, units; reach of the pointer around marks, units. */
const BADGE = 26
const REACH = 7

/** Ids of the warning levels, mildest first. */
export function levelIds(): readonly string[] {
  const known = scheme.peek() ?? LEGAL_SCHEME
  return [...warningRanks(known)]
    .filter((rank) => rank !== UNKNOWN)
    .reverse()
    .map((rank) => levelId(known, rank))
}

/** The canvas of the timeline: draws when something changed, once a frame at most. */
export class Sheet {
  readonly #canvas: HTMLCanvasElement
  #frame = 0
  #bars: readonly Bar[] = []
  #brush: { readonly key: string; readonly made: Brushes } | null = null

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
  }

  /** Width of the glass, pixels of the page. */
  get width(): number {
    return this.#canvas.clientWidth
  }

  /** Where the rows lie, pixels of the page. */
  rows(): Rows {
    return this.#rows(this.#canvas.clientHeight, unit.peek())
  }

  /** Notes what is drawn from, so that an effect draws again when it changes. */
  follow(): void {
    void [
      span.value,
      timeline.value,
      whole.value,
      incidents.value,
      incident.value,
      result.value,
      scheme.value,
    ]
    this.draw()
  }

  /** Draws before the next frame. */
  draw(): void {
    if (this.#frame !== 0) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      this.#paint()
    })
  }

  /** The columns that serve best: fine where they cover what is seen, else coarse. */
  stack(seen: Span): (Stack & { readonly gaps: Timeline['gaps']; readonly of: Timeline }) | null {
    const [fine, coarse] = [timeline.peek(), whole.peek()]
    const covers =
      fine !== null &&
      fine.from <= seen.from + 1000 &&
      fine.to >= Math.min(seen.to, bounds.peek()?.to ?? 0) - 60_000
    const best = covers ? fine : coarse
    return best === null ? null : { ...best, of: best }
  }

  /** What lies at a place; null before there is a timeline. */
  under(x: number, y: number): Under | null {
    const seen = span.peek()
    const known = seen === null ? null : this.stack(seen)
    if (seen === null || known === null) return null
    const rows = this.rows()
    const found = { x, y, at: timeAt(x, seen, this.width) }
    const slack = REACH * unit.peek()
    if (isIn(rows.lanes, y)) {
      const bar = barUnder(this.#bars, x, Math.floor((y - rows.lanes.top) / rows.lane), slack)
      return bar === null ? found : { ...found, incident: bar.incident }
    }
    if (!isIn(rows.marks, y)) return found
    const near = (at: number): boolean => Math.abs(xOf(at, seen, this.width) - x) <= slack
    const alert = [...known.of.alerts].sort((p, q) => q.peak - p.peak).find(({ raised }) => near(raised))
    const acts = known.of.actions.filter(({ at }) => near(at))
    return { ...found, ...(alert && { alert }), ...(acts.length > 0 && { acts }) }
  }

  #rows(height: number, u: number): Rows {
    const [seen, all] = [span.peek(), bounds.peek()]
    const lanes = seen === null || all === null ? 0 : deepest(incidents.peek(), seen, all.to)
    return rowsOf(height, u, result.peek() === null ? 1 : 2, lanes)
  }

  #glass(seen: Span, pen: CanvasRenderingContext2D, scale: number): Glass {
    const { width, height } = this.#canvas
    const u = unit.peek() * scale
    const key = [theme.peek(), u, scheme.peek()?.id].join()
    if (this.#brush?.key !== key) this.#brush = { key, made: brushesOf(pen, scheme.peek(), u) }
    return {
      pen,
      brush: this.#brush.made,
      span: seen,
      width,
      height,
      u,
      zone: zone.peek(),
      lang: lang.peek(),
    }
  }

  #paint(): void {
    const scale = devicePixelRatio
    const { clientWidth, clientHeight } = this.#canvas
    const pen = this.#canvas.getContext('2d')
    if (pen === null || clientWidth < 20) return
    this.#canvas.width = Math.round(clientWidth * scale)
    this.#canvas.height = Math.round(clientHeight * scale)
    const [seen, all] = [span.peek(), bounds.peek()]
    if (seen === null || all === null) return
    const glass = this.#glass(seen, pen, scale)
    const rows = this.#rows(this.#canvas.height, glass.u)
    drawRuler(glass, rows.ruler)
    this.#drawStacks(glass, rows)
    this.#drawEvents(glass, rows)
    const coarse = whole.peek()
    if (coarse !== null)
      drawWhole(glass, rows.whole, { span: all, stack: coarse, gaps: coarse.gaps }, levelIds())
  }

  #drawStacks(glass: Glass, rows: Rows): void {
    const ids = levelIds()
    const both = result.peek()
    const known = this.stack(glass.span)
    const stacks: Stack[] =
      both === null
        ? known === null
          ? []
          : [known]
        : [both.was, both.would].map((levels) => ({ times: both.times, columnMs: both.columnMs, levels }))
    // Both sides by one scale: what is higher is more.
    const most = Math.max(1, ...stacks.map((stack) => highest(stack, ids, glass.span)))
    const cells = Object.values(known?.levels ?? {}).reduce((sum, column) => sum + (column[0] ?? 0), 0)
    for (const [i, stack] of stacks.entries()) {
      const row = rows.stacks[i]
      // Below a twenty-fifth of the cells a quiet city stays low, instead of one blue cell filling the chart.
      if (row !== undefined) drawStack(glass, row, stack, ids, Math.max(most * 1.06, cells / 25))
    }
  }

  #drawEvents(glass: Glass, rows: Rows): void {
    const known = this.stack(glass.span)
    if (known === null) return
    const scale = glass.u / unit.peek()
    const view = {
      span: glass.span,
      width: this.width,
      now: bounds.peek()?.to ?? glass.span.to,
      lanes: rows.count,
    }
    this.#bars = barsOf(incidents.peek(), view, BADGE * unit.peek())
    const bars = this.#bars.map((bar) => ({
      ...bar,
      x: bar.x * scale,
      width: bar.width * scale,
      room: bar.room * scale,
    }))
    drawBars(glass, rows, bars, incident.peek()?.id ?? '')
    drawMarks(glass, rows.marks, known.of.alerts, known.of.actions)
    const first = rows.stacks[0]
    const area = { top: first?.top ?? 0, height: rows.marks.top + rows.marks.height - (first?.top ?? 0) }
    drawGaps(glass, known.gaps, area, (ms) => a('gap', { d: duration(ms, lang.peek()) }))
    drawVersions(glass, known.of.versions, area, (v) => a('versionMark', { v }))
  }
}
