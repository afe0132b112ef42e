import { describe, expect, it } from 'vitest'
import { play } from '../testdata/duty-log.ts'

const MINUTE = 60_000
/** Neither deadlines nor the ladder speak, and only Xu is on duty, for the whole city. */
const CALM = {
  limits: () => ({ acknowledge: 0, dispatch: 0, handle: 0, verify: 0 }),
  stepMs: 600 * MINUTE,
}
const roster = "areas: { '32': { shifts: [{ people: [xu] }] } }"
const usual = { policy: CALM, roster }

describe('who hears of an alert', () => {
  it('[AL40] is who subscribed to its area, from the level on that they asked for', () => {
    const wrong = play(
      `
      08:00  wang subscribes to B from orange
             qian subscribes to city from red
      08:05  B1 turn yellow
             told: xu raised 1
      08:06  B3 turn orange
             told: xu raised 2, wang raised 2
      08:07  B3 turn red
             told: xu graver 2, wang graver 2, qian graver 2
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL40] is who subscribed to its category, whatever else happens there', () => {
    const wrong = play(
      `
      08:00  wang subscribes to B noise from yellow
      08:05  B1 turn red
             told: xu raised 1
      08:06  B3 turn yellow with noise
             told: xu raised 2, wang raised 2
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL40] is told on the channels and in the hours of the subscription', () => {
    const wrong = play(
      `
      08:00  wang subscribes to B from yellow on push,mail between 09:00 and 17:00
      08:59  B1 turn yellow
             told: xu raised 1
             kept back: wang raised 1 by push (schedule), wang raised 1 by mail (schedule)
      09:00  B3 turn yellow
             told: xu raised 2, wang raised 2 by push, wang raised 2 by mail
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL40] is who has it by role, unless they subscribed to something of their own', () => {
    const defaults = new Map([['officer', { rank: 3, channels: ['desk'] }] as const])
    const wrong = play(
      `
      08:00  chen subscribes to A1 from red
      08:05  A1 turn orange
             told: xu raised 1, lin raised 1, qian raised 1, gao raised 1
    `,
      { policy: { ...CALM, defaults }, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL40] hears of its end and close, too, when they heard of its beginning', () => {
    const wrong = play(
      `
      08:00  wang subscribes to B from orange
      08:05  B1 turn orange
      08:10  B1 turn calm
      08:12  told: xu ended 1, wang ended 1
      08:13  sun closes 1
             told: xu closed 1, wang closed 1
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL41] hears nothing in a silence, which says by whom it was made; the alert stands all the same', () => {
    const wrong = play(
      `
      08:00  zhou silences A until 09:00: road works, everybody knows
      08:05  A1 turn orange
             told: nobody
             kept back: xu raised 1 (silence)
             alert 1: raised, muted by silence
             B3 turn orange
             told: xu raised 2
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL41] hears what got graver than a silence permits', () => {
    const wrong = play(
      `
      08:00  zhou silences A until 09:00 up to orange: road works
      08:05  A1 turn orange
             told: nobody
      08:06  A1 turn red
             told: xu raised 1
             alert 1: heard, red
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL41] hears what still stands when a silence ends or is lifted', () => {
    const wrong = play(
      `
      08:00  zhou silences A until 08:30: road works
      08:05  A1 turn orange
             told: nobody
      08:30  told: xu raised 1
             alert 1: heard
             sun silences A until 09:30: more road works
      08:40  A1 turn red
             told: nobody
      08:45  sun lifts the silence: done early
             told: xu graver 1
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL41] is not silenced by an officer, nor outside what somebody answers for', () => {
    const wrong = play(
      `
      08:00  chen silences A until 09:00: noise
             refused AL-role: Role officer of chen does not permit silence
      08:01  zhou silences B until 09:00: noise
             refused AL-area: 3202 is outside 3201, which zhou answers for
      08:02  zhou silences Z until 09:00: noise
             refused AL-field
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL41] hears nothing of what is shelved, until it comes back', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
             told: xu raised 1
      08:06  chen shelves 1 until 08:30: known
             alert 1: muted by shelved
      08:10  A2 turn orange
             told: nobody
      08:30  alert 1: heard
             told: xu repeat 1
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL41] hears nothing in a maintenance window', () => {
    const window = {
      name: 'pumps',
      area: '3201',
      category: 'air',
      schedule: { days: [0], from: 8 * 60, to: 9 * 60, zone: 'Asia/Shanghai' },
    }
    const wrong = play(
      `
      08:05  A1 turn orange
             kept back: xu raised 1 (maintenance)
             alert 1: muted by maintenance
             A3 turn orange with noise
             told: xu raised 2
      09:00  told: xu raised 1
    `,
      { policy: { ...CALM, maintenance: [window] }, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL42] hears of the wider or graver alert only, and of its parts once that is over', () => {
    const wrong = play(
      `
      08:05  sun raises A1 A2 A3 A4 as air red: gas main burst
             told: xu raised H1
      08:06  A1 turn orange
             told: nobody
             kept back: xu raised 1 (inhibited)
             alert 1: raised, muted by inhibited
             record 1: raise, escalate city xu, inhibited by H1
      08:20  sun closes H1
             told: xu closed H1, xu raised 1
             alert 1: heard
             record 1: released by H1
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL42] hears nothing of a part that is over before its cover is, unless it comes back', () => {
    const wrong = play(
      `
      08:05  sun raises A1 A2 A3 A4 as air red: gas main burst
      08:06  A1 turn orange
             kept back: xu raised 1 (inhibited)
      08:10  A1 turn calm
             alert 1: ended
      08:11  sun closes H1
             told: xu closed H1
             alert 1: heard
             A1 turn orange
             told: xu raised 1
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL42] hears of a storm once, however many cells it has', () => {
    const wrong = play(
      `
      08:00  wang subscribes to city from yellow
      08:05  A1 A2 A3 A4 B1 B2 B3 B4 C1 C2 C3 C4 turn red
             told: xu raised 1, wang raised 1
             open: 1
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL43] gets no more than their limit, and the rest in one digest', () => {
    const wrong = play(
      `
      08:00  wang subscribes to B from yellow on push
      08:05  B1 turn yellow
             told: xu raised 1, wang raised 1 by push
      08:06  B3 turn yellow
             told: xu raised 2
             kept back: wang raised 2 by push (rate)
      08:10  told: nobody
      08:15  told: wang digest 2 by push
    `,
      { policy: { ...CALM, rate: { most: 1, perMs: 10 * MINUTE } }, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL43] is told again of what nobody has acknowledged', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
             told: xu raised 1
      08:20  told: xu repeat 1
      08:30  xu acknowledges 1
      08:35  told: nobody
    `,
      { policy: { ...CALM, repeatMs: 15 * MINUTE }, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL43] is not told again of what is over, but of what came back', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
             told: xu raised 1
      08:10  A1 turn calm
      08:11  A1 turn orange
      08:26  told: xu repeat 1
      08:30  A1 turn calm
      08:41  told: nobody
      09:41  told: nobody
             alert 1: raised, ended
    `,
      { policy: { ...CALM, repeatMs: 15 * MINUTE }, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL44] is the officer who swapped shifts, and nobody of those who did not', () => {
    const wrong = play(
      `
      08:00  sun covers xu on city from 08:10 to 09:00: fire drill
      08:05  A1 turn orange
             told: xu raised 1
             xu acknowledges 1
      08:15  B3 turn orange
             told: sun raised 2
             sun acknowledges 2
      09:05  C1 turn orange
             told: xu raised 3
    `,
      usual,
    )
    expect(wrong).toEqual([])
  })

  it('[AL44] is somebody whom the configuration knows: others on a roster are refused with it', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
             told: desk raised 1
             alert 1: by default
    `,
      { policy: CALM, roster: "areas: { '32': { shifts: [{ people: [nobody-we-know] }] } }" },
    )
    expect(wrong).toEqual([])
  })
})
