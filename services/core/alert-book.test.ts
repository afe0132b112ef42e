import { describe, expect, it } from 'vitest'
import type { Deed } from './action.ts'
import { AlertBook } from './alert-book.ts'
import { MOST_ENTRIES, noted } from './alert-entry.ts'
import { Office } from './alert-office.ts'
import { smallestAround } from './alert-place.ts'
import { STEPS, verbsFor } from './alert-transitions.ts'
import type { Incident } from './incident.ts'
import { KeptKeys } from './kept-keys.ts'
import { actionOf, dutyPolicy, STAFF } from '../testdata/duty-city.ts'
import { alertOf } from '../testdata/sample-alert.ts'
import { smallGrid, smallPlan } from '../testdata/small-city.ts'

const START = Date.parse('2026-11-22T08:00:00+08:00')
const plan = smallPlan(smallGrid(3, 4))
/** Chen is on duty for the first street; the second has a roster on which nobody stands. */
const duty = {
  onDuty: (area: number, at: number) =>
    area === 1 ? [{ person: 'chen', order: 0, until: at + 1000, source: 'shift' as const }] : [],
  hasRoster: (area: number) => area === 1 || area === 2,
}

function incident(number: number, part: Partial<Incident> = {}): Incident {
  return {
    id: `i${START.toString(36)}-${number}`,
    number,
    category: 'air',
    depth: 2,
    state: 'active',
    areas: [4],
    rank: 3,
    peak: 3,
    worst: { area: 4, rule: 'pm25-high', value: 160, limit: 150 },
    born: START,
    moved: START,
    faded: null,
    ended: null,
    into: null,
    from: null,
    path: [],
    trend: 'steady',
    projection: null,
    ...part,
  }
}

function actor(id: string) {
  const person = STAFF.get(id)
  if (person === undefined) throw new Error(id)
  return { person: id, role: person.role, area: person.area, unit: person.unit }
}

describe('AlertBook', () => {
  it('[AL29] closes the oldest that is over for a new one when too many are open, and tells what cannot be raised', () => {
    const book = new AlertBook(plan, dutyPolicy(), duty, new Map(), 3)
    book.tick(START, [incident(1), incident(2), incident(3)], [])
    const full = book.tick(START, [incident(4)], [])
    expect(full.audit).toMatchObject([{ verb: 'raise', code: 'AL-full', person: 'qingyu' }])
    expect(book.open.size).toBe(3)
    book.tick(START + 1000, [incident(2, { state: 'fading', rank: 0, faded: START + 1000 })], [])
    const told = book.tick(START + 2000, [incident(4)], [])
    expect(told.alerts.map(({ incident: id, state }) => [id?.slice(-1), state])).toEqual([
      ['1', 'raised'],
      ['2', 'closed'],
      ['3', 'raised'],
      ['4', 'raised'],
    ])
    expect(book.open.size).toBe(3)
  })

  it('[AL29] refuses to raise by hand or reopen when too many are open', () => {
    const book = new AlertBook(plan, dutyPolicy(), duty, new Map(), 1)
    book.tick(START, [incident(1)], [])
    const sun = STAFF.get('sun')
    const deed = {
      verb: 'raise',
      areas: ['3201001'],
      category: 'air',
      rank: 3,
      headline: 'smoke',
      exercise: false,
    } as const
    const actions = sun === undefined ? [] : [actionOf(1, START, sun, deed)]
    expect(book.tick(START, [], actions).outcomes).toMatchObject([
      { code: 'AL-full', parameters: { value: 1, most: 1 } },
    ])
  })

  it('[AL29] keeps 500 lines of a record: first go those of the program, then notes, never the first', () => {
    const by = actor('chen')
    let alert = noted(alertOf({ record: [] }), START, 'raise', {
      scene: { areas: [4], worst: alertOf().worst },
    })
    alert = noted(alert, START, 'acknowledge', { by })
    for (let line = 0; line < MOST_ENTRIES; line++) alert = noted(alert, START + line, 'escalate')
    for (let line = 0; line < MOST_ENTRIES; line++)
      alert = noted(alert, START + line, 'note', { by, comment: `${line}` })
    expect(alert.record).toHaveLength(MOST_ENTRIES)
    expect(alert.record.slice(0, 3).map(({ what, comment }) => what + comment)).toEqual([
      'raise',
      'acknowledge',
      'note2',
    ])
  })

  it('[AL29] keeps so many keys of a history, the oldest out, the same after a restart', () => {
    const kept = new KeptKeys('e/', 3)
    kept.add([kept.key(1000, 'b'), kept.key(1000, 'a')])
    kept.add([kept.key(2000, 'c'), kept.key(2000, 'd'), kept.key(2000, 'e')])
    const again = new KeptKeys('e/', 3)
    again.restore(new Map([...kept.keys].toReversed().map((key) => [key, new Uint8Array()])))
    const gone = [kept.key(1000, 'a'), kept.key(1000, 'b')]
    expect(again.expire(0).map(({ key }) => key)).toEqual(gone)
    expect(kept.expire(0).map(({ key }) => key)).toEqual(gone)
    expect([...kept.keys]).toEqual([...again.keys])
  })

  it('[AL35] takes nothing for granted in what stands in an action', () => {
    const book = new AlertBook(plan, dutyPolicy(), duty, new Map())
    book.tick(START, [incident(1)], [])
    const alert = [...book.open.keys()][0] ?? ''
    const zhao = STAFF.get('zhao')
    const odd: readonly unknown[] = [
      { verb: 'acknowledge' },
      { verb: 'acknowledge', alert: { toString: 1 } },
      { verb: 'dispatch', alert, unit: 7, person: ['x'] },
      { verb: 'shelve', alert, until: 'soon', comment: 'x' },
      { verb: 'whistle', alert, units: 'water', by: null },
      { verb: 'whistle', alert, units: [null], by: 'x' },
      { verb: 'report-in', alert },
      { verb: 'raise' },
      { verb: 'raise', areas: [{}], category: 3, rank: '3', headline: {} },
      { verb: 'raise', areas: ['32'], category: 'air', rank: 1.5, headline: 'x' },
      { verb: 'note', alert, comment: 12 },
    ]
    const actions = odd.flatMap((deed, number) =>
      zhao === undefined ? [] : [actionOf(number, START, zhao, deed as Deed)],
    )
    const { outcomes, audit } = book.tick(START + 1000, [], actions)
    expect(outcomes.map(({ code }) => code)).toEqual([
      'AL-unknown',
      'AL-unknown',
      ...Array.from({ length: 9 }, () => 'AL-field'),
    ])
    expect(audit).toHaveLength(odd.length)
  })

  it('[AL36] says what somebody may do with an alert now', () => {
    const office = new Office(plan.grid, dutyPolicy(), duty)
    const alert = alertOf({ area: 1, areas: [4], worst: { area: 4, rule: '', value: null, limit: null } })
    expect(verbsFor(alert, actor('chen'), START, office)).toEqual([
      'acknowledge',
      'dispatch',
      'note',
      'shelve',
    ])
    expect(verbsFor(alert, actor('sun'), START, office)).toEqual(['acknowledge', 'note', 'whistle'])
    expect(verbsFor(alert, actor('wang'), START, office)).toEqual([])
    expect(verbsFor(alert, actor('fang'), START, office)).toEqual([])
    const closed = { ...alert, state: 'closed' as const }
    expect(verbsFor(closed, actor('sun'), START, office)).toEqual(['reopen'])
    expect(Object.values(STEPS).every(({ rule }) => rule.endsWith('.'))).toBe(true)
  })

  it('[AL12] is answered for by the smallest area that holds all of it', () => {
    const { grid } = plan
    expect(smallestAround(grid, [4])).toBe(4)
    expect(smallestAround(grid, [4, 7])).toBe(1)
    expect(smallestAround(grid, [4, 8])).toBe(0)
    expect(smallestAround(grid, [1, 5])).toBe(1)
    expect(smallestAround(grid, [])).toBe(0)
  })
})
