import { UNKNOWN } from '../services/core/level.ts'
import type { Scheme } from '../services/core/level.ts'
import { lookOf } from './look.ts'
import { token } from './plot.ts'

/** What the timeline paints with, made once for a theme, a scheme and a size. */
export interface Brushes {
  readonly ink: string
  readonly panel: string
  readonly line: string
  readonly dim: string
  readonly text: string
  readonly strong: string
  readonly track: string
  readonly border: string
  readonly fill: string
  /** Colour with pattern by rank. */
  readonly levels: readonly (CanvasPattern | string)[]
  readonly colours: readonly string[]
  readonly inks: readonly string[]
  readonly unknown: CanvasPattern | string
  readonly gap: CanvasPattern | string
}

type Draw = (pen: CanvasRenderingContext2D, side: number) => void

/** A pattern of one tile, `side` in pixels of the glass. */
function tiled(
  pen: CanvasRenderingContext2D,
  ground: string,
  side: number,
  draw: Draw,
): CanvasPattern | string {
  const tile = document.createElement('canvas')
  tile.width = tile.height = Math.max(4, Math.round(side))
  const brush = tile.getContext('2d')
  if (brush === null) return ground
  if (ground !== '') {
    brush.fillStyle = ground
    brush.fillRect(0, 0, tile.width, tile.height)
  }
  draw(brush, tile.width)
  return pen.createPattern(tile, 'repeat') ?? ground
}

const hatch =
  (colour: string, width: number, back = false): Draw =>
  (pen, side) => {
    pen.strokeStyle = colour
    pen.lineWidth = width
    pen.lineCap = 'square'
    for (const at of [-side, 0, side]) {
      pen.beginPath()
      pen.moveTo(back ? at : at + side, 0)
      pen.lineTo(back ? at + side : at, side)
      pen.stroke()
    }
  }

const dots =
  (colour: string): Draw =>
  (pen, side) => {
    pen.fillStyle = colour
    pen.beginPath()
    pen.arc(side / 2, side / 2, side * 0.2, 0, 7)
    pen.fill()
  }

/** Makes the brushes; `u` is one unit in pixels of the glass. */
export function brushesOf(pen: CanvasRenderingContext2D, scheme: Scheme | null, u: number): Brushes {
  const levels = scheme?.levels ?? []
  const looks = (levels.length === 0 ? [0, 1, 2, 3, 4] : [...levels.keys()]).map((rank) =>
    lookOf(scheme, rank),
  )
  const mark = 'rgb(0 0 0 / 0.42)'
  return {
    ink: token('ink'),
    panel: token('panel'),
    line: token('line'),
    dim: token('dim'),
    text: token('text'),
    strong: token('strong'),
    track: token('track'),
    border: token('border'),
    fill: token('fill'),
    colours: looks.map(({ colour }) => colour),
    inks: looks.map(({ ink }) => ink),
    levels: looks.map(({ colour, pattern }) => {
      if (pattern === 'hatch') return tiled(pen, colour, 6 * u, hatch(mark, 1.4 * u))
      return pattern === 'dots' ? tiled(pen, colour, 5 * u, dots(mark)) : colour
    }),
    unknown: tiled(pen, lookOf(scheme, UNKNOWN).colour, 7 * u, hatch(token('blind-stripe'), 2.4 * u, true)),
    gap: tiled(pen, '', 11 * u, hatch(token('border'), 1.2 * u)),
  }
}
