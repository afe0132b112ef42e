import type { DigestAlert } from '../services/core/archive.ts'
import type { Timeline } from '../services/core/replay-wire.ts'
import { xOf } from './analyst-axis.ts'
import type { Glass } from './analyst-draw.ts'
import type { Bar } from './analyst-lanes.ts'
import type { Row, Rows } from './analyst-rows.ts'
import { font } from './plot.ts'

/** Half the width of an alert's mark, units. */
const MARK = 6

/** Incidents as bars in the colour of their peak, each with its number; the chosen one is framed. */
export function drawBars(glass: Glass, rows: Rows, bars: readonly Bar[], chosen: string): void {
  const { pen, brush, u } = glass
  const height = Math.min(rows.lane - (rows.lane > 14 * u ? 4 : 2) * u, 17 * u)
  for (const bar of bars) {
    const y = rows.lanes.top + bar.lane * rows.lane + (rows.lane - height) / 2
    pen.globalAlpha = bar.crowded ? 0.55 : 1
    pen.fillStyle = brush.levels[bar.incident.peak] ?? brush.dim
    pen.beginPath()
    pen.roundRect(bar.x, y, bar.width, height, Math.min(3 * u, bar.width / 2))
    pen.fill()
    pen.globalAlpha = 1
    if (!bar.crowded && height > 10 * u) drawNumber(glass, bar, y, height)
    if (bar.incident.id !== chosen) continue
    pen.strokeStyle = brush.strong
    pen.lineWidth = 2.5 * u
    pen.beginPath()
    pen.roundRect(bar.x - 3 * u, y - 3 * u, bar.width + 6 * u, height + 6 * u, 5 * u)
    pen.stroke()
  }
}

/** The number on its bar where it fits, else behind it, else nowhere. */
function drawNumber({ pen, brush, u, width }: Glass, bar: Bar, y: number, height: number): void {
  const text = String(bar.incident.number)
  pen.font = `600 ${font(Math.min(14, height / u), u)}`
  pen.textBaseline = 'middle'
  const wide = pen.measureText(text).width
  const left = Math.max(bar.x, 0)
  const seen = Math.min(bar.x + bar.width, width) - left
  const middle = y + height / 2 + 0.5 * u
  if (seen >= wide + 12 * u) {
    // A plate of the plain colour, so that the pattern does not run through the figures.
    pen.fillStyle = brush.colours[bar.incident.peak] ?? brush.dim
    pen.fillRect(left + 3 * u, y, wide + 7 * u, height)
    pen.fillStyle = brush.inks[bar.incident.peak] ?? brush.ink
    pen.fillText(text, left + 6 * u, middle)
  } else if (bar.room >= wide + 10 * u && bar.x + bar.width > 0) {
    pen.fillStyle = brush.text
    pen.fillText(text, bar.x + bar.width + 5 * u, middle)
  }
}

/** What people did as thin strokes, alerts as marks in the colour of their peak above them. */
export function drawMarks(
  glass: Glass,
  row: Row,
  alerts: readonly DigestAlert[],
  actions: Timeline['actions'],
): void {
  const { pen, brush, span, width, u } = glass
  const floor = row.top + row.height
  pen.fillStyle = brush.fill
  for (const { at } of actions) {
    const x = xOf(at, span, width)
    if (x >= 0 && x <= width) pen.fillRect(Math.round(x), floor - 9 * u, Math.max(1, 1.5 * u), 9 * u)
  }
  // The gravest last, so that it lies on top.
  for (const alert of [...alerts].sort((one, two) => one.peak - two.peak)) {
    const x = xOf(alert.raised, span, width)
    if (x < -MARK * u || x > width + MARK * u) continue
    const y = row.top + 8 * u
    pen.fillStyle = brush.colours[alert.peak] ?? brush.dim
    pen.strokeStyle = brush.ink
    pen.lineWidth = 1.5 * u
    pen.beginPath()
    pen.moveTo(x - MARK * u, y - MARK * u)
    pen.lineTo(x + MARK * u, y - MARK * u)
    pen.lineTo(x, y + MARK * u)
    pen.closePath()
    pen.fill()
    pen.stroke()
  }
}

/** Where other rules came into force: a dashed line with the version at its foot. */
export function drawVersions(
  glass: Glass,
  versions: Timeline['versions'],
  area: Row,
  say: (version: string) => string,
): void {
  const { pen, brush, span, width, u } = glass
  // The first is what was in force at the beginning: nothing changed there.
  for (const { at, rules } of versions.slice(1)) {
    const x = xOf(at, span, width)
    if (x < 0 || x > width) continue
    pen.strokeStyle = brush.text
    pen.lineWidth = 1.5 * u
    pen.setLineDash([5 * u, 4 * u])
    pen.beginPath()
    pen.moveTo(x, area.top)
    pen.lineTo(x, area.top + area.height)
    pen.stroke()
    pen.setLineDash([])
    const text = say(rules.slice(0, 6))
    pen.font = font(14.5, u)
    pen.textBaseline = 'middle'
    const wide = pen.measureText(text).width + 12 * u
    const left = Math.min(x, width - wide)
    pen.fillStyle = brush.text
    pen.fillRect(left, area.top, wide, 20 * u)
    pen.fillStyle = brush.ink
    pen.fillText(text, left + 6 * u, area.top + 10.5 * u)
  }
}
