import { describe, expect, it } from 'vitest'
import { play } from '../testdata/duty-log.ts'

describe('the life of an alert', () => {
  it('[AL1] is raised, acknowledged, dispatched, handled, verified and closed, each with who and when', () => {
    const wrong = play(`
      08:05  A1 A2 turn red
             told: chen raised 1
             alert 1: raised, red, 2 cells, told chen, acknowledge by 08:15
      08:07  chen acknowledges 1: on my way
             alert 1: acknowledged, acknowledged by chen, climbs no more, dispatch by 08:27
      08:10  chen sends water to 1
             told: qian dispatched 1
             alert 1: dispatched, sent to water, handle by 09:10
      08:40  qian handles 1: drain cleared
             told: sun handled 1
             alert 1: handled, handled by qian, verify by 10:40
      09:00  sun verifies 1: seen on camera
             alert 1: verified, no clock runs
      09:05  he closes 1
             told: chen closed 1, qian closed 1
             record 1: handle by qian drain cleared, verify by sun seen on camera, close by he
             open: none
    `)
    expect(wrong).toEqual([])
  })

  it('[AL2] is acknowledged by sending somebody, too', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  zhou sends /lin to 1: nearest
             told: lin dispatched 1
             alert 1: dispatched, acknowledged by zhou, sent to lin, climbs no more
             record 1: dispatch by zhou lin: nearest
    `)
    expect(wrong).toEqual([])
  })

  it('[AL2] goes to another unit by a second dispatch, which has its whole time', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  chen sends water to 1
      08:30  chen sends traffic to 1: no water here
             told: gao dispatched 1
             alert 1: sent to traffic, handle by 09:30
      08:31  chen sends traffic to 1
             refused AL-done: Alert 1: chen did dispatch at 08:30 already
    `)
    expect(wrong).toEqual([])
  })

  it('[AL3] is handled by who acknowledged it, without sending anybody', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  chen acknowledges 1
      08:15  chen handles 1: a parked lorry, gone
             told: sun handled 1
             alert 1: handled, sent to nobody, handled by chen
    `)
    expect(wrong).toEqual([])
  })

  it('[AL3] is not handled before anybody acknowledged it', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  chen handles 1
             refused AL-state: Alert 1 is raised: handle is not possible
             alert 1: raised
    `)
    expect(wrong).toEqual([])
  })

  it('[AL4] goes back to who was sent when what they handled is not done', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  chen sends water to 1
      08:30  qian handles 1
      08:45  sun rejects 1: still flooded
             told: qian dispatched 1
             alert 1: dispatched, handled by nobody, sent to water, handle by 09:45
             record 1: reject by sun still flooded
    `)
    expect(wrong).toEqual([])
  })

  it('[AL4] goes back to who took it where nobody was sent', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  chen acknowledges 1
      08:10  chen handles 1
      08:20  sun rejects 1
             told: chen dispatched 1
             alert 1: acknowledged, dispatch by 08:40
    `)
    expect(wrong).toEqual([])
  })

  it('[AL5] begins anew when it is reopened, with its record kept', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  chen acknowledges 1
      08:10  chen handles 1
      08:20  sun verifies 1
      08:21  sun closes 1
      09:00  he reopens 1: neighbours complain
             told: chen reopened 1
             alert 1: raised, acknowledged by nobody, handled by nobody, acknowledge by 09:10
             record 1: verify by sun, close by sun, reopen by he neighbours complain, escalate A chen
             open: 1
    `)
    expect(wrong).toEqual([])
  })

  it('[AL5] is as its condition is now when it is reopened, whatever became of that meanwhile', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  chen acknowledges 1
             chen handles 1
             sun verifies 1
             sun closes 1
      08:10  A1 turn yellow
      08:11  A2 turn yellow
      08:20  he reopens 1
             alert 1: raised, yellow, 2 cells, goes on
      08:30  A1 A2 turn calm
             alert 1: ended
    `)
    expect(wrong).toEqual([])
  })

  it('[AL5] is not reopened while it is open, and not closed twice', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  sun reopens 1
             refused AL-state: Alert 1 is raised: reopen is not possible
      08:07  chen acknowledges 1
      08:10  chen handles 1
      08:20  sun verifies 1
      08:21  sun closes 1
      08:22  he closes 1
             refused AL-done: Alert 1: sun did close at 08:21 already
    `)
    expect(wrong).toEqual([])
  })

  it('[AL6] belongs to the first of two officers; the second hears who it was, and since when', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:07  chen acknowledges 1
             lin acknowledges 1
             refused AL-done: Alert 1: chen did acknowledge at 08:07 already
             alert 1: acknowledged by chen
      08:09  zhou acknowledges 1
             refused AL-done: Alert 1: chen did acknowledge at 08:07 already
    `)
    expect(wrong).toEqual([])
  })

  it('[AL6] was acknowledged by who sent somebody', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:07  zhou sends water to 1
      08:08  chen acknowledges 1
             refused AL-done: Alert 1: zhou did acknowledge at 08:07 already
    `)
    expect(wrong).toEqual([])
  })

  it('[AL6] is verified and handled once', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  chen sends water to 1
      08:20  qian handles 1
      08:21  chen handles 1
             refused AL-done: Alert 1: qian did handle at 08:20 already
      08:22  sun verifies 1
      08:23  he verifies 1
             refused AL-done: Alert 1: sun did verify at 08:22 already
    `)
    expect(wrong).toEqual([])
  })

  it('[AL17] is raised by hand with areas, category, level and words, and is told like any other', () => {
    const wrong = play(`
      08:05  sun raises A1 B1 as noise orange: fair on the square
             told: xu raised H1
             alert H1: raised, orange, 2 cells, told xu, real
             record H1: raise by sun, escalate city xu
    `)
    expect(wrong).toEqual([])
  })

  it('[AL17] may be withdrawn as long as nobody took it', () => {
    const wrong = play(`
      08:05  sun raises A1 as noise orange: fair on the square
      08:06  sun closes H1: wrong street
             told: chen closed H1
      08:10  sun raises A1 as noise orange: fair on the square
      08:11  chen acknowledges H2
      08:12  sun closes H2
             refused AL-state: Alert H2 is acknowledged: close is not possible
    `)
    expect(wrong).toEqual([])
  })

  it('[AL17] is a drill when whoever raised it says so', () => {
    const wrong = play(`
      08:05  sun raises A1 as noise red drill: fire in the market
             alert H1: drill, red
    `)
    expect(wrong).toEqual([])
  })

  it('[AL18] rests with its clocks while it is shelved, and comes back by itself', () => {
    const wrong = play(`
      08:05  A1 turn orange
             alert 1: acknowledge by 08:15, climbs at 08:10
      08:07  chen shelves 1 until 08:37: road works, known
             alert 1: shelved until 08:37
      08:20  told: nobody
      08:37  alert 1: not shelved, acknowledge by 08:45, climbs at 08:40
             record 1: shelve by chen road works+ known, shelve-ended
      08:40  told: lin escalated 1, chen warning 1
    `)
    expect(wrong).toEqual([])
  })

  it('[AL18] comes back when it gets graver, or somebody takes it', () => {
    const wrong = play(`
      08:05  A1 turn yellow
      08:06  chen shelves 1 until 09:00: known
      08:10  A1 turn red
             alert 1: not shelved, red
      08:11  chen shelves 1 until 09:00: known
      08:12  chen acknowledges 1
             alert 1: not shelved, acknowledged
    `)
    expect(wrong).toEqual([])
  })

  it('[AL18] has its new limits from when it gets graver, however long it was shelved', () => {
    const limits = (_: string, rank: number) => ({
      acknowledge: (rank >= 4 ? 5 : 10) * 60_000,
      dispatch: 0,
      handle: 0,
      verify: 0,
    })
    const wrong = play(
      `
      08:05  A1 turn orange
      08:06  chen shelves 1 until 12:00: known
      08:36  A1 turn red
             alert 1: not shelved, acknowledge by 08:41, climbs at 08:40
    `,
      { policy: { limits } },
    )
    expect(wrong).toEqual([])
  })

  it('[AL18] does not say that somebody was told when it is taken from where it was put aside', () => {
    const roster = `areas:
      '3201': { shifts: [{ to: '08:00', people: [chen] }, { from: '08:00', people: [lin] }] }
    `
    const wrong = play(
      `
      07:05  A1 turn orange
      07:06  chen shelves 1 until 09:00: known
      08:30  lin acknowledges 1
             told: nobody
             record 1: shelve by chen known, shelve-ended, acknowledge by lin
    `,
      { roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL18] is shelved for a reason, for a day at most, once', () => {
    const wrong = play(`
      08:05  A1 turn yellow
      08:06  chen shelves 1 until 09:00
             refused AL-field: comment is empty, expected the reason why it is put aside
      08:07  chen shelves 1 until 33:00: known
             refused AL-field
      08:08  chen shelves 1 until 09:00: known
      08:09  lin shelves 1 until 10:00: known
             refused AL-done: Alert 1: chen did shelve at 08:08 already
      08:10  lin unshelves 1
             alert 1: not shelved
      08:11  lin unshelves 1
             refused AL-state: Alert 1 is not shelved: unshelve is not possible
    `)
    expect(wrong).toEqual([])
  })
})
