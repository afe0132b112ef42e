import { setMaxListeners } from 'node:events'
import type { Ownership } from '../ports.ts'

/** Ownership of the whole log by the only process: every partition is gained at once and lost at the stop. */
export function ownAll(partitions: number): Ownership {
  const all = Array.from({ length: partitions }, (_, partition) => partition)
  const leaving = new AbortController()
  // One listener a partition is no leak.
  setMaxListeners(0, leaving.signal)
  let running: readonly Promise<void>[] = []
  return {
    get held() {
      return leaving.signal.aborted ? [] : all
    },
    start(own) {
      running = all.map((partition) => own(partition, leaving.signal))
      return Promise.resolve()
    },
    reached() {},
    async stop() {
      leaving.abort()
      await Promise.all(running)
    },
  }
}
