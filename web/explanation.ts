type Names = { readonly zh: string; readonly en: string }

/** An indicator's value over a window, against the limit of its rule. */
export interface Reading {
  readonly indicator: string
  readonly value: number | null
  readonly unit: string
  readonly limit: number | null
  readonly samples: number
  readonly sources: number
}

/** Why an area has its colour: of the answer of `GET /api/v1/areas/{code}/explanation`, what the wall shows. */
export interface Explanation {
  readonly code: string
  readonly level: string
  /** ISO 8601; null: never decided. */
  readonly since: string | null
  readonly sentence: Names
  readonly clears: Names
  readonly rule: { readonly id: string; readonly version: string; readonly name: Names } | null
  readonly reason: string
  /** The one that decided; null: none did. */
  readonly reading: Reading | null
  /** What every rule of the area sees now. */
  readonly readings: readonly Reading[]
  readonly children: readonly { readonly code: string; readonly name: Names; readonly level: string }[]
  readonly observations: readonly {
    readonly source: string
    readonly area: string
    readonly time: string
    readonly value: number
  }[]
}

/** A point of a reading's course: start of its pane (ms) and value in the indicator's unit. */
export interface Point {
  readonly at: number
  readonly value: number
}

/** Of the answer of `GET /api/v1/areas/{code}/readings`, what the wall draws. */
export interface Readings {
  readonly readings: readonly { readonly pane: string; readonly value: number }[]
}

/** The course as points, oldest first; panes whose time cannot be read are left out. */
export function courseOf({ readings }: Readings): readonly Point[] {
  return readings
    .map(({ pane, value }) => ({ at: Date.parse(pane), value }))
    .filter(({ at, value }) => Number.isFinite(at) && Number.isFinite(value))
}

/**
 * A course with a hole wherever nothing was heard for more than four of its usual steps: a line across silence would be an
 * invention.
 */
export function withGaps(
  points: readonly Point[],
): readonly { readonly at: number; readonly value: number | null }[] {
  const steps = points.slice(1).map((point, i) => point.at - (points[i]?.at ?? 0))
  const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1] ?? 0
  return points.flatMap((point, i) => {
    const gap = i > 0 && (steps[i - 1] ?? 0) > 4 * usual
    return gap ? [{ at: point.at - 1, value: null }, point] : [point]
  })
}
