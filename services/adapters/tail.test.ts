import { expect, it } from 'vitest'
import { Tail } from './tail.ts'

it('[LG18] holds no more in memory than its bound', () => {
  const tail = new Tail<number>(2, 1000)
  for (let n = 0; n < 100_000; n++) {
    tail.push(0, n, n, 100)
    expect(tail.held(0)).toBeLessThanOrEqual(1000)
  }
  expect(tail.from(0, 99_990, 100, 1e9)?.map((entry) => entry.item)).toEqual(
    Array.from({ length: 10 }, (_, n) => 99_990 + n),
  )
  expect(tail.from(0, 99_989, 100, 1e9)).toBeUndefined()
  expect(tail.held(1)).toBe(0)
})

it('[LG18] does not hold an item above its bound', () => {
  const tail = new Tail<string>(1, 1000)
  tail.push(0, 0, 'small', 10)
  tail.push(0, 1, 'huge', 1001)
  expect(tail.held(0)).toBe(0)
  expect(tail.from(0, 1, 10, 1e9)).toBeUndefined()
  tail.push(0, 2, 'small', 10)
  expect(tail.from(0, 2, 10, 1e9)).toHaveLength(1)
})

it('[LG18] gives at most what was asked for', () => {
  const tail = new Tail<number>(1, 1000)
  for (const place of [10, 20, 30, 40]) tail.push(0, place, place, 100)
  expect(tail.from(0, 15, 2, 1e9)?.map((entry) => entry.place)).toEqual([20, 30])
  expect(tail.from(0, 15, 9, 150)?.map((entry) => entry.place)).toEqual([20, 30])
  expect(tail.from(0, 41, 9, 1e9)).toEqual([])
})

it('[LG5] lets go of a reader that stopped waiting', async () => {
  const tail = new Tail<number>(1, 1000)
  const stop = new AbortController()
  const waits = Promise.all([tail.more(0, stop.signal), tail.more(0, stop.signal)])
  stop.abort()
  await waits
  await tail.more(0, stop.signal)
  const awake = tail.more(0, new AbortController().signal)
  tail.wake(0)
  await awake
})
