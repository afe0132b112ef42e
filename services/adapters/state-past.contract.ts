import { expect, it } from 'vitest'
import type { State } from '../ports.ts'
import { commitOf, levelOf, readingOf, ticksOf } from '../testdata/state-lines.ts'
import { codeOf } from './log.contract.ts'
import type { StateBench } from './state.contract.ts'

const DAY = 86_400_000

/** What a State tells of what was. */
export function remembering(state: () => State): void {
  it('[ST7] answers with the level in force at a time', async () => {
    await state().commit(0, 0, commitOf(1000, 1, { levels: [levelOf(1, 1000, 1), levelOf(2, 1000, 0)] }))
    await state().commit(0, 1, commitOf(2000, 2, { levels: [levelOf(1, 2000, 2)] }))
    expect(await state().levelAt(1, 999)).toBeUndefined()
    expect(await state().levelAt(1, 1000)).toEqual(levelOf(1, 1000, 1))
    expect((await state().levelAt(1, 1999))?.decision.rank).toBe(1)
    expect((await state().levelAt(1, 5000))?.decision.rank).toBe(2)
    expect(await state().levelAt(3, 5000)).toBeUndefined()
  })

  it('[ST7] lists the newest lines of a span in order', async () => {
    for (let n = 1; n <= 9; n++) {
      const readings = [readingOf(1, n * 1000), readingOf(1, n * 1000, 'pm25'), readingOf(2, n * 1000)]
      await state().commit(0, n - 1, commitOf(n * 1000, n, { levels: [levelOf(1, n * 1000, 1)], readings }))
    }
    const levels = await state().levels(1, 2000, 8000, 3)
    expect(levels.map((line) => line.at)).toEqual([6000, 7000, 8000])
    const readings = await state().readings(1, 'noise', 3000, 6000, 100)
    expect(readings).toEqual([3, 4, 5, 6].map((n) => readingOf(1, n * 1000)))
    expect(await state().readings(1, 'water', 0, 9000, 100)).toEqual([])
  })

  it('[ST8] tells the offset reached at a tick', async () => {
    await state().commit(0, 0, commitOf(1000, 10))
    await state().commit(0, 10, commitOf(2000, 20))
    await state().commit(1, 0, commitOf(1000, 99))
    const found = await Promise.all([999, 1000, 1999, 2000, 9000].map((at) => state().offsetAt(0, at)))
    expect(found).toEqual([undefined, 10, 10, 20, 20])
    expect(await state().offsetAt(1, 9000)).toBe(99)
    expect(await state().offsetAt(2, 9000)).toBeUndefined()
    // Whatever was committed last.
    expect(await state().offsetAt(0, Number.MAX_SAFE_INTEGER)).toBe(20)
  })
}

/** What a State keeps when the rest is dropped. */
export function trimming(state: () => State, bench: () => StateBench): void {
  it('[ST6] refuses changes that are no longer held', async () => {
    for (let n = 1; n <= 6; n++) await state().commit(0, n - 1, commitOf(n * 1000, n))
    await state().trim(4000)
    expect(await codeOf(ticksOf(state(), 0, 3000, 1))).toBe('ST-gone')
    expect((await ticksOf(state(), 0, 3001, 3)).map((tick) => tick.at)).toEqual([4000, 5000, 6000])
    const reopened = await bench().reopen()
    expect(await codeOf(ticksOf(reopened, 0, 0, 1))).toBe('ST-gone')
    expect((await ticksOf(reopened, 0, 4000, 3)).map((tick) => tick.at)).toEqual([4000, 5000, 6000])
    expect(await reopened.load(0)).toMatchObject({ offset: 6, at: 6000 })
  })

  it('[ST9] keeps the level in force when histories are trimmed', async () => {
    for (let n = 1; n <= 6; n++) {
      const levels = n < 4 ? [levelOf(1, n * 1000, 1), levelOf(2, n * 1000, 2)] : [levelOf(2, n * 1000, 0)]
      await state().commit(0, n - 1, commitOf(n * 1000, n, { levels, readings: [readingOf(1, n * 1000)] }))
    }
    await state().trim(5000)
    expect((await state().levels(1, 0, 9000, 99)).map((line) => line.at)).toEqual([3000])
    expect((await state().levels(2, 0, 9000, 99)).map((line) => line.at)).toEqual([4000, 5000, 6000])
    expect((await state().readings(1, 'noise', 0, 9000, 99)).map((line) => line.pane)).toEqual([5000, 6000])
  })

  it('[ST10] keeps tick records a day at most', async () => {
    const ticks = [1000, DAY / 2, DAY, DAY + 2000]
    let offset = 0
    for (const at of ticks)
      await state().commit(0, offset, commitOf(at, ++offset, { levels: [levelOf(1, at, 1)] }))
    await state().trim(0)
    expect(await codeOf(ticksOf(state(), 0, 0, 1))).toBe('ST-gone')
    expect((await ticksOf(state(), 0, 1001, 3)).map((tick) => tick.at)).toEqual(ticks.slice(1))
    expect(await state().levels(1, 0, DAY * 2, 99)).toHaveLength(4)
  })
}
