import type { ReadingHistory } from './commit.ts'
import type { FoldName } from './indicator.ts'
import type { Zone } from './local-time.ts'

/** A pane, or panes folded to one. */
export type Folded = Pick<ReadingHistory, 'pane' | 'value' | 'samples'>

/**
 * Two panes as one, the earlier first: counts and sums add up, means weigh by samples, `last` is the later one's. Distinct sources
 * and percentiles cannot be joined: the larger stands, which is at least the most that any pane saw, and for p50 and p95 at most
 * what they could be over all.
 */
export function joined(fold: FoldName, one: Folded, other: Folded): Folded {
  return { pane: one.pane, value: valueOf(fold, one, other), samples: one.samples + other.samples }
}

function valueOf(fold: FoldName, one: Folded, other: Folded): number {
  switch (fold) {
    case 'count':
    case 'sum':
      return one.value + other.value
    case 'mean': {
      const samples = one.samples + other.samples
      return samples === 0 ? other.value : (one.value * one.samples + other.value * other.samples) / samples
    }
    case 'min':
      return Math.min(one.value, other.value)
    case 'last':
      return other.value
    case 'max':
    case 'sources':
    case 'p50':
    case 'p95':
      return Math.max(one.value, other.value)
  }
}

/** Panes, oldest first, folded to steps of `stepMs` that begin with the city's own hours and days. */
export function foldPanes(panes: readonly Folded[], fold: FoldName, stepMs: number, zone: Zone): Folded[] {
  const folded: Folded[] = []
  for (const pane of panes) {
    const begin = zone.toUtc(Math.floor(zone.toLocal(pane.pane) / stepMs) * stepMs)
    const last = folded.at(-1)
    if (last?.pane === begin) folded[folded.length - 1] = joined(fold, last, pane)
    else folded.push({ pane: begin, value: pane.value, samples: pane.samples })
  }
  return folded
}
