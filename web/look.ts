import { LEGAL_SCHEME, UNKNOWN } from '../services/core/level.ts'
import type { Rank, Scheme, WarningLevel } from '../services/core/level.ts'

/** How the wall draws one rank. */
export interface Look {
  readonly rank: Rank
  readonly id: string
  readonly numeral: string
  readonly colour: string
  /** Colour of the numeral on `colour`. */
  readonly ink: string
  readonly pattern: WarningLevel['pattern']
  readonly name: { readonly zh: string; readonly en: string }
}

/** Unknown is grey with stripes in every scheme: no data is no colour. */
const BLIND: Look = {
  rank: UNKNOWN,
  id: 'unknown',
  numeral: '?',
  colour: '#2c3641',
  ink: '#aab6c2',
  pattern: 'stripes',
  name: { zh: '未知', en: 'Unknown' },
}

function channel(hex: string, at: number): number {
  const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
}

/** Relative luminance (WCAG 2) of `#rrggbb`, 0 to 1. */
export function luminance(hex: string): number {
  return 0.2126 * channel(hex, 1) + 0.7152 * channel(hex, 3) + 0.0722 * channel(hex, 5)
}

/** The look of a rank in a scheme; a rank that the scheme lacks looks unknown. */
export function lookOf(scheme: Scheme | null, rank: Rank): Look {
  const level = (scheme ?? LEGAL_SCHEME).levels[rank]
  if (level === undefined) return BLIND
  return { ...level, rank, ink: luminance(level.colour) > 0.33 ? '#0a0d12' : '#ffffff' }
}

/** Ranks to count and explain, gravest first, unknown last; the calm level is left out. */
export function warningRanks(scheme: Scheme | null): readonly Rank[] {
  const levels = (scheme ?? LEGAL_SCHEME).levels
  return [...levels.keys()].slice(1).reverse().concat(UNKNOWN)
}

/** Order for "worst first": unknown stands below every colour and above calm. */
export function gravity(rank: Rank): number {
  return rank === UNKNOWN ? 0.5 : rank
}

/** `#rrggbb` as bytes. */
export function bytesOf(hex: string): readonly [number, number, number] {
  const n = Number.parseInt(hex.slice(1, 7), 16)
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255]
}
