import type { Scheme } from '../services/core/level.ts'
import { lookOf, warningRanks } from './look.ts'
import { STROKE, numeralOf } from './numeral.ts'

/** A canvas of numerals, and where each rank's lies in it. */
export interface NumeralIcons {
  readonly atlas: HTMLCanvasElement
  readonly mapping: Readonly<Record<string, { x: number; y: number; width: number; height: number }>>
  /** Smallest cell, in units, that carries the numeral of a rank: a wider one needs more room than a narrow one. */
  readonly room: ReadonlyMap<number, number>
}

/** Pixels of one icon: enough for the largest cell on a wall of 3840 × 2160. */
const SIDE = 96
const HEIGHT = 0.62

/** Draws the numeral of each warning rank once, in its ink with a rim of its level's colour that keeps the pattern off. */
export function numeralIcons(scheme: Scheme | null): NumeralIcons {
  const ranks = warningRanks(scheme)
  const atlas = document.createElement('canvas')
  atlas.width = SIDE * ranks.length
  atlas.height = SIDE
  const pen = atlas.getContext('2d')
  const room = new Map<number, number>()
  const mapping: Record<string, { x: number; y: number; width: number; height: number }> = {}
  for (const [i, rank] of ranks.entries()) {
    mapping[rank] = { x: i * SIDE, y: 0, width: SIDE, height: SIDE }
    if (pen === null) continue
    const look = lookOf(scheme, rank)
    const drawn = numeralOf(look.numeral)
    room.set(rank, drawn === null ? 24 : 28 * drawn.width - 3)
    const height = SIDE * HEIGHT
    pen.save()
    pen.translate(i * SIDE, 0)
    if (drawn === null) {
      pen.font = `700 ${height * 1.1}px "Inter Variable", "Noto Sans SC Variable", sans-serif`
      pen.textAlign = 'center'
      pen.textBaseline = 'middle'
      pen.lineWidth = height * 0.22
      pen.strokeStyle = look.colour
      pen.fillStyle = look.ink
      pen.strokeText(look.numeral, SIDE / 2, SIDE / 2)
      pen.fillText(look.numeral, SIDE / 2, SIDE / 2)
    } else {
      const scale = Math.min(height, (SIDE * 0.86) / drawn.width)
      pen.translate((SIDE - drawn.width * scale) / 2, (SIDE - scale) / 2)
      pen.scale(scale, scale)
      const path = new Path2D(drawn.path)
      pen.strokeStyle = look.colour
      pen.lineWidth = STROKE + 0.26
      pen.stroke(path)
      pen.strokeStyle = look.ink
      pen.lineWidth = STROKE
      pen.stroke(path)
    }
    pen.restore()
  }
  return { atlas, mapping, room }
}
