import { describe, expect, it } from 'vitest'
import { play } from '../testdata/duty-log.ts'

describe('an alert and its condition', () => {
  it('[AL12] gets graver and eases without another being raised', () => {
    const wrong = play(`
      08:05  A1 turn yellow
             told: chen raised 1
      08:06  A1 turn red
             told: chen graver 1
             alert 1: red, peak red
      08:08  A1 turn orange
             told: chen eased 1
             alert 1: orange, peak red
             record 1: severity red, severity orange
             open: 1
    `)
    expect(wrong).toEqual([])
  })

  it('[AL12] must be done within the limits of its graver level, counted from then', () => {
    const limits = (_: string, rank: number) => ({
      acknowledge: rank === 4 ? 120_000 : 600_000,
      dispatch: 0,
      handle: 0,
      verify: 0,
    })
    const wrong = play(
      `
      08:05  A1 turn yellow
             alert 1: acknowledge by 08:15
      08:06  A1 turn red
             alert 1: acknowledge by 08:08
      08:07  A1 turn yellow
             alert 1: acknowledge by 08:08
    `,
      { policy: { limits } },
    )
    expect(wrong).toEqual([])
  })

  it('[AL12] grows with its storm: one alert, answered for by the street, then by the city', () => {
    const wrong = play(`
      08:05  A1 turn orange
             told: chen raised 1
      08:07  A2 A3 A4 turn orange
             alert 1: 4 cells
             told: nobody
      08:09  B1 turn orange
             told: xu escalated 1
             alert 1: 5 cells, told chen xu, climbs at 08:14
             open: 1
      08:10  chen acknowledges 1: I am there
             alert 1: acknowledged by chen
    `)
    expect(wrong).toEqual([])
  })

  it('[AL12] stays with who took it when it spreads beyond what they answer for', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
             told: zhou raised 1
      08:06  chen acknowledges 1
      08:08  A2 A3 A4 B1 turn orange
             alert 1: acknowledged by chen, 5 cells
      08:09  chen sends water to 1
             alert 1: dispatched
      08:10  lin sends traffic to 1
             refused AL-area
    `,
      { roster: "areas: { '3201': { shifts: [{ people: [zhou] }] } }" },
    )
    expect(wrong).toEqual([])
  })

  it('[AL13] is shown as ended, not yet closed, and wakes nobody any more', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:07  A1 turn calm
             alert 1: raised, ended, climbs at 08:10
             told: nobody
      08:09  told: chen ended 1
             alert 1: raised, ended, climbs no more, no clock runs
      08:30  told: nobody
             alert 1: missed nothing
             open: 1
    `)
    expect(wrong).toEqual([])
  })

  it('[AL47] stands and goes by itself where nobody is registered', () => {
    const limits = () => ({ acknowledge: 0, dispatch: 0, handle: 0, verify: 0 })
    const policy = { people: new Map(), fallback: '', limits }
    const wrong = play(
      `
      08:05  A1 turn orange
             told: nobody
             alert 1: raised, climbs no more, no clock runs
      08:30  told: nobody
             alert 1: missed nothing
      08:31  A1 turn calm
      08:33  told: nobody
             alert 1: closed, ended
             open: none
             record 1: raise, condition-ended, close
    `,
      { policy, roster: '' },
    )
    expect(wrong).toEqual([])
  })

  it('[AL13] is closed by a supervisor once it ended, if nobody was sent', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  sun closes 1
             refused AL-state: Alert 1 is raised: close is not possible
      08:07  A1 turn calm
      08:10  sun closes 1: over before anybody came
             alert 1: closed
             told: chen closed 1
    `)
    expect(wrong).toEqual([])
  })

  it('[AL13] must be handled and verified where somebody was sent, though it ended', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  chen sends water to 1
      08:07  A1 turn calm
      08:10  told: nobody
             sun closes 1
             refused AL-state: Alert 1 is dispatched: close is not possible
             alert 1: ended, handle by 09:06
    `)
    expect(wrong).toEqual([])
  })

  it('[AL14] is not ended any more when its condition comes back within the off-delay', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  A1 turn calm
             alert 1: ended
      08:07  A1 turn orange
             alert 1: goes on, raised, acknowledge by 08:15
             told: nobody
             record 1: condition-ended, condition-back
             open: 1
    `)
    expect(wrong).toEqual([])
  })

  it('[AL14] becomes another alert when the condition comes back after the off-delay', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  chen acknowledges 1
      08:10  A1 turn calm
      08:20  A1 turn orange
             told: chen raised 2
    `)
    expect(wrong).toEqual([])
  })

  it('[AL15] is called back when it was closed as ended and its condition returns', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  A1 turn calm
             sun closes 1
      08:07  A1 turn orange
             told: chen reopened 1
             alert 1: raised, goes on
             record 1: close by sun, reopen, escalate A chen
    `)
    expect(wrong).toEqual([])
  })

  it('[AL15] is called back when it gets graver than it was closed at', () => {
    const wrong = play(`
      08:05  A1 turn yellow
      08:06  chen acknowledges 1
      08:07  chen handles 1
      08:08  sun verifies 1
      08:09  sun closes 1
      08:10  A2 turn yellow
             open: none
      08:11  A1 turn red
             told: chen reopened 1
             kept back: chen graver 1 (grouped)
             alert 1: raised, red
    `)
    expect(wrong).toEqual([])
  })

  it('[AL16] is closed into the older when both become one, and both records say so', () => {
    const wrong = play(`
      08:05  A1 turn orange
             told: chen raised 1
      08:07  A3 turn orange
             told: chen raised 2
      08:09  A2 turn orange
             told: chen closed 2
             open: 1
             alert 1: 3 cells
             record 1: merged from:2
             record 2: merged into:1
    `)
    expect(wrong).toEqual([])
  })

  it('[AL16] stays when somebody works on it, and says so', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:07  A3 turn orange
      08:08  lin sends water to 2
      08:09  A2 turn orange
             kept back: lin ended 2 (inhibited), qian ended 2 (inhibited)
             open: 1 2
             alert 2: dispatched, ended
             record 2: merged into:1, inhibited by 1
    `)
    expect(wrong).toEqual([])
  })

  it('[AL16] is raised again when the two come apart within the off-delay, and closed again when they meet', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:07  A3 turn orange
      08:09  A2 turn orange
             told: chen closed 2
      08:10  A2 turn calm
             told: chen reopened 2, chen warning 1, lin escalated 1
             open: 1 2
             alert 2: raised, goes on, 1 cells, acknowledge by 08:20
             record 2: merged into:1, reopen, escalate A chen
      08:11  A2 turn orange
             told: chen closed 2
             open: 1
             alert 1: 3 cells
      08:12  A2 turn calm
             told: chen reopened 2
    `)
    expect(wrong).toEqual([])
  })

  it('[AL16] goes on where it was when the two come apart and somebody works on it', () => {
    const wrong = play(`
      08:05  A1 turn orange
             A3 turn orange
      08:06  chen acknowledges 1
             lin sends water to 2
      08:09  A2 turn orange
             alert 2: dispatched, ended
      08:10  A2 turn calm
             told: lin reopened 2, qian reopened 2
             alert 2: dispatched, goes on, sent to water, handle by 09:06
             record 2: merged into:1, inhibited by 1, condition-back, released by 1
    `)
    expect(wrong).toEqual([])
  })

  it('[AL16] keeps to the larger part when it splits; the other part is a new alert that says from whom', () => {
    const wrong = play(`
      08:05  A1 A2 A3 A4 turn orange
             told: chen raised 1
      08:06  chen acknowledges 1
      08:10  A2 turn calm
             told: chen raised 2
             alert 1: acknowledged, 2 cells
             record 2: raise from:1, escalate A chen
             open: 1 2
    `)
    expect(wrong).toEqual([])
  })

  it('[AL16] takes up the older again where that was closed too soon', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  chen acknowledges 1
      08:07  chen handles 1
      08:08  sun verifies 1
      08:09  sun closes 1
      08:10  A3 turn orange
             told: chen raised 2
      08:12  A2 turn orange
             told: chen reopened 1, chen closed 2
             open: 1
    `)
    expect(wrong).toEqual([])
  })
})
