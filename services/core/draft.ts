import type { Indicator } from './indicator.ts'

/** One observation on its way from bytes to columns; filled again for each, so that the hot path makes no object. */
export class Draft {
  /** Index of the indicator. */
  indicator = 0
  /** In the indicator's unit. */
  value = 0
  /** Event time, ms. */
  time = 0
  hasId = false
  lon = NaN
  lat = NaN
  area: string | null = null
  address: string | null = null

  /** Forgets what the observation before left in the optional fields; the others are always set. */
  clear(): void {
    this.hasId = false
    this.lon = NaN
    this.lat = NaN
    this.area = null
    this.address = null
  }
}

/** Longest id taken, bytes of UTF-8. */
export const MOST_ID = 256

/** A value as whole steps of its indicator's resolution; NaN when it lies outside the indicator's range. */
export function stepsOf(indicator: Indicator, value: number): number {
  if (!(value >= indicator.range[0] && value <= indicator.range[1])) return NaN
  // + 0 turns -0 into 0: equal values have equal bytes in the log.
  const steps = Math.round(value / indicator.resolution) + 0
  return Number.isSafeInteger(steps) ? steps : NaN
}
