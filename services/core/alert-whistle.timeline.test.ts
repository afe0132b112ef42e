import { describe, expect, it } from 'vitest'
import { play } from '../testdata/duty-log.ts'

describe('the whistle', () => {
  it('[AL25] calls several units to an alert, and writes down who came when', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:07  zhou whistles water traffic to 1 by 08:30: burst main
             told: qian whistle 1, gao whistle 1
             alert 1: acknowledged by zhou, water awaited by 08:30, traffic awaited by 08:30
             record 1: whistle by zhou traffic+water burst main
      08:15  qian reports water in at 1: two men
             alert 1: water came 08:15 with qian, traffic awaited by 08:30, report-in by 08:30
      08:20  gao reports traffic in at 1
             alert 1: traffic came 08:20 with gao
             record 1: report-in by gao traffic
    `)
    expect(wrong).toEqual([])
  })

  it('[AL25] counts a unit that reported in as sent, where nobody was', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:07  zhou whistles water to 1 by 08:30
             alert 1: acknowledged, sent to nobody, dispatch by 08:27
      08:15  qian reports water in at 1
             alert 1: dispatched, sent to water, handle by 09:15
      08:16  qian handles 1
             alert 1: handled
    `)
    expect(wrong).toEqual([])
  })

  it('[AL26] tells of units that did not come in time to who whistled and to who commands', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:07  zhou whistles water traffic to 1 by 08:17
      08:12  told: qian warning 1, gao warning 1
      08:13  gao reports traffic in at 1
      08:17  told: qian overdue 1, zhou overdue 1, xu overdue 1
             alert 1: report-in overdue, missed report-in
             record 1: overdue report-in, missed water
      08:25  qian reports water in at 1: stuck in traffic
             alert 1: water came 08:25 with qian, missed report-in
    `)
    expect(wrong).toEqual([])
  })

  it('[AL26] takes an alert from where it was put aside, for its units must be on time', () => {
    const wrong = play(`
      08:05  A1 turn orange
      08:06  chen shelves 1 until 12:00: known
      08:36  sun whistles water to 1 by 08:50
             told: qian whistle 1, chen repeat 1
             alert 1: not shelved, acknowledge by 08:45, water awaited by 08:50
      08:50  record 1: overdue report-in, missed water, escalate city sun
    `)
    expect(wrong).toEqual([])
  })

  it('[AL26] has the usual time where the whistle names none', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:07  zhou whistles water to 1
             alert 1: water awaited by 08:22
    `)
    expect(wrong).toEqual([])
  })

  it('[AL27] adds units when it is blown again, each with its own time', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:07  zhou whistles water to 1 by 08:30
      08:10  zhou whistles fire water to 1 by 08:50
             alert 1: water awaited by 08:30, fire awaited by 08:50
      08:11  zhou whistles water fire to 1
             refused AL-done: Alert 1: zhou did whistle at 08:10 already
    `)
    expect(wrong).toEqual([])
  })

  it('[AL27] calls a unit afresh that missed its time', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:07  zhou whistles water to 1 by 08:10
      08:11  zhou whistles water to 1 by 08:20
             told: qian whistle 1
             alert 1: water awaited by 08:20, missed report-in
    `)
    expect(wrong).toEqual([])
  })

  it('[AL25] is blown by commanders and supervisors, not by officers', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  chen whistles water to 1
             refused AL-role: Role officer of chen does not permit whistle
      08:07  sun whistles water to 1
             told: qian whistle 1
             alert 1: raised, climbs at 08:10
      08:09  qian reports water in at 1
             alert 1: dispatched, acknowledged by qian
    `)
    expect(wrong).toEqual([])
  })

  it('[AL25] takes reports only from called units, once, by their own people or who commands', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:07  zhou whistles water traffic to 1 by 08:30
      08:08  qian reports fire in at 1
             refused AL-field: unit is fire, expected a unit that was called to this alert
      08:09  gao reports water in at 1
             refused AL-field: unit is water, expected your own unit traffic
      08:10  zhou reports water in at 1: they are at the gate
             alert 1: water came 08:10 with zhou
      08:11  qian reports water in at 1
             refused AL-done: Alert 1: zhou did report-in at 08:10 already
    `)
    expect(wrong).toEqual([])
  })

  it('[AL37] says so when nobody of a unit can be told, so that somebody calls them', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:07  zhou whistles fire water to 1 by 08:30
             told: qian whistle 1, xu whistle 1
             record 1: whistle by zhou fire+water, escalate nobody fire
      08:10  zhou sends fire to 1
             told: xu dispatched 1
             record 1: dispatch by zhou fire, escalate nobody fire
    `)
    expect(wrong).toEqual([])
  })

  it('[AL25] names known units, twenty at most', () => {
    const units = Array.from({ length: 21 }, (_, index) => `unit-${index}`)
    const known = new Map(units.map((unit) => [unit, { zh: unit, en: unit }]))
    const wrong = play(
      `
      08:05  A1 turn red
      08:07  zhou whistles balloon to 1
             refused AL-field: units is balloon, expected units of the configuration
      08:08  zhou whistles ${units.join(' ')} to 1
             refused AL-field: units is 21, expected 1 to 20 units
      08:09  zhou whistles ${units.slice(0, 20).join(' ')} to 1
      08:10  zhou whistles unit-20 to 1
             refused AL-field: units is 21, expected at most 20 on one alert
      08:11  zhou whistles unit-20 to 1 by 08:00
             refused AL-field
    `,
      { policy: { units: known } },
    )
    expect(wrong).toEqual([])
  })

  it('[AL9] keeps who reported in from verifying the work', () => {
    const wrong = play(`
      08:05  A1 turn red
      08:06  zhou whistles water to 1
      08:10  zhao reports water in at 1
      08:20  zhou handles 1
      08:21  zhao verifies 1
             refused AL-own-work
      08:22  sun verifies 1
             alert 1: verified
    `)
    expect(wrong).toEqual([])
  })
})
