import type { Clock, Log, Offset, State } from './ports.ts'

/** What retention is told; times in ms, size in bytes. */
export interface RetentionSettings {
  /** Records of ticks older than this are dropped. */
  readonly retention: number
  /** Above this size of the log the oldest records are dropped. */
  readonly maxSize: number
  /** Changes and histories older than this are dropped. */
  readonly history: number
}

interface Stores {
  /** Null where retention of the log is its broker's. */
  readonly log: Log | null
  readonly state: State
  readonly clock: Clock
  readonly settings: RetentionSettings
  /** Records from there on are wanted whatever their age; absent: none are. */
  readonly floor?: (partition: number) => Offset
  /** Told of a round that failed; the next one tries again. */
  readonly onError: (error: unknown) => void
}

const LOG_EVERY_MS = 60_000
/** Rounds of the log per round of the state: dropping histories looks at every area. */
const ROUNDS_PER_HISTORY = 60

/**
 * One round over the log. Ages count back from the newest tick that every partition has committed, not from a clock: data of
 * ten years ago is as young as its own last tick. Nothing is dropped that the state has not applied; what is above `floor` goes
 * only for the size of the log.
 */
export async function trimLog(
  log: Log,
  state: State,
  settings: RetentionSettings,
  floor: (partition: number) => Offset = () => Infinity,
): Promise<void> {
  const tick = await state.tick()
  if (tick === 0) return
  const size = await log.size()
  for (let partition = 0; partition < log.partitions; partition++) {
    const committed = await state.offsetAt(partition, tick)
    if (committed === undefined) continue
    const start = await log.start(partition)
    const held = (await log.end(partition)) - start
    // Records of one log are alike in size: the same share of each partition's records is that share of the bytes.
    const excess = size > settings.maxSize ? held - Math.floor((held * settings.maxSize) / size) : 0
    const old = (await state.offsetAt(partition, tick - settings.retention)) ?? 0
    const before = Math.min(committed, Math.max(Math.min(old, floor(partition)), start + excess))
    if (before > start) await log.trim(partition, before)
  }
}

/** Trims the log every minute and the state's histories every hour; the answer stops it and waits for the round on its way. */
export function startRetention(stores: Stores): () => Promise<void> {
  const { log, state, clock, settings, floor, onError } = stores
  let round = 0
  let running = Promise.resolve()
  let cancel = (): void => {}
  let stopped = false

  async function trim(): Promise<void> {
    try {
      if (log !== null) await trimLog(log, state, settings, floor)
      const tick = await state.tick()
      if (round++ % ROUNDS_PER_HISTORY === 0 && tick > 0) await state.trim(tick - settings.history)
    } catch (error) {
      onError(error)
    }
    if (!stopped) wait()
  }
  function wait(): void {
    cancel = clock.at(clock.now() + LOG_EVERY_MS, () => {
      running = trim()
    })
  }
  wait()
  return () => {
    stopped = true
    cancel()
    return running
  }
}
