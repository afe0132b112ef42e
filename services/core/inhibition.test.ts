import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alertOf } from '../testdata/sample-alert.ts'
import { toldPlan } from '../testdata/told-city.ts'
import { holds, smallestAround } from './alert-place.ts'
import type { Alert } from './alert.ts'
import { gravityOf, Inhibition } from './inhibition.ts'

const { grid } = toldPlan()

function alert(id: string, areas: readonly number[], part: Partial<Alert> = {}): Alert {
  const sorted = [...areas].sort((a, b) => a - b)
  const base = alertOf({ id, areas: sorted, area: smallestAround(grid, sorted), raised: 0, rank: 2, ...part })
  return { ...base, peak: Math.max(base.rank, part.peak ?? 0) }
}

function told(...alerts: readonly Alert[]): Inhibition {
  const inhibition = new Inhibition(grid)
  for (const each of alerts) inhibition.update(each)
  return inhibition
}

/** The rule, word by word, over all pairs. */
function covers(wide: Alert, other: Alert): boolean {
  const holdsAll = (a: Alert, b: Alert) =>
    b.areas.every((area) => a.areas.some((top) => holds(grid, top, area)))
  if (wide.id === other.id || wide.category !== other.category || wide.exercise !== other.exercise)
    return false
  if (wide.ended !== null || wide.rank < gravityOf(other) || !holdsAll(wide, other)) return false
  const alike = other.ended === null && wide.rank === other.rank && holdsAll(other, wide)
  return !alike || wide.raised < other.raised || (wide.raised === other.raised && wide.id < other.id)
}

const anyAlert = fc.record({
  areas: fc.uniqueArray(fc.nat(grid.size - 1), { minLength: 1, maxLength: 4 }),
  rank: fc.integer({ min: 1, max: 4 }),
  category: fc.constantFrom('noise', 'air'),
  exercise: fc.boolean(),
  ended: fc.constantFrom(null, null, 5),
  raised: fc.nat(3),
})

describe('inhibition', () => {
  it('[NT20] covers by the same or a wider area, as grave or graver, of the same category', () => {
    const cell = alert('cell', [4, 5])
    expect(told(cell, alert('street', [1])).over(cell)).toBe('street')
    expect(told(cell, alert('more', [4, 5, 6])).over(cell)).toBe('more')
    expect(told(cell, alert('part', [4])).over(cell)).toBe('')
    expect(told(cell, alert('beside', [2])).over(cell)).toBe('')
    expect(told(cell, alert('lighter', [1], { rank: 1 })).over(cell)).toBe('')
    expect(told(cell, alert('air', [1], { category: 'water' })).over(cell)).toBe('')
    expect(told(cell, alert('over', [1], { ended: 9 })).over(cell)).toBe('')
    expect(told(cell, alert('done', [1], { state: 'closed' })).over(cell)).toBe('')
  })

  it('[NT20] names who is covered by none, the gravest, then the oldest', () => {
    const cell = alert('cell', [4], { raised: 9 })
    const street = alert('street', [1], { raised: 1 })
    const city = alert('city', [0], { raised: 2 })
    expect(told(cell, street, city).over(cell)).toBe('city')
    expect(told(cell, { ...street, rank: 3, peak: 3 }, city).over(cell)).toBe('street')
    expect(told(cell, alert('b', [4, 8]), alert('a', [4, 12])).over(cell)).toBe('a')
  })

  it('[NT26] lets the older of two that cover each other speak', () => {
    const [first, second] = [alert('b', [4, 5], { raised: 1 }), alert('a', [4, 5], { raised: 2 })]
    const both = told(second, first)
    expect([both.over(first), both.over(second)]).toEqual(['', 'b'])
  })

  it('[NT26] is always done by one that speaks itself', () => {
    fc.assert(
      fc.property(fc.array(anyAlert, { minLength: 1, maxLength: 8 }), (specs) => {
        const alerts = specs.map(({ areas, ...part }, nth) => alert(`a${nth}`, areas, part))
        const inhibition = told(...alerts)
        const speaking = alerts.filter((each) => inhibition.over(each) === '').map(({ id }) => id)
        const inhibitors = alerts.map((each) => inhibition.over(each)).filter((id) => id !== '')
        expect(inhibitors.filter((id) => !speaking.includes(id))).toEqual([])
      }),
    )
  })

  it('[NT21] decides as all pairs do, in whichever order alerts came, changed and went', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(6), fc.boolean(), anyAlert), { maxLength: 25 }), (steps) => {
        const inhibition = new Inhibition(grid)
        const open = new Map<string, Alert>()
        const mutes = new Map<string, string>()
        for (const [nth, closes, { areas, ...part }] of steps) {
          const known = open.get(`a${nth}`)
          const { category, exercise, raised } = known ?? part
          const next = alert(`a${nth}`, areas, { ...part, category, exercise, raised })
          if (closes) open.delete(next.id)
          else open.set(next.id, next)
          const touched = inhibition.update(closes ? { ...next, state: 'closed' } : next)
          for (const id of [next.id, ...touched]) {
            const each = open.get(id)
            if (each !== undefined) mutes.set(id, inhibition.over(each))
          }
          // Whoever was not named by `update` is still covered as before.
          for (const each of open.values()) {
            const all = [...open.values()].filter((other) => covers(other, each))
            const by = all.filter((one) => !all.some((other) => covers(other, one)))
            by.sort((a, b) => b.rank - a.rank || a.raised - b.raised || (a.id < b.id ? -1 : 1))
            expect(mutes.get(each.id)).toBe(by[0]?.id ?? '')
          }
        }
      }),
    )
  })
})
