import { setTimeout as pause } from 'node:timers/promises'
import { QingyuError, sentenceOf } from '../core/errors.ts'
import type { NativeProcess } from './process.ts'

/** Waits before a process is started again, ms: doubled from the first to the last. */
const FIRST_WAIT = 1000
const LAST_WAIT = 10_000
/** One that ran this long is forgiven what went before, ms. */
const CALM = 60_000

/** Starts a running process again whenever it ends, saying so each time, until `stop` aborts. */
export async function keepRunning(
  process: NativeProcess,
  say: (sentence: string) => void,
  stop: AbortSignal,
): Promise<void> {
  let wait = FIRST_WAIT
  for (;;) {
    const calm = setTimeout(() => (wait = FIRST_WAIT), CALM)
    const ending = await process.ended
    clearTimeout(calm)
    if (stop.aborted) return
    say(`ended with ${ending}; it is started again in ${wait / 1000} s`)
    await pause(wait, undefined, { signal: stop }).catch(() => undefined)
    if (stop.aborted) return
    wait = Math.min(LAST_WAIT, wait * 2)
    void process.start().then(
      () => say('is back'),
      (fault: unknown) => say(fault instanceof QingyuError ? fault.hint : sentenceOf(fault)),
    )
  }
}
