import { describe, expect, it } from 'vitest'
import { play } from '../testdata/duty-log.ts'

const MINUTE = 60_000
/** Nothing is passed on for an hour, so that only deadlines speak. */
const SLOW = { stepMs: 60 * MINUTE }

describe('deadlines of an alert', () => {
  it('[AL19] warns before the time to acknowledge runs out, and is overdue after it', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
      08:09  told: nobody
      08:10  told: chen warning 1
             record 1: warn acknowledge
      08:15  told: chen overdue 1, xu overdue 1
             alert 1: raised, acknowledge overdue, missed acknowledge
             record 1: overdue acknowledge
      08:30  told: nobody
    `,
      { policy: SLOW },
    )
    expect(wrong).toEqual([])
  })

  it('[AL19] is in time when it was done at the tick of its deadline', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
      08:15  chen acknowledges 1
             told: nobody
             alert 1: acknowledged, missed nothing, dispatch by 08:35
    `,
      { policy: SLOW },
    )
    expect(wrong).toEqual([])
  })

  it('[AL19] warns who took it to send somebody, and tells the commander when nobody was sent', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  chen acknowledges 1
      08:16  told: chen warning 1
      08:26  told: chen overdue 1, xu overdue 1
             alert 1: dispatch overdue, missed dispatch
      08:40  chen sends water to 1
             alert 1: handle by 09:40, missed dispatch
    `)
    expect(wrong).toEqual([])
  })

  it('[AL19] warns the unit that was sent, and its commander hears when it is overdue', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  chen sends water to 1
      08:36  told: qian warning 1
      09:06  told: qian overdue 1, xu overdue 1
             alert 1: handle overdue, missed handle
    `)
    expect(wrong).toEqual([])
  })

  it('[AL19] warns the supervisor on duty to verify what was handled', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  chen acknowledges 1
      08:07  chen handles 1
      09:07  told: sun warning 1
      10:07  told: sun overdue 1, xu overdue 1
             alert 1: verify overdue
    `)
    expect(wrong).toEqual([])
  })

  it('[AL20] has the limits of its category and level', () => {
    const limits = (category: string, rank: number) => ({
      acknowledge: category === 'noise' ? 30 * MINUTE : rank === 4 ? 5 * MINUTE : 10 * MINUTE,
      dispatch: 0,
      handle: 60 * MINUTE,
      verify: 0,
    })
    const wrong = play(
      `
      08:05  A1 turn orange
             alert 1: acknowledge by 08:15
             A3 turn red
             alert 2: acknowledge by 08:10
             B1 turn orange with noise
             alert 3: acknowledge by 08:35
      08:06  chen acknowledges 1
             alert 1: handle by 09:06
      08:07  chen handles 1
             alert 1: no clock runs
    `,
      { policy: { limits } },
    )
    expect(wrong).toEqual([])
  })

  it('[AL20] lets no clock run where there is no limit', () => {
    const limits = () => ({ acknowledge: 0, dispatch: 0, handle: 0, verify: 0 })
    const wrong = play(
      `
      08:05  A1 turn orange
             alert 1: no clock runs, climbs at 08:10
      08:06  chen acknowledges 1
      12:00  told: nobody
             alert 1: no clock runs, missed nothing
    `,
      { policy: { limits } },
    )
    expect(wrong).toEqual([])
  })

  it('[AL19] keeps an overdue alert overdue until it is done, and what was missed for ever', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
      08:20  alert 1: acknowledge overdue
      08:21  chen acknowledges 1
             alert 1: acknowledged, missed acknowledge, dispatch by 08:41
    `,
      { policy: SLOW },
    )
    expect(wrong).toEqual([])
  })
})
