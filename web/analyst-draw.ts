import type { Timeline } from '../services/core/replay-wire.ts'
import { marksOf, stepFor, xOf } from './analyst-axis.ts'
import type { Span } from './analyst-axis.ts'
import type { Brushes } from './analyst-brushes.ts'
import type { Row } from './analyst-rows.ts'
import { clock, clockSeconds, day } from './format.ts'
import type { Lang } from './format.ts'
import { font } from './plot.ts'

/** The glass: what is drawn on, and which time lies where. Pixels are those of the device. */
export interface Glass {
  readonly pen: CanvasRenderingContext2D
  readonly brush: Brushes
  readonly span: Span
  readonly width: number
  readonly height: number
  readonly u: number
  readonly zone: string
  readonly lang: Lang
}

/** Columns of cells by level id, as timelines and rehearsals tell them. */
export interface Stack {
  readonly times: readonly number[]
  readonly columnMs: number
  readonly levels: Readonly<Record<string, readonly number[]>>
}

/** Room that a time needs along the axis, units. */
const ROOM = 118
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Times along the top: days by name, hours within, and a hairline down at each. */
export function drawRuler(glass: Glass, row: Row): void {
  const { pen, brush, span, width, u, zone, lang } = glass
  const step = stepFor(span, width, ROOM * u)
  pen.font = font(16.5, u)
  pen.textBaseline = 'middle'
  pen.textAlign = 'left'
  for (const { at, day: first } of marksOf(span, step, zone)) {
    const x = Math.round(xOf(at, span, width))
    pen.fillStyle = brush.line
    pen.fillRect(x, row.top, Math.max(1, u), glass.height)
    const text =
      first || step >= DAY ? day(at, zone, lang) : (step < 60_000 ? clockSeconds : clock)(at, zone, lang)
    if (x + 7 * u + pen.measureText(text).width > width) continue
    pen.fillStyle = first || step >= DAY ? brush.text : brush.dim
    pen.fillText(text, x + 7 * u, row.top + row.height / 2)
  }
}

/** Ids of the levels from the mildest warning up; `order` of a scheme. */
export function highest(stack: Stack, ids: readonly string[], span: Span): number {
  let most = 0
  stack.times.forEach((at, i) => {
    if (at < span.from || at - stack.columnMs > span.to) return
    most = Math.max(
      most,
      ids.reduce((sum, id) => sum + (stack.levels[id]?.[i] ?? 0), 0),
    )
  })
  return most
}

/** Cells by colour, stacked from the mildest warning up; what is unknown is a striped line below. `most`: cells at full height. */
export function drawStack(glass: Glass, row: Row, stack: Stack, ids: readonly string[], most: number): void {
  const { pen, brush, span, width, u } = glass
  const { times, columnMs, levels } = stack
  const sums = new Float64Array(times.length)
  const floor = row.top + row.height - 5 * u
  const scale = (floor - row.top) / Math.max(1, most)
  const edge = (i: number, end: boolean): number =>
    xOf(end ? (times[i] ?? 0) : (times[i] ?? 0) - columnMs, span, width)
  const seen = times.flatMap((at, i) => (at >= span.from && at - columnMs <= span.to ? [i] : []))
  for (const [nth, id] of ids.entries()) {
    const column = levels[id]
    if (column === undefined) continue
    pen.beginPath()
    for (const i of seen) {
      const cells = column[i] ?? 0
      if (cells <= 0) continue
      const [x, end] = [Math.round(edge(i, false)), Math.round(edge(i, true))]
      const low = floor - (sums[i] ?? 0) * scale
      // One cell of a thousand is still seen.
      const high = Math.max(1.5 * u, cells * scale)
      sums[i] = (sums[i] ?? 0) + cells
      pen.rect(x, low - high, Math.max(1, end - x), high)
    }
    pen.fillStyle = brush.levels[nth + 1] ?? brush.dim
    pen.fill()
  }
  drawUnknown(glass, { top: floor + u, height: 4 * u }, stack, seen)
  pen.fillStyle = brush.border
  pen.fillRect(0, floor, width, Math.max(1, u))
}

/** Where most cells are unknown, a striped line says so. */
function drawUnknown(
  { pen, brush, span, width }: Glass,
  row: Row,
  stack: Stack,
  seen: readonly number[],
): void {
  const all = Object.entries(stack.levels)
  pen.beginPath()
  for (const i of seen) {
    const total = all.reduce((sum, [, column]) => sum + (column[i] ?? 0), 0)
    if (2 * (stack.levels['unknown']?.[i] ?? 0) <= total) continue
    const x = xOf((stack.times[i] ?? 0) - stack.columnMs, span, width)
    pen.rect(x, row.top, Math.max(1, xOf(stack.times[i] ?? 0, span, width) - x), row.height)
  }
  pen.fillStyle = brush.unknown
  pen.fill()
}

/** What is missing, hatched over all rows, with its length in words where it fits. */
export function drawGaps(glass: Glass, gaps: Timeline['gaps'], area: Row, say: (ms: number) => string): void {
  const { pen, brush, span, width, u } = glass
  for (const [after, to] of gaps) {
    if (to < span.from || after > span.to) continue
    const [x, end] = [Math.max(0, xOf(after, span, width)), Math.min(width, xOf(to, span, width))]
    pen.fillStyle = brush.ink
    pen.fillRect(x, area.top, Math.max(2 * u, end - x), area.height)
    pen.fillStyle = brush.gap
    pen.fillRect(x, area.top, Math.max(2 * u, end - x), area.height)
    const text = say(to - after)
    pen.font = font(16.5, u)
    const wide = pen.measureText(text).width
    if (end - x < wide + 24 * u) continue
    const [cx, cy] = [(x + end) / 2, area.top + area.height / 2]
    pen.fillStyle = brush.ink
    pen.fillRect(cx - wide / 2 - 9 * u, cy - 14 * u, wide + 18 * u, 28 * u)
    pen.fillStyle = brush.text
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    pen.fillText(text, cx, cy)
    pen.textAlign = 'left'
  }
}

/** All that is held in one thin row, and the part of it that is seen. */
export function drawWhole(
  glass: Glass,
  row: Row,
  all: { readonly span: Span; readonly stack: Stack; readonly gaps: Timeline['gaps'] },
  ids: readonly string[],
): void {
  const { pen, brush, u, width } = glass
  const small = { ...glass, span: all.span }
  pen.fillStyle = brush.panel
  pen.fillRect(0, row.top, width, row.height)
  drawStack(small, row, all.stack, ids, highest(all.stack, ids, all.span))
  drawGaps(small, all.gaps, row, () => '')
  const [x, end] = [xOf(glass.span.from, all.span, width), xOf(glass.span.to, all.span, width)]
  pen.fillStyle = brush.ink
  pen.globalAlpha = 0.62
  pen.fillRect(0, row.top, x, row.height)
  pen.fillRect(end, row.top, width - end, row.height)
  pen.globalAlpha = 1
  pen.strokeStyle = brush.fill
  pen.lineWidth = 1.5 * u
  pen.strokeRect(x + u, row.top + u, Math.max(3 * u, end - x - 2 * u), row.height - 2 * u)
}
