const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Time between two keyframes that are kept of those at `at`, by how old they are at `now`; 0: all are. */
export function keyframeSpacing(at: number, now: number): number {
  const age = now - at
  if (age <= DAY_MS) return 0
  return age <= 30 * DAY_MS ? HOUR_MS : 6 * HOUR_MS
}

/**
 * Which keyframes of a stretch without gaps may go: of those older than a day all but the first of each hour, of those older
 * than 30 days all but the first of each six hours. The first of all stays: the stretch is played from it.
 */
export function spareKeyframes(ats: readonly number[], now: number): readonly number[] {
  const kept = new Set<string>()
  return [...ats]
    .sort((a, b) => a - b)
    .filter((at) => {
      const spacing = keyframeSpacing(at, now)
      if (spacing === 0) return false
      const slot = `${spacing}/${Math.floor(at / spacing)}`
      const isSpare = kept.has(slot)
      kept.add(slot)
      return isSpare
    })
}
