import { setTimeout as pause } from 'node:timers/promises'
import { QingyuError } from './core/errors.ts'

/** Faults of one partition that end by taking it up again, here or elsewhere; all others end the process. */
const MENDED: ReadonlySet<string> = new Set(['ST-fenced', 'ST-rewound', 'LG-unreachable'])
/** Between two attempts on a log that does not answer, ms. */
const AGAIN_MS = 1000

/** Takes a partition up where its state stands and follows until `stop` aborts. */
export type Follow = (stop: AbortController) => Promise<void>

/**
 * Follows until `given` aborts; what the state lost meanwhile is made anew, as often as that happens. Fenced off, it gives the
 * partition up with all that goes with it: whether it is still ours, Ownership knows, and then gives it again. `report` hears
 * of it in a sentence.
 */
export async function keepFollowing(
  given: AbortController,
  follow: Follow,
  report: ((sentence: string) => void) | undefined,
): Promise<void> {
  while (!given.signal.aborted) {
    const stop = new AbortController()
    const end = (): void => stop.abort()
    given.signal.addEventListener('abort', end)
    try {
      return await follow(stop)
    } catch (fault) {
      if (!(fault instanceof QingyuError)) throw fault
      if (!MENDED.has(fault.code)) throw fault
      report?.(`${fault.message}. ${fault.hint}`)
      if (fault.code === 'ST-fenced') given.abort()
      if (fault.code === 'LG-unreachable') await pause(AGAIN_MS)
    } finally {
      given.signal.removeEventListener('abort', end)
    }
  }
}
