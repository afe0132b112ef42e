import type { Clock } from '../ports.ts'

/** Longest delay that a timer of the platform takes, ms; beyond, it would fire at once. */
const LONGEST = 2 ** 31 - 1

/** The wall clock: the only reader of the time of day. It follows the machine's clock, also when that is set back. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(at, run) {
    let timer: NodeJS.Timeout
    // The platform's timers may fire a millisecond early, and cannot wait longer than 24 days.
    const arm = () => {
      const left = at - Date.now()
      timer = setTimeout(
        () => {
          if (Date.now() < at) arm()
          else run()
        },
        Math.min(LONGEST, Math.max(0, left)),
      )
    }
    arm()
    return () => {
      clearTimeout(timer)
    }
  },
}
