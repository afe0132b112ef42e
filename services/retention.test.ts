import { expect, it } from 'vitest'
import { MemoryDisk } from './adapters/disk.memory.ts'
import { commitOf } from './testdata/state-lines.ts'
import { recordOf } from './adapters/log.contract.ts'
import { MemoryLog } from './adapters/log.memory.ts'
import { MemoryState } from './adapters/state.memory.ts'
import type { Clock } from './ports.ts'
import { startRetention, trimLog } from './retention.ts'

const MINUTE = 60_000
const START = Date.parse('2015-12-01T00:00:00+08:00')
const AMPLE = { retention: 7 * 1440 * MINUTE, maxSize: 1e9, history: 90 * 1440 * MINUTE }

function storesOf(
  partitions: number,
  fault?: () => string | undefined,
): { log: MemoryLog; state: MemoryState } {
  const options = { defer: (run: () => void) => void setImmediate(run) }
  const disk = new MemoryDisk(fault === undefined ? options : { ...options, fault })
  const log = new MemoryLog(disk, { partitions, epoch: '0123456789abcdef' })
  return { log, state: new MemoryState(disk, { partitions }) }
}

/** Appends a record of 100 bytes a minute and partition, and commits all but the last `behind` of them. */
async function fill(log: MemoryLog, state: MemoryState, minutes: number, behind = 0): Promise<void> {
  for (let n = 0; n < minutes; n++) {
    for (let partition = 0; partition < log.partitions; partition++)
      await log.append(partition, [recordOf(partition, n, 100)])
  }
  for (let n = 1; n <= minutes - behind; n++) {
    for (let partition = 0; partition <= log.partitions; partition++) {
      await state.commit(partition, n - 1, commitOf(START + n * MINUTE, n))
    }
  }
}

/** Fires timers when it is told to, in the order of their times. */
function clockByHand(): Clock & { advance(ms: number): void; readonly waiting: number } {
  let now = START
  const timers = new Set<{ at: number; run: () => void }>()
  return {
    now: () => now,
    at(at, run) {
      const timer = { at, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance(ms) {
      now += ms
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer)
        timer.run()
      }
    },
    get waiting() {
      return timers.size
    },
  }
}

async function startsOf(log: MemoryLog): Promise<number[]> {
  return Promise.all(Array.from({ length: log.partitions }, (_, partition) => log.start(partition)))
}

it('[LG14] drops records older than the retention', async () => {
  const { log, state } = storesOf(2)
  await fill(log, state, 30)
  await trimLog(log, state, { ...AMPLE, retention: 10 * MINUTE })
  expect(await startsOf(log)).toEqual([20, 20])
  expect(await log.end(0)).toBe(30)
})

it('[LG15] drops the oldest records above the size', async () => {
  const { log, state } = storesOf(2)
  await fill(log, state, 30)
  await trimLog(log, state, { ...AMPLE, maxSize: 4000 })
  expect(await startsOf(log)).toEqual([10, 10])
  expect(await log.size()).toBe(4000)
})

it('[LG16] keeps what the state has not applied', async () => {
  const { log, state } = storesOf(2)
  await fill(log, state, 30, 25)
  await trimLog(log, state, { ...AMPLE, retention: 0, maxSize: 1 })
  expect(await startsOf(log)).toEqual([5, 5])
  const fresh = storesOf(1)
  await fill(fresh.log, fresh.state, 5, 5)
  await trimLog(fresh.log, fresh.state, { ...AMPLE, retention: 0, maxSize: 1 })
  expect(await startsOf(fresh.log)).toEqual([0])
})

it('[LG17] trims every minute until it is stopped', async () => {
  const { log, state } = storesOf(1)
  const clock = clockByHand()
  const errors: unknown[] = []
  const settings = { ...AMPLE, retention: 10 * MINUTE }
  const stop = startRetention({ log, state, clock, settings, onError: (error) => void errors.push(error) })
  await fill(log, state, 20)
  clock.advance(MINUTE - 1)
  expect(await log.start(0)).toBe(0)
  clock.advance(1)
  while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
  expect(await log.start(0)).toBe(10)
  await stop()
  expect(clock.waiting).toBe(0)
  expect(errors).toEqual([])
})

it('[LG17] tries again after a round that failed', async () => {
  let full = false
  const { log, state } = storesOf(1, () => (full ? 'no space left' : undefined))
  const clock = clockByHand()
  const errors: unknown[] = []
  await fill(log, state, 20)
  const settings = { ...AMPLE, retention: 10 * MINUTE }
  const stop = startRetention({ log, state, clock, settings, onError: (error) => void errors.push(error) })
  for (const fails of [true, false]) {
    full = fails
    clock.advance(MINUTE)
    while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(errors).toHaveLength(1)
  expect(await log.start(0)).toBe(10)
  await stop()
})

it('[AW19] keeps what is not archived, whatever its age, until the log is too large', async () => {
  const { log, state } = storesOf(1)
  await fill(log, state, 120)
  const hour = { ...AMPLE, retention: 60 * MINUTE }
  await trimLog(log, state, hour, () => 30)
  expect(await log.start(0)).toBe(30)
  await trimLog(log, state, { ...hour, maxSize: 40 * 100 }, () => 30)
  expect(await log.start(0)).toBeGreaterThan(70)
})
