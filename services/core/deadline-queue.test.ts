import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeadlineQueue } from './deadline-queue.ts'

describe('deadline queue', () => {
  it('[WN8] gives items whose time has passed, earliest first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), fc.array(fc.nat(60)), (times, asked) => {
        const queue = new DeadlineQueue<number>()
        for (const [item, time] of times.entries()) queue.push(time, item)
        let left = times.map((time, item) => ({ time, item }))
        for (const now of asked) {
          const taken: { time: number; item: number }[] = []
          queue.due(now, (item, time) => taken.push({ time, item }))
          expect(taken.map(({ time }) => time)).toEqual(taken.map(({ time }) => time).sort((a, b) => a - b))
          const byItem = (a: { item: number }, b: { item: number }) => a.item - b.item
          expect(taken.sort(byItem)).toEqual(left.filter(({ time }) => time < now))
          left = left.filter(({ time }) => time >= now)
          expect(queue.size).toBe(left.length)
        }
      }),
    )
  })

  it('[WN8] may be filled again while it empties', () => {
    const queue = new DeadlineQueue<string>()
    queue.push(1, 'a')
    queue.due(5, (item, time) => queue.push(time + 1, item))
    expect(queue.size).toBe(1)
  })
})
