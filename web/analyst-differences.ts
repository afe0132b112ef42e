import type { Scheme } from '../services/core/level.ts'
import type { RehearsalResult } from '../services/core/replay-wire.ts'
import type { City } from './city.ts'
import { linesAround } from './incident-shape.ts'
import type { Point } from './shape.ts'

/** How much of the span a cell must differ to be of each shade: at all, a hundredth, a twentieth. */
const SHARES: readonly number[] = [0, 0.01, 0.05]

/**
 * Shades of the map of differences, by "rank": milder in three, then graver in three. No colour, since that is for levels alone:
 * milder is dotted and dim, graver hatched and bright, and each carries its sign.
 */
function shadesOf(id: string, shades: readonly string[]): Scheme {
  const level = (colour: string, sign: string, pattern: 'dots' | 'hatch' | 'plain' | 'solid') => ({
    id: sign,
    numeral: sign,
    colour,
    pattern,
    name: { zh: sign, en: sign },
  })
  const [m1 = '', m2 = '', m3 = '', g1 = '', g2 = '', g3 = ''] = shades
  return {
    id,
    levels: [
      level('#000000', '', 'plain'),
      level(m1, '−', 'dots'),
      level(m2, '−', 'dots'),
      level(m3, '−', 'dots'),
      level(g1, '+', 'hatch'),
      level(g2, '+', 'hatch'),
      level(g3, '+', 'solid'),
    ],
  }
}

export const SHADES = {
  dark: shadesOf('difference-dark', ['#34414f', '#435364', '#53667a', '#8da0b4', '#bccad8', '#f6fafd']),
  light: shadesOf('difference-light', ['#c3ced9', '#b1bfcd', '#9eafc0', '#6b7f94', '#3d5064', '#0a121b']),
} as const

/** Rank of the mildest shade on the graver side; those below are milder. */
export const GRAVER = 4

/** What the map of differences draws. */
export interface Difference {
  /** Rank of {@link SHADES} by area index. */
  readonly ranks: Uint8Array
  readonly graver: readonly (readonly Point[])[]
  readonly milder: readonly (readonly Point[])[]
}

/** Areas outlined at most on each side: beyond, the shades alone tell. */
const MOST = 4000

/** Works the map of differences out: each area by what prevails, and soft lines around them. Rate: once a rehearsal. */
export function differenceOf(
  city: City,
  { map, from, to }: Pick<RehearsalResult, 'map' | 'from' | 'to'>,
): Difference {
  const ranks = new Uint8Array(city.doc.codes.length)
  const span = Math.max(1, to - from)
  const sides: { graver: number[]; milder: number[] } = { graver: [], milder: [] }
  for (const { area, graver, milder } of map) {
    const isGraver = graver >= milder
    const share = Math.max(graver, milder) / span
    if (share === 0 || area >= ranks.length) continue
    const shade = SHARES.reduce((found, least, i) => (share >= least ? i : found), 0)
    ranks[area] = (isGraver ? GRAVER : 1) + shade
    const side = isGraver ? sides.graver : sides.milder
    if (side.length < MOST) side.push(area)
  }
  return { ranks, graver: linesAround(city, sides.graver), milder: linesAround(city, sides.milder) }
}
