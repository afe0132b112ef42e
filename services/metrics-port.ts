/** One metric with its samples; `counter` values only grow. */
export interface Metric {
  /** Without the prefix `qingyu_`; counters end in `_total`. */
  readonly name: string
  readonly help: string
  readonly kind: 'counter' | 'gauge'
  readonly samples: readonly {
    readonly value: number
    readonly labels?: Readonly<Record<string, string>>
  }[]
}

/** Asked at every scrape; must be quick. */
export type MetricSource = () => readonly Metric[]
