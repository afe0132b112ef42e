/** Rank of a warning level inside its scheme: 0 is the calm level, larger is graver, at most 14. */
export type Rank = number

/** Rank that stands for `unknown` (no data): outside the order, never better and never worse than a colour. */
export const UNKNOWN: Rank = 15

/** The rank as far as it warns: unknown warns of nothing. */
export function warned(rank: Rank): Rank {
  return rank === UNKNOWN ? 0 : rank
}

/** One colour of a scheme, with the marks that make it readable without colour. */
export interface WarningLevel {
  readonly id: string
  readonly numeral: string
  readonly colour: string
  readonly pattern: 'plain' | 'dots' | 'hatch' | 'solid' | 'stripes'
  readonly name: { readonly zh: string; readonly en: string }
}

/** An ordered set of warning levels, calm first; its index is the {@link Rank}. */
export interface Scheme {
  readonly id: string
  readonly levels: readonly WarningLevel[]
}

/** The legal four-colour scale (Emergency Response Law of the PRC, art. 42): I red is the gravest. */
export const LEGAL_SCHEME: Scheme = {
  id: 'legal',
  levels: [
    { id: 'normal', numeral: '', colour: '#1a2735', pattern: 'plain', name: { zh: '正常', en: 'Normal' } },
    { id: 'blue', numeral: 'Ⅳ', colour: '#3f86ff', pattern: 'plain', name: { zh: '蓝色', en: 'Blue' } },
    { id: 'yellow', numeral: 'Ⅲ', colour: '#f2c414', pattern: 'dots', name: { zh: '黄色', en: 'Yellow' } },
    { id: 'orange', numeral: 'Ⅱ', colour: '#ff8a1c', pattern: 'hatch', name: { zh: '橙色', en: 'Orange' } },
    { id: 'red', numeral: 'Ⅰ', colour: '#ff3d3d', pattern: 'solid', name: { zh: '红色', en: 'Red' } },
  ],
}

/** Name of a rank in its scheme as it stands in APIs: `normal` … `red`, or `unknown`. */
export function levelId(scheme: Scheme, rank: Rank): string {
  return scheme.levels[rank]?.id ?? 'unknown'
}

/** Rank of a level name; `undefined` when the scheme has no such level. */
export function rankOf(scheme: Scheme, id: string): Rank | undefined {
  if (id === 'unknown') return UNKNOWN
  const rank = scheme.levels.findIndex((level) => level.id === id)
  return rank < 0 ? undefined : rank
}
