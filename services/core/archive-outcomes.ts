import type { TickOutcome } from './archive.ts'
import type { Grid } from './grid.ts'
import { levelId, type Scheme } from './level.ts'

/** A row of the table `changes`: an area went to another level, or another rule or reason decided it. */
export interface ChangeRow {
  readonly at: number
  readonly area: string
  /** Level ids; equal where only rule or reason changed. */
  readonly from: string
  readonly to: string
  readonly since: number
  readonly rule: string
  readonly indicator: string
  readonly fold: string
  readonly window_ms: number
  readonly reason: string
  /** In the indicator's unit. */
  readonly value: number | null
  readonly limit: number | null
  readonly samples: number
  readonly sources: number
}

/** A row of the table `alerts`: an alert as it stood after a tick that changed it. */
export interface AlertRow {
  readonly at: number
  readonly id: string
  readonly number: number
  readonly incident: string | null
  readonly category: string
  readonly level: string
  readonly peak: string
  readonly state: string
  /** Code of the smallest area that holds all of it. */
  readonly area: string
  readonly raised: number
  readonly ended: number | null
  readonly closed: number | null
  readonly exercise: 'exercise' | 'life'
  /** JSON of the alert, with its record. */
  readonly alert: string
}

interface Named {
  readonly grid: Pick<Grid, 'codes'>
  readonly scheme: Scheme
}

/** Rows of what changed, in the order of the outcomes. */
export function changeRows(outcomes: readonly TickOutcome[], { grid, scheme }: Named): ChangeRow[] {
  return outcomes.flatMap(({ at, changes }) =>
    changes.map(({ area, from, rank, since, windowMs, ...change }) => ({
      at,
      area: grid.codes[area] ?? '',
      from: levelId(scheme, from),
      to: levelId(scheme, rank),
      since,
      rule: change.rule,
      indicator: change.indicator,
      fold: change.fold,
      window_ms: windowMs,
      reason: change.reason,
      value: change.value,
      limit: change.limit,
      samples: change.samples,
      sources: change.sources,
    })),
  )
}

/** Rows of alerts, in the order of the outcomes. */
export function alertRows(outcomes: readonly TickOutcome[], { grid, scheme }: Named): AlertRow[] {
  return outcomes.flatMap(({ at, alert: record }) =>
    (record?.alerts ?? []).map((alert) => ({
      at,
      id: alert.id,
      number: alert.number,
      incident: alert.incident,
      category: alert.category,
      level: levelId(scheme, alert.rank),
      peak: levelId(scheme, alert.peak),
      state: alert.state,
      area: grid.codes[alert.area] ?? '',
      raised: alert.raised,
      ended: alert.ended,
      closed: alert.closed,
      exercise: alert.exercise ? 'exercise' : 'life',
      alert: JSON.stringify(alert),
    })),
  )
}
