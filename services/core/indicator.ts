/** How observations of one indicator become one number over a window. */
export type FoldName = 'count' | 'sum' | 'mean' | 'min' | 'max' | 'last' | 'sources' | 'p50' | 'p95'

/** What is observed (指标): its unit, its resolution and how long silence is acceptable. */
export interface Indicator {
  readonly code: string
  readonly name: { readonly zh: string; readonly en: string }
  readonly unit: string
  /** `measurement`: silence means blindness. `occurrence`: silence is good news (hotline calls, events). */
  readonly kind: 'measurement' | 'occurrence'
  /** Smallest step that is told apart; values are stored as integers of this step, so sums do not depend on order. */
  readonly resolution: number
  /** Values outside are refused as OB-range. */
  readonly range: readonly [number, number]
  /** Length of a pane in ms; every window on this indicator is a multiple. */
  readonly paneMs: number
  /** Fold shown where no rule decides. */
  readonly fold: FoldName
  /** Declared report interval of its sources in ms; 0 when they have none (hotlines). */
  readonly intervalMs: number
  /** Heading under which rules, subscriptions and walls group it. */
  readonly category: string
  /** Panes still held beyond the longest window, for late observations, in ms. */
  readonly latenessMs: number
}

/** All indicators of a city; the index of one is its column number in hot paths. */
export interface Indicators {
  readonly list: readonly Indicator[]
  readonly index: ReadonlyMap<string, number>
}

/** Indexes a list of indicators by code. */
export function indicatorsOf(list: readonly Indicator[]): Indicators {
  return { list, index: new Map(list.map((indicator, i) => [indicator.code, i])) }
}
