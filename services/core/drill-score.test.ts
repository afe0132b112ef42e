import { describe, expect, it } from 'vitest'
import { alertOf, entryOf, MINUTE, RAISED } from '../testdata/sample-alert.ts'
import type { AuditLine } from './alert-record.ts'
import type { Alert } from './alert.ts'
import { drillScore, scoreCsv, type DrillFacts } from './drill-score.ts'

const limits = () => ({ acknowledge: 5 * MINUTE, dispatch: 10 * MINUTE, handle: 0, verify: 0 })

function line(person: string, verb: AuditLine['verb'], code: string | null = null): AuditLine {
  const id = `${person}${verb}${code ?? ''}`
  return { at: RAISED, id, person, role: 'officer', verb, subject: 'amia2-1', comment: '', code }
}

function factsOf(alerts: readonly Alert[], more: Partial<DrillFacts> = {}): DrillFacts {
  return {
    isOver: false,
    from: RAISED - MINUTE,
    at: RAISED + 60 * MINUTE,
    hastened: 0,
    people: ['li', 'wu'],
    alerts,
    audit: [],
    life: new Map(),
    limits,
    ...more,
  }
}

/** Acknowledged by somebody so many minutes after it was raised. */
const taken = (by: string, minutes: number, more: Partial<Alert> = {}) =>
  alertOf({
    record: [
      entryOf('raise', RAISED),
      entryOf('acknowledge', RAISED + minutes * MINUTE, { person: by }),
      entryOf('reopen', RAISED + 40 * MINUTE),
      entryOf('acknowledge', RAISED + 50 * MINUTE, { person: 'wu' }),
    ],
    ...more,
  })

describe('the score of a drill', () => {
  it('[DR6] says how long each duty took, with its limit, by whom, and how long it took in life', () => {
    const life = new Map([['amia2-1', taken('sun', 9, { raised: RAISED + 2 * MINUTE })]])
    const [alert] = drillScore(factsOf([taken('li', 3)], { life })).alerts
    expect(alert?.steps.map(({ duty }) => duty)).toEqual(['acknowledge', 'dispatch', 'handle', 'verify'])
    expect(alert?.steps[0]).toEqual({
      duty: 'acknowledge',
      took: 3 * MINUTE,
      limit: 5 * MINUTE,
      by: 'li',
      life: 7 * MINUTE,
      inTime: true,
    })
    // Not done and not due, and without a limit: neither in time nor late.
    expect(alert?.steps.slice(1).map(({ took, limit, inTime }) => [took, limit, inTime])).toEqual([
      [null, 10 * MINUTE, null],
      [null, null, null],
      [null, null, null],
    ])
  })

  it('[DR6] counts what was missed as late, whether it was done later or never', () => {
    const late = taken('li', 9, { missed: ['acknowledge'] })
    const never = alertOf({ id: 'amia2-2', missed: ['acknowledge', 'dispatch'] })
    const score = drillScore(factsOf([late, never, taken('li', 3, { id: 'amia2-3' })]))
    expect(score.alerts.map(({ steps }) => steps.map(({ inTime }) => inTime))).toEqual([
      [false, null, null, null],
      [false, false, null, null],
      [true, null, null, null],
    ])
    expect([score.overdue, score.inTime]).toEqual([3, 0.25])
    expect(drillScore(factsOf([])).inTime).toBe(null)
  })

  it('[DR6] tells of everybody what they did, what was refused, and how soon they acknowledged', () => {
    const audit = [line('li', 'acknowledge'), line('li', 'verify', 'AL-self'), line('sun', 'note')]
    const alerts = [taken('li', 2), taken('li', 4, { id: 'amia2-2' })]
    expect(drillScore(factsOf(alerts, { audit })).people).toEqual([
      { person: 'li', acts: 1, refused: 1, acknowledge: 3 * MINUTE },
      { person: 'wu', acts: 0, refused: 0, acknowledge: null },
    ])
  })

  it('[DR6] leaves out what was closed before anybody could be called', () => {
    const old = alertOf({ id: 'aold-1', state: 'closed', closed: RAISED })
    const done = alertOf({ state: 'closed', closed: RAISED + 30 * MINUTE })
    expect(drillScore(factsOf([old, done])).alerts.map(({ id }) => id)).toEqual(['amia2-1'])
  })

  it('[DR6] says how it was played, and gives a table without formulas', () => {
    const score = drillScore(factsOf([taken('li', 3, { headline: '=1+1' })], { isOver: true, hastened: 7 }))
    expect([score.state, score.hastened]).toEqual(['over', 7])
    const [head, first] = scoreCsv(score).replace('\uFEFF', '').split('\r\n')
    expect(head).toBe('alert,number,headline,rank,raised,duty,person,took_s,limit_s,life_s,in_time')
    expect(first).toBe("amia2-1,3,'=1+1,3,2026-11-22T00:05:00.000Z,acknowledge,li,180,300,,yes")
  })
})
