import { describe, expect, it } from 'vitest'
import { systemClock } from './clock.system.ts'
import { VirtualClock } from './clock.virtual.ts'
import { seededRandom } from './random.seeded.ts'
import { systemRandom } from './random.system.ts'

describe('clock', () => {
  it('[OB50] runs timers by time and then by order', () => {
    const clock = new VirtualClock(100)
    const ran: string[] = []
    const note = (name: string) => () => ran.push(`${name}@${clock.now()}`)
    clock.at(300, note('c'))
    clock.at(200, note('a'))
    clock.at(200, () => {
      note('b')()
      clock.at(250, note('nested'))
    })
    clock.at(220, note('cancelled'))()
    clock.at(50, note('overdue'))
    expect(clock.next).toBe(50)
    clock.advance(199)
    expect(ran).toEqual(['overdue@100', 'a@200', 'b@200', 'nested@250'])
    expect([clock.now(), clock.next]).toEqual([299, 300])
    expect([clock.step(299), clock.step(), clock.step()]).toEqual([false, true, false])
    clock.jump(10)
    expect([clock.now(), clock.next]).toEqual([10, undefined])
  })

  it('[OB51] waits for the wall clock to reach the time', async () => {
    const at = systemClock.now() + 20
    let early = false
    systemClock.at(at + 10_000, () => (early = true))()
    await new Promise<void>((resolve) => systemClock.at(at, resolve))
    expect(systemClock.now()).toBeGreaterThanOrEqual(at)
    await new Promise<void>((resolve) => systemClock.at(0, resolve))
    expect(early).toBe(false)
  })
})

describe('random', () => {
  it('[OB52] repeats a seed and spreads evenly', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed)
      return Array.from({ length: 4096 }, () => random.uint32())
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7).slice(0, 3)).not.toEqual(draw(8).slice(0, 3))
    expect(draw(7).slice(0, 3)).toMatchInlineSnapshot(`
      [
        2418126209,
        1675177840,
        4180103685,
      ]
    `)
    for (const numbers of [draw(1), Array.from({ length: 4096 }, () => systemRandom().uint32())]) {
      const high = numbers.filter((number) => number >= 2 ** 31).length
      expect(high).toBeGreaterThan(1800)
      expect(high).toBeLessThan(2300)
      expect(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32)).toBe(
        true,
      )
    }
  })
})
