import { expect, it } from 'vitest'
import { MemoryDisk } from './disk.memory.ts'
import { codeOf, numbersOf, recordOf, take } from './log.contract.ts'
import { MemoryLog } from './log.memory.ts'
import { commitOf } from '../testdata/state-lines.ts'
import { MemoryState } from './state.memory.ts'

const NAME = { partitions: 1, epoch: '0123456789abcdef' }

/** Runs deferred work only when told to. */
function byHand(): { defer(run: () => void): void; step(): void } {
  const waiting: (() => void)[] = []
  return { defer: (run) => void waiting.push(run), step: () => waiting.shift()?.() }
}

function onItsOwn(): MemoryDisk {
  return new MemoryDisk({ defer: (run) => void setImmediate(run) })
}

it.each([0, 1, 2, 3])('[LG19] keeps %d unacknowledged writes after a crash', async (survivors) => {
  const hand = byHand()
  const disk = new MemoryDisk(hand)
  const log = new MemoryLog(disk, NAME)
  const state = new MemoryState(disk, NAME)
  const first = log.append(0, [recordOf(0, 0)])
  hand.step()
  expect(await first).toBe(0)
  let acknowledged = 0
  const count = (): void => void acknowledged++
  void log.append(0, [recordOf(0, 1)]).then(count)
  void state.commit(0, 0, commitOf(1000, 1)).then(count)
  void log.append(0, [recordOf(0, 2)]).then(count)
  disk.crash({ uint32: () => survivors })
  hand.step()
  const after = onItsOwn()
  const found = log.reopen(after)
  const left = await found.end(0)
  expect(left).toBe([1, 2, 2, 3][survivors])
  expect((await state.reopen(after).load(0)).offset).toBe(survivors >= 2 ? 1 : 0)
  expect(await found.append(0, [recordOf(0, left)])).toBe(left)
  expect(numbersOf(await take(found, 0, 0, left + 1))).toEqual([0, 1, 2, 3].slice(0, left + 1))
  expect(acknowledged).toBe(0)
})

it('[LG19] lets nothing of a crashed process reach the next', async () => {
  const disk = onItsOwn()
  const log = new MemoryLog(disk, NAME)
  await log.append(0, [recordOf(0, 0)])
  disk.crash()
  const next = log.reopen(onItsOwn())
  void log.append(0, [recordOf(0, 99)])
  expect(await next.append(0, [recordOf(0, 1)])).toBe(1)
  expect(numbersOf(await take(next, 0, 0, 2))).toEqual([0, 1])
})

it('[ST3] commits again after a failed commit', async () => {
  let full = true
  const defer = (run: () => void): void => void setImmediate(run)
  const disk = new MemoryDisk({ defer, fault: () => (full ? 'no space left' : undefined) })
  const state = new MemoryState(disk, NAME)
  expect(await codeOf(state.commit(0, 0, commitOf(1000, 1)))).toBe('LG-failed')
  full = false
  await state.commit(0, 0, commitOf(1000, 1))
  expect(await state.load(0)).toMatchObject({ offset: 1, at: 1000 })
})
