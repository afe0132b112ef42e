import { describe, expect, it } from 'vitest'
import { play } from '../testdata/duty-log.ts'

const MINUTE = 60_000
/** No deadlines, so that only the ladder speaks. */
const policy = { limits: () => ({ acknowledge: 0, dispatch: 0, handle: 0, verify: 0 }) }

describe('the ladder of an alert', () => {
  it('[AL21] goes to the next on the roster, then to the area above, then to the named default', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
             told: chen raised 1
      08:10  told: lin escalated 1
      08:15  told: xu escalated 1
      08:20  told: sun escalated 1
             alert 1: step 3, told chen lin xu sun, by roster
      08:25  told: desk escalated 1
             alert 1: by roster
             record 1: escalate A lin, escalate city xu, escalate city sun, escalate default desk
    `,
      { policy },
    )
    expect(wrong).toEqual([])
  })

  it('[AL21] ends where somebody acknowledges', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
      08:10  told: lin escalated 1
      08:12  lin acknowledges 1
             alert 1: climbs no more
      08:30  told: nobody
    `,
      { policy },
    )
    expect(wrong).toEqual([])
  })

  it('[AL21] passes areas without a roster of their own without a word', () => {
    const wrong = play(
      `
      08:05  C1 turn orange
             told: xu raised 1
             alert 1: by roster
             record 1: raise, escalate city xu
    `,
      { policy },
    )
    expect(wrong).toEqual([])
  })

  it('[AL22] falls to the area above when nobody is on the roster at night, and says so', () => {
    const roster = `areas:
      '3201': { shifts: [{ from: '08:00', to: '20:00', people: [chen] }] }
      '32': { shifts: [{ people: [xu] }] }
    `
    const wrong = play(
      `
      23:05  A1 turn red
             told: xu raised 1
             alert 1: by roster
             record 1: raise, escalate empty A, escalate city xu
    `,
      { policy, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL22] falls to the named default when all rosters are empty, and says so', () => {
    const roster = `areas:
      '3201': { shifts: [{ from: '08:00', to: '20:00', people: [chen] }] }
      '32': { shifts: [{ from: '08:00', to: '20:00', people: [xu] }] }
    `
    const wrong = play(
      `
      23:05  A1 turn red
             told: desk raised 1
             alert 1: by default, told desk
             record 1: escalate empty A, escalate empty city, escalate default desk
    `,
      { policy, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL22] has the named default when there is no roster at all', () => {
    const wrong = play(
      `
      08:05  A1 turn red
             told: desk raised 1
             alert 1: by default
      08:10  told: desk escalated 1
    `,
      { policy, roster: '' },
    )
    expect(wrong).toEqual([])
  })

  it('[AL23] is handed over at the change of shift while nobody has acknowledged', () => {
    const roster = `areas:
      '3201':
        shifts:
          - { from: '06:00', to: '14:00', people: [chen] }
          - { from: '14:00', to: '22:00', people: [lin] }
      '32': { shifts: [{ people: [xu] }] }
    `
    const wrong = play(
      `
      13:58  A1 turn orange
             told: chen raised 1
      14:00  told: lin escalated 1
             alert 1: told lin, climbs at 14:05
             record 1: escalate A chen, escalate A lin
      14:05  told: xu escalated 1
    `,
      { policy, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL23] is not handed over once somebody acknowledged', () => {
    const roster = `areas:
      '3201':
        shifts:
          - { from: '06:00', to: '14:00', people: [chen] }
          - { from: '14:00', to: '22:00', people: [lin] }
    `
    const wrong = play(
      `
      13:58  A1 turn orange
      13:59  chen acknowledges 1
      14:00  told: nobody
    `,
      { policy, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL23] comes back from the named default to the first on duty in the morning', () => {
    const roster = `areas:
      '3201': { shifts: [{ from: '08:00', to: '20:00', people: [chen] }] }
    `
    const wrong = play(
      `
      07:58  A1 turn orange
             told: desk raised 1
      08:00  told: chen escalated 1
             alert 1: by roster, told chen
    `,
      { policy, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL23] follows a cover that somebody made', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
             told: chen raised 1
      08:06  lin covers chen on A from 08:06 to 12:00: dentist
             told: lin escalated 1
             alert 1: told lin
    `,
      { policy },
    )
    expect(wrong).toEqual([])
  })

  it('[AL23] is told to who came on duty while it was shelved, once it is back', () => {
    const roster = `areas:
      '3201':
        shifts:
          - { from: '06:00', to: '14:00', people: [chen] }
          - { from: '14:00', to: '22:00', people: [lin] }
    `
    const wrong = play(
      `
      13:58  A1 turn orange
      13:59  chen shelves 1 until 14:30: known
      14:00  told: nobody
      14:30  told: lin escalated 1
             alert 1: told lin
    `,
      { policy, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL24] tells nobody but the first where the policy has no steps', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
             told: chen raised 1
      12:00  told: nobody
             alert 1: climbs no more
    `,
      { policy: { ...policy, stepMs: 0 } },
    )
    expect(wrong).toEqual([])
  })

  it('[AL24] tells those on the last step again and again', () => {
    const roster = "areas: { '32': { shifts: [{ people: [xu] }] } }"
    const wrong = play(
      `
      08:05  A1 turn orange
             told: xu raised 1
      08:10  told: desk escalated 1
      08:15  told: desk escalated 1
      08:20  told: desk escalated 1
    `,
      { policy, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL24] does not tell somebody twice who stands on two rosters', () => {
    const roster = `areas:
      '3201': { shifts: [{ people: [chen] }] }
      '32': { shifts: [{ people: [chen, xu] }] }
    `
    const wrong = play(
      `
      08:05  A1 turn orange
             told: chen raised 1
      08:10  told: xu escalated 1
    `,
      { policy, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL21] tells overlapping shifts one after the other', () => {
    const roster = `areas:
      '3201':
        shifts:
          - { from: '06:00', to: '14:30', people: [chen] }
          - { from: '14:00', to: '22:00', people: [lin] }
      '32': { shifts: [{ people: [xu] }] }
    `
    const wrong = play(
      `
      14:05  A1 turn orange
             told: chen raised 1
      14:10  told: lin escalated 1
      14:15  told: xu escalated 1
    `,
      { policy, roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL23] keeps shifts and times right in the night in which clocks go back', () => {
    // In Berlin 03:00 summer time becomes 02:00 on 25 October 2026: the night shift has nine hours.
    const roster = `areas:
      '3201':
        shifts:
          - { from: '22:00', to: '06:00', people: [chen] }
          - { from: '06:00', to: '22:00', people: [lin] }
    `
    const wrong = play(
      `
      01:58  A1 turn orange
             told: chen raised 1
             alert 1: climbs at 02:38
      05:59  chen acknowledges 1
             A3 turn orange
             told: chen raised 2
      06:00  told: nobody
      06:59  alert 2: told chen desk
      07:00  alert 2: told desk lin
    `,
      {
        policy: { ...policy, stepMs: 40 * MINUTE },
        roster,
        midnight: '2026-10-25T00:00:00+02:00',
        zone: 'Europe/Berlin',
      },
    )
    expect(wrong).toEqual([])
  })
})
