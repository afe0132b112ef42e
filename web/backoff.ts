const FIRST = 500
const CAP = 15_000

/**
 * Milliseconds to wait before attempt `n` (from 0). Doubles up to a cap; the jitter of ±50 % comes after the cap, since walls
 * that all wait exactly the cap would come back as one.
 */
export function waitBefore(attempt: number, random: number): number {
  const base = Math.min(CAP, FIRST * 2 ** Math.min(attempt, 20))
  return Math.round(base * (0.5 + random))
}
