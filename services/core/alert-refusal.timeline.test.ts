import { describe, expect, it } from 'vitest'
import { STAFF } from '../testdata/duty-city.ts'
import { play } from '../testdata/duty-log.ts'
import type { Person } from './person.ts'

describe('who may do what with an alert', () => {
  it('[AL7] lets nobody verify or close who commands, and nobody dispatch or handle who supervises', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  sun sends water to 1
             refused AL-role: Role supervisor of sun does not permit dispatch
      08:07  chen sends water to 1
      08:20  qian handles 1
      08:21  zhou verifies 1
             refused AL-role: Role commander of zhou does not permit verify
      08:22  sun handles 1
             refused AL-role
      08:23  sun verifies 1
      08:24  chen closes 1
             refused AL-role
    `)
    expect(wrong).toEqual([])
  })

  it('[AL7] lets viewers only look', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  fang acknowledges 1
             refused AL-role: Role viewer of fang does not permit acknowledge
      08:07  fang notes 1: how long will this take
             refused AL-role
             audit: fang note 1 AL-role
    `)
    expect(wrong).toEqual([])
  })

  it('[AL7] lets supervisors raise by hand, but neither officers nor commanders', () => {
    const wrong = play(`
      08:05  chen raises A1 as noise orange: shouting
             refused AL-role: Role officer of chen does not permit raise
      08:06  zhou raises A1 as noise orange: shouting
             refused AL-role
      08:07  sun raises A1 as noise orange: shouting
             open: H1
    `)
    expect(wrong).toEqual([])
  })

  it('[AL8] refuses an officer who acts on the alert of another area, and writes it down', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  wang acknowledges 1
             refused AL-area: 1 is outside 3202, which wang answers for
             audit: wang acknowledge 1 AL-area
             alert 1: raised
             record 1: raise, escalate A chen
    `)
    expect(wrong).toEqual([])
  })

  it('[AL8] lets the unit act that it was sent to, or called', () => {
    const roster = "areas: { '3201': { shifts: [{ people: [chen] }] } }"
    const people = new Map([
      [
        'yu',
        { id: 'yu', name: { zh: '余', en: 'Yu' }, role: 'officer', area: '3203', unit: 'fire' } as const,
      ],
    ])
    const wrong = play(
      `
      08:05  A1 turn red
      08:06  yu notes 1: we hear it
             refused AL-area
      08:07  chen sends fire to 1
             told: yu dispatched 1
      08:08  yu handles 1
             alert 1: handled by yu
    `,
      { roster, people },
    )
    expect(wrong).toEqual([])
  })

  it('[AL8] lets who is on duty for an area above act, and who answers for a part write notes', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  xu acknowledges 1
             alert 1: acknowledged by xu
      08:10  A2 A3 A4 turn orange
      08:11  B1 B2 turn orange
      08:12  wang notes 1: water stands in B, too
             record 1: note by wang water stands in B+ too
      08:13  wang handles 1
             refused AL-area
    `)
    expect(wrong).toEqual([])
  })

  it('[AL9] lets nobody verify what they worked on, whatever their role', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  zhao acknowledges 1
      08:10  zhao handles 1
      08:11  zhao verifies 1
             refused AL-own-work: zhao worked on alert 1 and may not do verify
      08:12  sun verifies 1
             alert 1: verified
    `)
    expect(wrong).toEqual([])
  })

  it('[AL9] counts acknowledging, sending and reporting in as work', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  sun acknowledges 1
      08:07  zhao sends water to 1
      08:20  qian handles 1
      08:21  sun verifies 1
             refused AL-own-work
      08:22  zhao verifies 1
             refused AL-own-work
      08:23  he verifies 1
             alert 1: verified
    `)
    expect(wrong).toEqual([])
  })

  it('[AL9] counts a whistle as work of who commands, not of who supervises', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  chen acknowledges 1
      08:07  zhao whistles water to 1
      08:08  sun whistles traffic to 1
      08:20  qian handles 1
      08:21  zhao verifies 1
             refused AL-own-work
      08:22  sun verifies 1
             alert 1: verified
    `)
    expect(wrong).toEqual([])
  })

  it('[AL9] asks nobody to verify who had a hand in it', () => {
    const roster = `areas: { '32': { shifts: [{ people: [sun, he] }] } }`
    const wrong = play(
      `
      08:05  A1 turn orange
      08:06  sun acknowledges 1
      08:07  zhou handles 1
             told: he handled 1
    `,
      { roster },
    )
    expect(wrong).toEqual([])
  })

  it('[AL8] lets no supervisor of the unit that was sent check its work in the area of others', () => {
    const wrong = play(
      `
      08:05  A1 turn orange
      08:06  zhou sends water to 1
      08:07  tao notes 1: our pump is on its way
             record 1: note by tao our pump is on its way
      08:08  qian handles 1
      08:09  tao verifies 1
             refused AL-area
      08:10  tao rejects 1
             refused AL-area
      08:11  sun verifies 1
      08:12  tao closes 1
             refused AL-area
    `,
      {
        people: new Map([['tao', { ...STAFF.get('sun'), id: 'tao', area: '3202', unit: 'water' } as Person]]),
      },
    )
    expect(wrong).toEqual([])
  })

  it('[AL10] refuses what is not known: units, people, areas, categories', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  chen sends balloon to 1
             refused AL-field: unit is balloon, expected a unit of the configuration
      08:07  chen sends /nobody to 1
             refused AL-field: person is nobody, expected a registered person
      08:08  chen sends traffic/qian to 1
             refused AL-field: person is qian, expected somebody of unit traffic
      08:09  sun raises Z9 as noise orange: where
             refused AL-field
      08:10  sun raises A1 as weather orange: what
             refused AL-field: category is weather, expected a category of the configuration
      08:11  sun raises A1 as noise calm: why
             refused AL-field
             open: 1
    `)
    expect(wrong).toEqual([])
  })

  it('[AL11] says so when an alert is not known, and writes everything down', () => {
    const wrong = play(`
      08:05  chen acknowledges 7
             refused AL-unknown: Alert 7 is not known here
             audit: chen acknowledge 7 AL-unknown
      08:06  chen signs in
             audit: chen sign-in chen done
    `)
    expect(wrong).toEqual([])
  })

  it('[AL32] passes a note on to the next shift of an area, inside what its author answers for', () => {
    const wrong = play(`
      08:05  chen hands over A: pump at the gate runs hot
             audit: chen handover 3201 done
             notes: A chen pump at the gate runs hot
      08:06  chen hands over B: not mine
             refused AL-area
      08:07  chen hands over Z: nowhere
             refused AL-field
      08:08  fang hands over A: looks fine
             refused AL-role
    `)
    expect(wrong).toEqual([])
  })

  it('[AL33] keeps no telephone number that somebody writes into a comment', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  chen acknowledges 1: caller 13800138000 waits outside
             record 1: acknowledge by chen caller … waits outside
    `)
    expect(wrong).toEqual([])
  })
})
